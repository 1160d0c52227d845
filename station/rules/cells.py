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
from station.trust.refusal import Reason

PULSE_MS = 300
SEND_WITHIN_MS = 8_000
"""A command that has not left by then (the card, a busy bus) is not carried out any more."""
OPEN_WITHIN_MS = 4_000
"""A cell that its sensor does not show open so long after the board was asked has failed."""
LATE_MS = 30_000
"""An opening so long after a failed one is that one, not a burglary."""
SETTLE_MS = 10_000
"""What is found open so soon after its board came back has opened meanwhile."""

TAKEN, OPENED, BY_CODE, GIVEN_BACK, BY_KEEPER, LATE, UNSEEN = (
    "taken",
    "opened",
    "code",
    "given_back",
    "keeper",
    "late",
    "unseen",
)
"""Why a cell opened (`CellOpened.cause`)."""


def ask_to_open(turn: Turn, service: LockerService, number: str, cause: str, request: Request) -> None:
    """Open a cell as soon as what was decided is on the card."""
    until_ms = turn.now.steady_ms + SEND_WITHIN_MS
    _await(turn, service, number, Opening(cause, until_ms, request))
    turn.ask(Unlock(service.cells[number].point, PULSE_MS), until_ms=until_ms)
    say_lockers.opening(turn, service, number)


def react(turn: Turn, service: LockerService, signal: Signal) -> list[Request]:
    """Follow the cells of one locker. Gives the requests whose cell did not open and who are to have another one."""
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
    return [request for number in over if (request := _expired(turn, service, number)) is not None]


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
    opening = turn.state.volatile.openings.get(thing_key(service.name, number))
    if opening is None or opening.cause == LATE:
        return
    if outcome is Outcome.NOT_SENT:
        _not_sent(turn, service, number)
    else:
        until_ms = turn.now.steady_ms + OPEN_WITHIN_MS
        _await(turn, service, number, replace(opening, until_ms=until_ms, outcome=outcome.value))


def _opened(turn: Turn, service: LockerService, number: str) -> None:
    recorded = turn.state.recorded.cells.get(thing_key(service.name, number), Cell())
    if recorded.open:
        return
    opening = _forget(turn, service, number)
    if opening is not None:
        turn.record(e.CellOpened(service.name, number, opening.cause))
        say_lockers.opened(turn, service, number, opening.cause, opening.request.order)
    elif recorded.open is None or _just_back(turn, service.cells[number]):
        turn.record(e.CellOpened(service.name, number, UNSEEN))
    else:
        turn.record(e.CellForced(service.name, number))
        say_lockers.forced(turn, service, number)


def _just_back(turn: Turn, cell: CellOf) -> bool:
    board = turn.state.observed.devices.get(device_of(cell.point))
    return board is None or turn.now.steady_ms - board.since_ms <= SETTLE_MS


def _shut(turn: Turn, service: LockerService, number: str) -> None:
    recorded = turn.state.recorded.cells.get(thing_key(service.name, number), Cell())
    if recorded.open is False:
        return
    turn.record(e.CellShut(service.name, number))
    holding = holdings.of(turn.state, service.name, number)
    if holding is not None and holding.leaving:
        turn.record(e.ThingGivenBack(service.name, number, GIVEN_BACK, holding.holder))
    if recorded.open:
        say_lockers.shut(turn, service, number, holding)


# ---------------------------------------------------------------- what did not open


def _expired(turn: Turn, service: LockerService, number: str) -> Request | None:
    opening = turn.state.volatile.openings[thing_key(service.name, number)]
    if opening.cause == LATE:
        _forget(turn, service, number)
    elif not opening.outcome:
        _not_sent(turn, service, number)
    else:
        return _failed(turn, service, number, opening)
    return None


def _not_sent(turn: Turn, service: LockerService, number: str) -> None:
    """Nothing has moved: whoever wanted the cell may ask again."""
    opening = _forget(turn, service, number)
    if opening is None:
        return
    if opening.cause == TAKEN:
        turn.record(e.ThingGivenBack(service.name, number, "not_sent"))
    say_lockers.refused(turn, service, Reason.OUT_OF_ORDER, opening.request.order)


def _failed(turn: Turn, service: LockerService, number: str, opening: Opening) -> Request | None:
    """The cell is out of order by itself; who was to have it is to get another one."""
    turn.record(e.CellFailed(service.name, number, opening.outcome))
    _await(turn, service, number, replace(opening, cause=LATE, until_ms=turn.now.steady_ms + LATE_MS))
    if opening.cause != TAKEN:
        say_lockers.failed(turn, service, number, opening.request.order)
        return None
    turn.record(e.ThingGivenBack(service.name, number, "failed"))
    return opening.request


def deadline(state: State) -> int | None:
    """When the next opening has failed (steady)."""
    return min((opening.until_ms for opening in state.volatile.openings.values()), default=None)
