"""Appliances that run for a moment: one run at a time, a rest after it, and one big load in the whole station."""

from __future__ import annotations

from drivers.contract import Quantity, Signal
from station import events as e
from station.rules import holdings, mains, say, say_power, supply
from station.rules.actions import check_recorded
from station.rules.site import ApplianceService, Site
from station.rules.turn import Turn
from station.state import USUAL, Request, Run, State
from station.trust.refusal import Reason, Refused

POWER_CUT = "power_cut"
"""A run of an earlier boot: what it did since is not known, and nothing starts again by itself."""


def requested(turn: Turn, service: ApplianceService, request: Request) -> None:
    """`start` (the usual), for `duration_s` or as long as a run may last, or `stop`. Raises `Refused`."""
    if request.action in (USUAL, "start"):
        _start(turn, service, request)
    elif request.action == "stop":
        run = turn.state.recorded.runs.get(service.name)
        if run is None or not run.running or run.holder != request.holder:
            raise Refused(Reason.NOTHING_HELD, f"they have not started {service.name}")
        _end(turn, service, run, supply.STOPPED, request)
    else:
        raise Refused(Reason.WRONG_ACTION, f"{service.name} does not do {request.action}")


def _start(turn: Turn, service: ApplianceService, request: Request) -> None:
    check_may_start(turn, service)
    holdings.record_use(turn, request)
    run_ms = min(request.duration_s * 1000 or service.run_ms, service.run_ms)
    until_ms = turn.now.steady_ms + run_ms
    counter = supply.counter_wh(turn.state, service.load)
    turn.record(e.RunBegan(service.name, request.holder, request.role, until_ms, request.order, counter))
    supply.give(turn, service.name, service.load, until_ms, answers=True)


def check_may_start(turn: Turn, service: ApplianceService) -> None:
    """Raises `Refused` while it cannot be started."""
    state = turn.state
    check_recorded(turn)
    mains.check_may_give(state, turn.site)
    rested_ms = _rested_ms(state, service)
    if running(state, service) or (rested_ms is not None and turn.now.steady_ms < rested_ms):
        raise Refused(Reason.IN_USE, f"{service.name} runs or rests")
    if service.water and not state.observed.answers(service.water):
        raise Refused(Reason.OUT_OF_ORDER, f"{service.water} does not answer")
    if service.water and not has_water(state, service):
        raise Refused(Reason.NO_WATER, f"{service.water} is open")
    supply.check_usable(state, turn.site, service.load)
    if service.big_load and any(one.big_load and running(state, one) for one in turn.site.appliances.values()):
        raise Refused(Reason.NO_POWER, "another big load is running")


def running(state: State, service: ApplianceService) -> bool:
    """Whether somebody has it running."""
    run = state.recorded.runs.get(service.name)
    return run is not None and run.running


def has_water(state: State, service: ApplianceService) -> bool:
    """Whether its contact says that there is water."""
    reading = state.observed.levels.get((service.water, Quantity.CLOSED))
    return reading is not None and reading.value is True


def _rested_ms(state: State, service: ApplianceService) -> int | None:
    """When it may start again (steady); after a power cut the whole rest counts from the recovery."""
    run = state.recorded.runs.get(service.name)
    if run is None or run.running:
        return None
    began_ms = run.ended_ms if run.boot == state.volatile.boot else state.volatile.recovered_ms
    return began_ms + service.rest_ms


# ---------------------------------------------------------------- what becomes of a run


def react(turn: Turn, signal: Signal) -> None:
    """Follow every run to its end."""
    for service in turn.site.appliances.values():
        run = turn.state.recorded.runs.get(service.name)
        if run is None or not run.running:
            supply.see_off(turn, service.load)
        else:
            _follow(turn, service, run, signal)


def _follow(turn: Turn, service: ApplianceService, run: Run, signal: Signal) -> None:
    is_on = supply.follow(turn, service.name, service.load, signal)
    given = supply.of(turn.state, service.name)
    if is_on and given is not None and given.answers:
        say_power.appliance_on(turn, service, given.until_ms - turn.now.steady_ms, run.order)
    cause = _over(turn, service, run)
    if cause:
        _end(turn, service, run, cause)
    elif given is None and turn.state.observed.answers(service.load.relay) and not turn.state.observed.unrecorded:
        supply.give_again(turn, service.name, service.load, run.until_ms, run.meter_wh, service.run_ms)


def _over(turn: Turn, service: ApplianceService, run: Run) -> str:
    """Why the run ends now; empty: it goes on."""
    state, now_ms = turn.state, turn.now.steady_ms
    if supply.burns(state, turn.site):
        return supply.FIRE
    if run.boot != state.volatile.boot:
        return POWER_CUT
    if run.until_ms <= now_ms:
        return supply.TIME
    if mains.must_end(state, turn.site, big_load=service.big_load):
        return mains.ON_BATTERY
    if service.water and not (has_water(state, service) and state.observed.answers(service.water)):
        return supply.NO_WATER
    return supply.over(state, service.name, service.load, now_ms)


def _end(turn: Turn, service: ApplianceService, run: Run, cause: str, request: Request | None = None) -> None:
    given = supply.take_away(turn, service.name, service.load)
    used_wh = supply.used_wh(turn.state, service.load, given, run.meter_wh, service.run_ms)
    if cause in supply.TO_PROTECT:
        turn.record(e.PowerCut(service.name, "", cause))
    by = request.holder if request else ""
    turn.record(e.RunEnded(service.name, cause, by, used_wh))
    if given is not None and given.answers and given.on_ms is None and request is None:
        say.not_done(turn, service.name, Reason.OUT_OF_ORDER, run.order)
    elif cause != POWER_CUT:
        say_power.appliance_off(turn, service, cause, request.order if request else "")


def deadline(state: State, site: Site) -> int | None:
    """The next moment at which an appliance needs a look (steady)."""
    due: list[int | None] = []
    for service in site.appliances.values():
        run = state.recorded.runs.get(service.name)
        if run is None or not run.running:
            due.append(supply.off_due(state, service.load))
        else:
            due.append(run.until_ms)
            due.append(supply.deadline(state, service.name, service.load))
    return min((at_ms for at_ms in due if at_ms is not None), default=None)
