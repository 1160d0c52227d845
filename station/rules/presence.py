"""Who is in: voted from radar, PIR and door. Empty only when all agree for long enough; no lock hangs on it."""

from __future__ import annotations

from drivers.contract import DeviceUp, LevelChanged, Quantity, Signal, SwitchOff, SwitchOn
from station import events as e
from station.rules.site import DoorService, Site
from station.rules.turn import Turn
from station.state import Door, State, with_item


def somebody_seen(state: State, door: DoorService) -> bool:
    """True while any sensor that answers sees somebody."""
    for device in door.presence:
        reading = state.observed.levels.get((device, Quantity.PRESENT))
        voter = state.observed.devices.get(device)
        if reading is not None and reading.value is True and voter is not None and voter.up:
            return True
    return False


def occupied_lately(state: State, door: DoorService, now_ms: int) -> bool:
    """True while somebody is seen, or was within the time after which a room counts as empty."""
    seen_ms = state.volatile.seen_ms.get(door.name)
    return somebody_seen(state, door) or (seen_ms is not None and now_ms - seen_ms < door.empty_after_ms)


def react(turn: Turn, signal: Signal) -> None:
    """Occupied at the first word of any sensor; empty when all have been silent for long enough."""
    for door in turn.site.doors.values():
        if somebody_seen(turn.state, door):
            _seen(turn, door)
        elif isinstance(signal, LevelChanged) and signal.device in door.presence and _was_in(turn, door):
            turn.remember(seen_ms=with_item(turn.state.volatile.seen_ms, door.name, turn.now.steady_ms))
        if isinstance(signal, DeviceUp) and signal.device == door.lamp and _was_in(turn, door):
            turn.ask_at_once(SwitchOn(door.lamp))  # it starts dark, also after a power cut
        due_ms = _empty_at(turn.state, door)
        if due_ms is not None and due_ms <= turn.now.steady_ms:
            turn.record(e.RoomEmptied(door.name))
            if door.lamp:
                turn.ask(SwitchOff(door.lamp))


def entered(turn: Turn, door: DoorService) -> None:
    """Somebody was let in and the door has opened: the room counts as occupied, whatever the sensors say."""
    turn.remember(seen_ms=with_item(turn.state.volatile.seen_ms, door.name, turn.now.steady_ms))
    _occupy(turn, door)


def _was_in(turn: Turn, door: DoorService) -> bool:
    return turn.state.recorded.doors.get(door.name, Door()).occupied


def _seen(turn: Turn, door: DoorService) -> None:
    if turn.state.volatile.seen_ms.get(door.name) is None or not _was_in(turn, door):
        turn.remember(seen_ms=with_item(turn.state.volatile.seen_ms, door.name, turn.now.steady_ms))
    _occupy(turn, door)


def _occupy(turn: Turn, door: DoorService) -> None:
    if not _was_in(turn, door):
        turn.record(e.RoomOccupied(door.name))
        if door.lamp:
            turn.ask_at_once(SwitchOn(door.lamp))


def _empty_at(state: State, door: DoorService) -> int | None:
    recorded = state.recorded.doors.get(door.name, Door())
    if not recorded.occupied or recorded.open or somebody_seen(state, door):
        return None
    return state.volatile.seen_ms.get(door.name, state.volatile.recovered_ms) + door.empty_after_ms


def deadline(state: State, site: Site) -> int | None:
    """When the next room counts as empty (steady)."""
    due = (_empty_at(state, door) for door in site.doors.values())
    return min((at_ms for at_ms in due if at_ms is not None), default=None)
