"""What people are told about stock: on the screen, by voice, and in the reply to an order."""

from __future__ import annotations

from drivers.contract import Mood, Words
from station.rules import say, words, words_stock
from station.rules.site import StockService
from station.rules.turn import Turn


def opening(turn: Turn, service: StockService) -> None:
    """A lock is about to open."""
    say.notice(turn, service.name, Mood.WELCOME, words_stock.OPENING, (), say.NOTICE_MS)


def is_open(turn: Turn, service: StockService, order: str) -> None:
    """The box is open."""
    _done(turn, service, words_stock.IS_OPEN, order)


def take(turn: Turn, service: StockService, thing: str, count: int, order: str) -> None:
    """They have it."""
    _done(turn, service, words_stock.take(service.items[thing].words, count), order)


def counted(turn: Turn, service: StockService, thing: str, count: int, order: str) -> None:
    """What a volunteer said is recorded."""
    told = words_stock.left(service.items[thing].words, count)
    say.reply(turn, order, "done", "", told)
    say.notice(turn, service.name, Mood.CALM, told, (), say.NOTICE_MS)


def not_opened(turn: Turn, service: StockService, order: str) -> None:
    """A lock did not open."""
    say.reply(turn, order, "unknown", "not_opened", words_stock.NOT_OPENED)
    say.notice(turn, service.name, Mood.REFUSED, words_stock.NOT_OPENED, (words.CALL,), say.REFUSAL_MS)


def unsure(turn: Turn, service: StockService, order: str) -> None:
    """Nothing feels whether it opened, and its board has not said so."""
    say.reply(turn, order, "unknown", "not_seen", words_stock.UNSURE)
    say.notice(turn, service.name, Mood.CALM, words_stock.UNSURE, (words.CALL,), say.REFUSAL_MS)


def forced(turn: Turn, service: StockService) -> None:
    """Opened without a right."""
    say.notice(turn, service.name, Mood.ALARM, words_stock.FORCED, (words_stock.SHUT_WHEN_DONE,), say.ALARM_MS)


def _done(turn: Turn, service: StockService, told: Words, order: str) -> None:
    say.reply(turn, order, "done", "", told)
    say.notice(turn, service.name, Mood.WELCOME, told, (words_stock.SHUT_WHEN_DONE,), say.NOTICE_MS)
