"""Passes that a station verifies alone: `SG1:` on paper or a screen, `SG2:` bound to the phone that shows it.

Both are a CWT in a COSE_Sign1, in base45. In SG2 the claims name a key that only the phone has; behind the COSE_Sign1
stand the unix second at which the phone signed again (8 bytes, big-endian) and that signature (64 bytes, ES256).
docs/formats.md has every byte.
"""

from __future__ import annotations

from dataclasses import dataclass

from station.trust import cbor
from station.trust.claims import GROUP_MARK, Pass, Uses, claims_bytes, read_claims
from station.trust.codes import read_code, write_code
from station.trust.cose import (
    SIGNATURE_BYTES,
    read_sign1,
    signed_bytes,
    verify_sign1,
    verify_signature,
    write_sign1,
)
from station.trust.holders import Role
from station.trust.keys import Algorithm, Purpose, Ring, SigningKey, must_be_a_key
from station.trust.refusal import Reason, Refused
from station.trust.ring import Revocations

__all__ = [
    "BoundPass",
    "Pass",
    "Role",
    "ShownPass",
    "Uses",
    "bytes_to_sign",
    "must_be_later",
    "present_pass",
    "read_pass",
    "write_bound_pass",
    "write_pass",
]

STATIC_SCHEME, BOUND_SCHEME = "SG1:", "SG2:"
SCHEMES = frozenset({STATIC_SCHEME, BOUND_SCHEME})

EARLY_SKEW_SECONDS = 60
"""How long before its window a pass is taken: the station's clock may be behind the office's."""
LATE_SKEW_SECONDS = 60
"""How long after its window a pass is taken: the station's clock may be ahead."""
STEP_SKEW_SECONDS = 30
"""How far the phone's second may be from the station's: a photograph of a screen is worthless after a minute."""
SHORT_LIVED_SECONDS = 7 * 86_400
"""Passes that live no longer than this are refused while the station does not know the time."""

_STATIC_AAD, _BOUND_AAD, _STEP_AAD = b"station/SG1", b"station/SG2", b"station/SG2/step"
_STEP_BYTES = 8
_STEP_HEADER = cbor.encode({1: Algorithm.ES256.value})


@dataclass(frozen=True, slots=True)
class ShownPass:
    """A pass that was verified. `step_s` is the unix second that the phone signed for; None for a static pass."""

    pass_: Pass
    step_s: int | None


@dataclass(frozen=True, slots=True)
class BoundPass:
    """What the office gives a phone: `static` to show, and `prefix`, behind which it signs the 8 bytes of a step."""

    static: bytes
    prefix: bytes


def read_pass(
    text: bytes,
    ring: Ring,
    *,
    station: str,
    groups: tuple[str, ...],
    wall_s: int | None,
    revoked: Revocations | None,
    floor_s: int = 0,
) -> ShownPass:
    """Verify a scanned pass for this station, at unix second `wall_s`.

    `groups` are the names of the station's groups, without `@`. `wall_s` is None while the time is not known; then
    `floor_s` is a second that has certainly passed, short-lived and bound passes are refused (clock_unknown) and key
    windows are not looked at. `revoked` None means that no list is held: whether that will do is the caller's to say,
    as is whether the pass was used up or its step seen before (`must_be_later`). Raises `Refused`.
    """
    scheme, data = read_code(text, SCHEMES)
    bound = scheme == BOUND_SCHEME
    static, step, phone_signature = _apart(data) if bound else (data, b"", b"")
    message = read_sign1(static)
    pass_ = read_claims(message.payload, bound=bound)
    key = ring.key(message.kid, Purpose.PASS, wall_s)
    key.must_cover(pass_.iat_s)
    if pass_.audience != station and pass_.audience not in {GROUP_MARK + group for group in groups}:
        raise Refused(Reason.WRONG_AUDIENCE, f"the pass is for {pass_.audience}, this is {station}")
    verify_sign1(message, key, _BOUND_AAD if bound else _STATIC_AAD)
    if pass_.holder_key is not None:
        must_be_a_key(Algorithm.ES256, pass_.holder_key)
        verify_signature(Algorithm.ES256, pass_.holder_key, phone_signature, _step_prefix(static) + step)
    if revoked is not None and pass_.id in revoked.ids:
        raise Refused(Reason.REVOKED, f"withdrawn by revocation list {revoked.version}")
    _must_be_in_window(pass_, wall_s, floor_s)
    if not bound:
        return ShownPass(pass_, None)
    step_s = int.from_bytes(step, "big")
    _must_be_fresh(step_s, wall_s)
    return ShownPass(pass_, step_s)


def must_be_later(step_s: int, seen_s: int | None) -> None:
    """Raise `Refused` (repeated_step) unless `step_s` is after `seen_s`, the last second taken of this very pass."""
    if seen_s is not None and step_s <= seen_s:
        raise Refused(Reason.REPEATED_STEP, f"the phone's second {step_s} was shown before, the last was {seen_s}")


def write_pass(pass_: Pass, key: SigningKey) -> str:
    """The text of a static pass. Raises `Refused` for a pass that no station would take."""
    if pass_.holder_key is not None:
        raise Refused(Reason.UNKNOWN_FIELD, "a pass with a phone's key is written by write_bound_pass")
    return write_code(STATIC_SCHEME, write_sign1(claims_bytes(pass_), key, _STATIC_AAD))


def write_bound_pass(pass_: Pass, key: SigningKey) -> BoundPass:
    """What the phone that has `pass_.holder_key` needs to show this pass. Raises `Refused` as `write_pass`."""
    if pass_.holder_key is None:
        raise Refused(Reason.MISSING_FIELD, "a bound pass needs the phone's key")
    static = write_sign1(claims_bytes(pass_), key, _BOUND_AAD)
    write_code(BOUND_SCHEME, static + bytes(_STEP_BYTES + SIGNATURE_BYTES))
    return BoundPass(static, _step_prefix(static))


def bytes_to_sign(static: bytes, step_s: int) -> bytes:
    """What the phone signs at unix second `step_s`: the Sig_structure (RFC 9052, 4.4) of a detached COSE_Sign1.

    Its payload is the step, 8 bytes big-endian, and comes last: everything before is `BoundPass.prefix`.
    """
    return _step_prefix(static) + step_s.to_bytes(_STEP_BYTES, "big")


def present_pass(static: bytes, step_s: int, phone_signature: bytes) -> str:
    """The text that the phone shows; the signature is r, then the lower s, 32 bytes each."""
    return write_code(BOUND_SCHEME, static + step_s.to_bytes(_STEP_BYTES, "big") + phone_signature)


def _step_prefix(static: bytes) -> bytes:
    return signed_bytes(_STEP_HEADER, _STEP_AAD + static, bytes(_STEP_BYTES))[:-_STEP_BYTES]


def _apart(data: bytes) -> tuple[bytes, bytes, bytes]:
    """The COSE_Sign1, the step and the phone's signature; the last two have fixed lengths."""
    if len(data) <= _STEP_BYTES + SIGNATURE_BYTES:
        raise Refused(Reason.BAD_CBOR, f"{len(data)} bytes are too few for a pass with a step and a signature")
    tail = len(data) - SIGNATURE_BYTES
    return data[: tail - _STEP_BYTES], data[tail - _STEP_BYTES : tail], data[tail:]


def _must_be_in_window(pass_: Pass, wall_s: int | None, floor_s: int) -> None:
    surely_s = floor_s if wall_s is None else wall_s
    if surely_s >= pass_.exp_s + LATE_SKEW_SECONDS:
        raise Refused(Reason.EXPIRED, f"the pass ended at {pass_.exp_s}")
    if wall_s is None and pass_.exp_s - pass_.nbf_s <= SHORT_LIVED_SECONDS:
        raise Refused(Reason.CLOCK_UNKNOWN, "the station does not know the time, and this pass is a short-lived one")
    if surely_s < pass_.nbf_s - EARLY_SKEW_SECONDS:
        if wall_s is None:
            raise Refused(Reason.CLOCK_UNKNOWN, "the station does not know whether this pass has begun")
        raise Refused(Reason.NOT_YET_VALID, f"the pass begins at {pass_.nbf_s}")


def _must_be_fresh(step_s: int, wall_s: int | None) -> None:
    if wall_s is None:
        raise Refused(Reason.CLOCK_UNKNOWN, "a bound pass needs the time")
    if abs(step_s - wall_s) > STEP_SKEW_SECONDS:
        raise Refused(Reason.STALE_STEP, f"the phone signed for {step_s}, it is {wall_s}")
