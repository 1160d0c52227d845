"""Sockets for charging: a session has a holder and an end. Never on without a session, whatever answers or does not."""

from __future__ import annotations

from drivers.contract import Quantity, Signal
from station import events as e
from station.rules import holdings, mains, say, say_power, supply
from station.rules.site import Load, Site, SocketService
from station.rules.turn import Turn
from station.state import USUAL, Holding, Request, State, thing_key
from station.trust.refusal import Reason, Refused


def requested(turn: Turn, service: SocketService, request: Request) -> None:
    """`start` (the usual) takes a free socket, `stop` ends a session. Raises `Refused`."""
    if request.action in (USUAL, "start"):
        _start(turn, service, request)
    elif request.action == "stop":
        holding = holdings.own(turn, request)
        _end(turn, service, holding.thing, supply.STOPPED, request)
    else:
        raise Refused(Reason.WRONG_ACTION, f"sockets do not do {request.action}")


def _start(turn: Turn, service: SocketService, request: Request) -> None:
    holdings.check_may_take(turn, service, request)
    mains.check_may_give(turn.state, turn.site)
    if too_hot(turn.state, service):
        raise Refused(Reason.OUT_OF_ORDER, f"{service.temperature} is above {service.temperature_max_c:g} degrees")
    thing = _free(turn, service, request.thing)
    load = service.sockets[thing]
    holdings.record_use(turn, request)
    holdings.take(turn, service, request, thing, meter_wh=supply.counter_wh(turn.state, load))
    until_ms = turn.now.steady_ms + service.due_ms
    supply.give(turn, thing_key(service.name, thing), load, until_ms, answers=True)


def _free(turn: Turn, service: SocketService, wanted: str) -> str:
    """The socket that is named, or the first free one."""
    if wanted:
        if wanted not in service.sockets:
            raise Refused(Reason.WRONG_NAME, f"{service.name} has no socket {wanted}")
        check_free(turn, service, wanted)
        return wanted
    reasons: set[Reason] = set()
    for thing in service.sockets:
        try:
            check_free(turn, service, thing)
        except Refused as refused:
            reasons.add(refused.reason)
        else:
            return thing
    if reasons == {Reason.OUT_OF_ORDER}:
        raise Refused(Reason.OUT_OF_ORDER, f"no socket of {service.name} can be used")
    raise Refused(Reason.NOTHING_FREE, f"no socket of {service.name} is free")


def check_free(turn: Turn, service: SocketService, thing: str) -> None:
    """Raises `Refused` while a socket cannot be given."""
    mains.check_may_give(turn.state, turn.site)
    if holdings.of(turn.state, service.name, thing) is not None:
        raise Refused(Reason.IN_USE, f"somebody has socket {thing}")
    supply.check_usable(turn.state, turn.site, service.sockets[thing])


def too_hot(state: State, service: SocketService) -> bool:
    """Whether the place behind the sockets is too hot to give power."""
    measured = supply.number(state, service.temperature, Quantity.TEMPERATURE_C)
    return measured is not None and measured > service.temperature_max_c


# ---------------------------------------------------------------- what becomes of a session


def react(turn: Turn, signal: Signal) -> None:
    """Follow every socket: given again after a recovery, ended when it is time."""
    for service in turn.site.sockets.values():
        for thing, load in service.sockets.items():
            holding = holdings.of(turn.state, service.name, thing)
            if holding is None:
                supply.see_off(turn, load)
            else:
                _follow(turn, service, load, holding, signal)


def _follow(turn: Turn, service: SocketService, load: Load, holding: Holding, signal: Signal) -> None:
    key = thing_key(service.name, holding.thing)
    due_ms = _due_ms(turn.state, service, holding)
    if supply.follow(turn, key, load, signal):
        _is_on(turn, service, holding, due_ms)
    given = supply.of(turn.state, key)
    cause = _over(turn, service, load, holding, due_ms)
    if cause:
        _end(turn, service, holding.thing, cause)
    elif turn.state.observed.unrecorded or not turn.state.observed.answers(load.relay):
        return
    elif given is None:
        supply.give_again(turn, key, load, due_ms, holding.meter_wh, service.due_ms)
    elif due_ms - given.until_ms > supply.END_DRIFT_MS:
        supply.extend(turn, key, load, due_ms)


def _due_ms(state: State, service: SocketService, holding: Holding) -> int:
    """When the session ends (steady), whatever happens.

    While the clock is lost it goes on for a while from the recovery; a clock that is wrong gives nobody a second whole
    session.
    """
    dated_ms, recovered_ms = holdings.due_ms(state, holding), state.volatile.recovered_ms
    if dated_ms is None:
        return recovered_ms + service.safe_ms
    return dated_ms if holding.boot == state.volatile.boot else min(dated_ms, recovered_ms + service.due_ms)


def _over(turn: Turn, service: SocketService, load: Load, holding: Holding, due_ms: int) -> str:
    """Why the session ends now; empty: it goes on."""
    state, now_ms = turn.state, turn.now.steady_ms
    key = thing_key(service.name, holding.thing)
    given = supply.of(state, key)
    if supply.burns(state, turn.site):
        return supply.FIRE
    if too_hot(state, service):
        return supply.TOO_HOT
    if mains.must_end(state, turn.site):
        return mains.ON_BATTERY
    if due_ms <= now_ms:
        return supply.TIME
    if given is not None and load.meter and given.used_wh >= service.limit_wh:
        return supply.ENERGY
    unplugged_ms = _unplugged_ms(state, service, key)
    if unplugged_ms is not None and unplugged_ms <= now_ms:
        return supply.UNPLUGGED
    return supply.over(state, key, load, now_ms)


def _unplugged_ms(state: State, service: SocketService, key: str) -> int | None:
    given = supply.of(state, key)
    return None if given is None or given.idle_ms is None else given.idle_ms + service.unplugged_ms


def _is_on(turn: Turn, service: SocketService, holding: Holding, due_ms: int) -> None:
    given = supply.of(turn.state, thing_key(service.name, holding.thing))
    if given is not None and given.answers:
        say_power.socket_on(turn, service, holding.thing, due_ms, holding.order)


def _end(turn: Turn, service: SocketService, thing: str, cause: str, request: Request | None = None) -> None:
    key, load = thing_key(service.name, thing), service.sockets[thing]
    holding = turn.state.recorded.holdings[key]
    given = supply.take_away(turn, key, load)
    used_wh = supply.used_wh(turn.state, load, given, holding.meter_wh, service.due_ms)
    if cause in supply.TO_PROTECT:
        turn.record(e.PowerCut(service.name, thing, cause))
    by = request.holder if request else ""
    turn.record(e.ThingGivenBack(service.name, thing, cause, by, used_wh))
    if given is not None and given.answers and given.on_ms is None and request is None:
        say.not_done(turn, service.name, Reason.OUT_OF_ORDER, holding.order)
    else:
        say_power.socket_off(turn, service, thing, cause, request.order if request else "")


def deadline(state: State, site: Site) -> int | None:
    """The next moment at which a socket needs a look (steady)."""
    due: list[int | None] = []
    for service in site.sockets.values():
        for thing, load in service.sockets.items():
            key = thing_key(service.name, thing)
            holding = state.recorded.holdings.get(key)
            if holding is None:
                due.append(supply.off_due(state, load))
            else:
                due.append(_due_ms(state, service, holding))
                due.append(_unplugged_ms(state, service, key))
                due.append(supply.deadline(state, key, load))
    return min((at_ms for at_ms in due if at_ms is not None), default=None)
