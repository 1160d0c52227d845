"""A door is granted: the window opens, and the lock moves as soon as that is on the card."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import HoldReleased, Unlock
from station import events as e
from station.rules import say
from station.rules.site import DoorService
from station.rules.turn import Turn
from station.state import USUAL, Request, Visit
from station.trust.nonces import MAX_HOLD_SECONDS
from station.trust.refusal import Reason, Refused

MAX_RENEWALS = 2
RENEW_MS = 120_000
RENEW_RECOVERED_MS = 60_000


def requested(turn: Turn, door: DoorService, request: Request) -> None:
    """`open` (the usual), or `hold_open` by an operator. Raises `Refused`."""
    if request.action == "hold_open":
        _check_hold(door, request)
    elif request.action not in (USUAL, "open"):
        raise Refused(Reason.WRONG_ACTION, "a door opens or is held open")
    visit = turn.state.recorded.visits.get(request.pass_id) if request.once else None
    renewed = renewal(turn, visit, waits=bool(door.contact), what="visit")
    check_lock(turn, door, request)
    if request.action == "hold_open":
        _hold_open(turn, door, request)
    else:
        _open(turn, door, request, renewed)
        say.granted(turn, door)


def let_in(turn: Turn, door: DoorService, request: Request) -> None:
    """A service behind the door has granted a request: its pass was used there, and here it opens the door."""
    _open(turn, door, replace(request, pass_id="", once=False, expires_s=0, step_s=0), "")


def _check_hold(door: DoorService, request: Request) -> None:
    if not request.operated:
        raise Refused(Reason.WRONG_PURPOSE, "only the office's operators hold a door open, by asking first")
    if not 0 < request.duration_s <= MAX_HOLD_SECONDS:
        raise Refused(Reason.HOLD_TOO_LONG, f"a door is held open for at most {MAX_HOLD_SECONDS} s")
    if not door.holds_open:
        raise Refused(Reason.WRONG_ACTION, "this lock is not made for being released for long")


def check_lock(turn: Turn, door: DoorService, request: Request) -> None:
    """Raises `Refused` when the lock does not answer, or nothing can be recorded."""
    observed = turn.state.observed
    if not observed.answers(door.lock):
        raise Refused(Reason.OUT_OF_ORDER, f"the lock {door.lock} does not answer")
    if observed.unrecorded and (request.once or not door.admits_unrecorded):
        raise Refused(Reason.UNRECORDED, "the journal cannot be written")


def _hold_open(turn: Turn, door: DoorService, request: Request) -> None:
    until_ms = turn.now.steady_ms + request.duration_s * 1000
    turn.record(e.HoldOpenBegan(door.name, request.order, until_ms))
    turn.ask(HoldReleased(door.lock), until_ms=until_ms)


def _open(turn: Turn, door: DoorService, request: Request, renewed: str) -> None:
    until_ms = turn.now.steady_ms + door.unlock_ms
    turn.record(
        e.AccessGranted(
            service=door.name,
            way=request.way,
            holder=request.holder,
            role=request.role,
            until_steady_ms=until_ms,
            order=request.order,
            pass_id=request.pass_id,
            once=request.once,
            expires_s=request.expires_s,
            step_s=request.step_s,
            renewal=renewed,
        )
    )
    unlock = Unlock(door.lock, min(door.pulse_ms, door.unlock_ms))
    if turn.state.observed.unrecorded:
        turn.ask_at_once(unlock)
    else:
        turn.ask(unlock, until_ms=until_ms)


def renewal(turn: Turn, visit: Visit | None, *, waits: bool, what: str) -> str:
    """Empty for a first use of a one-time pass, `again` or `recovered` where its use may be renewed.

    It may be while it `waits`: what it was for (`what`) has not been seen to be had. Raises `Refused` otherwise.
    """
    if visit is None:
        return ""
    now = turn.now
    if waits and not visit.observed:
        if visit.boot == now.boot:
            if now.steady_ms - visit.began_ms <= RENEW_MS and visit.renewals < MAX_RENEWALS:
                return "again"
        elif not visit.recovered and now.steady_ms - turn.state.volatile.recovered_ms <= RENEW_RECOVERED_MS:
            return "recovered"
    raise Refused(Reason.ALREADY_USED, f"the pass was for one {what}")
