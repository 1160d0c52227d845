"""What is given away by the piece: a medicine box, a vending cupboard, and the points that are spent there."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent, OrderEvent


@dataclass(frozen=True, slots=True)
class BoxAsked(AccessEvent):
    """Somebody may open the box of a service, or one compartment of it; that it opened is told by `CellOpened`."""

    service: str
    cell: str
    holder: str
    role: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class StockTaken(AccessEvent):
    """Somebody takes `count` pieces. `day` is the local day, counted from 1970-01-01.

    They are had when `cell` is seen open; empty: at once.
    """

    service: str
    thing: str
    count: int
    holder: str
    role: str
    day: int
    order: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class StockKept(AccessEvent):
    """What `StockTaken` told was not had: its lock did not open. The pieces are here, the day's use is given back."""

    service: str
    thing: str
    count: int
    holder: str
    day: int
    cause: str


@dataclass(frozen=True, slots=True)
class StockRefilled(AccessEvent):
    """Somebody put `count` pieces in. `expires` is the day (such as 2027-03-31) until which they are good."""

    service: str
    thing: str
    count: int
    by: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class StockCounted(AccessEvent):
    """Somebody counted: `count` pieces are here, whatever was thought. `expires` is the earliest day among them."""

    service: str
    thing: str
    count: int
    by: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class StockLow(OrderEvent):
    """No more than the number from which on somebody is to refill; once until then."""

    service: str
    thing: str
    left: int


@dataclass(frozen=True, slots=True)
class PointsSpent(AccessEvent):
    """A holder pays with points for the `StockTaken` beside it.

    `offline`: by a pass, within what the station may allow for a local `day`; otherwise by an order, and the office
    has looked at the balance. The balance is the office's: what was earned, less these, with `PointsReturned`.
    """

    holder: str
    points: int
    service: str
    thing: str
    offline: bool
    day: int
    order: str = ""


@dataclass(frozen=True, slots=True)
class PointsReturned(AccessEvent):
    """What `PointsSpent` took is given back: the lock did not open."""

    holder: str
    points: int
    service: str
    thing: str
    offline: bool
    day: int
    order: str = ""
