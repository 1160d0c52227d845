"""What the office's pages see: plain values, no database and no keys. Times are unix milliseconds of the office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.contract import Words
from station.state import Recorded


@dataclass(frozen=True, slots=True)
class OfferView:
    """Something that people may ask of a service now: `action` on `thing`.

    `free` is how many times it could be done, None as long as the station has not told.
    """

    action: str
    words: Words
    thing: str = ""
    free: int | None = None
    points: int = 0


@dataclass(frozen=True, slots=True)
class ServiceView:
    """One service of a station that people can ask for; `type` is door, lockers, sockets and so on.

    `colour` is its own, empty for the station's. `roles` may use it, None: everybody. `pick_up`: what is put in may be
    collected by somebody else, as a resident with a one-time pass. `scanned`: a scanner reads orders and passes for it.
    """

    name: str
    type: str
    words: Words
    colour: str = ""
    offers: tuple[OfferView, ...] = ()
    things: tuple[str, ...] = ()
    roles: frozenset[str] | None = None
    closed: bool = False
    pick_up: bool = False
    scanned: bool = False


@dataclass(frozen=True, slots=True)
class AlarmView:
    """A safety row that a station told. `stored` is False while only the copy that overtook the backlog is here."""

    station: str
    journal: str
    seq: int
    kind: str
    at_ms: int
    seen_ms: int
    body: Mapping[str, Any]
    stored: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """One stored row. `at_ms` is the station's clock, `stored_ms` the office's; `body` is {} when it is not JSON."""

    station: str
    journal: str
    seq: int
    kind: str
    priority: int
    at_ms: int
    stored_ms: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StationView:
    """One station as the office knows it.

    `online` is a hint of the broker (None: never heard). `seen_ms` is when a message with the station's valid
    signature came last. `health` is the station's own health document, None before the first. `stored_seq` and
    `tail_seq` are of the journal that is being written: their difference is what the office still lacks.
    `state` is the fold over everything stored; None before the first row.
    """

    id: str
    name: Words
    kind: str
    colour: str
    help_phone: str
    services: tuple[ServiceView, ...]
    online: bool | None
    seen_ms: int | None
    health: Mapping[str, Any] | None
    health_ms: int | None
    journal: str
    stored_seq: int
    tail_seq: int
    state: Recorded | None
    alarms: tuple[AlarmView, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """What an order says besides its action. `recipient` is a person, whose holder id goes to the station.

    `thing` is which one of a service's things, or which kind of them; `reason` is a keeper's, in a few words.
    """

    thing: str = ""
    recipient: str = ""
    reason: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that was signed. `order_id` is 32 hex digits.

    `text` is the whole `SO1:` code: when no reply has come 3 s after `placed_ms`, show it as a QR code for the
    station's scanner. `sent` is False when the office has no broker now: show the code at once.
    """

    order_id: str
    station: str
    service: str
    action: str
    text: str
    placed_ms: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of an order; `words` are the station's own, for the person.

    `result` is accepted (granted: the lock moves), then done (the contact shows it open) or unknown; or refused.
    """

    order_id: str
    result: str
    reason: str
    words: Words
    at_ms: int


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """A pass that was signed. `pass_id` is 32 hex digits; times are unix seconds.

    A static pass has `text` (`SG1:`, what its QR code holds) and no `prefix`. Of a pass bound to a phone's key `text`
    is `SG2:` and the part that does not change: every 10 s the phone signs `prefix` followed by the unix second (8
    bytes, big-endian) and shows that part, the second and the signature; docs/formats.md has the bytes.
    """

    pass_id: str
    audience: str
    services: tuple[str, ...]
    role: str
    one_time: bool
    not_before_s: int
    expires_s: int
    text: str
    prefix: bytes = b""


@dataclass(frozen=True, slots=True)
class Change:
    """Something new that a page may want to draw again.

    `what` is events, alarm, health, status, reply, conflict or wish; `order_id` is set for a reply.
    """

    station: str
    what: str
    order_id: str = ""
