"""Who came in, who was refused, and what the doors and their rooms did."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent, OrderEvent, SafetyEvent


@dataclass(frozen=True, slots=True)
class AccessGranted(AccessEvent):
    """Somebody may come in until `until_steady_ms` of this boot. `order` and `pass_id` are hex, one of them empty.

    `once` names a pass that serves one visit; `expires_s` is when such a pass dies by itself (unix seconds).
    """

    service: str
    way: str  # order_by_link, order_by_scanner, pass_static, pass_bound
    holder: str
    role: str
    until_steady_ms: int
    order: str = ""
    pass_id: str = ""
    once: bool = False
    expires_s: int = 0
    step_s: int = 0  # the second that a bound pass was signed for
    renewal: str = ""  # a visit's own grant again: again (within 120 s) or recovered (after a power cut)


@dataclass(frozen=True, slots=True)
class AccessRefused(AccessEvent):
    """The first refusal at a reader for a reason; later ones are counted in `RefusalsCounted`."""

    service: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefusalsCounted(AccessEvent):
    """Further refusals at a reader for one reason in the last minute."""

    source: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class CodesFlooded(SafetyEvent):
    """So many refused codes at one reader in a minute that somebody should look."""

    source: str
    count: int


@dataclass(frozen=True, slots=True)
class DoorOpened(AccessEvent):
    """The contact opened. Forced openings are `DoorForced`.

    `cause` is granted, held_open, egress (its button), fire, left (somebody was in), unexplained (no sensor could
    tell) or unseen (it happened while the controller was not running).
    """

    service: str
    cause: str


@dataclass(frozen=True, slots=True)
class DoorClosed(AccessEvent):
    """The contact closed again after `open_ms`; None when it happened while the controller was not running."""

    service: str
    open_ms: int | None


@dataclass(frozen=True, slots=True)
class DoorRelocked(AccessEvent):
    """The unlock window is over; `cause` is closed or ended."""

    service: str
    cause: str


@dataclass(frozen=True, slots=True)
class DoorNotOpened(AccessEvent):
    """The unlock window ended and the contact never opened."""

    service: str


@dataclass(frozen=True, slots=True)
class DoorForced(SafetyEvent):
    """The contact opened without a grant, an egress press or a fire signal."""

    service: str


@dataclass(frozen=True, slots=True)
class DoorHeldWarned(AccessEvent):
    """The door has been open for half of the time that counts as held."""

    service: str


@dataclass(frozen=True, slots=True)
class DoorHeld(SafetyEvent):
    """The door has been open too long."""

    service: str
    open_ms: int


@dataclass(frozen=True, slots=True)
class RelockFailed(SafetyEvent):
    """The door is shut and the lock monitor does not say locked."""

    service: str


@dataclass(frozen=True, slots=True)
class BoltLocked(AccessEvent):
    """After `RelockFailed`: the lock monitor says locked again."""

    service: str


@dataclass(frozen=True, slots=True)
class EgressUsed(AccessEvent):
    """Somebody pressed the exit button; its wire cuts lock power by itself, the controller only sees it."""

    service: str


@dataclass(frozen=True, slots=True)
class HoldOpenBegan(OrderEvent):
    """The office holds a door open (typhoon, heat) until a steady time of this boot; it lapses by itself."""

    service: str
    order: str
    until_steady_ms: int


@dataclass(frozen=True, slots=True)
class HoldOpenEnded(OrderEvent):
    """The hold lapsed or was ended; `cause` is lapsed or order."""

    service: str
    cause: str


@dataclass(frozen=True, slots=True)
class OrderRefused(OrderEvent):
    """An order that came by link and named this station was refused."""

    order: str
    reason: str


@dataclass(frozen=True, slots=True)
class CurfewWarned(AccessEvent):
    """The room closes in so many minutes, and somebody who is in was told. The exit does not depend on it."""

    service: str
    minutes_left: int


@dataclass(frozen=True, slots=True)
class RoomOccupied(AccessEvent):
    """Somebody is in."""

    service: str


@dataclass(frozen=True, slots=True)
class RoomEmptied(AccessEvent):
    """Every sensor has agreed for long enough that nobody is in."""

    service: str


@dataclass(frozen=True, slots=True)
class RoomReleased(AccessEvent):
    """A keeper opened a room that somebody has from outside, or ended that, for a reason in a few words."""

    service: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonCounted(AccessEvent):
    """The door's counter saw somebody go in or out: footfall."""

    service: str
    inward: bool


@dataclass(frozen=True, slots=True)
class LongStayNoted(AccessEvent):
    """Somebody is in and nobody has left for `after_s` seconds: a reason to ask how they are, once a stay."""

    service: str
    after_s: int
