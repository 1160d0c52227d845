"""Opening hours by the calendar: the calculation against Python's own dates."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.rules.week import ALWAYS, MINUTES_A_DAY, Hours, Spans
from tests.station.weeks import daily, span

EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - local time without a zone


def minute_of(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int((dt.datetime(year, month, day, hour, minute) - EPOCH).total_seconds()) // 60  # noqa: DTZ001


WORKDAYS = Hours((span(360, 1380),) * 5 + (span(480, 1320),) * 2)
NATIONAL_DAY = frozenset({minute_of(2026, 10, 1) // MINUTES_A_DAY})  # a Thursday


@pytest.mark.parametrize(
    ("day", "hour", "minute", "is_open"),
    [(2, 5, 59, False), (2, 6, 0, True), (2, 22, 59, True), (2, 23, 0, False), (3, 6, 30, False), (3, 8, 0, True)],
)
def test_each_day_has_its_own_hours(day: int, hour: int, minute: int, is_open: bool) -> None:
    assert WORKDAYS.open_at(minute_of(2026, 10, day, hour, minute), frozenset()) is is_open


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Hours(((), (), (), (), span(1320, 360), (), ()))
    assert friday_night.open_at(minute_of(2026, 10, 3, 5, 59), frozenset())
    assert not friday_night.open_at(minute_of(2026, 10, 2, 5, 59), frozenset())


def test_a_holiday_may_be_closed_or_have_hours_of_its_own() -> None:
    noon = minute_of(2026, 10, 1, 12)
    assert WORKDAYS.open_at(noon, NATIONAL_DAY)
    assert not Hours(WORKDAYS.days, ()).open_at(noon, NATIONAL_DAY)
    short = Hours(WORKDAYS.days, span(600, 700))
    assert [short.open_at(noon + shift, NATIONAL_DAY) for shift in (-121, -120, -21, -20)] == [False, True, True, False]


def test_the_night_before_a_holiday_ends_as_it_began() -> None:
    nights = Hours(daily(1320, 360).days, ())
    assert nights.open_at(minute_of(2026, 10, 1, 5), NATIONAL_DAY)
    assert not nights.open_at(minute_of(2026, 10, 1, 23), NATIONAL_DAY)
    assert not nights.open_at(minute_of(2026, 10, 2, 5), NATIONAL_DAY)


def test_the_next_change() -> None:
    noon = minute_of(2026, 10, 2, 12)  # a Friday
    assert WORKDAYS.next_change(noon, frozenset()) == minute_of(2026, 10, 2, 23)
    assert WORKDAYS.next_change(minute_of(2026, 10, 2, 23), frozenset()) == minute_of(2026, 10, 3, 8)
    closed = Hours(WORKDAYS.days, ())
    assert closed.next_change(minute_of(2026, 9, 30, 23), NATIONAL_DAY) == minute_of(2026, 10, 2, 6)


def test_what_never_changes() -> None:
    assert ALWAYS.next_change(0, frozenset()) is None
    assert daily(0, 0).next_change(0, frozenset()) is None
    assert daily(0, 1440).next_change(0, frozenset()) is None
    assert Hours(on_holidays=()).next_change(minute_of(2026, 9, 1), NATIONAL_DAY) == minute_of(2026, 10, 1)


spans: st.SearchStrategy[Spans] = st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=2).map(
    lambda found: tuple(one for begins, ends in found for one in span(begins, ends % 1441))
)
some_hours = st.builds(Hours, st.lists(spans, min_size=7, max_size=7).map(tuple), st.one_of(st.none(), spans))
holidays = st.frozensets(st.integers(20_700, 20_714), max_size=4)


@given(some_hours, holidays, st.integers(20_702 * 1440, 20_708 * 1440))
def test_nothing_changes_before_the_next_change(hours: Hours, days: frozenset[int], minute: int) -> None:
    change, now_open = hours.next_change(minute, days), hours.open_at(minute, days)
    until = minute + 3 * MINUTES_A_DAY if change is None else change
    assert {hours.open_at(one, days) for one in range(minute, min(until, minute + 3 * MINUTES_A_DAY), 7)} <= {now_open}
    if change is not None:
        assert change > minute
        assert hours.open_at(change - 1, days) is now_open
        assert hours.open_at(change, days) is not now_open
