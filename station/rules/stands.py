"""The slots of a stand: which is full, which is free, and whose is what was put in."""

from __future__ import annotations

from station import events as e
from station.rules import holdings, lost, openings, say_loans
from station.rules.site import LoanService
from station.rules.turn import Turn
from station.state import Arrival, Holding, Request, Return, State, thing_key, with_item, without_item
from station.trust.refusal import Reason, Refused

CAUGHT_MS = openings.BOUNCE_MS
"""What a slot has held for so long is locked in it; until then it may spring out again."""


def full_slot(turn: Turn, service: LoanService, wanted: str) -> str:
    """The first slot that has a thing to give, or the one that is wanted. One that gave nothing last comes last.

    Raises `Refused`.
    """
    if wanted and wanted not in service.cells:
        raise Refused(Reason.WRONG_NAME, f"{service.name} has no slot {wanted}")
    waiting = {one.slot for one in holdings.held(turn.state, service.name)}
    full = [
        slot
        for slot in ([wanted] if wanted else service.cells)
        if slot not in waiting
        and openings.is_shut(turn.state, service, slot)
        and openings.pending(turn.state, service, slot) is None
        and thing_key(service.name, slot) not in turn.state.volatile.arrivals
        and _in_service(turn.state, service, slot)
    ]
    if not full:
        _check_answers(turn.state, service)
        raise Refused(Reason.NOTHING_FREE, f"{service.name} has nothing to give")
    untaken_ms = turn.state.volatile.untaken_ms
    return min(full, key=lambda slot: (untaken_ms.get(thing_key(service.name, slot), -1), int(slot)))


def free_slot(turn: Turn, service: LoanService, request: Request) -> str:
    """Where something can be put in: the slot that this person was told already, or the first. Raises `Refused`."""
    awaited = turn.state.volatile.returns
    for slot in sorted(service.cells, key=int):
        awaits = awaited.get(thing_key(service.name, slot))
        if awaits is not None and awaits.asked and awaits.request.holder != request.holder:
            continue
        if openings.is_shut(turn.state, service, slot) is False and _in_service(turn.state, service, slot):
            return slot
    _check_answers(turn.state, service)
    raise Refused(Reason.NOTHING_FREE, f"{service.name} has no free slot")


def answers(state: State, service: LoanService, slot: str) -> bool:
    """Whether what opens a slot answers, and what feels it."""
    return openings.answers(state, service, slot) and state.observed.answers(service.cells[slot].felt_at)


def loan_of(turn: Turn, slot: str) -> str:
    """The name of a loan that begins now (`ThingTaken.thing`)."""
    return f"{slot}-{turn.now.boot[:8]}-{turn.now.steady_ms // 1000}"


def slot_of(loan: str) -> str:
    """The slot that it was lent from; in a box the number of the thing."""
    return loan.partition("-")[0]


def _check_answers(state: State, service: LoanService) -> None:
    if not any(answers(state, service, slot) for slot in service.cells):
        raise Refused(Reason.OUT_OF_ORDER, f"no board of {service.name} answers")


def _in_service(state: State, service: LoanService, slot: str) -> bool:
    retired = openings.recorded_cell(state, service, slot).out_of_order
    return not retired and answers(state, service, slot)


# ---------------------------------------------------------------- put in


def expect(turn: Turn, service: LoanService, slot: str, request: Request, *, asked: bool) -> None:
    """What is put into this slot in time is theirs; where they `asked`, what is put into another free slot too."""
    others = {
        key: one
        for key, one in turn.state.volatile.returns.items()
        if not asked or one.request.holder != request.holder or one.request.service != service.name
    }
    until_ms = turn.now.steady_ms + (service.return_ms if asked else service.take_ms)
    turn.remember(returns=with_item(others, thing_key(service.name, slot), Return(request, until_ms, asked)))


def put_in(turn: Turn, service: LoanService, slot: str) -> None:
    """Something is in a slot that was free; whether it has caught shows in a moment."""
    key, returns = thing_key(service.name, slot), turn.state.volatile.returns
    if key not in returns:
        asked = [(one.until_ms, other) for other, one in returns.items() if _asked(service, one)]
        key = min(asked)[1] if asked else key
    awaited = returns.get(key)
    arrival = Arrival(turn.now.steady_ms + CAUGHT_MS, awaited.request if awaited is not None else None)
    turn.remember(
        returns=without_item(returns, key),
        arrivals=with_item(turn.state.volatile.arrivals, thing_key(service.name, slot), arrival),
    )


def _asked(service: LoanService, one: Return) -> bool:
    return one.asked and one.request.service == service.name


def reopened(turn: Turn, service: LoanService, slot: str) -> None:
    """It sprang out before it had caught: whoever brought it may try again."""
    key, arrivals = thing_key(service.name, slot), turn.state.volatile.arrivals
    arrival = arrivals.get(key)
    if arrival is None:
        return
    turn.remember(arrivals=without_item(arrivals, key))
    if arrival.request is not None:
        expect(turn, service, slot, arrival.request, asked=True)


def tick(turn: Turn, service: LoanService) -> None:
    """What has caught is given back; what was awaited in vain is told."""
    now_ms = turn.now.steady_ms
    for slot in service.cells:
        key = thing_key(service.name, slot)
        arrival = turn.state.volatile.arrivals.get(key)
        if arrival is not None and openings.recorded_cell(turn.state, service, slot).open:
            reopened(turn, service, slot)
        elif arrival is not None and arrival.until_ms <= now_ms:
            turn.remember(arrivals=without_item(turn.state.volatile.arrivals, key))
            _caught(turn, service, slot, arrival.request)
        awaited = turn.state.volatile.returns.get(key)
        if awaited is not None and awaited.until_ms <= now_ms:
            turn.remember(returns=without_item(turn.state.volatile.returns, key))
            if awaited.asked:
                say_loans.not_put_in(turn, service, awaited.request.order)


def _caught(turn: Turn, service: LoanService, slot: str, request: Request | None) -> None:
    """A loan of ours is over; what is none of ours is from elsewhere."""
    by, order = (request.holder, request.order) if request is not None else ("", "")
    out = [one for one in holdings.held(turn.state, service.name) if not one.slot]
    holding = _tagged(out, slot) if service.box else _meant(turn, service, out, request)
    if holding is not None:
        turn.record(e.ThingGivenBack(service.name, holding.thing, openings.GIVEN_BACK, by))
        say_loans.given_back(turn, service, order)
    elif request is not None:
        turn.record(e.ThingArrived(service.name, slot, by, request.thing, order))
        say_loans.arrived(turn, service, order)
    else:
        turn.record(e.ThingArrived(service.name, slot))
        say_loans.nobodys(turn, service)


def _tagged(out: list[Holding], number: str) -> Holding | None:
    """Its tag says which thing it is, whoever brings it."""
    return next((one for one in out if slot_of(one.thing) == number), None)


def _meant(turn: Turn, service: LoanService, out: list[Holding], request: Request | None) -> Holding | None:
    """Theirs that they named, or that they have had longest."""
    if request is None:
        return None
    mine = [one for one in out if one.holder == request.holder]
    named = lost.named(turn, service, request.thing) if request.thing else None
    return named if named in mine else next(iter(mine), None)


def deadline(state: State) -> int | None:
    """When a return is given up, or what was put in has stayed long enough (steady)."""
    volatile = state.volatile
    due = [awaited.until_ms for awaited in volatile.returns.values()]
    due += [arrival.until_ms for arrival in volatile.arrivals.values()]
    return min(due, default=None)
