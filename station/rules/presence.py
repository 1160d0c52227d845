"""Who is in: voted from radar, PIR, beams and door; in, out and inside. Empty only when all agree for long enough.

The beams vote twice: broken they see somebody, and their count says whether somebody is left. A count drifts, so it is
believed against silent sensors for a while only. No lock hangs on any of it, and no power on one sensor's word.
"""

from __future__ import annotations

from drivers.contract import DeviceDown, DeviceUp, LevelChanged, PersonPassed, Quantity, Signal, SwitchOff, SwitchOn
from station import events as e
from station.rules.site import DoorService, Site
from station.rules.turn import Turn
from station.state import Door, State, with_item

DOUBT_FACTOR = 5
"""So many times as long must a room be quiet when one sensor alone says so, or when the count says otherwise."""
COUNT_STANDS_MS = 12 * 3_600_000
"""A count that no sensor can confirm or deny is believed for so long after anything was seen."""


def voters(door: DoorService) -> tuple[str, ...]:
    """The devices that have a say on whether somebody is in."""
    return (*door.presence, door.counter) if door.counter and door.room else door.presence


def _answering(state: State, door: DoorService) -> list[str]:
    return [name for name in voters(door) if state.observed.answers(name)]


def somebody_seen(state: State, door: DoorService) -> bool:
    """True while any sensor that answers sees somebody."""
    readings = (state.observed.levels.get((device, Quantity.PRESENT)) for device in _answering(state, door))
    return any(reading is not None and reading.value is True for reading in readings)


def occupied_lately(state: State, door: DoorService, now_ms: int) -> bool:
    """True while somebody is seen, or was within the time after which a room counts as empty."""
    seen_ms = state.volatile.seen_ms.get(door.name)
    return somebody_seen(state, door) or (seen_ms is not None and now_ms - seen_ms < door.empty_after_ms)


def react(turn: Turn, signal: Signal) -> None:
    """Occupied at the first word of any sensor; empty when all have been silent for long enough."""
    for door in turn.site.doors.values():
        match signal:
            case PersonPassed(device, inward) if device == door.counter:
                _passed(turn, door, inward=inward)
            case LevelChanged(device) | DeviceDown(device) if device in voters(door) and _just_changed(turn, signal):
                if _recorded(turn, door).occupied:
                    _see(turn, door)  # up to now it may have seen somebody
            case LevelChanged(device, Quantity.CLOSED, True) if device == door.contact and _recorded(turn, door).open:
                if _recorded(turn, door).occupied:
                    _see(turn, door)  # through the open door anybody may have come
            case DeviceUp(device) if device == door.lamp and _recorded(turn, door).occupied:
                turn.ask_at_once(SwitchOn(door.lamp))  # it starts dark, also after a power cut
            case _:
                pass
        if somebody_seen(turn.state, door):
            _seen(turn, door)
        _empty(turn, door)
        _long_stay(turn, door)


def entered(turn: Turn, door: DoorService) -> None:
    """Somebody was let in and the door has opened: the room counts as occupied, whatever the sensors say."""
    _see(turn, door)
    _occupy(turn, door)


def _just_changed(turn: Turn, signal: LevelChanged | DeviceDown) -> bool:
    """Whether it is news that a sensor sees nobody, or is gone; a driver that starts again and again says it often."""
    observed = turn.state.observed
    if isinstance(signal, DeviceDown):
        return observed.devices[signal.device].since_ms == turn.now.steady_ms
    reading = observed.levels[signal.device, signal.quantity]
    return signal.quantity is Quantity.PRESENT and reading.since_ms == turn.now.steady_ms


def _recorded(turn: Turn, door: DoorService) -> Door:
    return turn.state.recorded.doors.get(door.name, Door())


def _passed(turn: Turn, door: DoorService, *, inward: bool) -> None:
    turn.record(e.PersonCounted(door.name, inward))
    if not door.room:
        return
    if inward:
        entered(turn, door)
    elif _recorded(turn, door).occupied:
        _see(turn, door)


def _see(turn: Turn, door: DoorService) -> None:
    turn.remember(seen_ms=with_item(turn.state.volatile.seen_ms, door.name, turn.now.steady_ms))


def _seen(turn: Turn, door: DoorService) -> None:
    if turn.state.volatile.seen_ms.get(door.name) is None or not _recorded(turn, door).occupied:
        _see(turn, door)
    _occupy(turn, door)


def _occupy(turn: Turn, door: DoorService) -> None:
    if not _recorded(turn, door).occupied:
        turn.record(e.RoomOccupied(door.name))
        if door.lamp:
            turn.ask_at_once(SwitchOn(door.lamp))


# ---------------------------------------------------------------- empty


def _empty(turn: Turn, door: DoorService) -> None:
    due_ms = _empty_at(turn.state, door)
    if due_ms is not None and due_ms <= turn.now.steady_ms:
        turn.record(e.RoomEmptied(door.name))
        if door.lamp:
            turn.ask(SwitchOff(door.lamp))


def _empty_at(state: State, door: DoorService) -> int | None:
    recorded = state.recorded.doors.get(door.name, Door())
    if not recorded.occupied or recorded.open or somebody_seen(state, door):
        return None
    return state.volatile.seen_ms.get(door.name, state.volatile.recovered_ms) + _quiet_ms(state, door, recorded)


def _quiet_ms(state: State, door: DoorService, recorded: Door) -> int:
    """How long nobody must have been seen."""
    answering = _answering(state, door)
    if recorded.inside and not set(answering) - {door.counter}:
        return max(COUNT_STANDS_MS, door.empty_after_ms)
    agreed = len(answering) > 1 and not recorded.inside
    return door.empty_after_ms if agreed else door.empty_after_ms * DOUBT_FACTOR


# ---------------------------------------------------------------- a long stay


def _long_stay(turn: Turn, door: DoorService) -> None:
    """People rest overnight: somebody is asked to look after them, and nothing else happens."""
    due_ms = _welfare_at(turn.state, door)
    if due_ms is not None and due_ms <= turn.now.steady_ms:
        turn.record(e.LongStayNoted(door.name, door.welfare_after_ms // 1000))


def _welfare_at(state: State, door: DoorService) -> int | None:
    """When a stay has become long (steady); a stay of an earlier boot goes on by wall time, where it is known."""
    recorded = state.recorded.doors.get(door.name, Door())
    if not recorded.occupied or recorded.long_stay:
        return None
    volatile = state.volatile
    if recorded.stay_boot == volatile.boot:
        began_ms = recorded.stay_ms
    elif volatile.wall_offset_ms is None or not recorded.stay_boot:
        began_ms = volatile.recovered_ms
    else:
        began_ms = min(recorded.stay_at_ms - volatile.wall_offset_ms, volatile.recovered_ms)
    return began_ms + door.welfare_after_ms


def deadline(state: State, site: Site) -> int | None:
    """When the next room counts as empty, or its stay as long (steady)."""
    due = (at_ms(state, door) for door in site.doors.values() for at_ms in (_empty_at, _welfare_at))
    return min((at_ms for at_ms in due if at_ms is not None), default=None)
