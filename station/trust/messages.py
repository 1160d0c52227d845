"""Signed MQTT messages: any tool can read the payload, and the signature stands beside it as a property.

Ed25519 over four length-prefixed fields (wire version, purpose, station, name) and then the payload bytes as they were
sent. Verify first, parse with `strict_json` afterwards.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable

from station.trust.cose import verify_signature
from station.trust.keys import Algorithm, Purpose, Ring, SigningKey, key_id
from station.trust.refusal import Reason, Refused

WIRE_VERSION = "station/message/1"
STATION_PURPOSE = "station"
"""The purpose of a station's own key, which stands in no ring."""

MAX_JSON_BYTES = 16_384
MAX_JSON_DEPTH = 8
_MAX_INTEGER = 2**63 - 1
# A text without an end matches up to the end of the payload, so that no second attempt starts within it.
_TEXT_OR_BRACKET = re.compile(rb'"(?:[^"\\]+|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def message_bytes(*, purpose: str, station: str, name: str, payload: bytes) -> bytes:
    """What is signed. `name` is the topic below `stations/<id>/`, such as `down/hello`."""
    fields = (WIRE_VERSION.encode(), purpose.encode(), station.encode(), name.encode())
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields) + payload


def sign_message(key: SigningKey, *, purpose: str, station: str, name: str, payload: bytes) -> bytes:
    """The signature (64 bytes) of a message; it goes with `key.kid`."""
    return key.sign(message_bytes(purpose=purpose, station=station, name=name, payload=payload))


def verify_message(
    ring: Ring,
    *,
    kid: bytes,
    signature: bytes,
    purpose: Purpose,
    station: str,
    name: str,
    payload: bytes,
    now_s: int | None,
) -> None:
    """Verify a message of the office with the ring; an empty `kid` or `signature` is a missing property.

    Raises `Refused`: unsigned, forged (the signature does not hold), or why the ring has no such key in force.
    """
    _must_be_signed(kid, signature)
    key = ring.key(kid, purpose, now_s)
    signed = message_bytes(purpose=purpose, station=station, name=name, payload=payload)
    _must_hold(key.algorithm, key.public, signature, signed)


def verify_station_message(
    public: bytes, *, kid: bytes, signature: bytes, station: str, name: str, payload: bytes
) -> None:
    """Verify a message of a station with its public key, as the office has it from the enrolment.

    Raises `Refused`: unsigned, unknown_key, forged.
    """
    _must_be_signed(kid, signature)
    if kid != key_id(public):
        raise Refused(Reason.UNKNOWN_KEY, f"{kid.hex()} is not the key of {station}")
    signed = message_bytes(purpose=STATION_PURPOSE, station=station, name=name, payload=payload)
    _must_hold(Algorithm.EDDSA, public, signature, signed)


def strict_json(payload: bytes, max_bytes: int = MAX_JSON_BYTES, max_depth: int = MAX_JSON_DEPTH) -> object:
    """The value of a JSON text (RFC 8259) in UTF-8. Raises `Refused`.

    Refused are duplicate keys, NaN and infinities in any spelling, integers beyond 64 bits, lone surrogates, and
    anything longer or deeper than allowed; the depth is counted before the parser, which recurses, sees the text.
    """
    if len(payload) > max_bytes:
        raise Refused(Reason.TOO_LONG, f"{len(payload)} bytes of JSON, at most {max_bytes} are taken")
    _must_be_shallow(payload, max_depth)
    try:
        value: object = json.loads(
            payload.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError as fault:
        raise Refused(Reason.BAD_JSON, "no JSON in UTF-8 that is taken here") from fault
    return value


def _must_be_signed(kid: bytes, signature: bytes) -> None:
    if not kid or not signature:
        raise Refused(Reason.UNSIGNED, "no key id or no signature: a broker or bridge on the way strips properties")


def _must_hold(algorithm: Algorithm, public: bytes, signature: bytes, signed: bytes) -> None:
    try:
        verify_signature(algorithm, public, signature, signed)
    except Refused as refusal:
        raise Refused(Reason.FORGED, "the signature does not fit this message") from refusal


def _must_be_shallow(payload: bytes, max_depth: int) -> None:
    depth = 0
    for found in _TEXT_OR_BRACKET.finditer(payload):
        mark = found.group()[:1]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
        if depth > max_depth:
            raise Refused(Reason.BAD_JSON, f"nested deeper than {max_depth}")


def _unique(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    value: dict[str, object] = {}
    for key, item in pairs:
        if key in value:
            raise ValueError("a key stands twice in one object")
        value[key] = item
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number too large for a double")
    return number


def _bounded(digits: str) -> int:
    number = int(digits)
    if abs(number) > _MAX_INTEGER:
        raise ValueError("an integer beyond 64 bits")
    return number
