"""A channel of a board that was asked to open: what its board says, what its sensor shows, what is over.

Cells of lockers, slots of things that are lent and boxes of stock move alike. What that means for people is the
business of their services, each by a `Follower`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from drivers.contract import CommandDone, LevelChanged, Outcome, Quantity, Signal, Unlock, device_of
from station import events as e
from station.rules.site import CellOf
from station.rules.turn import Turn
from station.state import Cell, Opening, Request, State, thing_key, with_item, without_item

PULSE_MS = 300
SEND_WITHIN_MS = 8_000
"""A command that is not on the card by then is dropped; what a busy bus still holds may open late."""
OPEN_WITHIN_MS = 4_000
"""What its sensor does not show open so long after the board was asked has failed, where nobody has to pull."""
LATE_MS = 30_000
"""An opening so long after a failed one is that one, not a burglary."""
SETTLE_MS = 10_000
"""What is found open so soon after its board came back has opened meanwhile."""
BOUNCE_MS = 2_000
"""What opens so soon after it was shut had not caught."""

TAKEN, OPENED, GIVEN_BACK, BY_KEEPER, AGAIN, LATE, UNSEEN = (
    "taken",
    "opened",
    "given_back",
    "keeper",
    "again",
    "late",
    "unseen",
)
"""Why it opened (`CellOpened.cause`)."""


class Celled(Protocol):
    """A service with cells."""

    @property
    def name(self) -> str: ...

    @property
    def cells(self) -> Mapping[str, CellOf]: ...


S_contra = TypeVar("S_contra", bound=Celled, contravariant=True)


class Follower(Protocol[S_contra]):
    """What a service makes of what its cells do. What the sensor shows is recorded before it is told."""

    def opened(self, turn: Turn, service: S_contra, cell: str, opening: Opening, /) -> None:
        """It was asked to; with the cause LATE it had been given up already."""

    def forced(self, turn: Turn, service: S_contra, cell: str, /) -> None:
        """Nobody had asked."""

    def shut(self, turn: Turn, service: S_contra, cell: str, was_open: bool | None, /) -> None:
        """Its sensor shows it shut; `was_open` is None when it was never seen before."""

    def not_seen_open(self, turn: Turn, service: S_contra, cell: str, opening: Opening, /) -> None:
        """Its sensor has not shown it open in time. Without an `outcome` the command was never sent: nothing moved.

        Where nothing feels the cell this is told as soon as its board was asked.
        """


def recorded_cell(state: State, service: Celled, cell: str) -> Cell:
    """A cell as recorded."""
    return state.recorded.cells.get(thing_key(service.name, cell), Cell())


def pending(state: State, service: Celled, cell: str) -> Opening | None:
    """The opening that somebody waits for; one that was given up and may still come late is none."""
    opening = state.volatile.openings.get(thing_key(service.name, cell))
    return opening if opening is not None and opening.cause != LATE else None


def is_idle(turn: Turn, service: Celled, cell: str) -> bool:
    """True while nothing is going on at a cell, and it has been shut for a moment."""
    volatile = turn.state.volatile
    key = thing_key(service.name, cell)
    shut_ms = volatile.shut_ms.get(key, -BOUNCE_MS)
    return key not in volatile.openings and turn.now.steady_ms - shut_ms >= BOUNCE_MS


def answers(state: State, service: Celled, cell: str) -> bool:
    """Whether the board of a cell answers."""
    return state.observed.answers(service.cells[cell].point)


def is_shut(state: State, service: Celled, cell: str) -> bool | None:
    """What its sensor shows now; None: nothing yet, or there is none."""
    felt = service.cells[cell]
    level = state.observed.levels.get((felt.felt_at, felt.felt_by))
    return None if level is None else level.value is True


def ask(turn: Turn, service: Celled, cell: str, opening: Opening, pulse_ms: int = PULSE_MS) -> None:
    """Open a cell as soon as what was decided is on the card."""
    expect(turn, service, cell, opening)
    turn.ask(Unlock(service.cells[cell].point, pulse_ms), until_ms=opening.until_ms)


def expect(turn: Turn, service: Celled, cell: str, opening: Opening) -> None:
    """This is awaited of a cell from now on."""
    key = thing_key(service.name, cell)
    turn.remember(openings=with_item(turn.state.volatile.openings, key, opening))


def opening_for(
    turn: Turn, cause: str, request: Request, *, within_ms: int = OPEN_WITHIN_MS, thing: str = "", tries: int = 1
) -> Opening:
    """What is awaited from now on."""
    return Opening(cause, turn.now.steady_ms + SEND_WITHIN_MS, request, tries=tries, within_ms=within_ms, thing=thing)


def react(turn: Turn, service: S_contra, signal: Signal, follower: Follower[S_contra]) -> None:
    """Follow the cells of one service."""
    match signal:
        case LevelChanged(point, Quantity.CLOSED | Quantity.IN_PLACE as felt_by, value):
            for cell in [one for one, at in service.cells.items() if at.felt_at == point and at.felt_by is felt_by]:
                (_shut if value is True else _opened)(turn, service, cell, follower)
        case CommandDone(point, "Unlock", outcome):
            for cell in [name for name, one in service.cells.items() if one.point == point]:
                _carried_out(turn, service, cell, outcome, follower)
        case _:
            pass
    _settle(turn)
    for cell in service.cells:
        opening = turn.state.volatile.openings.get(thing_key(service.name, cell))
        if opening is not None and opening.until_ms <= turn.now.steady_ms:
            _expired(turn, service, cell, opening, follower)


def _settle(turn: Turn) -> None:
    """What was shut long enough ago is idle."""
    shut_ms, now_ms = turn.state.volatile.shut_ms, turn.now.steady_ms
    fresh = {key: at_ms for key, at_ms in shut_ms.items() if now_ms - at_ms < BOUNCE_MS}
    if len(fresh) < len(shut_ms):
        turn.remember(shut_ms=fresh)


def _forget(turn: Turn, service: Celled, cell: str) -> Opening | None:
    key = thing_key(service.name, cell)
    opening = turn.state.volatile.openings.get(key)
    turn.remember(openings=without_item(turn.state.volatile.openings, key))
    return opening


def _carried_out(turn: Turn, service: S_contra, cell: str, outcome: Outcome, follower: Follower[S_contra]) -> None:
    opening = pending(turn.state, service, cell)
    if opening is None or opening.outcome:
        return
    if outcome is Outcome.NOT_SENT:
        _forget(turn, service, cell)
        follower.not_seen_open(turn, service, cell, opening)
        return
    asked = replace(opening, until_ms=turn.now.steady_ms + opening.within_ms, outcome=outcome.value)
    if service.cells[cell].felt_at:
        expect(turn, service, cell, asked)
    else:
        _forget(turn, service, cell)
        follower.not_seen_open(turn, service, cell, asked)


def _opened(turn: Turn, service: S_contra, cell: str, follower: Follower[S_contra]) -> None:
    known = recorded_cell(turn.state, service, cell)
    if known.open:
        return
    opening = _forget(turn, service, cell)
    if opening is not None:
        turn.record(e.CellOpened(service.name, cell, opening.cause))
        follower.opened(turn, service, cell, opening)
    elif known.open is None or _just_back(turn, service.cells[cell]):
        turn.record(e.CellOpened(service.name, cell, UNSEEN))
    elif not is_idle(turn, service, cell):
        turn.record(e.CellOpened(service.name, cell, AGAIN))
    else:
        turn.record(e.CellForced(service.name, cell))
        follower.forced(turn, service, cell)


def _just_back(turn: Turn, cell: CellOf) -> bool:
    board = turn.state.observed.devices.get(device_of(cell.felt_at))
    return board is None or turn.now.steady_ms - board.since_ms <= SETTLE_MS


def _shut(turn: Turn, service: S_contra, cell: str, follower: Follower[S_contra]) -> None:
    known = recorded_cell(turn.state, service, cell)
    if known.open is False:
        return
    turn.record(e.CellShut(service.name, cell))
    if known.open:
        key = thing_key(service.name, cell)
        turn.remember(shut_ms=with_item(turn.state.volatile.shut_ms, key, turn.now.steady_ms))
    follower.shut(turn, service, cell, known.open)


def _expired(turn: Turn, service: S_contra, cell: str, opening: Opening, follower: Follower[S_contra]) -> None:
    if opening.cause == LATE:
        _forget(turn, service, cell)
        return
    expect(turn, service, cell, replace(opening, cause=LATE, until_ms=turn.now.steady_ms + LATE_MS))
    follower.not_seen_open(turn, service, cell, opening)


def deadline(state: State) -> int | None:
    """When the next opening is given up, or something shut is idle (steady)."""
    due = [opening.until_ms for opening in state.volatile.openings.values()]
    due += [at_ms + BOUNCE_MS for at_ms in state.volatile.shut_ms.values()]
    return min(due, default=None)
