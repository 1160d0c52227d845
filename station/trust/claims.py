"""What a pass says, and its bytes: the claims of a CWT (RFC 8392) in deterministic CBOR."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from station.trust import cbor
from station.trust.fields import AUDIENCE, Fields
from station.trust.holders import HOLDER_BYTES, ROLE_NUMBERS, ROLES, Role
from station.trust.keys import Algorithm, must_be_a_key
from station.trust.refusal import Reason, Refused

PASS_ID_BYTES = 16
MAX_SERVICES = 8
GROUP_MARK = "@"


class Uses(StrEnum):
    """How often a pass may be used."""

    ONE = "one"  # one visit
    UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Pass:
    """What the office promised: who may use which services of which station, in which role, when and how often.

    `audience` is a station's id or `@` and a group's name. Times are unix seconds: the pass holds from `nbf_s` until
    just before `exp_s`. `holder_key` is the phone's P-256 key (33 bytes, compressed), None for a static pass.
    """

    id: bytes
    holder: bytes
    audience: str
    services: tuple[str, ...]
    role: Role
    uses: Uses
    iat_s: int
    nbf_s: int
    exp_s: int
    holder_key: bytes | None = None


# Registered claims (RFC 8392, 3.1; cnf: RFC 8747; scope: RFC 9200) and one of the private range for what is ours.
_AUDIENCE, _EXPIRES, _NOT_BEFORE, _ISSUED, _ID, _CONFIRMATION, _SCOPE, _OURS = 3, 4, 5, 6, 7, 8, 9, -65537
_NEEDED = frozenset({_AUDIENCE, _EXPIRES, _ISSUED, _ID, _SCOPE, _OURS})
# Our claim is an array; `Fields` reads it by place.
_HOLDER, _ROLE, _USES = 0, 1, 2
# A COSE_Key (RFC 9053, 7.1.1) with its y coordinate as one bit.
_COSE_KEY = 1
_KTY, _CRV, _X, _Y = 1, -1, -2, -3
_KTY_EC2, _CRV_P256, _COORDINATE_BYTES = 2, 1, 32
_EVEN, _ODD = b"\x02", b"\x03"

_SERVICES = re.compile(r"[a-z0-9_-]{1,32}( [a-z0-9_-]{1,32})*")
_USES_NUMBERS = {Uses.UNLIMITED: 0, Uses.ONE: 1}


def claims_bytes(pass_: Pass) -> bytes:
    """The claims of a pass. Raises `Refused` for a pass that no station would read as it was meant."""
    claims: dict[int, cbor.Cbor] = {
        _AUDIENCE: pass_.audience,
        _EXPIRES: pass_.exp_s,
        _ISSUED: pass_.iat_s,
        _ID: pass_.id,
        _SCOPE: " ".join(pass_.services),
        _OURS: [pass_.holder, ROLE_NUMBERS[pass_.role], _USES_NUMBERS[pass_.uses]],
    }
    if pass_.nbf_s != pass_.iat_s:
        claims[_NOT_BEFORE] = pass_.nbf_s
    if pass_.holder_key is not None:
        must_be_a_key(Algorithm.ES256, pass_.holder_key)
        sign, x = pass_.holder_key[:1], pass_.holder_key[1:]
        claims[_CONFIRMATION] = {_COSE_KEY: {_KTY: _KTY_EC2, _CRV: _CRV_P256, _X: x, _Y: sign == _ODD}}
    if pass_.exp_s <= pass_.nbf_s:
        raise Refused(Reason.EXPIRED, "the pass would end before it begins")
    payload = cbor.encode(claims)
    if read_claims(payload, bound=pass_.holder_key is not None) != pass_:
        raise Refused(Reason.WRONG_TYPE, "a service's name holds a space")
    return payload


def read_claims(payload: bytes, *, bound: bool) -> Pass:
    """The pass that these claims spell out; `bound` says that they must name the phone's key. Raises `Refused`."""
    needed = _NEEDED | {_CONFIRMATION} if bound else _NEEDED
    claims = Fields(cbor.decode(payload), "the pass", needed=needed, optional=frozenset({_NOT_BEFORE}))
    ours = Fields(dict(enumerate(claims.items(_OURS))), "the claim of ours", needed=frozenset({_HOLDER, _ROLE, _USES}))
    issued_s = claims.time_s(_ISSUED)
    not_before_s = claims.time_s(_NOT_BEFORE) if _NOT_BEFORE in claims else issued_s
    if _NOT_BEFORE in claims and not_before_s == issued_s:
        raise Refused(Reason.NOT_CANONICAL, "a beginning that repeats the time of issue is left out")
    pass_ = Pass(
        id=claims.octets(_ID, PASS_ID_BYTES),
        holder=ours.octets(_HOLDER, HOLDER_BYTES),
        audience=claims.text(_AUDIENCE, AUDIENCE),
        services=_services(claims.text(_SCOPE, _SERVICES)),
        role=ROLES[ours.number(_ROLE, 0, max(ROLES))],
        uses=Uses.ONE if ours.number(_USES, 0, 1) else Uses.UNLIMITED,
        iat_s=issued_s,
        nbf_s=not_before_s,
        exp_s=claims.time_s(_EXPIRES),
        holder_key=_holder_key(claims.inner(_CONFIRMATION)) if bound else None,
    )
    if pass_.uses is Uses.ONE and pass_.audience.startswith(GROUP_MARK):
        raise Refused(Reason.ONE_TIME_FOR_GROUP, "stations cannot tell each other that a pass was used")
    return pass_


def _services(scope: str) -> tuple[str, ...]:
    services = tuple(scope.split(" "))
    if len(services) > MAX_SERVICES or len(set(services)) < len(services):
        raise Refused(Reason.WRONG_TYPE, f"a pass names each service once, {MAX_SERVICES} at most")
    return services


def _holder_key(confirmation: object) -> bytes:
    """The phone's key in its compressed form. Whether it is a point of the curve is asked after the signature."""
    inner = Fields(confirmation, "the confirmation", needed=frozenset({_COSE_KEY})).inner(_COSE_KEY)
    key = Fields(inner, "the phone's key", needed=frozenset({_KTY, _CRV, _X, _Y}))
    key.number(_KTY, _KTY_EC2, _KTY_EC2)
    key.number(_CRV, _CRV_P256, _CRV_P256)
    return (_ODD if key.flag(_Y) else _EVEN) + key.octets(_X, _COORDINATE_BYTES)
