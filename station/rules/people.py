"""Volunteers sign on and off, and tick what they have done; forgotten sign-offs are closed. Ratings are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from drivers.contract import ClockTrust
from station import events as e
from station.rules import holdings, say_people, words_people
from station.rules.actions import check_recorded, do
from station.rules.hours import MINUTE_MS
from station.rules.site import PeopleService, Site
from station.rules.turn import Turn
from station.state import USUAL, Request, Shift, State, thing_key, with_item
from station.trust.refusal import Reason, Refused

SIGNED_OFF, FORGOTTEN = "signed_off", "forgotten"
"""Why somebody is on duty no more (`VolunteerSignedOff.cause`)."""
MAX_SHIFTS = 200
"""So many people may be on duty at once."""
TOGGLE_REST_MS = 30_000
"""A pass that is held to the reader again so soon does not take back what it did."""
RATING_REST_MS = 60_000
"""At most one rating in so long on a screen."""
MOVED_MS = 60_000
"""A correction of the clock that the beginning of a shift follows; less is drift."""


def requested(turn: Turn, service: PeopleService, request: Request) -> None:
    """Sign on, sign off (a pass does what it did not do last), or tick a task. Raises `Refused`."""
    if turn.state.observed.unrecorded and request.action == USUAL:
        say_people.told(turn, service, request, words_people.CANNOT_SIGN)  # they still see what is the matter
        return
    check_recorded(turn)
    do(turn, service, request, _ACTIONS, request.action)


def on_duty(state: State, service: str, holder: str) -> Shift | None:
    """The shift of somebody who is signed on."""
    return state.recorded.shifts.get(thing_key(service, holder))


# ---------------------------------------------------------------- on and off


def _toggle(turn: Turn, service: PeopleService, request: Request) -> None:
    done_ms = turn.state.volatile.toggled_ms.get(thing_key(service.name, request.holder))
    shift = on_duty(turn.state, service.name, request.holder)
    if done_ms is not None and turn.now.steady_ms - done_ms < TOGGLE_REST_MS:
        say_people.told(turn, service, request, words_people.ON_ALREADY if shift else words_people.NOT_ON)
    elif shift is None:
        _sign_on(turn, service, request)
    else:
        _sign_off(turn, service, request)


def _sign_on(turn: Turn, service: PeopleService, request: Request) -> None:
    if on_duty(turn.state, service.name, request.holder) is not None:
        say_people.told(turn, service, request, words_people.ON_ALREADY)
        return
    if len(turn.state.recorded.shifts) >= MAX_SHIFTS:
        raise Refused(Reason.OUT_OF_ORDER, f"{MAX_SHIFTS} people are on duty already")
    holdings.record_use(turn, request)
    dated = turn.now.trust is not ClockTrust.FLOOR
    turn.record(e.VolunteerSignedOn(service.name, request.holder, dated))
    _note_toggle(turn, service, request.holder)
    say_people.told(turn, service, request, words_people.SIGNED_ON)


def _sign_off(turn: Turn, service: PeopleService, request: Request) -> None:
    shift = on_duty(turn.state, service.name, request.holder)
    if shift is None:
        say_people.told(turn, service, request, words_people.NOT_ON, done=False)
        return
    holdings.record_use(turn, request)
    minutes = worked_ms(turn, service, shift) // MINUTE_MS
    turn.record(e.VolunteerSignedOff(service.name, request.holder, SIGNED_OFF, minutes))
    _note_toggle(turn, service, request.holder)
    say_people.told(turn, service, request, words_people.signed_off(minutes))


def _note_toggle(turn: Turn, service: PeopleService, holder: str) -> None:
    now_ms = turn.now.steady_ms
    young = {key: at_ms for key, at_ms in turn.state.volatile.toggled_ms.items() if now_ms - at_ms < TOGGLE_REST_MS}
    turn.remember(toggled_ms=with_item(young, thing_key(service.name, holder), now_ms))


def worked_ms(turn: Turn, service: PeopleService, shift: Shift) -> int:
    """How long somebody has been on duty, never longer than a shift.

    By the steady clock in the boot in which they signed on; after a power cut by wall time, and where that is not known
    only what this boot has seen.
    """
    state, now = turn.state, turn.now
    if shift.boot == now.boot:
        worked_ms = now.steady_ms - shift.began_ms
    else:
        worked_ms = now.steady_ms - state.volatile.recovered_ms
        if shift.dated and now.trust is not ClockTrust.FLOOR:
            worked_ms = max(worked_ms, now.wall_ms - shift.began_at_ms)
    return min(worked_ms, service.shift_ms)


# ---------------------------------------------------------------- tasks and ratings


def _tick(turn: Turn, service: PeopleService, request: Request) -> None:
    task = service.tasks.get(request.thing)
    if task is None:
        raise Refused(Reason.WRONG_NAME, f"{service.name} has no task {request.thing}")
    holdings.record_use(turn, request)
    turn.record(e.TaskDone(service.name, request.thing, request.holder))
    say_people.told(turn, service, request, words_people.task_done(task))


def may_rate(state: State, screen: str, now_ms: int) -> bool:
    """Whether a rating on this screen counts now."""
    rated_ms = state.volatile.rated_ms.get(screen)
    rested = rated_ms is None or now_ms - rated_ms >= RATING_REST_MS
    return rested and not state.observed.unrecorded


def rate(turn: Turn, service: PeopleService, screen: str, stars: int) -> bool:
    """Count a rating that was pressed on a screen; False when the last one was a moment ago."""
    if stars not in words_people.STARS or not may_rate(turn.state, screen, turn.now.steady_ms):
        return False
    turn.remember(rated_ms=with_item(turn.state.volatile.rated_ms, screen, turn.now.steady_ms))
    turn.record(e.RatingGiven(service.name, stars))
    return True


# ---------------------------------------------------------------- time


def tick(turn: Turn) -> None:
    """Follow a corrected clock, and close the shifts that nobody ended."""
    for shift in list(turn.state.recorded.shifts.values()):
        began_at_ms = _dated(turn.state, shift)
        if began_at_ms is not None:
            turn.record(e.VolunteerShiftDated(shift.service, shift.holder, began_at_ms))
    for at_ms, service, shift in list(_ends(turn.state, turn.site)):
        if at_ms <= turn.now.steady_ms:
            minutes = worked_ms(turn, service, shift) // MINUTE_MS
            turn.record(e.VolunteerSignedOff(shift.service, shift.holder, FORGOTTEN, minutes))


def _dated(state: State, shift: Shift) -> int | None:
    """The wall time at which a shift of this boot began, when another one is recorded."""
    offset_ms = state.volatile.wall_offset_ms
    if offset_ms is None or shift.boot != state.volatile.boot:
        return None
    began_at_ms = shift.began_ms + offset_ms
    moved = not shift.dated or abs(began_at_ms - shift.began_at_ms) >= MOVED_MS
    return began_at_ms if moved else None


def _ends(state: State, site: Site) -> Iterator[tuple[int, PeopleService, Shift]]:
    """When each shift counts as forgotten (steady); while the time is not known only those of this boot."""
    volatile = state.volatile
    for shift in state.recorded.shifts.values():
        service = site.people.get(shift.service)
        if service is None:
            continue
        if shift.boot == volatile.boot:
            yield shift.began_ms + service.shift_ms, service, shift
        elif volatile.wall_offset_ms is not None:
            began_ms = shift.began_at_ms - volatile.wall_offset_ms if shift.dated else volatile.recovered_ms
            yield began_ms + service.shift_ms, service, shift


def deadline(state: State, site: Site) -> int | None:
    """When the next shift counts as forgotten (steady)."""
    return min((at_ms for at_ms, _, _ in _ends(state, site)), default=None)


_ACTIONS: Mapping[str, Callable[[Turn, PeopleService, Request], None]] = {
    USUAL: _toggle,
    "sign_on": _sign_on,
    "sign_off": _sign_off,
    "task": _tick,
}
