"""What people are told at the moment it happens: a notice on the screens, a spoken line, a reply to an order."""

from __future__ import annotations

from drivers.contract import Mood, Say, SendReply, Words
from station.rules import words
from station.rules.site import AlarmService, DoorService
from station.rules.turn import Turn
from station.state import Notice, with_item
from station.trust.refusal import Reason

NOTICE_MS = 8_000
REFUSAL_MS = 12_000
ALARM_MS = 60_000


def notice(turn: Turn, service: str, mood: Mood, headline: Words, lines: tuple[Words, ...], stays_ms: int) -> None:
    """Show it for a while on every screen that opens this service, and say its headline."""
    until_ms = turn.now.steady_ms + stays_ms
    for screen in turn.site.screens.values():
        if service not in screen.opens:
            continue
        notice = Notice(mood.value, headline, lines, until_ms)
        turn.remember(notices=with_item(turn.state.volatile.notices, screen.name, notice))
        if screen.voice:
            turn.ask_at_once(Say(screen.voice, headline))


def reply(turn: Turn, order: str, result: str, reason: str, told: Words) -> None:
    """Tell the office what became of an order; nothing when there was none."""
    if order:
        turn.ask(SendReply(turn.site.link, order, result, reason, told), until_ms=turn.now.steady_ms + ALARM_MS)


def granted(turn: Turn, service: DoorService) -> None:
    """Come in."""
    notice(turn, service.name, Mood.WELCOME, words.COME_IN, (words.DOOR_UNLOCKED,), NOTICE_MS)


def refused(turn: Turn, reader: str, reason: Reason) -> None:
    """At the screens of this reader's services: the reason and the next step; the phone number is on every page."""
    for service in turn.site.services.values():
        if service.reader == reader:
            not_done(turn, service.name, reason)


def not_done(turn: Turn, service: str, reason: Reason, order: str = "") -> None:
    """What was asked of a service could not be done after all: the reason and the next step."""
    told, next_step = words.REFUSAL[reason]
    reply(turn, order, "refused", reason.value, told)
    notice(turn, service, Mood.REFUSED, told, (next_step,), REFUSAL_MS)


def order_accepted(turn: Turn, order: str) -> None:
    """To the office, as soon as the grant is on the card."""
    reply(turn, order, "accepted", "", words.GRANTED)


def order_refused(turn: Turn, order: str, reason: Reason) -> None:
    """To the office: why not."""
    reply(turn, order, "refused", reason.value, words.REFUSAL[reason][0])


def opened(turn: Turn, order: str) -> None:
    """The contact has shown the door open after a grant."""
    reply(turn, order, "done", "", words.DOOR_OPEN)


def not_opened(turn: Turn, service: DoorService, order: str) -> None:
    """The window ended and the contact never moved."""
    reply(turn, order, "unknown", "not_opened", words.NOT_OPENED)
    notice(turn, service.name, Mood.CALM, words.NOT_OPENED, (words.SCAN_AGAIN,), NOTICE_MS)


def held_warning(turn: Turn, service: DoorService) -> None:
    """Half of the time is over."""
    notice(turn, service.name, Mood.WARNING, words.CLOSE_THE_DOOR, (words.DOOR_OPEN_LONG,), NOTICE_MS)


def held(turn: Turn, service: DoorService) -> None:
    """Open too long."""
    notice(turn, service.name, Mood.WARNING, words.DOOR_OPEN_LONG, (words.CLOSE_THE_DOOR,), ALARM_MS)


def curfew(turn: Turn, service: DoorService, minutes_left: int) -> None:
    """It closes soon."""
    headline, lines = words.closes_in(minutes_left), (words.TAKE_YOUR_THINGS, words.ALWAYS_OUT)
    notice(turn, service.name, Mood.WARNING, headline, lines, ALARM_MS)


def forced(turn: Turn, service: DoorService) -> None:
    """Opened without a right."""
    notice(turn, service.name, Mood.ALARM, words.FORCED, (words.CLOSE_THE_DOOR,), ALARM_MS)


def unlocked(turn: Turn, service: DoorService) -> None:
    """Shut, and the bolt has not gone in."""
    notice(turn, service.name, Mood.WARNING, words.NOT_LOCKED, (words.CALL,), ALARM_MS)


def alarm(turn: Turn, service: AlarmService) -> None:
    """Spoken; every screen shows it by itself for as long as the alarm stands, and whatever it said before is over."""
    turn.remember(notices={})
    for screen in turn.site.screens.values():
        if screen.voice:
            turn.ask_at_once(Say(screen.voice, words.ALARM[service.what]))
