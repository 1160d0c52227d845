"""How each service of a station stands, for those who look after it: thing by thing free, in use, overdue or out.

From the station's own events, folded here, and from what its health document says is free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from central.service_kinds import TAKE
from central.views import ServiceView, StationView
from drivers.contract import Words, both
from station.state import Holding, Recorded, thing_key

FREE, OPEN, IN_USE, OVERDUE, OUT = "free", "open", "in_use", "overdue", "out"
MARKS = {
    FREE: both("free"),
    OPEN: both("open"),
    IN_USE: both("in use"),
    OVERDUE: both("overdue"),
    OUT: both("out of order"),
}
"""What a thing is, best first."""
MAX_SHOWN = 128
NOT_TOLD = both("Not told by the station yet")


@dataclass(frozen=True, slots=True)
class ThingState:
    """One thing of a service and how it stands: a key of `MARKS`."""

    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How a service stands. `counts` are of `MARKS`; `lines` say what cannot be counted. `held` is what is out."""

    service: ServiceView
    things: tuple[ThingState, ...]
    counts: tuple[tuple[str, int], ...]
    lines: tuple[Words, ...] = ()
    held: tuple[Holding, ...] = ()


def service_states(station: StationView) -> list[ServiceState]:
    """Every service for people, in the station's own order."""
    recorded = station.state or Recorded()
    return [_state(service, recorded) for service in station.services if service.type != "alarm"]


def _state(service: ServiceView, recorded: Recorded) -> ServiceState:
    held = [one for one in recorded.holdings.values() if one.service == service.name]
    if service.type in ("lockers", "sockets"):
        things = tuple(_thing(service, name, recorded) for name in _names(service, held))
        found = Counter(one.mark for one in things)
    else:
        things = ()
        found = Counter(OVERDUE if one.overdue else IN_USE for one in held)
        found[OUT] = sum(_is_out(service, name, recorded) for name in service.things)
        if service.type == "loans":
            found[FREE] = sum(offer.free or 0 for offer in service.offers if offer.action == TAKE)
    counts = tuple((mark, found[mark]) for mark in MARKS if found[mark])
    out = tuple(sorted(held, key=lambda one: one.began_at_ms)[:MAX_SHOWN])
    return ServiceState(service, things, counts, tuple(_lines(service, recorded)), out)


def _names(service: ServiceView, held: list[Holding]) -> list[str]:
    others = sorted({one.thing for one in held} - set(service.things))
    return [*service.things, *others][:MAX_SHOWN]


def _thing(service: ServiceView, name: str, recorded: Recorded) -> ThingState:
    key = thing_key(service.name, name)
    holding, cell = recorded.holdings.get(key), recorded.cells.get(key)
    if holding is not None:
        return ThingState(name, OVERDUE if holding.overdue else IN_USE)
    if cell is not None and cell.out_of_order:
        return ThingState(name, OUT)
    return ThingState(name, OPEN if cell is not None and cell.open else FREE)


def _is_out(service: ServiceView, name: str, recorded: Recorded) -> bool:
    cell = recorded.cells.get(thing_key(service.name, name))
    return cell is not None and bool(cell.out_of_order)


def _lines(service: ServiceView, recorded: Recorded) -> Iterator[Words]:
    if service.closed:
        yield both("Closed at this hour")
    match service.type:
        case "door":
            yield from _door(service, recorded)
        case "stock":
            yield from _stock(service, recorded)
        case "appliance":
            run = recorded.runs.get(service.name)
            running = run is not None and run.running
            yield both("Running") if running else both("Not running")
        case "people":
            on_duty = sum(shift.service == service.name for shift in recorded.shifts.values())
            yield both("{count} on duty", count=on_duty)
        case _:
            pass


def _door(service: ServiceView, recorded: Recorded) -> Iterator[Words]:
    door = recorded.doors.get(service.name)
    if door is None or door.open is None:
        yield NOT_TOLD
        return
    yield both("The door stands open") if door.open else both("The door is shut")
    if door.forced:
        yield both("It was forced open")
    if door.hold is not None:
        yield both("Held open by the office")
    if door.occupied:
        yield both("Somebody is inside")


def _stock(service: ServiceView, recorded: Recorded) -> Iterator[Words]:
    for offer in service.offers:
        if offer.action != TAKE:
            continue
        stock = recorded.stock.get(thing_key(service.name, offer.thing))
        left = stock.count if stock is not None else 0
        told = both("{what}: {left} left", what=offer.words, left=left)
        if stock is not None and stock.low:
            told = both("{told}, running low", told=told)
        if stock is not None and stock.expires:
            told = both("{told}, good until {day}", told=told, day=stock.expires)
        yield told
