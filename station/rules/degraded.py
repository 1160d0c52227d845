"""What does not work now, for whoever stands at a screen, and what still does. The table is docs/degraded.md.

A device that has not said anything yet is starting; only one that is down is missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from drivers.contract import ClockTrust, Now, Quantity, Words, device_of
from station.rules import holdings, mains, office, words, words_degraded
from station.rules.health import NO_DISK_BYTES
from station.rules.site import (
    ApplianceService,
    BookService,
    DoorService,
    HeldService,
    LoanService,
    LockerService,
    ScreenService,
    Service,
    Site,
    SocketService,
    StockService,
)
from station.state import State

MOST_LINES = 2
"""More would be too small to read."""
CHANGES_THE_WAY = frozenset(
    {
        words_degraded.NO_LOCK,
        words_degraded.NO_WAY,
        words_degraded.USE_THE_CODE,
        words_degraded.USE_YOUR_PASS,
        words_degraded.NO_CLOCK,
    }
)
"""Lines beside which the usual one, how to scan, would be wrong."""


def lines(state: State, site: Site, screen: ScreenService, now: Now) -> tuple[Words, ...]:
    """The lines of a calm page: how to scan, and what does not work, the most important first."""
    told = tuple(islice(_told(state, site, screen, now), MOST_LINES))
    if len(told) == MOST_LINES or (told and told[0] in CHANGES_THE_WAY):
        return told
    return (words.WITH_YOUR_PHONE if site.office_url else words_degraded.WITH_YOUR_PASS, *told)


def opens_nothing(state: State, site: Site, screen: ScreenService) -> bool:
    """Whether no door of a screen that has doors can be opened now, whatever is scanned."""
    doors = _doors(site, screen)
    recorded, down = not state.observed.unrecorded, _down(state)
    return bool(doors) and not any(
        (recorded or door.admits_unrecorded) and device_of(door.lock) not in down for door in doors
    )


def _told(state: State, site: Site, screen: ScreenService, now: Now) -> Iterator[Words]:
    if state.observed.unrecorded:
        yield words_degraded.FULL if _is_full(state) else words.CANNOT_RECORD
        opens = _doors(site, screen) and not opens_nothing(state, site, screen)
        yield words_degraded.PASSES_OPEN if opens else words.CALL
        return
    down, known = _down(state), site.services
    services = [known[name] for name in screen.opens if name in known]
    if any(device_of(door.lock) in down for door in _doors(site, screen)):
        yield words_degraded.NO_LOCK
    no_scanner = any(_reads_for(one) in down for one in services)
    yield from _ways(state, site, screen, now, no_scanner=no_scanner)
    if down:
        yield from _not_usable(services, down)
    if any(isinstance(one, HeldService) for one in services) and not holdings.known(state, site):
        yield words_degraded.WHO_HOLDS_WHAT
    if mains.on_battery(state, site) and any(isinstance(one, SocketService | ApplianceService) for one in services):
        yield words_degraded.ON_BATTERY


def _down(state: State) -> frozenset[str]:
    return frozenset(name for name, device in state.observed.devices.items() if not device.up)


def _is_full(state: State) -> bool:
    """Whether the card has no room left; what else a card does may pass."""
    free = [
        reading.value
        for (_, quantity), reading in state.observed.levels.items()
        if quantity is Quantity.DISK_FREE_BYTES
    ]
    return any(isinstance(value, int) and value < NO_DISK_BYTES for value in free)


def _doors(site: Site, screen: ScreenService) -> list[DoorService]:
    return [site.doors[name] for name in screen.opens if name in site.doors]


def _ways(state: State, site: Site, screen: ScreenService, now: Now, *, no_scanner: bool) -> Iterator[Words]:
    """How to show who one is, where that is not as usual."""
    no_clock = now.trust is ClockTrust.FLOOR
    no_link = bool(site.office_url) and not state.observed.link_up
    no_office = bool(site.office_url) and (no_link or office.is_silent(state, now.steady_ms))
    no_ring = bool(state.volatile.secret) and state.observed.ring is None
    if no_ring or (no_scanner and no_office) or (no_clock and no_office and not no_link):
        yield words_degraded.NO_WAY
    elif no_scanner:
        yield words_degraded.USE_THE_CODE
    else:
        if no_link:
            yield words.OFFLINE if _doors(site, screen) else words_degraded.OFFLINE_THINGS
        elif no_office:
            yield words_degraded.USE_YOUR_PASS
        if no_clock:
            yield words_degraded.NO_CLOCK


def _reads_for(service: Service) -> str:
    """The scanner of codes; the one of a shelf reads books."""
    return "" if isinstance(service, BookService) else service.reader


# ---------------------------------------------------------------- services that miss their devices


def _not_usable(services: list[Service], down: frozenset[str]) -> Iterator[Words]:
    names: list[Words] = []
    inside = False
    for service in services:
        lost, of_all = _lost(service, down)
        if lost:
            names.append(service.words if lost == of_all else words_degraded.some(service.words))
            inside |= isinstance(service, LockerService)
    if names:
        yield words_degraded.not_usable(names, things_inside=inside)


def _lost(service: Service, down: frozenset[str]) -> tuple[int, int]:
    """How many of its things cannot be used, and of how many. A socket less is no news while others are there."""
    match service:
        case LockerService() | LoanService() | StockService():
            return _count(({cell.point} for cell in service.cells.values()), down)
        case SocketService():
            lost, of_all = _count(({load.relay, load.meter} for load in service.sockets.values()), down)
            return lost if lost == of_all else 0, of_all
        case ApplianceService():
            return _count([{service.load.relay, service.load.meter, service.water}], down)
        case BookService():
            return _count([{service.reader}], down)
        case _:
            return 0, 0


def _count(things: Iterable[set[str]], down: frozenset[str]) -> tuple[int, int]:
    lost = [any(device_of(point) in down for point in points) for points in things]
    return sum(lost), len(lost)
