"""Rooms for a while: taken, entered, ended; private while somebody is in, and a keeper can always open from outside.

Only its holder and keepers get the door of a room that is taken. When it is surely empty it is free by itself; when the
time is up its holder is told, and nothing is locked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.contract import DeviceUp, Signal, SwitchOff, SwitchOn, device_of
from station import events as e
from station.rules import doors, entry, holdings, lost, say_rooms
from station.rules.actions import check_recorded, do
from station.rules.site import DoorService, RoomService
from station.rules.turn import Turn
from station.state import USUAL, Door, Request, with_item, without_item
from station.trust.refusal import Reason, Refused

ROOM = "room"
"""The one thing of such a service."""


def requested(turn: Turn, room: RoomService, request: Request) -> None:
    """Begin, come in again, end; keepers release. The usual is to begin, or to come in again. Raises `Refused`."""
    action = request.action
    if action == USUAL:
        action = "open" if _is_theirs(turn, room, request) else "begin"
    do(turn, room, request, _ACTIONS, action)


def check_door(turn: Turn, door: DoorService, request: Request) -> None:
    """Raises `Refused` when somebody else has the room behind this door; keepers always get it."""
    for room in turn.site.rooms.values():
        if room.door != door.name or request.role == "keeper":
            continue
        if not holdings.known(turn.state, turn.site):
            raise Refused(Reason.HOLDINGS_UNKNOWN, "the journal was lost; nobody knows yet who has the room")
        check_free(turn, room, request.holder)


def check_free(turn: Turn, room: RoomService, holder: str = "") -> None:
    """Raises `Refused` when somebody else has it."""
    holding = holdings.of(turn.state, room.name, ROOM)
    if holding is not None and not holdings.belongs_to(holding, holder):
        raise Refused(Reason.IN_USE, f"somebody has {room.name}")


def _is_theirs(turn: Turn, room: RoomService, request: Request) -> bool:
    holding = holdings.of(turn.state, room.name, ROOM)
    return holding is not None and holdings.belongs_to(holding, request.holder)


# ---------------------------------------------------------------- what people ask


def _begin(turn: Turn, room: RoomService, request: Request) -> None:
    check_free(turn, room, request.holder)
    holdings.check_may_take(turn, room, request)
    door = turn.site.doors[room.door]
    entry.check_lock(turn, door, request)
    holdings.record_use(turn, request, ROOM)
    holdings.take(turn, room, request, ROOM)
    entry.let_in(turn, door, request)
    say_rooms.begun(turn, room)


def _open(turn: Turn, room: RoomService, request: Request) -> None:
    holdings.own(turn, request)
    door = turn.site.doors[room.door]
    entry.check_lock(turn, door, request)
    holdings.record_use(turn, request, ROOM)
    entry.let_in(turn, door, request)
    say_rooms.begun(turn, room)


def _end(turn: Turn, room: RoomService, request: Request) -> None:
    """By its holder; by a keeper with a reason."""
    check_recorded(turn)
    if request.role == "keeper" and request.reason and not _is_theirs(turn, room, request):
        if holdings.of(turn.state, room.name, ROOM) is None:
            raise Refused(Reason.NOTHING_HELD, f"nobody has {room.name}")
        turn.record(e.RoomReleased(room.name, request.holder, request.reason))
        turn.record(e.ThingGivenBack(room.name, ROOM, "keeper", request.holder))
    else:
        holdings.own(turn, request)
        turn.record(e.ThingGivenBack(room.name, ROOM, "given_back", request.holder))
    say_rooms.ended(turn, room, request.order)


def _release(turn: Turn, room: RoomService, request: Request) -> None:
    """The outside release: the door opens, and it is not private any more. Who has it still has it."""
    lost.check_keeper(request)
    door = turn.site.doors[room.door]
    entry.check_lock(turn, door, request)
    turn.record(e.RoomReleased(room.name, request.holder, request.reason))
    entry.let_in(turn, door, request)
    say_rooms.released(turn, room)


_ACTIONS: Mapping[str, Callable[[Turn, RoomService, Request], None]] = {
    "begin": _begin,
    "open": _open,
    "end": _end,
    "release": _release,
}


# ---------------------------------------------------------------- what happens by itself


def react(turn: Turn, signal: Signal) -> None:
    """Tell the time, end what is over, switch what belongs to it. Runs after the doors and the holdings."""
    for room in turn.site.rooms.values():
        _told(turn, room)
        _ends_itself(turn, room)
        if isinstance(signal, DeviceUp):
            _forget(turn, room, signal.device)
        _switch(turn, room)


def _told(turn: Turn, room: RoomService) -> None:
    if e.ThingDueSoon(room.name, ROOM) in turn.events:
        say_rooms.due_soon(turn, room)
    if e.ThingOverdue(room.name, ROOM) in turn.events:
        say_rooms.overdue(turn, room)


def _ends_itself(turn: Turn, room: RoomService) -> None:
    if holdings.of(turn.state, room.name, ROOM) is None:
        return
    empty = not _occupied(turn, room)
    if e.RoomEmptied(room.door) in turn.events:
        turn.record(e.ThingGivenBack(room.name, ROOM, "emptied"))
    elif empty and (e.DoorNotOpened(room.door) in turn.events or e.ThingOverdue(room.name, ROOM) in turn.events):
        turn.record(e.ThingGivenBack(room.name, ROOM, "not_entered"))


def _occupied(turn: Turn, room: RoomService) -> bool:
    return turn.state.recorded.doors.get(room.door, Door()).occupied


def _forget(turn: Turn, room: RoomService, device: str) -> None:
    """A driver begins with everything off."""
    for point in room.points:
        if device_of(point) == device and point in turn.state.volatile.room_points:
            turn.remember(room_points=without_item(turn.state.volatile.room_points, point))


def _switch(turn: Turn, room: RoomService) -> None:
    """Privacy, lamp and fan while it is taken and somebody is in; privacy never while somebody must get out or in."""
    holding = holdings.of(turn.state, room.name, ROOM)
    door = turn.site.doors[room.door]
    used = holding is not None and _occupied(turn, room)
    urgent = doors.burning(turn.state, door) or doors.alarmed(turn, door)
    private = used and not urgent and not (holding is not None and holding.released)
    for point in room.points:
        on = private if point == room.privacy else used
        if turn.state.volatile.room_points.get(point) == on:
            continue
        turn.remember(room_points=with_item(turn.state.volatile.room_points, point, on))
        if point == room.privacy and not on:
            turn.ask_at_once(SwitchOff(point))
        else:
            turn.ask(SwitchOn(point) if on else SwitchOff(point))
