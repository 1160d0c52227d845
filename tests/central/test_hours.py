"""Hours, tasks and ratings of a month are sums of stored events."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
import sqlalchemy as sa

from central.changes import OfficeFault
from central.cli import main
from central.hours import Work, month_ms, month_of_work
from station.events import RatingGiven, TaskDone, VolunteerSignedOff, VolunteerSignedOn
from station.trust.holders import Role
from tests.central.counter import POD, Counter

ANNA, BERT = "a" * 32, "b" * 32
MONTH = f"{datetime.now().astimezone():%Y-%m}"


def signed_off(holder: str, cause: str, minutes: int) -> VolunteerSignedOff:
    return VolunteerSignedOff("volunteers", holder, cause, minutes)


def test_hours_are_sums_and_forgotten_ones_are_none(counter: Counter) -> None:
    counter.events(
        VolunteerSignedOn("volunteers", ANNA),
        signed_off(ANNA, "signed_off", 95),
        signed_off(ANNA, "signed_off", 30),
        signed_off(ANNA, "forgotten", 480),
        signed_off(BERT, "forgotten", 480),
        TaskDone("volunteers", "clean", ANNA),
        TaskDone("volunteers", "clean", BERT),
        RatingGiven("volunteers", 5),
        RatingGiven("volunteers", 2),
    )
    with counter.store.read() as connection:
        (found,) = month_of_work(connection, MONTH).values()
        assert month_of_work(connection, MONTH, "futian-rest") == {}
        assert month_of_work(connection, "2020-02") == {}
    assert found.people == {ANNA: Work(125, 3, 1), BERT: Work(0, 1, 1)}
    assert found.tasks == {("volunteers", "clean"): 2}
    assert found.ratings == {5: 1, 2: 1}


def test_a_row_that_cannot_be_read_is_left_out_and_the_others_count(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    counter.events(
        signed_off(ANNA, "signed_off", 95), TaskDone("volunteers", "clean", ANNA), RatingGiven("volunteers", 5)
    )
    with counter.store.write() as transaction:
        transaction.connection.execute(sa.text("UPDATE events SET body = '{}' WHERE kind = 'TaskDone'"))
    with counter.store.read() as connection:
        (found,) = month_of_work(connection, MONTH).values()
    assert (found.people, found.tasks, found.ratings) == ({ANNA: Work(95, 1, 0)}, {}, {5: 1})
    assert f"{POD}: a row of kind TaskDone cannot be read" in caplog.text


def test_a_month_begins_and_ends_where_the_next_one_begins() -> None:
    assert month_ms("2026-11")[1] == month_ms("2026-12")[0]
    assert month_ms("2026-12")[1] == month_ms("2027-01")[0]
    begin_ms, end_ms = month_ms(MONTH)
    assert begin_ms <= time.time() * 1000 < end_ms


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-1", "november"])
def test_what_is_no_month_is_said(month: str) -> None:
    with pytest.raises(OfficeFault):
        month_ms(month)


def test_the_command_line_tells_them_by_label(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    person = counter.office.new_person(Role.VOLUNTEER, "Mrs. Li")
    counter.events(
        signed_off(counter.office.holder(person, POD), "signed_off", 125),
        signed_off(BERT, "forgotten", 480),
        TaskDone("volunteers", "clean", BERT),
        RatingGiven("volunteers", 5),
        RatingGiven("volunteers", 4),
    )
    folder = ["--folder", str(counter.folder.path)]
    assert main(["hours", *folder]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{POD}  {MONTH}",
        "  Mrs. Li: 2 h 05 min in 1 shifts",
        "  bbbbbbbb: 0 h 00 min in 1 shifts, 1 not signed off",
        "  volunteers clean: 1 times",
        "  rated 4.5 of 5 by 2",
    ]
    assert main(["hours", "2020-02", *folder]) == 0
    assert capsys.readouterr().out == "Nothing in 2020-02.\n"
    assert main(["hours", "2020-2", *folder]) == 2
