"""Orders of the office, `SO1:`: one encoding, whether it came by MQTT or was scanned from a phone.

An order needs no clock: it names a nonce that this station has just shown. Whether that nonce stands, whether the order
was used before, and whether the screen may open the service is decided by the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from station.trust import cbor
from station.trust.codes import read_code, write_code
from station.trust.cose import read_sign1, verify_sign1, write_sign1
from station.trust.fields import NAME, STATION, WORDS, Fields
from station.trust.holders import HOLDER_BYTES, ROLE_NUMBERS, ROLES, Role
from station.trust.keys import Purpose, Ring, SigningKey
from station.trust.nonces import MAX_HOLD_SECONDS, NONCE_BYTES
from station.trust.refusal import Reason, Refused

SCHEME = "SO1:"
ORDER_ID_BYTES = 16
MAX_COUNT = 999

_AADS = {Purpose.ORDER: b"station/SO1/order", Purpose.OPERATE: b"station/SO1/operate"}
_ID, _STATION, _SERVICE, _ACTION, _NONCE, _HOLDER, _ISSUED, _ROLE, _SCREEN, _DURATION = range(1, 11)
_THING, _RECIPIENT, _REASON, _COUNT = range(11, 15)
_NEEDED = frozenset({_ID, _STATION, _SERVICE, _ACTION, _NONCE, _HOLDER, _ISSUED, _ROLE})
_OPTIONAL = frozenset({_SCREEN, _DURATION, _THING, _RECIPIENT, _REASON, _COUNT})


@dataclass(frozen=True, slots=True)
class Order:
    """What the office wants a station to do, for `holder`, because `nonce` shows that it is meant for now.

    `screen` is the one that showed the nonce, None when the office asked for it (`down/ask`). `issued_at_s` is a unix
    second. `duration_s` holds a state for so long, None for a single act. `thing` is which one of a service's things,
    or which kind of them, is asked for; `recipient` is another holder who may take it over; `reason` is a keeper's, in
    a few words; `count` is how many. `purpose` is that of the key that signs: `order` for somebody at the screen,
    `operate` for an operator in the office.
    """

    id: bytes
    station: str
    screen: str | None
    service: str
    action: str
    nonce: bytes
    holder: bytes
    issued_at_s: int
    duration_s: int | None
    role: Role
    purpose: Purpose = Purpose.ORDER
    thing: str = ""
    recipient: bytes = b""
    reason: str = ""
    count: int | None = None


def read_order(text: bytes, ring: Ring, *, station: str, wall_s: int | None = None) -> Order:
    """Verify an order for this station. Raises `Refused`.

    `wall_s` (unix seconds) is only for the windows of keys; None, where the time is not known, leaves them out.
    """
    _, data = read_code(text, frozenset({SCHEME}))
    message = read_sign1(data)
    key = ring.find(message.kid)
    if key.purpose not in _AADS:
        raise Refused(Reason.WRONG_PURPOSE, f"key {key.kid.hex()} is for {key.purpose}, not for orders")
    order = _read_fields(message.payload, key.purpose)
    key.must_be_in_force(wall_s)
    key.must_cover(order.issued_at_s)
    if order.station != station:
        raise Refused(Reason.WRONG_STATION, f"the order is for {order.station}, this is {station}")
    verify_sign1(message, key, _AADS[key.purpose])
    return order


def write_order(order: Order, key: SigningKey) -> str:
    """The text of an order. Raises `Refused` for one that no station would take."""
    fields: dict[int, cbor.Cbor] = {
        _ID: order.id,
        _STATION: order.station,
        _SERVICE: order.service,
        _ACTION: order.action,
        _NONCE: order.nonce,
        _HOLDER: order.holder,
        _ISSUED: order.issued_at_s,
        _ROLE: ROLE_NUMBERS[order.role],
    }
    if order.screen is not None:
        fields[_SCREEN] = order.screen
    if order.duration_s is not None:
        fields[_DURATION] = order.duration_s
    if order.thing:
        fields[_THING] = order.thing
    if order.recipient:
        fields[_RECIPIENT] = order.recipient
    if order.reason:
        fields[_REASON] = order.reason
    if order.count is not None:
        fields[_COUNT] = order.count
    if order.purpose not in _AADS:
        raise Refused(Reason.WRONG_PURPOSE, f"keys for {order.purpose} sign no orders")
    payload = cbor.encode(fields)
    _read_fields(payload, order.purpose)
    return write_code(SCHEME, write_sign1(payload, key, _AADS[order.purpose]))


def _read_fields(payload: bytes, purpose: Purpose) -> Order:
    fields = Fields(cbor.decode(payload), "the order", needed=_NEEDED, optional=_OPTIONAL)
    duration_s = fields.number(_DURATION, 1, 2**32) if _DURATION in fields else None
    if duration_s is not None and duration_s > MAX_HOLD_SECONDS:
        raise Refused(Reason.HOLD_TOO_LONG, f"held for {duration_s} s, at most {MAX_HOLD_SECONDS} s are taken")
    return Order(
        id=fields.octets(_ID, ORDER_ID_BYTES),
        station=fields.text(_STATION, STATION),
        screen=fields.text(_SCREEN, NAME) if _SCREEN in fields else None,
        service=fields.text(_SERVICE, NAME),
        action=fields.text(_ACTION, NAME),
        nonce=fields.octets(_NONCE, NONCE_BYTES),
        holder=fields.octets(_HOLDER, HOLDER_BYTES),
        issued_at_s=fields.time_s(_ISSUED),
        duration_s=duration_s,
        role=ROLES[fields.number(_ROLE, 0, max(ROLES))],
        purpose=purpose,
        thing=fields.text(_THING, NAME) if _THING in fields else "",
        recipient=fields.octets(_RECIPIENT, HOLDER_BYTES) if _RECIPIENT in fields else b"",
        reason=fields.text(_REASON, WORDS) if _REASON in fields else "",
        count=fields.number(_COUNT, 1, MAX_COUNT) if _COUNT in fields else None,
    )
