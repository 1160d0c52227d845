"""A library is told of what a shelf has lent and got back, after that is on the card, one thing after another.

Its driver is given the first report only, and given it again, unchanged, after the library was away: nothing overtakes
it. What waits does not outlive this program.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import DeviceDown, LoanReported, ReportLoan, Signal
from station import events as e
from station.rules.turn import Turn
from station.state import Telling, with_item

MAX_WAITING = 500
"""Reports for one library. One more, and the oldest is not told."""

REFUSED, TOO_MANY = "refused", "too_many"
"""Why the library was not told (`LibraryNotTold.reason`)."""


def react(turn: Turn, signal: Signal) -> None:
    """Take up what this turn has recorded, follow the library's answers, report the next."""
    libraries = {service.library for service in turn.site.books.values()} - {""}
    if not libraries:
        return
    match signal:
        case LoanReported(library, report, refusal) if library in libraries:
            _answered(turn, library, report, refusal)
        case DeviceDown(library) if library in libraries:
            _keep(turn, library, replace(_telling(turn, library), asked=False))
        case _:
            pass
    for event in turn.events:
        _take_up(turn, event)
    for library in sorted(libraries):
        _report(turn, library)


def _answered(turn: Turn, library: str, report: ReportLoan, refusal: str) -> None:
    telling = _telling(turn, library)
    if not telling.waiting or telling.waiting[0][1] != report:
        return
    service = telling.waiting[0][0]
    _keep(turn, library, Telling(telling.waiting[1:]))
    if refusal:
        _not_told(turn, service, report, REFUSED)


def _take_up(turn: Turn, event: e.Event) -> None:
    match event:
        case e.ThingTaken(service, thing, holder, due_at_ms=due_at_ms):
            _add(turn, service, thing, holder, due_at_ms)
        case e.ThingGivenBack(service, thing):
            _add(turn, service, thing, "", None)
        case _:
            pass


def _add(turn: Turn, service: str, thing: str, holder: str, due_at_ms: int | None) -> None:
    shelf = turn.site.books.get(service)
    if shelf is None or not shelf.library:
        return
    telling = _telling(turn, shelf.library)
    report = ReportLoan(shelf.library, thing, holder, turn.now.wall_ms, due_at_ms, turn.site.utc_offset_minutes)
    waiting = [*telling.waiting, (service, report)]
    if len(waiting) > MAX_WAITING:
        # The first may be at the library already.
        _not_told(turn, *waiting.pop(1 if telling.asked else 0), TOO_MANY)
    _keep(turn, shelf.library, replace(telling, waiting=tuple(waiting)))


def _report(turn: Turn, library: str) -> None:
    telling = _telling(turn, library)
    if telling.waiting and not telling.asked and turn.state.observed.answers(library):
        _keep(turn, library, replace(telling, asked=True))
        turn.ask(telling.waiting[0][1])


def _not_told(turn: Turn, service: str, report: ReportLoan, reason: str) -> None:
    turn.record(e.LibraryNotTold(service, report.book, report.due_at_ms is not None, reason))


def _telling(turn: Turn, library: str) -> Telling:
    return turn.state.volatile.tellings.get(library, Telling())


def _keep(turn: Turn, library: str, telling: Telling) -> None:
    turn.remember(tellings=with_item(turn.state.volatile.tellings, library, telling))
