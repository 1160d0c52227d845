"""Who has what until when: the idea that cells, sockets, umbrellas, books and rooms share.

A service takes and gives back; what is the same for all of them is here: who may, how many, until when.
"""

from __future__ import annotations

from collections.abc import Iterable

from drivers.contract import ClockTrust
from station import events as e
from station.rules.actions import check_recorded
from station.rules.entry import renewal
from station.rules.site import HeldService, Site
from station.rules.turn import Turn
from station.state import Holding, Request, State, thing_key
from station.trust.refusal import Reason, Refused

MOVED_MS = 60_000
"""What was told is moved along with the clock when it would be over so much too early; less is drift."""


def held(state: State, service: str) -> list[Holding]:
    """Everything of a service that somebody has, what was taken first before the rest."""
    return sorted(
        (one for one in state.recorded.holdings.values() if one.service == service), key=lambda one: one.began_at_ms
    )


def of(state: State, service: str, thing: str) -> Holding | None:
    """Who has a thing."""
    return state.recorded.holdings.get(thing_key(service, thing))


def belongs_to(holding: Holding, holder: str) -> bool:
    """Whether this person may have it opened: they took it, or it was left for them."""
    return bool(holder) and holder in (holding.holder, holding.recipient)


def known(state: State, site: Site) -> bool:
    """Whether this station knows who holds what; after a lost journal only the office does. A station alone knows."""
    return state.recorded.holdings_known or not site.office_url


def own(turn: Turn, request: Request) -> Holding:
    """The thing that a request is about: the one it names, or the one that its holder took first.

    Raises `Refused`: nothing is held, it is somebody else's, or nobody knows.
    """
    if not known(turn.state, turn.site):
        raise Refused(Reason.HOLDINGS_UNKNOWN, "the journal was lost; the office has not told yet who holds what")
    if request.thing:
        holding = of(turn.state, request.service, request.thing)
        if holding is None or not belongs_to(holding, request.holder):
            raise Refused(Reason.NOTHING_HELD, f"{request.thing} of {request.service} is not theirs")
        return holding
    mine = [one for one in held(turn.state, request.service) if belongs_to(one, request.holder)]
    if not mine:
        raise Refused(Reason.NOTHING_HELD, f"they hold nothing of {request.service}")
    return mine[0]


def check_may_take(turn: Turn, service: HeldService, request: Request) -> None:
    """Raises `Refused` when nobody knows who holds what, or this person has enough."""
    check_recorded(turn)
    if not known(turn.state, turn.site):
        raise Refused(Reason.HOLDINGS_UNKNOWN, "the journal was lost; the office has not told yet who holds what")
    mine = sum(one.holder == request.holder for one in held(turn.state, request.service))
    if mine >= service.per_person:
        raise Refused(Reason.TOO_MANY, f"they hold {mine} of {request.service} already")


def record_use(turn: Turn, request: Request, thing: str = "") -> None:
    """The pass of a granted request is used, before anything moves. Raises `Refused` when it was for one use.

    With `thing` that use may be renewed as a door's may, until the thing was seen to be had: a board that did not
    answer must not cost somebody their parcel.
    """
    visit = turn.state.recorded.visits.get(request.pass_id) if request.once else None
    waits = visit is not None and bool(visit.thing)
    note_use(turn, request, thing, renewal(turn, visit, waits=waits, what="use"))


def note_use(turn: Turn, request: Request, thing: str, renewed: str = "") -> None:
    """Record what the pass of a request is used for; nothing when there was none."""
    if request.pass_id:
        used = e.PassUsed(
            service=request.service,
            pass_id=request.pass_id,
            once=request.once,
            expires_s=request.expires_s,
            step_s=request.step_s,
            thing=thing,
            renewal=renewed,
        )
        turn.record(used)


def take(
    turn: Turn, service: HeldService, request: Request, thing: str, *, meter_wh: int | None = None, slot: str = ""
) -> None:
    """`thing` is theirs from now on, until the service's time is up. In `slot` it waits to be taken out."""
    turn.record(
        e.ThingTaken(
            service=request.service,
            thing=thing,
            holder=request.holder,
            role=request.role,
            due_at_ms=turn.now.wall_ms + service.due_ms,
            recipient=request.recipient,
            order=request.order,
            meter_wh=meter_wh,
            slot=slot,
            dated=turn.now.trust is not ClockTrust.FLOOR,
        )
    )


# ---------------------------------------------------------------- time


def due_ms(state: State, holding: Holding) -> int | None:
    """The steady time of this boot at which the time is up; None: never, or nobody knows as long as the clock is lost.

    In its own boot the steady clock counts, so that a corrected wall clock takes nothing from what a person was told.
    """
    if holding.due_at_ms is None:
        return None
    if holding.boot == state.volatile.boot:
        return holding.began_ms + holding.due_at_ms - holding.began_at_ms
    offset_ms = state.volatile.wall_offset_ms
    return None if offset_ms is None or not holding.dated else holding.due_at_ms - offset_ms


def _moved_to_ms(state: State, holding: Holding, service: HeldService) -> int | None:
    """The wall time that its holder was told, when the one that is recorded is not that any more."""
    offset_ms = state.volatile.wall_offset_ms
    if offset_ms is None or holding.due_at_ms is None or holding.overdue:
        return None
    if holding.boot == state.volatile.boot:
        told_ms = holding.began_ms + holding.due_at_ms - holding.began_at_ms + offset_ms
        return told_ms if not holding.dated or told_ms - holding.due_at_ms >= MOVED_MS else None
    if holding.dated:
        return None
    return state.volatile.recovered_ms + offset_ms + service.due_ms  # nobody knows how long the power was away


def _steps(state: State, site: Site) -> Iterable[tuple[int, type[e.ThingDueSoon | e.ThingOverdue], Holding]]:
    """What comes next for every holding, and when."""
    services = site.held_services
    for holding in state.recorded.holdings.values():
        service = services.get(holding.service)
        at_ms = due_ms(state, holding)
        if service is None or at_ms is None or holding.overdue:
            continue
        if not holding.warned:
            yield at_ms - service.warn_ms, e.ThingDueSoon, holding
        yield at_ms, e.ThingOverdue, holding


def tick(turn: Turn) -> None:
    """Follow a corrected clock; warn and call overdue what is."""
    services = turn.site.held_services
    for one in list(turn.state.recorded.holdings.values()):
        service = services.get(one.service)
        moved_ms = _moved_to_ms(turn.state, one, service) if service is not None else None
        if moved_ms is not None:
            turn.record(e.ThingDueMoved(one.service, one.thing, moved_ms))
    for at_ms, step, holding in list(_steps(turn.state, turn.site)):
        if at_ms <= turn.now.steady_ms:
            turn.record(step(holding.service, holding.thing))


def deadline(state: State, site: Site) -> int | None:
    """When the next holding is to be warned or is overdue (steady)."""
    return min((at_ms for at_ms, _, _ in _steps(state, site)), default=None)
