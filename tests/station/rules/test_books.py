"""A shelf of books: whose a scanned book is, copies, limits, books of other shelves, and take one, leave one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import DeviceDown, Now, SendReply, Words
from station.events import (
    AccessRefused,
    BookLeft,
    BookTaken,
    Event,
    ThingArrived,
    ThingGivenBack,
    ThingLost,
    ThingTaken,
)
from station.rules import offers
from station.rules.books import MAX_TITLES, SAME_BOOK_MS
from station.rules.site import BookService, ScreenService, Site
from station.rules.turn import Decision, Turn
from station.state import Recorded, loan_id, read_recorded, recorded_document, thing_key
from station.trust.holders import Role
from station.trust.refusal import Reason
from tests.station.rules.desk import JOURNAL, Desk, pod
from tests.station.rules.refold import refolded

ANNA, BERT, KIM = (letter * 16 for letter in (b"a", b"b", b"k"))
LOGIC, POEMS, MAPS, TALES = ("9787115546081", "9787020002207", "9787101003048", "9780306406157")
DAY_MS = 86_400_000


def shelf(**changes: Any) -> Site:
    """One shelf with a reader."""
    books = BookService(
        name="books",
        words=Words("书架", "Books"),
        reader="scanner",
        ways=frozenset({"order", "pass_bound", "pass_static"}),
        due_ms=30 * DAY_MS,
        warn_ms=2 * DAY_MS,
        per_person=2,
        lost_ms=60 * DAY_MS,
    )
    screen = ScreenService("front", "screen", ("door", "books"), voice="voice")
    return replace(pod(reader=""), books={"books": replace(books, **changes)}, screens={"front": screen})


class BookDesk(Desk):
    """A `Desk` with a shelf."""

    def __init__(self, recorded: Recorded | None = None, *, site: Site | None = None, **changes: Any) -> None:
        super().__init__(site=site or shelf(), **changes)
        self.replies: list[SendReply] = []
        self.rows: list[tuple[Event, Now]] = []
        super().begin(recorded or Recorded(journal=JOURNAL, holdings_known=True))
        self.rows.clear()
        self.began_with = self.state.recorded

    def feed(self, signal: Any) -> Decision:
        decision = super().feed(signal)
        self.rows += [(event, self.now) for event in decision.events]
        self.replies += [one.command for one in decision.waiting if isinstance(one.command, SendReply)]
        return decision

    def ask(self, action: str, holder: bytes = ANNA, *, role: Role = Role.RESIDENT, **changes: Any) -> Decision:
        """An order of somebody at the screen."""
        self.show()
        text = self.order(service="books", action=action, holder=holder, role=role, **changes)
        return self.send("order", text.encode())

    def book(self, isbn: str) -> Decision:
        """A book is held before the reader for a moment."""
        decision = self.scan(isbn)
        self.steady_ms += SAME_BOOK_MS
        return decision

    def things(self, holder: bytes = ANNA) -> list[str]:
        return sorted(one.thing for one in self.state.recorded.holdings.values() if one.holder == holder.hex())

    def last_reply(self) -> tuple[str, str]:
        """The last one that says what became of an order."""
        final = [one for one in self.replies if one.result != "accepted"][-1]
        return final.result, final.reason

    def headline(self) -> str:
        return self.state.volatile.notices["front"].headline.en


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def refusal(desk: BookDesk) -> str | None:
    reasons = [event.reason for event in desk.told(AccessRefused)]
    return reasons[-1] if reasons else None


# ---------------------------------------------------------------- lent and given back


def test_who_has_shown_a_pass_borrows_what_is_scanned(desk: BookDesk) -> None:
    desk.scan(desk.bound(services=("books",), holder=ANNA))
    due_ms = desk.now.wall_ms + 30 * DAY_MS
    desk.scan(LOGIC)
    assert [(one.thing, one.holder, one.due_at_ms) for one in desk.told(ThingTaken)] == [(LOGIC, ANNA.hex(), due_ms)]
    assert desk.headline() == "Lent to you; please bring it back within 30 days"


def test_or_who_has_asked_with_a_phone(desk: BookDesk) -> None:
    desk.ask("begin")
    assert desk.last_reply() == ("done", "")
    desk.book(LOGIC)
    desk.book(POEMS)
    assert desk.things() == sorted([LOGIC, POEMS])


def test_a_book_that_they_have_is_given_back(desk: BookDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.book(LOGIC)
    assert [(one.thing, one.cause, one.by) for one in desk.told(ThingGivenBack)] == [(LOGIC, "given_back", ANNA.hex())]
    assert desk.things() == []


def test_a_book_that_stays_in_view_is_one_scan(desk: BookDesk) -> None:
    desk.ask("begin")
    for _ in range(10):
        desk.scan(LOGIC)
        desk.steady_ms += SAME_BOOK_MS - 1
    assert desk.things() == [LOGIC]


def test_a_visit_is_over_after_a_minute_of_nothing(desk: BookDesk) -> None:
    desk.ask("begin")
    desk.wait(59_000)
    desk.book(LOGIC)
    desk.wait(50_000)
    desk.book(POEMS)
    desk.wait(60_000)
    desk.book(MAPS)
    assert desk.things() == sorted([LOGIC, POEMS])
    assert desk.headline() == "Show your pass first, then scan the book"


def test_the_next_person_takes_over(desk: BookDesk) -> None:
    desk.ask("begin", ANNA)
    desk.ask("begin", BERT)
    desk.book(LOGIC)
    assert (desk.things(ANNA), desk.things(BERT)) == ([], [LOGIC])


def test_copies_are_told_apart_and_each_gives_back_their_own(desk: BookDesk) -> None:
    desk.ask("begin", ANNA)
    desk.book(LOGIC)
    desk.ask("begin", BERT)
    desk.book(LOGIC)
    assert (desk.things(ANNA), desk.things(BERT)) == ([LOGIC], [f"{LOGIC}-2"])
    desk.book(LOGIC)
    assert (desk.things(ANNA), desk.things(BERT)) == ([LOGIC], [])


def test_no_more_than_one_person_may_have(desk: BookDesk) -> None:
    desk.ask("begin")
    for book in (LOGIC, POEMS, MAPS):
        desk.book(book)
    assert refusal(desk) == Reason.TOO_MANY
    desk.book(LOGIC)
    desk.book(MAPS)
    assert desk.things() == sorted([POEMS, MAPS])


def test_without_a_name_nothing_is_lent(desk: BookDesk) -> None:
    desk.book(LOGIC)
    assert desk.events == []
    assert desk.headline() == "Show your pass first, then scan the book"


def test_what_is_no_book_is_still_refused_as_a_code(desk: BookDesk) -> None:
    desk.scan("9787115546082")
    assert refusal(desk) is not None
    desk.ask("begin")
    desk.scan("9787115546082")
    assert desk.things() == []


def test_a_barcode_at_another_reader_is_no_book() -> None:
    desk = BookDesk(site=shelf(reader="other"))
    desk.ask("begin")
    desk.scan(LOGIC)
    assert desk.things() == []


def test_nothing_is_lent_while_the_journal_cannot_be_written(desk: BookDesk) -> None:
    desk.ask("begin")
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="disk full"))
    desk.book(LOGIC)
    assert refusal(desk) == Reason.UNRECORDED
    desk.ask("begin")
    assert desk.last_reply() == ("refused", Reason.UNRECORDED)


def test_after_a_lost_journal_books_come_back_and_none_goes() -> None:
    desk = BookDesk(Recorded(journal=JOURNAL))
    desk.ask("begin")
    desk.book(LOGIC)
    assert refusal(desk) == Reason.HOLDINGS_UNKNOWN
    desk.ask("give_back")
    desk.book(LOGIC)
    assert [one.thing for one in desk.told(ThingArrived)] == [LOGIC]


def test_a_power_cut_ends_the_visit_and_no_loan(desk: BookDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    recorded = read_recorded(recorded_document(desk.state.recorded))
    after = BookDesk(recorded, boot="b" * 16, wall_offset_ms=desk.steady_ms)
    after.book(POEMS)
    assert after.things() == [LOGIC]
    after.ask("begin")
    after.book(LOGIC)
    assert after.things() == []


# ---------------------------------------------------------------- other shelves, keepers


def test_a_book_of_another_shelf_arrives(desk: BookDesk) -> None:
    loan = loan_id("other-pod-2", "books", LOGIC)
    desk.ask("give_back", thing=loan)
    desk.book(LOGIC)
    assert [(one.thing, one.by, one.loan) for one in desk.told(ThingArrived)] == [(LOGIC, ANNA.hex(), loan)]
    assert desk.things() == []


def test_who_gives_back_borrows_nothing(desk: BookDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.ask("give_back")
    desk.book(LOGIC)
    desk.book(POEMS)
    assert desk.things() == []
    assert [one.thing for one in desk.told(ThingArrived)] == [POEMS]


def test_a_keeper_calls_a_book_lost(desk: BookDesk) -> None:
    desk.ask("begin")
    desk.book(LOGIC)
    desk.ask("lost", KIM, role=Role.KEEPER, thing=LOGIC, reason="fell into the water")
    assert [(one.thing, one.by) for one in desk.told(ThingLost)] == [(LOGIC, KIM.hex())]
    assert desk.things() == []


def test_actions_that_books_do_not_have(desk: BookDesk) -> None:
    desk.ask("take")
    assert desk.last_reply() == ("refused", Reason.WRONG_ACTION)


# ---------------------------------------------------------------- take one, leave one


def test_a_book_that_the_shelf_does_not_know_arrives_and_a_known_one_leaves() -> None:
    desk = BookDesk(site=shelf(leave_one=True))
    desk.book(LOGIC)
    desk.book(LOGIC)
    desk.book(LOGIC)
    assert desk.kinds() == ["BookLeft", "BookTaken", "BookLeft"]
    assert [one.isbn for one in desk.told(BookLeft)] == [LOGIC, LOGIC]
    assert [one.isbn for one in desk.told(BookTaken)] == [LOGIC]
    assert desk.state.recorded.shelf == {thing_key("books", LOGIC): 1}


def test_who_says_who_they_are_still_borrows() -> None:
    desk = BookDesk(site=shelf(leave_one=True))
    desk.ask("begin")
    desk.book(LOGIC)
    assert desk.things() == [LOGIC]
    assert desk.told(BookLeft) == []


def test_the_titles_are_bounded() -> None:
    desk = BookDesk(site=shelf(leave_one=True))
    full = {f"books/{number:013}": 1 for number in range(MAX_TITLES)}
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, shelf=full))
    desk.book(LOGIC)
    assert refusal(desk) == Reason.OUT_OF_ORDER
    assert len(desk.state.recorded.shelf) == MAX_TITLES


# ---------------------------------------------------------------- whatever happens


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["begin", "give_back"]), st.sampled_from([ANNA, BERT])),
            st.tuples(st.just("book"), st.sampled_from([LOGIC, POEMS, MAPS, TALES])),
            st.tuples(st.just("wait"), st.sampled_from([1_000, 61_000])),
        ),
        max_size=30,
    ),
    leave_one=st.booleans(),
)
def test_nobody_has_too_many_and_every_loan_ends_once(steps: list[tuple[str, Any]], *, leave_one: bool) -> None:
    desk = BookDesk(site=shelf(leave_one=leave_one))
    for what, which in steps:
        match what:
            case "book":
                desk.scan(which)
            case "wait":
                desk.wait(which)
            case _:
                desk.ask(what, which)
        assert all(len(desk.things(holder)) <= 2 for holder in (ANNA, BERT))
    taken = [one.thing for one in desk.told(ThingTaken)]
    ended = [one.thing for one in desk.told(ThingGivenBack)]
    assert sorted([*ended, *desk.things(ANNA), *desk.things(BERT)]) == sorted(taken)
    assert refolded(desk.began_with, desk.rows) == desk.state.recorded


def test_the_office_is_told_that_books_are_lent_while_the_reader_answers(desk: BookDesk) -> None:
    def offered() -> list[tuple[str, int]]:
        found = offers.offered(Turn(desk.state, desk.now, desk.site), desk.site.books["books"])
        return [(one.action, one.free) for one in found]

    assert offered() == [("begin", 1), ("give_back", 1)]
    desk.feed(DeviceDown("scanner", "unplugged"))
    assert offered() == [("begin", 0), ("give_back", 0)]


def test_nobody_is_asked_to_scan_books_that_nothing_reads(desk: BookDesk) -> None:
    desk.feed(DeviceDown("scanner", "unplugged"))
    for action in ("begin", "give_back"):
        desk.ask(action)
        assert (desk.replies[-1].result, desk.replies[-1].reason) == ("refused", "out_of_order")
