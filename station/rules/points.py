"""What a person may have on one local day, and the volunteer points that they pay with.

The balance is the office's: points earned, less `PointsSpent`, with `PointsReturned`. An order is signed by the office,
which has looked at it. A pass may spend a bounded allowance a day; what was spent so is in the events all the same.
"""

from __future__ import annotations

from station import events as e
from station.rules.hours import local_day
from station.rules.turn import Turn
from station.state import DayOf, Request
from station.trust.refusal import Reason, Refused

MAX_HOLDERS_A_DAY = 2_000
"""More people than this are not remembered on one day."""


def today(turn: Turn) -> int:
    """The local day, counted from 1970-01-01."""
    return local_day(turn.now, turn.site)


def _so_far(turn: Turn, request: Request) -> DayOf:
    known = turn.state.recorded.days.get(request.holder)
    return known if known is not None and known.day == today(turn) else DayOf(today(turn))


def check_day(turn: Turn, request: Request, thing: str, per_day: int) -> None:
    """Raises `Refused` when they had enough of this thing (by `thing_key`) today; 0: there is no limit."""
    days = turn.state.recorded.days
    if request.holder not in days and sum(one.day == today(turn) for one in days.values()) >= MAX_HOLDERS_A_DAY:
        raise Refused(Reason.OUT_OF_ORDER, "too many people are remembered on one day")
    had = _so_far(turn, request).taken.get(thing, 0)
    if per_day and had + request.count > per_day:
        raise Refused(Reason.TOO_MANY, f"they had {had} today, and {per_day} are for one person")


def _is_offline(request: Request) -> bool:
    return not request.order


def check(turn: Turn, request: Request, points: int, offline_points: int) -> None:
    """Raises `Refused` when a pass would spend more than it may."""
    if points and _is_offline(request) and _so_far(turn, request).points + points > offline_points:
        raise Refused(Reason.NO_POINTS, f"a pass may spend {offline_points} points a day")


def spend(turn: Turn, request: Request, points: int, thing: str) -> None:
    """They pay; nothing when it costs nothing."""
    if points:
        offline = _is_offline(request)
        spent = e.PointsSpent(request.holder, points, request.service, thing, offline, today(turn), request.order)
        turn.record(spent)


def give_back(turn: Turn, request: Request, points: int, thing: str) -> None:
    """They did not have it."""
    if points:
        offline = _is_offline(request)
        back = e.PointsReturned(request.holder, points, request.service, thing, offline, today(turn), request.order)
        turn.record(back)
