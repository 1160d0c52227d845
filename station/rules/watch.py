"""Alarms that nobody presses: forced, held, tampered with, device lost, too hot, a flood of refused codes.

Each is called by its cause and what it is about, such as `forced-door`. `held` and `lost` end by themselves when their
cause is gone, and are raised once in ten minutes at most; the others stand until a person clears them, and what a
person cleared is not raised again before its cause was gone. Residents are not frightened: no screen, no voice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.contract import Quantity
from station import events as e
from station.rules import alarms
from station.rules.health import TOO_HOT_C
from station.rules.site import FLOOD, FORCED, HELD, HOT, LOST, TAMPER, Site
from station.rules.turn import Turn
from station.state import State, Watched, with_item

LOST_MS = 60_000
"""A device that does not answer for so long is lost; a re-plug or a restart of its driver is not."""
AGAIN_MS = 600_000
"""What ends by itself is raised at most so often."""
ROOM_TOO_HOT_C = 60.0
"""No room and no cabinet is so warm by itself; a board is, and has a limit of its own."""
ENDS_ITSELF = frozenset({HELD, LOST})
ITSELF = "itself"
"""`AlarmCleared.by` when the cause went away."""


def react(turn: Turn) -> None:
    """Raise what this turn recorded and what stands, end what is gone. Runs after all rules that record."""
    if not turn.state.volatile.secret:
        return
    for cause, about in _happened(turn):
        if turn.site.watch_of(cause) and alarms.name_of(turn.site, cause, about) not in turn.state.recorded.alarms:
            _raise(turn, cause, about)
    present = list(_present(turn.state, turn.site))
    for cause, about, since_ms in present:
        if since_ms <= turn.now.steady_ms:
            _stands(turn, cause, about)
    _gone(turn, frozenset(alarms.name_of(turn.site, cause, about) for cause, about, _ in present))


def _happened(turn: Turn) -> Iterator[tuple[str, str]]:
    """Cause and what it is about, of what this turn recorded."""
    for event in turn.events:
        match event:
            case e.DoorForced(service):
                yield FORCED, service
            case e.CellForced(service, cell):
                yield FORCED, f"{service}/{cell}"
            case e.TamperSeen(device):
                yield TAMPER, device
            case e.CodesFlooded(source):
                yield FLOOD, source
            case _:
                pass


def _present(state: State, site: Site) -> Iterator[tuple[str, str, int]]:
    """Cause, what it is about, and the steady time from which that is an alarm."""
    observed, recovered_ms = state.observed, state.volatile.recovered_ms
    for name in site.doors:
        if name in state.recorded.doors and state.recorded.doors[name].held:
            yield HELD, name, 0
    for name in sorted(site.essential):
        device = observed.devices.get(name)
        if device is None or not device.up:
            yield LOST, name, (device.since_ms if device else recovered_ms) + LOST_MS
    for name in sorted(name for name, quantity in observed.levels if quantity is Quantity.TEMPERATURE_C):
        reading = observed.levels[name, Quantity.TEMPERATURE_C]
        board = (name, Quantity.UNDER_VOLTAGE) in observed.levels
        if isinstance(reading.value, int | float) and reading.value >= (TOO_HOT_C if board else ROOM_TOO_HOT_C):
            yield HOT, name, reading.since_ms


def _stands(turn: Turn, cause: str, about: str) -> None:
    name = alarms.name_of(turn.site, cause, about)
    watched = turn.state.volatile.watched
    seen = watched.get(name)
    if name in turn.state.recorded.alarms:
        if seen is None or not seen.told:
            turn.remember(watched=with_item(watched, name, Watched(turn.now.steady_ms, told=True)))
    elif turn.site.watch_of(cause) and _may_be_raised(seen, turn.now.steady_ms):
        turn.remember(watched=with_item(watched, name, Watched(turn.now.steady_ms, told=True)))
        _raise(turn, cause, about)


def _may_be_raised(seen: Watched | None, now_ms: int) -> bool:
    return seen is None or (not seen.told and now_ms >= seen.raised_ms + AGAIN_MS)


def _gone(turn: Turn, present: frozenset[str]) -> None:
    watched = turn.state.volatile.watched
    kept = {
        name: replace(seen, told=seen.told and name in present)
        for name, seen in watched.items()
        if name in present or turn.now.steady_ms < seen.raised_ms + AGAIN_MS
    }
    if kept != watched:
        turn.remember(watched=kept)
    for name, alarm in list(turn.state.recorded.alarms.items()):
        service = alarms.alarm_of(turn.site, name)
        if service and name not in turn.site.alarms and alarm.what in ENDS_ITSELF and name not in present:
            alarms.clear(turn, service, ITSELF)


def _raise(turn: Turn, cause: str, about: str) -> None:
    name = alarms.name_of(turn.site, cause, about)
    turn.record(e.AlarmRaised(name, cause, about))
    if service := alarms.alarm_of(turn.site, name):
        alarms.sound(turn, service)


def deadline(state: State, site: Site) -> int | None:
    """When a device is lost, what came back may be raised again, or what is gone is forgotten (steady)."""
    due: list[int] = []
    watched = state.volatile.watched
    if not state.volatile.secret:
        return None
    present = {
        alarms.name_of(site, cause, about): (cause, since_ms) for cause, about, since_ms in _present(state, site)
    }
    due += [seen.raised_ms + AGAIN_MS for name, seen in watched.items() if name not in present]
    for name, (cause, since_ms) in present.items():
        seen = watched.get(name)
        if site.watch_of(cause) and name not in state.recorded.alarms and not (seen and seen.told):
            due.append(max(since_ms, seen.raised_ms + AGAIN_MS) if seen else since_ms)
    return min(due, default=None)
