"""What is recorded of every door: open or shut, its window, what holds it open, whether somebody is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drivers.contract import Row
from station import events as e
from station.state.fold_passes import used
from station.state.recorded import Door, HoldOpen, Recorded, Visit, Window
from station.state.tables import with_item


def _granted(recorded: Recorded, event: e.AccessGranted, row: Row) -> Recorded:
    door = recorded.doors.get(event.service, Door())
    before = door.window.passes if door.window and door.window.boot == row.boot else ()
    waits = event.once and not door.open and event.pass_id not in before
    passes = (*before, event.pass_id) if waits else before
    window = Window(row.boot, row.steady_ms, event.until_steady_ms, event.order, passes)
    recorded = replace(recorded, doors=with_item(recorded.doors, event.service, replace(door, window=window)))
    return used(recorded, event, row, seen=door.open is True, renewal=event.renewal)


def _door_went_on(recorded: Recorded, event: Any, row: Row) -> Recorded:
    door = recorded.doors.get(event.service, Door())
    if isinstance(event, e.DoorOpened | e.DoorForced) and door.window and door.window.passes:
        recorded = replace(recorded, visits=_observed(recorded.visits, door.window.passes))
    after = _door_after(door, event, row)
    return recorded if after is door else replace(recorded, doors=with_item(recorded.doors, event.service, after))


_FLAGS: dict[type[e.Event], dict[str, Any]] = {
    e.DoorHeldWarned: {"warned": True},
    e.DoorHeld: {"held": True},
    e.RelockFailed: {"relock_failed": True},
    e.BoltLocked: {"relock_failed": False},
    e.RoomEmptied: {"occupied": False, "inside": 0, "long_stay": False},
    e.LongStayNoted: {"long_stay": True},
    e.DoorClosed: {"open": False, "warned": False, "held": False, "forced": False},
}


def _door_after(door: Door, event: e.Event, row: Row) -> Door:
    match event:
        case e.DoorOpened() | e.DoorForced():
            window = replace(door.window, passes=()) if door.window else None
            forced = isinstance(event, e.DoorForced)
            door = replace(door, open=True, opened_boot=row.boot, opened_ms=row.steady_ms, forced=forced, window=window)
            came_in = isinstance(event, e.DoorForced) or event.cause == "granted"
            return door if came_in else _stay_begins(door, row)
        case e.DoorRelocked() | e.DoorNotOpened():
            return replace(door, window=None)
        case e.HoldOpenBegan():
            return replace(door, hold=HoldOpen(row.boot, event.until_steady_ms, event.order))
        case e.HoldOpenEnded():
            return replace(door, hold=None)
        case e.RoomOccupied():
            return _stay_begins(replace(door, occupied=True), row)
        case e.PersonCounted(inward=True):
            return replace(door, inside=door.inside + 1)
        case e.PersonCounted():
            return _stay_begins(replace(door, inside=max(0, door.inside - 1)), row)
        case _:
            flags = _FLAGS.get(type(event))
            return replace(door, **flags) if flags else door


def _stay_begins(door: Door, row: Row) -> Door:
    """Somebody came into an empty room, or somebody may have left it: from now on it is a stay."""
    return replace(door, stay_boot=row.boot, stay_ms=row.steady_ms, stay_at_ms=row.at_ms, long_stay=False)


def _observed(visits: Mapping[str, Visit], passes: tuple[str, ...]) -> dict[str, Visit]:
    return {pass_id: replace(visit, observed=True) if pass_id in passes else visit for pass_id, visit in visits.items()}


FOLDS = {
    e.AccessGranted: _granted,
    e.DoorOpened: _door_went_on,
    e.DoorForced: _door_went_on,
    e.DoorRelocked: _door_went_on,
    e.DoorNotOpened: _door_went_on,
    e.HoldOpenBegan: _door_went_on,
    e.HoldOpenEnded: _door_went_on,
    e.RoomOccupied: _door_went_on,
    e.PersonCounted: _door_went_on,
    **dict.fromkeys(_FLAGS, _door_went_on),
}
