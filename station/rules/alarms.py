"""Alarms: raised, heard, escalated, cleared. Siren, light and the way out never wait for the card.

SOS, fire and tamper have a button or a loop and are raised here; what the station raises by itself, `watch` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from drivers.contract import HoldReleased, LevelChanged, Quantity, Signal, SwitchOff, SwitchOn, Unlock
from station import events as e
from station.rules import doors, say, words_watch
from station.rules.site import UNWATCHED, AlarmService, Site
from station.rules.turn import Turn
from station.state import Alarm, State
from station.trust.refusal import Reason, Refused

MAX_NAME = 32
"""Orders name an alarm, as they name a service."""


def react(turn: Turn, signal: Signal) -> None:
    """Raise at the first edge, escalate by deadline."""
    for service in turn.site.alarms.values():
        if signal == LevelChanged(service.button, Quantity.CLOSED, service.pressed_closed):
            raise_alarm(turn, service)
    for service in _standing(turn.state, turn.site):
        _escalate(turn, service)


def raise_alarm(turn: Turn, service: AlarmService) -> None:
    """Make it loud, bright and open at once; record it when it is not raised already."""
    sound(turn, service)
    if service.name not in turn.state.recorded.alarms:
        turn.record(e.AlarmRaised(service.name, service.what, service.button))
        say.alarm(turn, service)


def sound(turn: Turn, service: AlarmService) -> None:
    """Siren, light and the way out, now."""
    if service.siren:
        turn.ask_at_once(SwitchOn(service.siren, service.siren_limit_ms))
    if service.light:
        turn.ask_at_once(SwitchOn(service.light))
    for name in service.releases:
        door = turn.site.doors[name]
        turn.ask_at_once(HoldReleased(door.lock) if door.holds_open else Unlock(door.lock, door.pulse_ms))


def name_of(site: Site, cause: str, about: str) -> str:
    """What an alarm is called that the station raises by itself; two long names may end up as one."""
    name = f"{cause}-{re.sub('[^a-z0-9_-]+', '-', about.lower())}"[:MAX_NAME]
    taken = name in site.alarms or name in site.services
    return name.replace("-", "--", 1)[:MAX_NAME] if taken else name


def alarm_of(site: Site, name: str) -> AlarmService | None:
    """An alarm by its name, with a button or without; None where no alarm is called so."""
    cause, mark, _ = name.partition("-")
    if name in site.alarms:
        return site.alarms[name]
    if not mark or cause not in words_watch.CAUSES or name in site.services:
        return None
    watch = site.watch_of(cause) or UNWATCHED
    return AlarmService(
        name,
        words_watch.CAUSES[cause],
        cause,
        button="",
        pressed_closed=False,
        siren=watch.siren,
        light=watch.light,
        escalate_after_s=watch.escalate_after_s,
    )


def _standing(state: State, site: Site) -> Iterator[AlarmService]:
    """Every alarm that was raised and not cleared."""
    found = (alarm_of(site, name) for name in state.recorded.alarms)
    return (service for service in found if service is not None)


def answered(turn: Turn, service: AlarmService, action: str, by: str) -> None:
    """The office has heard an alarm, or clears it. Raises `Refused` for anything else."""
    if action == "heard":
        heard(turn, service, by)
    elif action == "clear":
        clear(turn, service, by)
    else:
        raise Refused(Reason.WRONG_ACTION, "an alarm is heard or cleared")


def heard(turn: Turn, service: AlarmService, by: str) -> None:
    """Somebody has taken it on: no escalation any more."""
    alarm = turn.state.recorded.alarms.get(service.name)
    if alarm is not None and not alarm.heard_by:
        turn.record(e.AlarmHeard(service.name, by))


def clear(turn: Turn, service: AlarmService, by: str) -> None:
    """End an alarm; quiet follows when the record is safe."""
    if service.name in turn.state.recorded.alarms:
        turn.record(e.AlarmCleared(service.name, by))
        others = {device for other in _standing(turn.state, turn.site) for device in (other.siren, other.light)}
        for device in (service.siren, service.light):
            if device and device not in others:
                turn.ask(SwitchOff(device))
        for name in service.releases:
            doors.relock(turn, turn.site.doors[name])


def _escalate(turn: Turn, service: AlarmService) -> None:
    alarm = turn.state.recorded.alarms.get(service.name)
    if alarm is None or alarm.heard_by or alarm.escalated:
        return
    if turn.now.steady_ms >= _escalates_ms(turn.state, service, alarm):
        turn.record(e.AlarmEscalated(service.name, service.escalate_after_s))
        if service.siren:
            turn.ask_at_once(SwitchOn(service.siren, service.siren_limit_ms))


def _escalates_ms(state: State, service: AlarmService, alarm: Alarm) -> int:
    """Steady time of the escalation; an alarm of an earlier boot counts from this one's start."""
    return max(alarm.raised_ms if alarm.boot == state.volatile.boot else 0, state.volatile.recovered_ms) + (
        service.escalate_after_s * 1000
    )


def deadline(state: State, site: Site) -> int | None:
    """When the next alarm escalates (steady)."""
    due = [
        _escalates_ms(state, service, alarm)
        for service in list(_standing(state, site))
        if (alarm := state.recorded.alarms.get(service.name)) and not alarm.heard_by and not alarm.escalated
    ]
    return min(due, default=None)
