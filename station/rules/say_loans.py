"""What people are told about things that are lent: on the screen, by voice, and in the reply to an order."""

from __future__ import annotations

from drivers.contract import Mood, Words
from station.rules import say, words, words_loans
from station.rules.site import LoanService
from station.rules.turn import Turn


def opening(turn: Turn, service: LoanService, slot: str) -> None:
    """A slot is about to open, or the box."""
    first = words_loans.ANOTHER_WILL_DO if service.box else words_loans.LOOK_FOR_NUMBER
    told = words_loans.opening_box(slot) if service.box else words_loans.opening(slot)
    say.notice(turn, service.name, Mood.WELCOME, told, (first, words_loans.TAKE_IT_OUT), service.take_ms)


def taken(turn: Turn, service: LoanService, slot: str, order: str) -> None:
    """The thing has left its slot."""
    told = words_loans.taken_from_box if service.box else words_loans.taken
    _done(turn, service.name, told(service.words, slot), order)


def open_for_keeper(turn: Turn, service: LoanService, slot: str, order: str) -> None:
    """A keeper's opening."""
    _done(turn, service.name, words_loans.kept_open(slot), order)


def put_in(turn: Turn, service: LoanService, slot: str) -> None:
    """A free slot waits for what is given back, or the box."""
    lines: tuple[Words, ...] = (words_loans.LOOK_FOR_NUMBER, words_loans.ANY_FREE_SLOT)
    told = words_loans.put_in(service.words, slot)
    if service.box:
        lines, told = (words_loans.INTO_THE_BOX,), words_loans.put_into_box(service.words)
    say.notice(turn, service.name, Mood.WELCOME, told, lines, service.return_ms)


def given_back(turn: Turn, service: LoanService, order: str) -> None:
    """It is here again."""
    _done(turn, service.name, words_loans.THANKS, order)


def arrived(turn: Turn, service: LoanService, order: str) -> None:
    """It was lent elsewhere, and has come here."""
    _done(turn, service.name, words_loans.ARRIVED, order)


def nobodys(turn: Turn, service: LoanService) -> None:
    """Nobody has said who gave it back."""
    say.notice(turn, service.name, Mood.WARNING, words_loans.WHOSE, (words_loans.SCAN_FIRST,), say.REFUSAL_MS)


def not_taken(turn: Turn, service: LoanService, order: str) -> None:
    """It stays here, and nobody owes it."""
    _unknown(turn, service.name, words_loans.NOT_TAKEN, "not_taken", order)


def not_put_in(turn: Turn, service: LoanService, order: str) -> None:
    """Nothing has come."""
    _unknown(turn, service.name, words_loans.NOT_PUT_IN, "not_given_back", order)


def noted(turn: Turn, service: str, order: str) -> None:
    """A keeper's or the office's word is recorded."""
    _done(turn, service, words_loans.NOTED, order)


def forced(turn: Turn, service: LoanService, slot: str) -> None:
    """Taken without a right."""
    told = words_loans.taken_without_right(service.words, slot) if service.box else words_loans.forced(slot)
    say.notice(turn, service.name, Mood.ALARM, told, (words.CALL,), say.ALARM_MS)


def _done(turn: Turn, service: str, told: Words, order: str) -> None:
    say.reply(turn, order, "done", "", told)
    say.notice(turn, service, Mood.WELCOME, told, (), say.NOTICE_MS)


def _unknown(turn: Turn, service: str, told: Words, reason: str, order: str) -> None:
    say.reply(turn, order, "unknown", reason, told)
    say.notice(turn, service, Mood.CALM, told, (words.SCAN_AGAIN,), say.NOTICE_MS)
