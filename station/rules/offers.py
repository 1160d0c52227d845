"""What people may ask of each service at this moment, for the office's pages. No person and no holding is in it.

A type of service has one row in `KINDS`: what the station file calls it, and a function that gives its offers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from drivers.contract import Words
from station.rules import (
    appliances,
    holdings,
    hours,
    lockers,
    openings,
    rooms,
    sockets,
    stands,
    stock,
    words_offers,
    words_rooms,
)
from station.rules.site import (
    BOX,
    EVERYBODY,
    ApplianceService,
    BookService,
    DoorService,
    HeldService,
    LoanService,
    LockerService,
    PeopleService,
    RoomService,
    Service,
    SocketService,
    StockService,
)
from station.rules.turn import Turn
from station.state import thing_key
from station.trust.refusal import Refused

MAX_OFFERS = 40
"""Of one service."""
MAX_THINGS = 128
"""Of one service, in the list for keepers."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An order that somebody may give: `action` on `thing`. `free` is how many times it could be done now."""

    action: str
    words: Words
    free: int
    thing: str = ""
    points: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of service: its name in a station file, what it offers, and its things by name, for keepers."""

    type: str
    offers: Callable[..., Iterable[Offer]]
    things: Callable[..., Iterable[str]] = lambda _service: ()


def offered(turn: Turn, service: Service) -> list[Offer]:
    """What a service offers to a phone at a screen; nothing is free while it may not be given away."""
    at_screens = any(service.name in screen.opens for screen in turn.site.screens.values())
    if "order" not in service.ways or not at_screens:
        return []
    found = list(islice(KINDS[type(service)].offers(turn, service), MAX_OFFERS))
    return found if _gives(turn, service) else [replace(one, free=0) for one in found]


def document(turn: Turn) -> dict[str, object]:
    """Every service that people know of, by name, for the health document. What is usual is left out."""
    told: dict[str, object] = {service.name: _service(turn, service) for service in turn.site.services.values()}
    for alarm in turn.site.alarms.values():
        told[alarm.name] = {"type": "alarm", "zh": alarm.words.zh, "en": alarm.words.en}
    return told


def summary(turn: Turn) -> str:
    """Different whenever the offers are."""
    parts = (
        (service.name, not hours.open_now(turn, service), *(one.free for one in offered(turn, service)))
        for service in turn.site.services.values()
    )
    return repr(tuple(parts))


def _service(turn: Turn, service: Service) -> dict[str, object]:
    kind = KINDS[type(service)]
    told: dict[str, object] = {"type": kind.type, "zh": service.words.zh, "en": service.words.en}
    if service.colour:
        told["colour"] = service.colour
    if service.roles != EVERYBODY:
        told["roles"] = sorted(service.roles)
    if not hours.open_now(turn, service):
        told["closed"] = True
    if service.reader:
        told["scanned"] = True
    if isinstance(service, LockerService) and service.reader and "pass_static" in service.ways:
        told["pick_up"] = True
    if things := list(islice(kind.things(service), MAX_THINGS)):
        told["things"] = things
    told["offers"] = [_offer(one) for one in offered(turn, service)]
    return told


def _offer(offer: Offer) -> dict[str, object]:
    told: dict[str, object] = {"action": offer.action, "zh": offer.words.zh, "en": offer.words.en, "free": offer.free}
    if offer.thing:
        told["thing"] = offer.thing
    if offer.points:
        told["points"] = offer.points
    return told


def _gives(turn: Turn, service: Service) -> bool:
    if isinstance(service, DoorService):
        recorded = not turn.state.observed.unrecorded or service.admits_unrecorded
    elif isinstance(service, HeldService):
        recorded = not turn.state.observed.unrecorded and holdings.known(turn.state, turn.site)
    else:
        recorded = not turn.state.observed.unrecorded
    return recorded and hours.open_now(turn, service)


# ---------------------------------------------------------------- one function for each type


def _door(turn: Turn, service: DoorService) -> Iterator[Offer]:
    yield Offer("open", words_offers.OPEN_DOOR, int(turn.state.observed.answers(service.lock)))


def _lockers(turn: Turn, service: LockerService) -> Iterator[Offer]:
    """Of each size as many as are free; when none is, as many of the larger ones, which are given instead."""
    free = [one for number, one in service.cells.items() if lockers.is_free(turn, service, number)]
    sizes = [size for size in lockers.SIZES if any(cell.size == size for cell in service.cells.values())]
    for size in sizes:
        larger = lockers.SIZES[lockers.SIZES.index(size) :]
        same = sum(cell.size == size for cell in free)
        yield Offer("take", words_offers.SIZES[size], same or sum(cell.size in larger for cell in free), size)
    if any(cell.accessible for cell in service.cells.values()):
        low = sum(cell.accessible for cell in free)
        yield Offer("take", words_offers.LOW_CELL, low, lockers.ACCESSIBLE)


def _sockets(turn: Turn, service: SocketService) -> Iterator[Offer]:
    cool = not sockets.too_hot(turn.state, service)
    for name in service.sockets:
        free = cool and _allowed(sockets.check_free, turn, service, name)
        yield Offer("start", words_offers.socket(name), int(free), name)


def _appliance(turn: Turn, service: ApplianceService) -> Iterator[Offer]:
    yield Offer("start", words_offers.START, int(_allowed(appliances.check_may_start, turn, service)))


def _loans(turn: Turn, service: LoanService) -> Iterator[Offer]:
    state = turn.state
    waiting = {one.slot for one in holdings.held(state, service.name)}
    usable = [
        slot
        for slot in service.cells
        if stands.answers(state, service, slot) and not openings.recorded_cell(state, service, slot).out_of_order
    ]
    full = [slot for slot in usable if openings.is_shut(state, service, slot)]
    yield Offer("take", words_offers.BORROW, sum(slot not in waiting for slot in full))
    yield Offer("give_back", words_offers.BRING_BACK, len(usable) - len(full))


def _books(turn: Turn, service: BookService) -> Iterator[Offer]:
    reads = int(turn.state.observed.answers(service.reader))
    yield Offer("begin", words_offers.BORROW, reads)
    yield Offer("give_back", words_offers.BRING_BACK, reads)


def _stock(turn: Turn, service: StockService) -> Iterator[Offer]:
    if BOX in service.cells and not stock.box_sells(service):
        yield Offer("open", words_offers.OPEN_BOX, int(openings.answers(turn.state, service, BOX)))
    for name, item in service.items.items():
        left = turn.state.recorded.stock.get(thing_key(service.name, name))
        yield Offer("take", item.words, left.count if left is not None else 0, name, item.points)


def _room(turn: Turn, service: RoomService) -> Iterator[Offer]:
    door = turn.site.doors[service.door]
    free = turn.state.observed.answers(door.lock) and _allowed(rooms.check_free, turn, service)
    yield Offer("begin", words_rooms.TAKE, int(free))


def _people(_turn: Turn, service: PeopleService) -> Iterator[Offer]:
    yield Offer("sign_on", words_offers.SIGN_ON, 1)
    yield Offer("sign_off", words_offers.SIGN_OFF, 1)
    for name, words in service.tasks.items():
        yield Offer("task", words, 1, name)


def _allowed(check: Callable[..., None], turn: Turn, *what: object) -> bool:
    try:
        check(turn, *what)
    except Refused:
        return False
    return True


KINDS: Mapping[type[Service], Kind] = {
    DoorService: Kind("door", _door),
    LockerService: Kind("lockers", _lockers, lambda service: service.cells),
    LoanService: Kind("loans", _loans, lambda service: service.cells),
    BookService: Kind("books", _books),
    StockService: Kind("stock", _stock, lambda service: service.items),
    SocketService: Kind("sockets", _sockets, lambda service: service.sockets),
    ApplianceService: Kind("appliance", _appliance),
    PeopleService: Kind("people", _people),
    RoomService: Kind("room", _room),
}
