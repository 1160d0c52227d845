"""A box of things with tags and one lock for all: whoever has it opened chooses, and brings back what they like.

What leaves while it is open for somebody is theirs; what leaves at another time was taken without a right. What comes
back says by its tag which loan is over.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import LevelChanged, Quantity, Signal, Unlock
from station import events as e
from station.rules import holdings, openings, stands
from station.rules.site import LoanService
from station.rules.turn import Turn
from station.state import Opening, thing_key, with_item, without_item
from station.trust.refusal import Reason, Refused

CHOSE_ANOTHER = "chose_another"
"""Why a thing is free again whose neighbour has left in its place (`ThingGivenBack.cause`)."""


def check_free(turn: Turn, service: LoanService) -> None:
    """Raises `Refused` while the box is open for somebody to take something: nobody could tell whose that is."""
    if service.box and any(openings.pending(turn.state, service, thing) is not None for thing in service.cells):
        raise Refused(Reason.IN_USE, f"{service.name} is open for somebody else at this moment")


def open_to_return(turn: Turn, service: LoanService) -> None:
    """Slots stand open for what comes back; a box has to be opened."""
    if service.box:
        until_ms = turn.now.steady_ms + openings.SEND_WITHIN_MS
        turn.ask(Unlock(service.box, service.pulse_ms), until_ms=until_ms)


def choose(turn: Turn, service: LoanService, signal: Signal) -> None:
    """Another thing has left than the one that was meant for whoever the box was opened for: it is theirs instead."""
    match signal:
        case LevelChanged(point, Quantity.IN_PLACE, False) if service.box:
            left = next((number for number, one in service.cells.items() if one.felt_at == point), None)
        case _:
            return
    if left is None or openings.recorded_cell(turn.state, service, left).open is not False:
        return
    awaited = turn.state.volatile.openings
    meant = None if thing_key(service.name, left) in awaited else _meant(turn, service)
    if meant is None:
        return
    opening = awaited[thing_key(service.name, meant)]
    if opening.thing:
        if opening.request.once:
            holdings.note_use(turn, opening.request, left)  # its pass waits no more for the thing that stayed
        loan = stands.loan_of(turn, left)
        if opening.cause != openings.LATE:
            turn.record(e.ThingGivenBack(service.name, opening.thing, CHOSE_ANOTHER))
            holdings.take(turn, service, opening.request, loan, slot=left)
        opening = replace(opening, thing=loan)
    others = without_item(awaited, thing_key(service.name, meant))
    turn.remember(openings=with_item(others, thing_key(service.name, left), opening))


def _meant(turn: Turn, service: LoanService) -> str | None:
    """The thing that the box was opened for; one that is still awaited before one that was given up."""
    found: list[tuple[bool, str, Opening]] = []
    for number in service.cells:
        opening = turn.state.volatile.openings.get(thing_key(service.name, number))
        if opening is not None and opening.outcome:
            found.append((opening.cause == openings.LATE, number, opening))
    return min(found, key=lambda one: (one[0], -one[2].until_ms), default=(True, None, None))[1]
