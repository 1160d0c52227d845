"""The last level of everything: what signals say about devices, link, clock and journal, before any rule looks."""

from __future__ import annotations

import json

from drivers.contract import (
    Answer,
    Asked,
    ClockTrust,
    Committed,
    DeviceDown,
    DeviceTampered,
    DeviceUp,
    LevelChanged,
    LinkDown,
    LinkUp,
    Now,
    SendLevel,
    Signal,
)
from station import events as e
from station.rules.turn import Turn
from station.state import DeviceState, Observed, Reading, Recovered, State, Volatile, with_item

CLOCK_STEP_MS = 1_000
"""A step of the wall clock that dated deadlines follow; less is drift."""


def react(turn: Turn, signal: Signal) -> None:
    """Take the signal into the observed state; record what a technician will ask about."""
    match signal:
        case Recovered():
            _recovered(turn, signal)
        case Committed(extents):
            turn.observe(extents=extents)
        case LevelChanged():
            _level(turn, signal)
        case DeviceUp(device, detail):
            _device_up(turn, device, detail)
        case DeviceDown(device, detail):
            _device_down(turn, device, detail)
        case DeviceTampered(device, detail):
            turn.record(e.TamperSeen(device, detail))
        case Asked(device, question_id, "levels"):
            turn.ask_at_once(Answer(device, question_id, json.dumps(document(turn.state), ensure_ascii=False)))
        case LinkUp():
            turn.observe(link_up=True, link_since_ms=turn.now.steady_ms, link_detail="")
            turn.record(e.LinkChanged(up=True))
        case LinkDown(_, detail):
            if turn.state.observed.link_up:
                turn.record(e.LinkChanged(up=False, detail=detail))
            turn.observe(link_up=False, link_since_ms=turn.now.steady_ms, link_detail=detail)
        case _:
            pass
    _follow_clock(turn)


def _follow_clock(turn: Turn) -> None:
    if not clock_is_known(turn.state, turn.now):
        turn.remember(wall_offset_ms=_offset_ms(turn.now))
    if turn.now.trust != turn.state.volatile.trust:
        turn.remember(trust=turn.now.trust.value)
        turn.record(e.ClockTrustChanged(turn.now.trust.value, turn.now.wall_ms))


def document(state: State) -> dict[str, object]:
    """What every device says now, for whoever asks on this machine."""
    observed = state.observed
    devices = {name: {"up": one.up, "detail": one.detail} for name, one in observed.devices.items()}
    levels = [[point, quantity.value, reading.value] for (point, quantity), reading in observed.levels.items()]
    return {"devices": devices, "levels": levels}


def clock_is_known(state: State, now: Now) -> bool:
    """Whether wall and steady time are as far apart as dated deadlines were reckoned with."""
    known_ms, offset_ms = state.volatile.wall_offset_ms, _offset_ms(now)
    if known_ms is None or offset_ms is None:
        return known_ms is offset_ms
    return abs(offset_ms - known_ms) < CLOCK_STEP_MS


def _offset_ms(now: Now) -> int | None:
    """None while the wall clock cannot be trusted."""
    return None if now.trust is ClockTrust.FLOOR else now.wall_ms - now.steady_ms


def _recovered(turn: Turn, signal: Recovered) -> None:
    """Begin anew: recorded from the journal, volatile empty under a fresh secret; what was observed still stands."""
    before: Observed = turn.state.observed
    turn.state = State(recorded=signal.recorded, observed=before)
    turn.observe(extents=signal.extents, floors=signal.floors)
    turn.state = State(
        turn.state.recorded,
        turn.state.observed,
        Volatile(secret=signal.secret, boot=turn.now.boot, recovered_ms=turn.now.steady_ms),
    )
    turn.record(e.StationStarted(turn.site.version, turn.site.file_hash, signal.in_process))


def _level(turn: Turn, signal: LevelChanged) -> None:
    key = (signal.device, signal.quantity)
    known = turn.state.observed.levels.get(key)
    if known is not None and known.value == signal.value:
        return
    reading = Reading(signal.value, turn.now.steady_ms)
    turn.observe(levels=with_item(turn.state.observed.levels, key, reading))
    if turn.state.observed.link_up:
        turn.ask_at_once(SendLevel(turn.site.link, signal.device, signal.quantity, signal.value))


def _device_up(turn: Turn, device: str, detail: str) -> None:
    known = turn.state.observed.devices.get(device)
    state = DeviceState(True, turn.now.steady_ms, detail)
    turn.observe(devices=with_item(turn.state.observed.devices, device, state))
    if known is not None and not known.up:
        turn.record(e.DeviceFound(device, turn.now.steady_ms - known.since_ms))


def _device_down(turn: Turn, device: str, detail: str) -> None:
    known = turn.state.observed.devices.get(device)
    if known is None or known.up:
        turn.record(e.DeviceLost(device, detail))
        since_ms = turn.now.steady_ms
    else:
        since_ms = known.since_ms
    state = DeviceState(False, since_ms, detail)
    turn.observe(devices=with_item(turn.state.observed.devices, device, state))
