"""Opening hours as they are written."""

import pytest
from pydantic import ValidationError

from config.faults import Severity
from config.opening import days_of, week
from config.services import Door
from tests.station.station_files import EGRESS, changed, faults

WORKDAY, WEEKEND = ((360, 1380),), ((480, 1320),)


def test_a_list_by_weekday() -> None:
    assert week(("mon-fri 06:00-23:00", "sat,sun 08:00-22:00")) == (WORKDAY,) * 5 + (WEEKEND,) * 2
    assert week(("sat-mon 08:00-22:00",)) == (WEEKEND, (), (), (), (), WEEKEND, WEEKEND)
    assert week(("wed 14:00-20:00", "tue-wed 06:00-12:00"))[1:3] == (((360, 720),), ((360, 720), (840, 1200)))
    assert week(("fri 22:00-06:00",))[4] == ((1320, 1800),)


@pytest.mark.parametrize(
    "hours",
    [
        "6-23",
        "06:00-24:30",
        "closed",
        "mon 06:00-23:00",
        [],
        ["06:00-23:00"],
        ["mon"],
        ["mon-fry 06:00-23:00"],
        ["mon,  tue 06:00-23:00"],
        ["mon always"],
        ["mon 06:00-23:00"] * 15,
        6,
        [6],
        "06:00-23:00\n",
    ],
)
def test_what_is_not_so_is_refused(hours: object) -> None:
    with pytest.raises(ValidationError):
        Door.model_validate({"type": "door", "lock": "strike", "hours": hours})


def test_holidays_are_days() -> None:
    assert days_of(("1970-01-02", "2026-10-01")) == {1, 20_727}


# ---------------------------------------------------------------- as `station check` tells it

HELP = 'help_phone = "110"'
CLOCK = (HELP, f"{HELP}\nhas_clock = true")
HOLIDAYS = (HELP, f'{HELP}\nhas_clock = true\nholidays = ["2026-10-01", "2026-10-02"]')


def hours(text: str) -> tuple[str, str]:
    return EGRESS, f"{EGRESS}\n{text}"


def test_weekdays_and_holidays_are_let_through() -> None:
    text = changed(HOLIDAYS, hours('hours = ["mon-fri 06:00-23:00", "sat,sun 08:00-22:00"]\nholiday_hours = "closed"'))
    assert faults(text, Severity.ERROR) == faults(text, Severity.WARNING) == []


@pytest.mark.parametrize(
    ("edit", "key", "words"),
    [
        ('hours = ["mon-fry 06:00-23:00"]', "hours", '"mon-fry 06:00-23:00" does not have the right form'),
        ("hours = 6", "hours", "6 is not a text in quotes"),
        ("hours = []", "hours", "a list of 0 is no list of hours"),
        ('hours = ["sun 06:00-06:00"]', "hours", "begin and end are the same: it would never open"),
        ('holiday_hours = "06:00-06:00"', "holiday_hours", "begin and end are the same: it would never open"),
        ('holiday_hours = "shut"', "holiday_hours", '"shut" does not have the right form'),
    ],
)
def test_what_is_written_wrong_is_named(edit: str, key: str, words: str) -> None:
    found = faults(changed(HOLIDAYS, hours(edit)), Severity.ERROR)
    assert [(one[0], one[1]) for one in found] == [(f"services.door.{key}", words)]


def test_holiday_hours_without_holidays() -> None:
    assert faults(changed(CLOCK, hours('holiday_hours = "closed"')), Severity.WARNING) == [
        (
            "services.door.holiday_hours",
            "[station] names no holidays",
            'add holidays = ["2026-10-01"] to [station]',
        )
    ]


def test_a_holiday_that_no_calendar_has() -> None:
    text = changed((HELP, f'{HELP}\nholidays = ["2026-02-30"]'))
    assert [(one[0], one[1]) for one in faults(text, Severity.ERROR)] == [
        ("station.holidays[0]", '"2026-02-30" is no day of the calendar')
    ]
