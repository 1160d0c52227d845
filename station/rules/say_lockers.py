"""What people are told about cells: on the screen, by voice, and in the reply to an order."""

from __future__ import annotations

from drivers.contract import Mood
from station.rules import say, words, words_lockers
from station.rules.site import LockerService
from station.rules.turn import Turn
from station.state import Holding


def opening(turn: Turn, service: LockerService, number: str) -> None:
    """The cell is about to open."""
    headline, lines = words_lockers.opening(number), (words_lockers.LOOK_FOR_NUMBER,)
    say.notice(turn, service.name, Mood.WELCOME, headline, lines, say.NOTICE_MS)


def opened(turn: Turn, service: LockerService, number: str, cause: str, order: str) -> None:
    """Its sensor shows it open."""
    next_step = words_lockers.EMPTY_AND_SHUT if cause == "given_back" else words_lockers.SHUT_WHEN_DONE
    say.reply(turn, order, "done", "", words_lockers.is_open(number))
    say.notice(turn, service.name, Mood.WELCOME, words_lockers.is_open(number), (next_step,), say.NOTICE_MS)


def shut(turn: Turn, service: LockerService, number: str, holding: Holding | None) -> None:
    """Its sensor shows it shut: still somebody's, or free again."""
    kept = holding is not None and not holding.leaving
    lines = (words_lockers.KEPT if kept else words_lockers.FREE,) if holding is not None else ()
    say.notice(turn, service.name, Mood.CALM, words_lockers.is_shut(number), lines, say.NOTICE_MS)


def offered(turn: Turn, service: LockerService, number: str, order: str) -> None:
    """Somebody else may take it over."""
    say.reply(turn, order, "done", "", words_lockers.offered(number))
    say.notice(turn, service.name, Mood.WELCOME, words_lockers.offered(number), (), say.NOTICE_MS)


def noted(turn: Turn, service: LockerService, number: str, order: str) -> None:
    """A keeper's word about a cell is recorded."""
    say.reply(turn, order, "done", "", words_lockers.noted(number))
    say.notice(turn, service.name, Mood.CALM, words_lockers.noted(number), (), say.NOTICE_MS)


def failed(turn: Turn, service: LockerService, number: str, order: str) -> None:
    """It did not open, and somebody's things are in it."""
    say.reply(turn, order, "unknown", "not_opened", words_lockers.stuck(number))
    say.notice(turn, service.name, Mood.REFUSED, words_lockers.stuck(number), (words.CALL,), say.REFUSAL_MS)


def opened_late(turn: Turn, service: LockerService, number: str) -> None:
    """It is nobody's any more: who asked for it was told so, or has another one."""
    headline, lines = words_lockers.opened_late(number), (words_lockers.SHUT_IT,)
    say.notice(turn, service.name, Mood.WARNING, headline, lines, say.REFUSAL_MS)


def forced(turn: Turn, service: LockerService, number: str) -> None:
    """Opened without a right."""
    headline, lines = words_lockers.forced(number), (words_lockers.SHUT_WHEN_DONE,)
    say.notice(turn, service.name, Mood.ALARM, headline, lines, say.ALARM_MS)
