"""Fan, air-con and circuits of a room: for whoever is in, by its temperature, and off when it is surely empty.

Nothing here is recorded and nothing waits for the card: comfort goes on while the journal cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    SwitchOff,
    SwitchOn,
    device_of,
)
from station.rules import mains, supply
from station.rules.site import ClimateService, DoorService, Site
from station.rules.turn import Turn
from station.state import Door, State, Switched, with_item

LIMIT_MS = 1_800_000
"""What was switched on goes off by itself after this time, should this program die with a board that does not."""
RENEW_MS = 600_000
"""So long before that it is asked for again."""
SETTLE_MS = 2_000
"""Nothing is asked of one point sooner than that after it changed or was asked."""
FAN_REST_MS = 30_000
VOTERS = 2
"""So many sensors must say that nobody is in before a room is surely empty."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a point should be; `rest_ms` is how long it must have been off before it starts."""

    point: str
    on: bool
    rest_ms: int


def react(turn: Turn, signal: Signal) -> None:
    """Switch what should be otherwise than it is."""
    for service in turn.site.climates.values():
        for point in _points(service):
            _follow(turn, point, signal)
        for wish in list(_wishes(turn.state, turn.site, service)):
            at_ms = _act_at(turn.state, wish)
            if at_ms is not None and at_ms <= turn.now.steady_ms and turn.state.observed.answers(wish.point):
                _switch(turn, wish)


def _points(service: ClimateService) -> tuple[str, ...]:
    return tuple(point for point in (service.fan, service.air_con, *service.off) if point)


def _known(state: State, point: str) -> Switched:
    """What a point is, as far as anybody knows; before it was asked anything, what it reads."""
    known = state.volatile.switched.get(point)
    if known is not None:
        return known
    reading = state.observed.levels.get((point, Quantity.ON))
    return Switched(reading is not None and reading.value is True, state.volatile.recovered_ms)


def _follow(turn: Turn, point: str, signal: Signal) -> None:
    """A driver begins with everything off; a command that was not obeyed has changed nothing."""
    known = _known(turn.state, point)
    match signal:
        case DeviceUp(device) | DeviceDown(device) if device == device_of(point):
            _keep(turn, point, on=False)
        case LevelChanged(device, Quantity.ON, bool(value)) if device == point and value != known.on:
            _keep(turn, point, on=value)
        case CommandDone(device, "SwitchOn", Outcome.NOT_SENT) if device == point and known.on:
            _keep(turn, point, on=False)
        case CommandDone(device, "SwitchOff", Outcome.NOT_SENT | Outcome.UNKNOWN) if device == point:
            _keep(turn, point, on=True)
        case _:
            pass


def _keep(turn: Turn, point: str, *, on: bool) -> None:
    now_ms = turn.now.steady_ms
    switched = Switched(on, now_ms, now_ms + LIMIT_MS)
    turn.remember(switched=with_item(turn.state.volatile.switched, point, switched))


def _switch(turn: Turn, wish: _Wish) -> None:
    turn.ask_at_once(SwitchOn(wish.point, LIMIT_MS) if wish.on else SwitchOff(wish.point))
    _keep(turn, wish.point, on=wish.on)


def _act_at(state: State, wish: _Wish) -> int | None:
    """When it is time to switch (steady); None: it is as it should be."""
    known = _known(state, wish.point)
    if wish.on and known.on:
        return known.until_ms - RENEW_MS
    if wish.on:
        return known.since_ms + wish.rest_ms
    return known.since_ms + SETTLE_MS if known.on else None


# ---------------------------------------------------------------- what should be


def _wishes(state: State, site: Site, service: ClimateService) -> Iterator[_Wish]:
    door = site.doors[service.room]
    occupied = state.recorded.doors.get(door.name, Door()).occupied
    burns = supply.burns(state, site)
    if service.fan:
        on = not burns and occupied and _too_warm(state, service, service.fan, service.fan_above_c)
        yield _Wish(service.fan, on, FAN_REST_MS)
    if service.air_con:
        fed = not burns and not mains.on_battery(state, site)
        on = fed and occupied and _too_warm(state, service, service.air_con, service.cool_above_c)
        yield _Wish(service.air_con, on, service.rest_ms)
    for point in service.off:
        kept = _known(state, point).on and not surely_empty(state, door)
        yield _Wish(point, not burns and (occupied or kept), SETTLE_MS)


def _too_warm(state: State, service: ClimateService, point: str, above_c: float) -> bool:
    """On from one temperature, off below another, and off when nobody knows it."""
    measured = supply.number(state, service.temperature, Quantity.TEMPERATURE_C)
    if measured is None:
        return False
    return measured >= (service.off_below_c if _known(state, point).on else above_c)


def surely_empty(state: State, door: DoorService) -> bool:
    """Nobody is in as recorded, and at least two sensors that answer, the counter among them, still say so."""
    recorded = state.recorded.doors.get(door.name, Door())
    if recorded.occupied:
        return False
    answering = [sensor for sensor in door.presence if state.observed.answers(sensor)]
    readings = [state.observed.levels.get((sensor, Quantity.PRESENT)) for sensor in answering]
    seen = [reading.value for reading in readings if reading is not None]
    counted = bool(door.counter) and state.observed.answers(door.counter) and recorded.inside == 0
    return len(seen) + counted >= VOTERS and not any(seen)


def deadline(state: State, site: Site) -> int | None:
    """When something is to be switched that has to wait (steady)."""
    due = [
        at_ms
        for service in site.climates.values()
        for wish in _wishes(state, site, service)
        if (at_ms := _act_at(state, wish)) is not None and state.observed.answers(wish.point)
    ]
    return min(due, default=None)
