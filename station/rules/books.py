"""A shelf of books on trust, by the ISBN on their backs: lent, given back, come from another shelf, lost.

Who has shown who they are is at the shelf for a while, and what is scanned meanwhile is theirs: it is given back where
they have it, and lent otherwise. Where people take one and leave one, books are only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from drivers.contract import CodeScanned, Mood, Words
from station import events as e
from station.rules import holdings, lost, refusals, say, words_books
from station.rules.actions import check_recorded, do
from station.rules.isbn import read_isbn
from station.rules.site import BookService
from station.rules.turn import Turn
from station.state import USUAL, BookSeen, Holding, Request, ShelfVisit, thing_key, with_item
from station.trust.refusal import Reason, Refused

SAME_BOOK_MS = 5_000
"""A book that was out of view for so long is scanned anew."""
MAX_TITLES = 2_000
"""Of all shelves together, where nobody says who they are."""
DAY_MS = 86_400_000


def requested(turn: Turn, service: BookService, request: Request) -> None:
    """`begin` and `give_back` bring somebody to the shelf; keepers and the office end loans. Raises `Refused`."""
    check_recorded(turn)
    if lost.requested(turn, service, request):
        return
    do(turn, service, request, _ACTIONS, request.action)


def _begin(turn: Turn, service: BookService, request: Request) -> None:
    _visit(turn, service, request, returns=False)
    _tell(turn, service, words_books.SCAN_BOOKS, words_books.BORROW_OR_BRING, request.order)


def _give_back(turn: Turn, service: BookService, request: Request) -> None:
    """Of another shelf too: `thing` may name the loan."""
    _visit(turn, service, request, returns=True)
    _tell(turn, service, words_books.BRING_BACK, words_books.NEXT_BOOK, request.order)


def _visit(turn: Turn, service: BookService, request: Request, *, returns: bool) -> None:
    if not turn.state.observed.answers(service.reader):
        raise Refused(Reason.OUT_OF_ORDER, f"nothing reads the books: {service.reader} does not answer")
    holdings.record_use(turn, request)
    visit = ShelfVisit(request, turn.now.steady_ms + service.visit_ms, returns)
    turn.remember(shelf_visits=with_item(turn.state.volatile.shelf_visits, service.name, visit))


_ACTIONS: Mapping[str, Callable[[Turn, BookService, Request], None]] = {
    USUAL: _begin,
    "begin": _begin,
    "give_back": _give_back,
}


# ---------------------------------------------------------------- a book before the reader


def scanned(turn: Turn, signal: CodeScanned) -> bool:
    """Whether a code was a book at the reader of a shelf; then it is done with."""
    shelves = [service for service in turn.site.books.values() if service.reader == signal.device]
    isbn = read_isbn(signal.code) if shelves else None
    if isbn is None:
        return False
    service = next((one for one in shelves if _visitor(turn, one) is not None), shelves[0])
    if not _is_still_there(turn, service, isbn):
        try:
            _book(turn, service, isbn)
        except Refused as refused:
            refusals.refuse(turn, signal.device, refused.reason, service=service.name)
            say.not_done(turn, service.name, refused.reason)
    return True


def _visitor(turn: Turn, service: BookService) -> ShelfVisit | None:
    visit = turn.state.volatile.shelf_visits.get(service.name)
    return visit if visit is not None and visit.until_ms > turn.now.steady_ms else None


def _is_still_there(turn: Turn, service: BookService, isbn: str) -> bool:
    """A book that lies before the reader is read again and again."""
    seen = turn.state.volatile.books_seen.get(service.name)
    now = BookSeen(isbn, turn.now.steady_ms)
    turn.remember(books_seen=with_item(turn.state.volatile.books_seen, service.name, now))
    return seen is not None and seen.isbn == isbn and now.at_ms - seen.at_ms < SAME_BOOK_MS


def _book(turn: Turn, service: BookService, isbn: str) -> None:
    check_recorded(turn)
    visit = _visitor(turn, service)
    if visit is not None:
        _theirs(turn, service, isbn, visit)
    elif service.leave_one:
        _anybodys(turn, service, isbn)
    else:
        say.notice(turn, service.name, Mood.WARNING, words_books.WHO_FIRST, (), say.REFUSAL_MS)


def _theirs(turn: Turn, service: BookService, isbn: str, visit: ShelfVisit) -> None:
    request = visit.request
    mine = [one for one in copies(turn, service, isbn) if one.holder == request.holder]
    if mine:
        turn.record(e.ThingGivenBack(service.name, mine[0].thing, "given_back", request.holder))
        told = words_books.GIVEN_BACK
    elif visit.returns:
        turn.record(e.ThingArrived(service.name, isbn, request.holder, request.thing, request.order))
        told = words_books.ARRIVED
    else:
        holdings.check_may_take(turn, service, request)
        holdings.take(turn, service, request, _next_copy(turn, service, isbn))
        told = words_books.lent(service.due_ms // DAY_MS)
    _visit_goes_on(turn, service, visit)
    _tell(turn, service, told, words_books.NEXT_BOOK, "")


def copies(turn: Turn, service: BookService, isbn: str) -> list[Holding]:
    """The copies of a book that somebody has, first taken first. The first is called by its ISBN, others ISBN-2..."""
    return [one for one in holdings.held(turn.state, service.name) if one.thing.partition("-")[0] == isbn]


def _next_copy(turn: Turn, service: BookService, isbn: str) -> str:
    taken = {one.thing for one in copies(turn, service, isbn)}
    return isbn if isbn not in taken else next(name for n in count(2) if (name := f"{isbn}-{n}") not in taken)


def _visit_goes_on(turn: Turn, service: BookService, visit: ShelfVisit) -> None:
    longer = ShelfVisit(visit.request, turn.now.steady_ms + service.visit_ms, visit.returns)
    turn.remember(shelf_visits=with_item(turn.state.volatile.shelf_visits, service.name, longer))


def _anybodys(turn: Turn, service: BookService, isbn: str) -> None:
    """A book that the shelf does not know arrives, one that it knows leaves."""
    shelf = turn.state.recorded.shelf
    if thing_key(service.name, isbn) in shelf:
        turn.record(e.BookTaken(service.name, isbn))
        told = words_books.TAKEN
    elif len(shelf) >= MAX_TITLES:
        raise Refused(Reason.OUT_OF_ORDER, "too many titles are counted at once")
    else:
        turn.record(e.BookLeft(service.name, isbn))
        told = words_books.LEFT
    _tell(turn, service, told, words_books.NEXT_BOOK, "")


def _tell(turn: Turn, service: BookService, told: Words, next_step: Words, order: str) -> None:
    say.reply(turn, order, "done", "", told)
    say.notice(turn, service.name, Mood.WELCOME, told, (next_step,), say.NOTICE_MS)
