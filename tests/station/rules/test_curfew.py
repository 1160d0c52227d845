"""Before a room closes whoever is in is told; nothing else hangs on the hour."""

from dataclasses import replace

import pytest

from drivers.contract import ClockTrust, LinkDown, Quantity, Relock, Say, Show, TimePassed, Unlock
from station import events as e
from station.rules import words
from station.rules.decide import next_deadline
from station.rules.site import Site
from station.rules.week import Hours
from station.trust.holders import Role
from tests.station.rules.desk import Desk, at_once, pod, waiting
from tests.station.weeks import daily

MINUTE_MS = 60_000


def minutes_now(desk: Desk) -> int:
    return desk.now.wall_ms // MINUTE_MS + 480


def closing_in(minutes: int, site: Site | None = None) -> Desk:
    """A pod that closes so many minutes from now, for a night of eight hours."""
    desk = Desk()
    desk.steady_ms += -desk.now.wall_ms % MINUTE_MS
    closes = (minutes_now(desk) + minutes) % 1_440
    site = site or pod()
    door = replace(site.doors["door"], hours=daily((closes + 480) % 1_440, closes))
    desk.site = replace(site, doors={"door": door})
    desk.begin()
    return desk


def somebody_is_in(desk: Desk) -> None:
    desk.level("radar", Quantity.PRESENT, value=True)


def warned(desk: Desk) -> list[int]:
    return [event.minutes_left for event in desk.told(e.CurfewWarned)]


def test_fifteen_and_five_minutes_before_by_voice_and_on_the_screen() -> None:
    desk = closing_in(16)
    somebody_is_in(desk)
    desk.wait(MINUTE_MS - 1)
    assert warned(desk) == []
    desk.steady_ms += 1
    decision = desk.feed(TimePassed())
    assert warned(desk) == [15]
    assert at_once(decision, Say) == [Say("voice", words.closes_in(15))]
    shown = at_once(decision, Show)[-1]
    assert isinstance(shown, Show)
    assert (shown.page.headline, words.ALWAYS_OUT in shown.page.lines) == (words.closes_in(15), True)
    desk.wait(10 * MINUTE_MS - 1)
    assert warned(desk) == [15]
    desk.wait(1)
    assert warned(desk) == [15, 5]
    desk.wait(60 * MINUTE_MS)
    assert warned(desk) == [15, 5]


def test_nobody_is_warned_who_is_not_there() -> None:
    desk = closing_in(20)
    desk.wait(60 * MINUTE_MS)
    assert warned(desk) == []


def test_who_comes_late_is_told_at_once_how_long_it_is() -> None:
    desk = closing_in(20)
    desk.wait(9 * MINUTE_MS + 30_000)
    somebody_is_in(desk)
    assert warned(desk) == [11]
    desk.wait(20 * MINUTE_MS)
    assert warned(desk) == [11, 5]


def test_a_warning_is_not_given_twice_and_never_the_first_after_the_second() -> None:
    desk = closing_in(4)
    somebody_is_in(desk)
    desk.wait(3 * MINUTE_MS)
    assert warned(desk) == [4]


def test_the_next_day_it_is_said_again() -> None:
    desk = closing_in(6)
    somebody_is_in(desk)
    desk.wait(10 * MINUTE_MS)
    assert warned(desk) == [6, 5]
    desk.steady_ms += 23 * 60 * MINUTE_MS
    desk.feed(TimePassed())
    desk.wait(60 * MINUTE_MS)
    assert warned(desk) == [6, 5, 15, 5]


def test_while_nobody_knows_the_time_nobody_is_sent_away() -> None:
    desk = closing_in(10)
    desk.trust = ClockTrust.FLOOR
    somebody_is_in(desk)
    desk.wait(30 * MINUTE_MS)
    assert warned(desk) == []


@pytest.mark.parametrize("changes", [{"room": False}, {"hours": None}])
def test_a_cupboard_and_a_door_that_never_closes_warn_nobody(changes: dict[str, object]) -> None:
    desk = closing_in(10)
    door = desk.site.doors["door"]
    door = replace(door, room=False) if "room" in changes else replace(door, hours=Hours())
    desk.site = replace(desk.site, doors={"door": door})
    somebody_is_in(desk)
    desk.wait(30 * MINUTE_MS)
    assert warned(desk) == []


def test_after_closing_people_leave_as_ever_and_only_keepers_come_in() -> None:
    desk = closing_in(5)
    somebody_is_in(desk)
    desk.wait(10 * MINUTE_MS)
    desk.events.clear()
    decision = desk.level("reed", Quantity.CLOSED, value=False)
    assert [event.cause for event in desk.told(e.DoorOpened)] == ["left"]
    assert (waiting(decision, Relock), at_once(decision, Relock)) == ([], [])
    desk.level("reed", Quantity.CLOSED, value=True)
    desk.scan(desk.static())
    assert [event.reason for event in desk.told(e.AccessRefused)] == ["outside_hours"]
    assert waiting(desk.scan(desk.static(role=Role.KEEPER)), Unlock) == [Unlock("strike", 3_000)]


def test_the_station_looks_again_by_itself_over_the_night() -> None:
    desk = closing_in(5, replace(pod(welfare_after_ms=90 * 3_600_000), screens={}))
    desk.feed(LinkDown("link", "cut"))
    somebody_is_in(desk)
    for _ in range(12):
        due_ms = next_deadline(desk.state, desk.site)
        assert due_ms is not None
        assert due_ms > desk.steady_ms
        desk.steady_ms = due_ms
        desk.feed(TimePassed())
    assert warned(desk)[:3] == [5, 15, 5]
