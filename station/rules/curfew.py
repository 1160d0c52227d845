"""Before a room closes whoever is in hears it: 15 and 5 minutes before, by voice and on the screen.

Nothing else happens: the exit never depends on the hour, and after it only keepers are let in.
"""

from __future__ import annotations

from drivers.contract import ClockTrust
from station import events as e
from station.rules import say
from station.rules.hours import MINUTE_MS, local_minute
from station.rules.site import DoorService
from station.rules.turn import Turn
from station.rules.week import ALWAYS
from station.state import Door, State, with_item

WARNINGS = (15, 5)
"""Minutes before closing."""


def react(turn: Turn) -> None:
    """Warn whoever is in; see when to look again."""
    looks = [_look(turn, door) for door in turn.site.doors.values() if door.room and door.hours != ALWAYS]
    look_ms = min((at_ms for at_ms in looks if at_ms is not None), default=None)
    if look_ms != turn.state.volatile.curfew_look_ms:
        turn.remember(curfew_look_ms=look_ms)


def _look(turn: Turn, door: DoorService) -> int | None:
    """Warn at this door if it is time; when the next look is due (steady), None while nobody knows the time."""
    now = turn.now
    if now.trust is ClockTrust.FLOOR:
        return None
    minute = local_minute(now, turn.site)
    change = door.hours.next_change(minute, turn.site.holidays)
    if change is None:
        return None
    left_ms = (change - turn.site.utc_offset_minutes) * MINUTE_MS - now.wall_ms
    if not door.hours.open_at(minute, turn.site.holidays):
        return now.steady_ms + left_ms
    passed = [minutes for minutes in WARNINGS if left_ms <= minutes * MINUTE_MS]
    if passed and turn.state.recorded.doors.get(door.name, Door()).occupied:
        _warn(turn, door, (change, min(passed)), -(-left_ms // MINUTE_MS))
    coming = [minutes * MINUTE_MS for minutes in WARNINGS if left_ms > minutes * MINUTE_MS]
    return now.steady_ms + left_ms - max(coming, default=0)


def _warn(turn: Turn, door: DoorService, about: tuple[int, int], minutes_left: int) -> None:
    """`about` is the closing and which warning; each is given once, the first not after the second."""
    closes, warning = about
    known = turn.state.volatile.curfew_warned.get(door.name)
    if known is None or known[0] != closes or warning < known[1]:
        turn.remember(curfew_warned=with_item(turn.state.volatile.curfew_warned, door.name, about))
        turn.record(e.CurfewWarned(door.name, minutes_left))
        say.curfew(turn, door, minutes_left)


def deadline(state: State) -> int | None:
    """When the next warning is due, or a door opens or closes (steady)."""
    return state.volatile.curfew_look_ms
