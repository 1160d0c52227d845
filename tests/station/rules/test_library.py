"""What a library is told of a shelf: everything, in order, one at a time, and what it was not told is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.contract import CommandDone, DeviceDown, DeviceUp, LoanReported, Outcome, ReportLoan, Signal
from station.events import LibraryNotTold, ThingGivenBack, ThingTaken
from station.rules.library import MAX_WAITING
from station.rules.turn import Decision
from station.trust.holders import Role
from tests.station.rules.test_books import ANNA, BERT, DAY_MS, KIM, LOGIC, POEMS, BookDesk, shelf

AWAY = DeviceDown("library", "it takes no connection")


class LibraryDesk(BookDesk):
    """A shelf whose library is told, and everything that its driver was given."""

    def __init__(self, **changes: Any) -> None:
        self.given: list[ReportLoan] = []
        super().__init__(site=shelf(library="library", **changes))

    def feed(self, signal: Signal) -> Decision:
        decision = super().feed(signal)
        self.given += [one.command for one in decision.waiting if isinstance(one.command, ReportLoan)]
        assert not [one for one in decision.at_once if isinstance(one, ReportLoan)]
        return decision

    def answer(self, refusal: str = "") -> None:
        """The library has answered what it was given last."""
        self.feed(LoanReported("library", self.given[-1], refusal))

    def answer_all(self) -> None:
        for _ in range(2 * MAX_WAITING):
            known = len(self.given)
            self.answer()
            if len(self.given) == known:
                return
        raise AssertionError("it never ends")


def told(*reports: ReportLoan) -> list[tuple[str, str, bool]]:
    return [(one.book, one.holder, one.due_at_ms is not None) for one in reports]


@pytest.fixture
def desk() -> LibraryDesk:
    desk = LibraryDesk()
    desk.feed(DeviceUp("library"))
    return desk


def test_a_loan_and_a_return_are_told_once_they_are_on_the_card(desk: LibraryDesk) -> None:
    desk.ask("begin")
    at_ms = desk.now.wall_ms
    decision = desk.book(LOGIC)
    assert ThingTaken in map(type, decision.events)
    assert desk.given == [ReportLoan("library", LOGIC, ANNA.hex(), at_ms, at_ms + 30 * DAY_MS, 480)]
    desk.answer()
    at_ms = desk.now.wall_ms
    assert ThingGivenBack in map(type, desk.book(LOGIC).events)
    assert desk.given[1:] == [ReportLoan("library", LOGIC, "", at_ms, None, 480)]


def test_the_next_is_told_when_the_one_before_was_answered(desk: LibraryDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.book(POEMS)
    desk.book(LOGIC)
    assert told(*desk.given) == [(LOGIC, ANNA.hex(), True)]
    desk.answer()
    assert told(*desk.given[1:]) == [(POEMS, ANNA.hex(), True)]
    desk.answer_all()
    assert told(*desk.given[2:]) == [(LOGIC, "", False)]
    assert desk.told(LibraryNotTold) == []


def test_a_library_that_is_away_misses_nothing_and_hears_it_in_order(desk: LibraryDesk) -> None:
    desk.feed(AWAY)
    for holder in (ANNA, BERT, ANNA):
        desk.ask("begin", holder)
        desk.book(LOGIC)
        desk.book(LOGIC)
        desk.wait(20 * 60_000)
    assert desk.given == []
    desk.feed(DeviceUp("library"))
    desk.answer_all()
    assert told(*desk.given) == [
        entry for who in (ANNA, BERT, ANNA) for entry in ((LOGIC, who.hex(), True), (LOGIC, "", False))
    ]
    assert desk.given[0].at_ms < desk.given[-1].at_ms - 40 * 60_000


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NOT_SENT])
def test_what_was_not_answered_is_told_again_unchanged_before_anything_else(
    desk: LibraryDesk, outcome: Outcome
) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.book(POEMS)
    desk.feed(CommandDone("library", "ReportLoan", outcome))
    assert len(desk.given) == 1
    desk.feed(AWAY)
    desk.wait(3_600_000)
    assert len(desk.given) == 1
    desk.feed(DeviceUp("library"))
    assert desk.given[0] == desk.given[1]
    desk.answer_all()
    assert told(*desk.given[2:]) == [(POEMS, ANNA.hex(), True)]


def test_an_answer_that_comes_twice_answers_one(desk: LibraryDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.book(POEMS)
    desk.answer()
    desk.feed(LoanReported("library", desk.given[0]))
    assert told(*desk.given) == [(LOGIC, ANNA.hex(), True), (POEMS, ANNA.hex(), True)]
    assert len(desk.state.volatile.tellings["library"].waiting) == 1


def test_a_refusal_is_recorded_and_does_not_hold_up_the_next(desk: LibraryDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.book(POEMS)
    desk.answer("the library refuses it")
    assert desk.told(LibraryNotTold) == [LibraryNotTold("books", LOGIC, True, "refused")]
    assert told(*desk.given[1:]) == [(POEMS, ANNA.hex(), True)]


@pytest.mark.parametrize("asked", [False, True])
def test_too_many_wait_and_the_oldest_is_not_told_but_never_the_one_that_is_asked(asked: bool) -> None:
    desk = LibraryDesk()
    if asked:
        desk.feed(DeviceUp("library"))
    desk.ask("begin")
    for _ in range(MAX_WAITING + 1):
        desk.book(LOGIC)
    assert desk.told(LibraryNotTold) == [LibraryNotTold("books", LOGIC, not asked, "too_many")]
    assert len(desk.state.volatile.tellings["library"].waiting) == MAX_WAITING
    desk.feed(DeviceUp("library"))
    desk.answer_all()
    assert len(desk.given) == MAX_WAITING
    assert desk.state.volatile.tellings["library"].waiting == ()


def test_what_a_keeper_ends_is_told_and_what_is_lost_is_not(desk: LibraryDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.book(POEMS)
    desk.answer_all()
    desk.ask("clear", KIM, role=Role.KEEPER, thing=LOGIC, reason="found")
    desk.answer()
    desk.ask("lost", KIM, role=Role.KEEPER, thing=POEMS, reason="gone")
    assert told(*desk.given[2:]) == [(LOGIC, "", False)]


def test_a_shelf_without_a_library_tells_nobody() -> None:
    desk = LibraryDesk()
    desk.site = shelf()
    desk.feed(DeviceUp("library"))
    desk.ask("begin")
    desk.book(LOGIC)
    assert desk.given == []
    assert desk.state.volatile.tellings == {}
