"""What people are told about sockets and appliances: on the screen, by voice, and in the reply to an order."""

from __future__ import annotations

from drivers.contract import ClockTrust, Mood, Words
from station.rules import say, supply, words, words_power
from station.rules.site import ApplianceService, SocketService
from station.rules.turn import Turn
from station.trust.refusal import Reason

MINUTE_MS = 60_000
MINUTES_A_DAY = 1_440


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
    minute = ((turn.now.wall_ms + in_ms) // MINUTE_MS + turn.site.utc_offset_minutes) % MINUTES_A_DAY
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


def refused(turn: Turn, service: str, reason: Reason, order: str) -> None:
    """It could not be switched on after all."""
    told, next_step = words.REFUSAL[reason]
    say.reply(turn, order, "refused", reason.value, told)
    say.notice(turn, service, Mood.REFUSED, told, (next_step,), say.REFUSAL_MS)
