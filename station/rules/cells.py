"""One cell of a locker after it was asked to open: given, kept, given back, or out of order by itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from drivers.contract import LevelChanged, Signal
from station import events as e
from station.rules import holdings, openings, say, say_lockers
from station.rules.site import LockerService
from station.rules.turn import Turn
from station.state import Opening, Request, thing_key, with_item, without_item
from station.trust.refusal import Reason, Refused

BY_CODE = "code"
"""Why a cell opened, besides those of `openings`: its holder typed the code at the screen."""
UNASKED = "unasked"
"""Why a cell that nobody holds is out of order, besides what boards say: it opened and nobody had asked."""
CODE_OFFER_MS = 120_000
"""How long after a taken cell was shut a code for it may be chosen at the screen."""


def check_nobody_else(turn: Turn, service: LockerService, number: str, request: Request) -> None:
    """Raises `Refused` while a cell opens for somebody else."""
    opening = openings.pending(turn.state, service, number)
    if opening is not None and opening.request.holder != request.holder:
        raise Refused(Reason.IN_USE, f"cell {number} opens for somebody else at this moment")


def ask_to_open(
    turn: Turn, service: LockerService, number: str, cause: str, request: Request, *, tries: int = 1
) -> None:
    """Open a cell as soon as what was decided is on the card. Who asks again while it opens waits for the same."""
    opening = openings.pending(turn.state, service, number)
    if opening is not None:
        _join(turn, service, number, opening, cause, request)
        return
    openings.ask(turn, service, number, openings.opening_for(turn, cause, request, tries=tries))
    say_lockers.opening(turn, service, number)


def _join(turn: Turn, service: LockerService, number: str, opening: Opening, cause: str, request: Request) -> None:
    """The latest order hears what becomes of it. Who takes a cell has still to get one when this one fails."""
    first = opening.request
    joined = replace(opening, request=replace(first, order=request.order or first.order))
    if cause == openings.GIVEN_BACK and opening.cause != openings.TAKEN:
        joined = replace(joined, cause=openings.GIVEN_BACK)
    openings.expect(turn, service, number, joined)


def react(turn: Turn, service: LockerService, signal: Signal) -> list[Opening]:
    """Follow the cells of one locker. Gives the openings that failed and whose askers are to have another cell."""
    cells = _Cells()
    moved = signal.device if isinstance(signal, LevelChanged) else ""
    felt = [number for number, cell in service.cells.items() if moved and cell.felt_at == moved]
    quiet = [number for number in felt if _is_quiet(turn, service, number)]
    openings.react(turn, service, signal, cells)
    for number in quiet:
        if openings.recorded_cell(turn.state, service, number).open:
            _must_be_looked_into(turn, service, number, UNASKED)
    return cells.failed


def _is_quiet(turn: Turn, service: LockerService, number: str) -> bool:
    """Shut, and nobody waits for it: when it opens nobody has asked."""
    shut = openings.recorded_cell(turn.state, service, number).open is False
    return shut and openings.is_idle(turn, service, number)


def _must_be_looked_into(turn: Turn, service: LockerService, number: str, why: str) -> None:
    """It opened and is nobody's. What is put in now nobody knows: a keeper looks before it is given to anybody."""
    nobody_s = holdings.of(turn.state, service.name, number) is None
    if nobody_s and not openings.recorded_cell(turn.state, service, number).out_of_order:
        turn.record(e.CellFailed(service.name, number, why))


@dataclass
class _Cells:
    """What lockers make of what their cells do. `failed`: whose askers are to have another one."""

    failed: list[Opening] = field(default_factory=list)

    def opened(self, turn: Turn, service: LockerService, number: str, opening: Opening, /) -> None:
        if opening.cause == openings.LATE:
            _opened_late(turn, service, number)
            return
        _offer_code(turn, service, number, wanted=opening.cause == openings.TAKEN)
        say_lockers.opened(turn, service, number, opening.cause, opening.request.order)

    def forced(self, turn: Turn, service: LockerService, number: str, /) -> None:
        say_lockers.forced(turn, service, number)

    def shut(self, turn: Turn, service: LockerService, number: str, was_open: bool | None, /) -> None:
        holding = holdings.of(turn.state, service.name, number)
        if holding is not None and holding.leaving:
            turn.record(e.ThingGivenBack(service.name, number, openings.GIVEN_BACK, holding.holder))
        if was_open:
            if thing_key(service.name, number) in turn.state.volatile.code_offers:
                _offer_code(turn, service, number, wanted=True)
            say_lockers.shut(turn, service, number, holding)

    def not_seen_open(self, turn: Turn, service: LockerService, number: str, opening: Opening, /) -> None:
        """Where nothing has moved whoever wanted the cell may ask again; otherwise it is out of order by itself."""
        taken = opening.cause == openings.TAKEN
        if not opening.outcome:
            if taken:
                turn.record(e.ThingGivenBack(service.name, number, "not_sent"))
            say.not_done(turn, service.name, Reason.OUT_OF_ORDER, opening.request.order)
            return
        turn.record(e.CellFailed(service.name, number, opening.outcome))
        if taken:
            turn.record(e.ThingGivenBack(service.name, number, "failed"))
            self.failed.append(opening)
        else:
            say_lockers.failed(turn, service, number, opening.request.order)


def _opened_late(turn: Turn, service: LockerService, number: str) -> None:
    _must_be_looked_into(turn, service, number, openings.LATE)
    if holdings.of(turn.state, service.name, number) is None:
        say_lockers.opened_late(turn, service, number)
    else:
        say_lockers.opened(turn, service, number, openings.LATE, "")


def _offer_code(turn: Turn, service: LockerService, number: str, *, wanted: bool) -> None:
    """Whoever has just taken a cell may choose a code for it, until two minutes after it was shut."""
    key, offers = thing_key(service.name, number), turn.state.volatile.code_offers
    until_ms = turn.now.steady_ms + CODE_OFFER_MS
    turn.remember(code_offers=with_item(offers, key, until_ms) if wanted else without_item(offers, key))
