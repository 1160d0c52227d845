"""What people are told about sockets and appliances: on the screen, by voice, and in the reply to an order."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import ClockTrust, Mood, Words
from station.rules import say, supply, words_power
from station.rules.hours import MINUTE_MS, local_minute
from station.rules.site import ApplianceService, SocketService
from station.rules.turn import Turn
from station.rules.week import MINUTES_A_DAY


def socket_on(turn: Turn, service: SocketService, thing: str, due_ms: int, order: str) -> None:
    """Its relay has confirmed it."""
    left_ms = due_ms - turn.now.steady_ms
    if turn.now.trust is ClockTrust.FLOOR:
        told = words_power.socket_for(thing, -(-left_ms // MINUTE_MS))
    else:
        told = words_power.socket_until(thing, _clock(turn, left_ms))
    say.reply(turn, order, "done", "", told)
    say.notice(turn, service.name, Mood.WELCOME, told, (words_power.PLUG_IN,), say.NOTICE_MS)


def _clock(turn: Turn, in_ms: int) -> str:
    then = replace(turn.now, wall_ms=turn.now.wall_ms + in_ms)
    minute = local_minute(then, turn.site) % MINUTES_A_DAY
    return f"{minute // 60:02}:{minute % 60:02}"


def socket_off(turn: Turn, service: SocketService, thing: str, cause: str, order: str) -> None:
    """A session has ended."""
    _off(turn, service.name, words_power.socket_off(thing), cause, order)


def appliance_on(turn: Turn, service: ApplianceService, left_ms: int, order: str) -> None:
    """Its relay has confirmed it."""
    told = words_power.appliance_on(service.words, -(-left_ms // 1000))
    say.reply(turn, order, "done", "", told)
    say.notice(turn, service.name, Mood.WELCOME, told, (words_power.WAIT_BESIDE_IT,), say.NOTICE_MS)


def appliance_off(turn: Turn, service: ApplianceService, cause: str, order: str) -> None:
    """A run has ended."""
    _off(turn, service.name, words_power.appliance_off(service.words), cause, order)


def _off(turn: Turn, service: str, told: Words, cause: str, order: str) -> None:
    say.reply(turn, order, "done", "", told)
    if cause == supply.FIRE:
        return  # the screens show the alarm
    why = words_power.ENDED[cause]
    if cause in supply.TO_PROTECT:
        say.notice(turn, service, Mood.WARNING, told, (why, words_power.UNPLUG_IT), say.ALARM_MS)
    else:
        say.notice(turn, service, Mood.CALM, told, (why, words_power.TAKE_YOUR_THINGS), say.NOTICE_MS)
