"""One cell after it was asked to open: opened, not opened, shut, forced. Only its own sensor says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.contract import CommandDone, LevelChanged, Outcome, Quantity, Signal, Unlock, device_of
from station import events as e
from station.rules import holdings, say_lockers
from station.rules.site import CellOf, LockerService
from station.rules.turn import Turn
from station.state import Cell, Opening, Request, State, thing_key, with_item, without_item
from station.trust.refusal import Reason, Refused

PULSE_MS = 300
SEND_WITHIN_MS = 8_000
"""A command that is not on the card by then is dropped; what a busy bus still holds may open late."""
OPEN_WITHIN_MS = 4_000
"""A cell that its sensor does not show open so long after the board was asked has failed."""
LATE_MS = 30_000
"""An opening so long after a failed one is that one, not a burglary."""
SETTLE_MS = 10_000
"""What is found open so soon after its board came back has opened meanwhile."""
BOUNCE_MS = 2_000
"""A door that opens so soon after it was shut had not caught; until then its cell is given to nobody."""
CODE_OFFER_MS = 120_000
"""How long after a taken cell was shut a code for it may be chosen at the screen."""

TAKEN, OPENED, BY_CODE, GIVEN_BACK, BY_KEEPER, AGAIN, LATE, UNSEEN = (
    "taken",
    "opened",
    "code",
    "given_back",
    "keeper",
    "again",
    "late",
    "unseen",
)
"""Why a cell opened (`CellOpened.cause`)."""


def recorded_cell(state: State, service: LockerService, number: str) -> Cell:
    """A cell as recorded."""
    return state.recorded.cells.get(thing_key(service.name, number), Cell())


def pending(state: State, service: LockerService, number: str) -> Opening | None:
    """The opening that somebody waits for; one that has failed and may still come late is none."""
    opening = state.volatile.openings.get(thing_key(service.name, number))
    return opening if opening is not None and opening.cause != LATE else None


def is_idle(turn: Turn, service: LockerService, number: str) -> bool:
    """True while nothing is going on at a cell, and its door has been shut for a moment."""
    volatile = turn.state.volatile
    key = thing_key(service.name, number)
    shut_ms = volatile.shut_ms.get(key)
    return key not in volatile.openings and (shut_ms is None or turn.now.steady_ms - shut_ms >= BOUNCE_MS)


def check_nobody_else(turn: Turn, service: LockerService, number: str, request: Request) -> None:
    """Raises `Refused` while a cell opens for somebody else."""
    opening = pending(turn.state, service, number)
    if opening is not None and opening.request.holder != request.holder:
        raise Refused(Reason.IN_USE, f"cell {number} opens for somebody else at this moment")


def ask_to_open(
    turn: Turn, service: LockerService, number: str, cause: str, request: Request, *, tries: int = 1
) -> None:
    """Open a cell as soon as what was decided is on the card. Who asks again while it opens waits for the same."""
    opening = pending(turn.state, service, number)
    if opening is not None:
        _join(turn, service, number, opening, cause, request)
        return
    until_ms = turn.now.steady_ms + SEND_WITHIN_MS
    _await(turn, service, number, Opening(cause, until_ms, request, tries=tries))
    turn.ask(Unlock(service.cells[number].point, PULSE_MS), until_ms=until_ms)
    say_lockers.opening(turn, service, number)


def _join(turn: Turn, service: LockerService, number: str, opening: Opening, cause: str, request: Request) -> None:
    """The latest order hears what becomes of it. Who takes a cell has still to get one when this one fails."""
    first = opening.request
    joined = replace(opening, request=replace(first, order=request.order or first.order))
    if cause == GIVEN_BACK and opening.cause != TAKEN:
        joined = replace(joined, cause=GIVEN_BACK)
    _await(turn, service, number, joined)


def react(turn: Turn, service: LockerService, signal: Signal) -> list[Opening]:
    """Follow the cells of one locker. Gives the openings that failed and whose askers are to have another cell."""
    match signal:
        case LevelChanged(point, Quantity.CLOSED, value):
            for number in _cells_at(service, point):
                (_shut if value is True else _opened)(turn, service, number)
        case CommandDone(point, "Unlock", outcome):
            for number in _cells_at(service, point):
                _carried_out(turn, service, number, outcome)
        case _:
            pass
    over = [
        number
        for number in service.cells
        if (opening := turn.state.volatile.openings.get(thing_key(service.name, number)))
        and opening.until_ms <= turn.now.steady_ms
    ]
    return [failed for number in over if (failed := _expired(turn, service, number)) is not None]


def _cells_at(service: LockerService, point: str) -> Iterator[str]:
    return (number for number, cell in service.cells.items() if cell.point == point)


def _await(turn: Turn, service: LockerService, number: str, opening: Opening) -> None:
    key = thing_key(service.name, number)
    turn.remember(openings=with_item(turn.state.volatile.openings, key, opening))


def _forget(turn: Turn, service: LockerService, number: str) -> Opening | None:
    key = thing_key(service.name, number)
    opening = turn.state.volatile.openings.get(key)
    turn.remember(openings=without_item(turn.state.volatile.openings, key))
    return opening


# ---------------------------------------------------------------- what the boards say


def _carried_out(turn: Turn, service: LockerService, number: str, outcome: Outcome) -> None:
    opening = pending(turn.state, service, number)
    if opening is None or opening.outcome:
        return
    if outcome is Outcome.NOT_SENT:
        _forget(turn, service, number)
        _not_sent(turn, service, number, opening)
    else:
        until_ms = turn.now.steady_ms + OPEN_WITHIN_MS
        _await(turn, service, number, replace(opening, until_ms=until_ms, outcome=outcome.value))


def _opened(turn: Turn, service: LockerService, number: str) -> None:
    known = recorded_cell(turn.state, service, number)
    if known.open:
        return
    opening = _forget(turn, service, number)
    if opening is not None and opening.cause == LATE:
        _opened_late(turn, service, number)
    elif opening is not None:
        _offer_code(turn, service, number, wanted=opening.cause == TAKEN)
        turn.record(e.CellOpened(service.name, number, opening.cause))
        say_lockers.opened(turn, service, number, opening.cause, opening.request.order)
    elif not is_idle(turn, service, number):
        turn.record(e.CellOpened(service.name, number, AGAIN))
    elif known.open is None or _just_back(turn, service.cells[number]):
        turn.record(e.CellOpened(service.name, number, UNSEEN))
    else:
        turn.record(e.CellForced(service.name, number))
        say_lockers.forced(turn, service, number)


def _opened_late(turn: Turn, service: LockerService, number: str) -> None:
    """When it is nobody's, nobody knows what is put in now: a keeper has to look before it is given to anybody."""
    turn.record(e.CellOpened(service.name, number, LATE))
    if holdings.of(turn.state, service.name, number) is not None:
        say_lockers.opened(turn, service, number, LATE, "")
        return
    if not recorded_cell(turn.state, service, number).out_of_order:
        turn.record(e.CellFailed(service.name, number, LATE))
    say_lockers.opened_late(turn, service, number)


def _just_back(turn: Turn, cell: CellOf) -> bool:
    board = turn.state.observed.devices.get(device_of(cell.point))
    return board is None or turn.now.steady_ms - board.since_ms <= SETTLE_MS


def _shut(turn: Turn, service: LockerService, number: str) -> None:
    known = recorded_cell(turn.state, service, number)
    if known.open is False:
        return
    turn.record(e.CellShut(service.name, number))
    holding = holdings.of(turn.state, service.name, number)
    if holding is not None and holding.leaving:
        turn.record(e.ThingGivenBack(service.name, number, GIVEN_BACK, holding.holder))
    if known.open:
        key = thing_key(service.name, number)
        turn.remember(shut_ms=with_item(turn.state.volatile.shut_ms, key, turn.now.steady_ms))
        if turn.state.volatile.code_offers.get(key) is not None:
            _offer_code(turn, service, number, wanted=True)
        say_lockers.shut(turn, service, number, holding)


def _offer_code(turn: Turn, service: LockerService, number: str, *, wanted: bool) -> None:
    """Whoever has just taken a cell may choose a code for it, until two minutes after it was shut."""
    key, offers = thing_key(service.name, number), turn.state.volatile.code_offers
    until_ms = turn.now.steady_ms + CODE_OFFER_MS
    turn.remember(code_offers=with_item(offers, key, until_ms) if wanted else without_item(offers, key))


# ---------------------------------------------------------------- what did not open


def _expired(turn: Turn, service: LockerService, number: str) -> Opening | None:
    opening = turn.state.volatile.openings[thing_key(service.name, number)]
    if opening.cause == LATE:
        _forget(turn, service, number)
        return None
    _await(turn, service, number, replace(opening, cause=LATE, until_ms=turn.now.steady_ms + LATE_MS))
    if not opening.outcome:
        _not_sent(turn, service, number, opening)
        return None
    return _failed(turn, service, number, opening)


def _not_sent(turn: Turn, service: LockerService, number: str, opening: Opening) -> None:
    """Nothing has moved: whoever wanted the cell may ask again."""
    if opening.cause == TAKEN:
        turn.record(e.ThingGivenBack(service.name, number, "not_sent"))
    say_lockers.refused(turn, service, Reason.OUT_OF_ORDER, opening.request.order)


def _failed(turn: Turn, service: LockerService, number: str, opening: Opening) -> Opening | None:
    """The cell is out of order by itself; who was to have it is to get another one."""
    turn.record(e.CellFailed(service.name, number, opening.outcome))
    if opening.cause != TAKEN:
        say_lockers.failed(turn, service, number, opening.request.order)
        return None
    turn.record(e.ThingGivenBack(service.name, number, "failed"))
    return opening


def deadline(state: State) -> int | None:
    """When the next opening has failed (steady)."""
    return min((opening.until_ms for opening in state.volatile.openings.values()), default=None)
