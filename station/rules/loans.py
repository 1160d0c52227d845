"""Things lent out of the slots of a stand, or by their tags: taken, given back here, come from elsewhere, lost.

A slot's contact is closed while a thing is locked in it. What is taken counts as out when that contact opens, and as
back when one closes and stays closed: what people say is never taken for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.contract import Signal
from station import events as e
from station.rules import boxes, holdings, lost, openings, say, say_loans, stands
from station.rules.actions import check_recorded, do
from station.rules.site import LoanService, Site
from station.rules.turn import Turn
from station.state import USUAL, Holding, Opening, Request, State, thing_key, with_item
from station.trust.refusal import Reason, Refused

NOT_TAKEN, NOT_SENT = "not_taken", "not_sent"
"""Why a thing is free again that never left (`ThingGivenBack.cause`)."""


def requested(turn: Turn, service: LoanService, request: Request) -> None:
    """Take, give back; keepers open, retire and restore slots, and end loans. Raises `Refused`."""
    check_recorded(turn)
    if lost.requested(turn, service, request):
        return
    do(turn, service, request, _ACTIONS, request.action)


def react(turn: Turn, signal: Signal) -> None:
    """Follow every slot."""
    for service in turn.site.loans.values():
        boxes.choose(turn, service, signal)
        openings.react(turn, service, signal, _SLOTS)
        stands.tick(turn, service)
        _look_after_power_cut(turn, service)


# ---------------------------------------------------------------- taken


def _usual(turn: Turn, service: LoanService, request: Request) -> None:
    """A pass at the reader: who has something gives it back, who has nothing takes one."""
    mine = _of_holder(turn.state, service, request.holder)
    waiting = next((one for one in mine if one.slot), None)
    if waiting is not None:
        holdings.record_use(turn, request)
        say_loans.opening(turn, service, waiting.slot)
    else:
        (_give_back if mine else _take)(turn, service, request)


def _of_holder(state: State, service: LoanService, holder: str) -> list[Holding]:
    return [one for one in holdings.held(state, service.name) if one.holder == holder]


def _take(turn: Turn, service: LoanService, request: Request) -> None:
    holdings.check_may_take(turn, service, request)
    boxes.check_free(turn, service)
    slot = stands.full_slot(turn, service, request.thing)
    holdings.record_use(turn, request, slot)
    thing = stands.loan_of(turn, slot)
    holdings.take(turn, service, request, thing, slot=slot)
    opening = openings.opening_for(turn, openings.TAKEN, request, within_ms=service.take_ms, thing=thing)
    openings.ask(turn, service, slot, opening, service.pulse_ms)
    say_loans.opening(turn, service, slot)


class _Slots:
    """What loans make of what the slots do."""

    def opened(self, turn: Turn, service: LoanService, slot: str, opening: Opening) -> None:
        order = opening.request.order
        if opening.cause == openings.BY_KEEPER:
            say_loans.open_for_keeper(turn, service, slot, order)
        elif opening.thing:
            if opening.cause == openings.LATE:
                holdings.take(turn, service, opening.request, opening.thing)
            untaken = {
                key: at_ms for key, at_ms in turn.state.volatile.untaken_ms.items() if key != _key(service, slot)
            }
            turn.remember(untaken_ms=untaken)
            stands.expect(turn, service, slot, opening.request, asked=False)
            say_loans.taken(turn, service, slot, order)
        stands.reopened(turn, service, slot)

    def forced(self, turn: Turn, service: LoanService, slot: str) -> None:
        say_loans.forced(turn, service, slot)

    def shut(self, turn: Turn, service: LoanService, slot: str, was_open: bool | None) -> None:
        if was_open:
            stands.put_in(turn, service, slot)

    def not_seen_open(self, turn: Turn, service: LoanService, slot: str, opening: Opening) -> None:
        untaken = with_item(turn.state.volatile.untaken_ms, _key(service, slot), turn.now.steady_ms)
        turn.remember(untaken_ms=untaken)
        if opening.thing:
            cause = NOT_TAKEN if opening.outcome else NOT_SENT
            turn.record(e.ThingGivenBack(service.name, opening.thing, cause))
        if opening.outcome:
            say_loans.not_taken(turn, service, opening.request.order)
        else:
            say.not_done(turn, service.name, Reason.OUT_OF_ORDER, opening.request.order)


_SLOTS = _Slots()


def _key(service: LoanService, slot: str) -> str:
    return thing_key(service.name, slot)


def _look_after_power_cut(turn: Turn, service: LoanService) -> None:
    """What was being taken when the power went: its slot says whether it is out."""
    for holding in holdings.held(turn.state, service.name):
        slot = holding.slot
        if not slot or (slot in service.cells and openings.pending(turn.state, service, slot) is not None):
            continue
        if slot not in service.cells or openings.is_shut(turn.state, service, slot):
            turn.record(e.ThingGivenBack(service.name, holding.thing, NOT_TAKEN))


# ---------------------------------------------------------------- given back


def _give_back(turn: Turn, service: LoanService, request: Request) -> None:
    """Theirs, or a loan of another station: `thing` may name it."""
    boxes.check_free(turn, service)
    slot = stands.free_slot(turn, service, request)
    holdings.record_use(turn, request)
    stands.expect(turn, service, slot, request, asked=True)
    boxes.open_to_return(turn, service)
    say_loans.put_in(turn, service, slot)


# ---------------------------------------------------------------- keepers


def _check_slot(service: LoanService, request: Request) -> None:
    lost.check_keeper(request)
    if request.thing not in service.cells:
        raise Refused(Reason.WRONG_NAME, f"{service.name} has no slot {request.thing}")


def _open_as_keeper(turn: Turn, service: LoanService, request: Request) -> None:
    _check_slot(service, request)
    slot = request.thing
    if not openings.answers(turn.state, service, slot):
        raise Refused(Reason.OUT_OF_ORDER, f"the board of slot {slot} does not answer")
    boxes.check_free(turn, service)
    if openings.pending(turn.state, service, slot) is not None:
        raise Refused(Reason.IN_USE, f"slot {slot} opens for somebody else at this moment")
    holdings.record_use(turn, request)
    turn.record(e.CellOpenedByKeeper(service.name, slot, request.holder, request.reason))
    opening = openings.opening_for(turn, openings.BY_KEEPER, request, within_ms=service.take_ms)
    openings.ask(turn, service, slot, opening, service.pulse_ms)
    say_loans.opening(turn, service, slot)


def _retire(turn: Turn, service: LoanService, request: Request) -> None:
    _check_slot(service, request)
    turn.record(e.CellRetired(service.name, request.thing, request.holder, request.reason))
    say_loans.noted(turn, service.name, request.order)


def _restore(turn: Turn, service: LoanService, request: Request) -> None:
    _check_slot(service, request)
    turn.record(e.CellRestored(service.name, request.thing, request.holder))
    say_loans.noted(turn, service.name, request.order)


_ACTIONS: Mapping[str, Callable[[Turn, LoanService, Request], None]] = {
    USUAL: _usual,
    "take": _take,
    "give_back": _give_back,
    "open_as_keeper": _open_as_keeper,
    "retire": _retire,
    "restore": _restore,
}


def deadline(state: State, site: Site) -> int | None:
    """When a return is given up, or what was put in has stayed long enough (steady); openings have their own."""
    return stands.deadline(state) if site.loans else None
