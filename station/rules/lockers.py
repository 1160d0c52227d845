"""Locker cells: taken, opened, shut, given back, kept by keepers. What is inside is never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.contract import Signal
from station import events as e
from station.rules import cells, holdings, lost, openings, say, say_lockers
from station.rules.actions import check_recorded, do
from station.rules.site import LockerService
from station.rules.turn import Turn
from station.state import USUAL, Opening, Request
from station.trust.refusal import Reason, Refused

SIZES = ("small", "medium", "large")
ACCESSIBLE = "accessible"
MAX_CELLS_TRIED = 3
"""When so many cells in a row do not open for one person it is not the cells."""


def requested(turn: Turn, service: LockerService, request: Request) -> None:
    """Take, open, give back, hand over; keepers open, clear, retire and restore. Raises `Refused`."""
    action = request.action
    if action == USUAL:
        mine = (holdings.belongs_to(one, request.holder) for one in holdings.held(turn.state, service.name))
        action = "open" if any(mine) else "take"
    check_recorded(turn)
    do(turn, service, request, _ACTIONS, action)


def react(turn: Turn, signal: Signal) -> None:
    """Follow every cell; whoever was to have one that did not open gets another."""
    for service in turn.site.lockers.values():
        for failed in cells.react(turn, service, signal):
            try:
                _give_another(turn, service, failed)
            except Refused as refused:
                say.not_done(turn, service.name, refused.reason, failed.request.order)


# ---------------------------------------------------------------- taken and given back


def _take(turn: Turn, service: LockerService, request: Request) -> None:
    holdings.check_may_take(turn, service, request)
    number = _free(turn, service, request.thing)
    holdings.record_use(turn, request, number)
    holdings.take(turn, service, request, number)
    cells.ask_to_open(turn, service, number, openings.TAKEN, request)


def _give_another(turn: Turn, service: LockerService, failed: Opening) -> None:
    request = failed.request
    holdings.check_may_take(turn, service, request)
    if failed.tries >= MAX_CELLS_TRIED:
        raise Refused(Reason.OUT_OF_ORDER, f"{failed.tries} cells in a row did not open")
    number = _free(turn, service, request.thing)
    holdings.note_use(turn, request, number, "again")
    holdings.take(turn, service, request, number)
    cells.ask_to_open(turn, service, number, openings.TAKEN, request, tries=failed.tries + 1)


def _free(turn: Turn, service: LockerService, wanted: str) -> str:
    """The best free cell; `wanted` is a size, `accessible`, both with a dash between, or nothing."""
    parts = wanted.split("-") if wanted else []
    sizes = [part for part in parts if part != ACCESSIBLE]
    if len(sizes) > 1 or len(parts) > len(sizes) + 1 or not set(sizes) <= set(SIZES):
        raise Refused(Reason.WRONG_NAME, f"no kind of cell is called {wanted}")
    smallest = SIZES.index(sizes[0]) if sizes else 0

    def rank(number: str) -> tuple[bool, int, int]:
        cell = service.cells[number]
        return cell.accessible != (ACCESSIBLE in parts), SIZES.index(cell.size), int(number)

    fitting = [number for number, cell in service.cells.items() if SIZES.index(cell.size) >= smallest]
    if fitting and not any(openings.answers(turn.state, service, number) for number in fitting):
        raise Refused(Reason.OUT_OF_ORDER, f"no board of such cells of {service.name} answers")
    free = [number for number in fitting if is_free(turn, service, number)]
    if not free:
        raise Refused(Reason.NOTHING_FREE, f"no cell of {service.name} is free")
    return min(free, key=rank)


def is_free(turn: Turn, service: LockerService, number: str) -> bool:
    """Whether a cell may be given to somebody now."""
    state = turn.state
    return (
        holdings.of(state, service.name, number) is None
        and openings.is_idle(turn, service, number)
        and not openings.recorded_cell(state, service, number).out_of_order
        and openings.is_shut(state, service, number) is True
        and openings.answers(state, service, number)
    )


def _open(turn: Turn, service: LockerService, request: Request) -> None:
    """A one-time pass of whom it was left for collects: then the cell is free again."""
    holding = holdings.own(turn, request)
    collected = request.once and request.holder != holding.holder
    cause = openings.GIVEN_BACK if collected else cells.BY_CODE if request.way == "code" else openings.OPENED
    _open_for(turn, service, holding.thing, cause, request)


def _give_back(turn: Turn, service: LockerService, request: Request) -> None:
    _open_for(turn, service, holdings.own(turn, request).thing, openings.GIVEN_BACK, request)


def _check_opens(turn: Turn, service: LockerService, number: str, request: Request) -> None:
    if number not in service.cells or not openings.answers(turn.state, service, number):
        raise Refused(Reason.OUT_OF_ORDER, f"cell {number} is not there any more, or its board does not answer")
    cells.check_nobody_else(turn, service, number, request)


def _open_for(turn: Turn, service: LockerService, number: str, cause: str, request: Request) -> None:
    _check_opens(turn, service, number, request)
    holdings.record_use(turn, request, number)
    if openings.recorded_cell(turn.state, service, number).open:
        turn.record(e.CellOpened(service.name, number, cause))
        say_lockers.opened(turn, service, number, cause, request.order)
    else:
        cells.ask_to_open(turn, service, number, cause, request)


def _hand_over(turn: Turn, service: LockerService, request: Request) -> None:
    holding = holdings.own(turn, request)
    if request.holder != holding.holder:
        raise Refused(Reason.NOTHING_HELD, f"cell {holding.thing} was left for them; only its holder hands it over")
    if not request.recipient:
        raise Refused(Reason.MISSING_FIELD, "a holder names who may take it over")
    turn.record(e.ThingOffered(service.name, holding.thing, request.recipient))
    say_lockers.offered(turn, service, holding.thing, request.order)


# ---------------------------------------------------------------- keepers


def _check_keeper(service: LockerService, request: Request) -> None:
    lost.check_keeper(request)
    if request.thing not in service.cells:
        raise Refused(Reason.WRONG_NAME, f"{service.name} has no cell {request.thing}")


def _open_as_keeper(turn: Turn, service: LockerService, request: Request) -> None:
    _check_keeper(service, request)
    _check_opens(turn, service, request.thing, request)
    turn.record(e.CellOpenedByKeeper(service.name, request.thing, request.holder, request.reason))
    _open_for(turn, service, request.thing, openings.BY_KEEPER, request)


def _clear(turn: Turn, service: LockerService, request: Request) -> None:
    _check_keeper(service, request)
    if holdings.of(turn.state, service.name, request.thing) is None:
        raise Refused(Reason.NOTHING_HELD, f"nobody holds cell {request.thing}")
    if openings.pending(turn.state, service, request.thing) is not None:
        raise Refused(Reason.IN_USE, f"cell {request.thing} opens at this moment")
    turn.record(e.ThingGivenBack(service.name, request.thing, "keeper", request.holder))
    say_lockers.noted(turn, service, request.thing, request.order)


def _retire(turn: Turn, service: LockerService, request: Request) -> None:
    _check_keeper(service, request)
    turn.record(e.CellRetired(service.name, request.thing, request.holder, request.reason))
    say_lockers.noted(turn, service, request.thing, request.order)


def _restore(turn: Turn, service: LockerService, request: Request) -> None:
    _check_keeper(service, request)
    turn.record(e.CellRestored(service.name, request.thing, request.holder))
    say_lockers.noted(turn, service, request.thing, request.order)


_ACTIONS: Mapping[str, Callable[[Turn, LockerService, Request], None]] = {
    "take": _take,
    "open": _open,
    "give_back": _give_back,
    "hand_over": _hand_over,
    "open_as_keeper": _open_as_keeper,
    "clear": _clear,
    "retire": _retire,
    "restore": _restore,
}
