"""Volunteers sign on and off; hours survive power cuts and clocks that are corrected; tasks; ratings."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import ClockTrust, Say, SendReply, Signal, TimePassed, Words
from station.events import (
    AccessRefused,
    RatingGiven,
    TaskDone,
    VolunteerShiftDated,
    VolunteerSignedOff,
    VolunteerSignedOn,
    body_of,
    read_event,
)
from station.rules import people
from station.rules.people import RATING_REST_MS, TOGGLE_REST_MS
from station.rules.site import PeopleService, ScreenService, Site
from station.rules.turn import Decision, Turn
from station.state import read_recorded, recorded_document
from station.trust.holders import Role
from station.trust.passes import Uses
from station.trust.refusal import Reason
from tests.station.rules.desk import Desk, at_once, pod, waiting

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
SHIFT_MS = 3 * HOUR_MS
ANNA, BERT = (letter * 16 for letter in (b"a", b"b"))


def people_site(**changes: Any) -> Site:
    service = PeopleService(
        name="volunteers",
        words=Words("志愿服务", "Volunteers"),
        reader="scanner",
        roles=frozenset({"volunteer", "keeper"}),
        ways=frozenset({"order", "pass_bound", "pass_static"}),
        tasks={"clean": Words("打扫完毕", "Cleaned"), "refill": Words("已补货", "Refilled")},
        shift_ms=SHIFT_MS,
        rating=True,
    )
    screen = ScreenService("front", "screen", ("door", "volunteers"), voice="voice", touch=True)
    return replace(pod(), people={"volunteers": replace(service, **changes)}, screens={"front": screen})


class PeopleDesk(Desk):
    def __init__(self, **changes: Any) -> None:
        super().__init__(site=people_site(**changes))
        self.boots = 0
        self.signed: list[VolunteerSignedOn | VolunteerSignedOff] = []
        self.begin()

    def feed(self, signal: Signal) -> Decision:
        decision = super().feed(signal)
        self.signed += [one for one in decision.events if isinstance(one, VolunteerSignedOn | VolunteerSignedOff)]
        return decision

    def show_pass(self, holder: bytes = ANNA, **changes: Any) -> None:
        given = {"holder": holder, "role": Role.VOLUNTEER, "services": ("volunteers",), "id": holder, **changes}
        self.scan(self.static(**given))

    def ask(self, action: str, holder: bytes = ANNA, **changes: Any) -> list[SendReply]:
        """An order by phone; gives the replies."""
        given = {"service": "volunteers", "holder": holder, "role": Role.VOLUNTEER, "action": action, **changes}
        decision = self.send("order", self.order(**given).encode())
        return [one for one in waiting(decision, SendReply) if isinstance(one, SendReply)]

    def power_cut(self, away_ms: int, trust: ClockTrust = ClockTrust.SYNCED) -> None:
        """A new boot, whose steady time begins anew; only the journal is left, as text."""
        wall_ms = self.now.wall_ms + away_ms
        recorded = read_recorded(recorded_document(self.state.recorded))
        self.boots += 1
        self.boot, self.steady_ms, self.trust = f"{self.boots:016x}", 5_000, trust
        self.wall_offset_ms += wall_ms - self.now.wall_ms
        self.state = replace(self.state, recorded=recorded)
        self.begin(recorded)

    def hours(self) -> list[tuple[str, int]]:
        return [(one.cause, one.minutes) for one in self.signed if isinstance(one, VolunteerSignedOff)]


@pytest.fixture
def desk() -> PeopleDesk:
    return PeopleDesk()


def refusals(desk: Desk) -> list[str]:
    return [event.reason for event in desk.told(AccessRefused)]


# ---------------------------------------------------------------- on and off


def test_a_pass_signs_on_and_the_next_time_off(desk: PeopleDesk) -> None:
    desk.show_pass()
    assert desk.told(VolunteerSignedOn) == [VolunteerSignedOn("volunteers", ANNA.hex())]
    desk.wait(95 * MINUTE_MS)
    desk.show_pass()
    assert desk.told(VolunteerSignedOff) == [VolunteerSignedOff("volunteers", ANNA.hex(), "signed_off", 95)]
    assert desk.state.recorded.shifts == {}


def test_a_pass_that_is_held_there_for_too_long_is_not_taken_twice(desk: PeopleDesk) -> None:
    for _ in range(3):
        desk.show_pass()
        desk.wait(1_000)
    assert len(desk.told(VolunteerSignedOn)) == 1
    assert desk.hours() == []
    desk.wait(TOGGLE_REST_MS)
    for _ in range(3):
        desk.show_pass()
        desk.wait(1_000)
    assert len(desk.told(VolunteerSignedOn)) == 1
    assert desk.hours() == [("signed_off", 0)]


def test_two_people_have_their_own_hours(desk: PeopleDesk) -> None:
    desk.show_pass(ANNA)
    desk.wait(30 * MINUTE_MS)
    desk.show_pass(BERT)
    desk.wait(30 * MINUTE_MS)
    desk.show_pass(ANNA)
    desk.wait(15 * MINUTE_MS)
    desk.show_pass(BERT)
    assert desk.hours() == [("signed_off", 60), ("signed_off", 45)]


def test_the_phone_signs_on_and_off_and_is_told_the_stations_result(desk: PeopleDesk) -> None:
    replies = desk.ask("sign_on")
    assert [one.result for one in replies] == ["done", "accepted"]
    assert replies[0].words.zh == "已签到，谢谢您"
    desk.wait(61 * MINUTE_MS)
    desk.show()
    replies = desk.ask("sign_off")
    assert (replies[0].result, replies[0].words.en) == ("done", "You are signed off, after 1 h 1 min")
    assert desk.hours() == [("signed_off", 61)]


def test_what_was_done_already_is_not_done_again(desk: PeopleDesk) -> None:
    assert desk.ask("sign_off")[0].result == "refused"
    desk.ask("sign_on")
    assert desk.ask("sign_on")[0].result == "done"
    assert desk.kinds() == ["VolunteerSignedOn"]


def test_residents_do_not_sign_on(desk: PeopleDesk) -> None:
    desk.show_pass(role=Role.RESIDENT)
    assert refusals(desk) == [Reason.WRONG_ROLE]
    assert desk.state.volatile.menus == {}


def test_an_unknown_action_is_refused(desk: PeopleDesk) -> None:
    desk.ask("open")
    assert refusals(desk) == [Reason.WRONG_ACTION]


def test_a_pass_for_one_use_is_used_up(desk: PeopleDesk) -> None:
    desk.show_pass(uses=Uses.ONE)
    desk.wait(TOGGLE_REST_MS)
    desk.show_pass(uses=Uses.ONE)
    assert refusals(desk) == [Reason.ALREADY_USED]
    assert len(desk.state.recorded.shifts) == 1


def test_the_station_speaks(desk: PeopleDesk) -> None:
    desk.show_pass()
    assert desk.last is not None
    assert at_once(desk.last, Say) == [Say("voice", Words("已签到，谢谢您", "You are signed on, thank you"))]


def test_nobody_signs_on_while_nothing_can_be_recorded(desk: PeopleDesk) -> None:
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="the card is full"))
    desk.show_pass()
    desk.ask("sign_on")
    assert desk.told(VolunteerSignedOn) == []
    assert refusals(desk) == [Reason.UNRECORDED]
    assert desk.state.volatile.menus["front"].holder == ANNA.hex()  # but they see what is the matter


# ---------------------------------------------------------------- hours


def test_a_forgotten_sign_off_is_closed_after_the_shift(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.wait(SHIFT_MS - 1)
    assert desk.hours() == []
    desk.wait(1)
    assert desk.hours() == [("forgotten", 180)]
    desk.wait(4 * HOUR_MS)
    assert len(desk.hours()) == 1


def test_hours_go_on_after_a_power_cut(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.wait(60 * MINUTE_MS)
    desk.power_cut(30 * MINUTE_MS)
    desk.wait(30 * MINUTE_MS)
    desk.show_pass()
    assert desk.hours() == [("signed_off", 120)]


def test_a_shift_that_ended_while_the_power_was_away_is_closed_at_once(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.power_cut(30 * HOUR_MS)
    assert desk.hours() == [("forgotten", 180)]
    assert desk.state.recorded.shifts == {}


def test_a_corrected_clock_changes_no_hours(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.wait(60 * MINUTE_MS)
    desk.wall_offset_ms += 100 * HOUR_MS
    desk.wait(60 * MINUTE_MS)
    assert desk.told(VolunteerShiftDated)
    assert desk.hours() == []
    desk.power_cut(30 * MINUTE_MS)
    desk.wait(0)
    desk.show_pass()
    assert desk.hours() == [("signed_off", 150)]


def test_who_signed_on_without_a_clock_has_their_hours_once_it_is_known(desk: PeopleDesk) -> None:
    desk.trust = ClockTrust.FLOOR
    desk.ask("sign_on")
    assert desk.told(VolunteerSignedOn) == [VolunteerSignedOn("volunteers", ANNA.hex(), dated=False)]
    desk.wait(60 * MINUTE_MS)
    desk.trust = ClockTrust.SYNCED
    desk.wall_offset_ms += 1_000 * HOUR_MS
    desk.feed(TimePassed())
    desk.power_cut(60 * MINUTE_MS)
    desk.show()
    desk.ask("sign_off")
    assert desk.hours() == [("signed_off", 120)]


def test_while_the_time_is_not_known_nothing_of_before_the_cut_is_forgotten(desk: PeopleDesk) -> None:
    desk.ask("sign_on")
    desk.wait(60 * MINUTE_MS)
    desk.power_cut(0, trust=ClockTrust.FLOOR)
    desk.wait(4 * HOUR_MS)
    assert desk.hours() == []
    desk.trust = ClockTrust.SYNCED
    desk.feed(TimePassed())
    assert desk.hours() == [("forgotten", 180)]


def test_without_a_clock_only_what_was_seen_counts(desk: PeopleDesk) -> None:
    desk.ask("sign_on")
    desk.wait(60 * MINUTE_MS)
    desk.power_cut(0, trust=ClockTrust.FLOOR)
    desk.wait(20 * MINUTE_MS)
    desk.show()
    desk.ask("sign_off")
    assert desk.hours() == [("signed_off", 20)]


@settings(max_examples=40)
@given(
    steps=st.lists(
        st.sampled_from(["pass", "on", "off", "cut", "cut without a clock", "clock", "later", "much later"]),
        max_size=12,
    )
)
def test_hours_are_never_negative_and_never_longer_than_a_shift(steps: list[str]) -> None:
    desk = PeopleDesk(shift_ms=20 * MINUTE_MS)
    for step in steps:
        match step:
            case "pass":
                desk.show_pass()
            case "on" | "off":
                desk.show()
                desk.ask(f"sign_{step}")
            case "cut":
                desk.power_cut(5 * MINUTE_MS)
            case "cut without a clock":
                desk.power_cut(5 * MINUTE_MS, trust=ClockTrust.FLOOR)
            case "clock":
                desk.trust = ClockTrust.SYNCED
                desk.wall_offset_ms -= 7 * MINUTE_MS
                desk.feed(TimePassed())
            case _:
                desk.wait(MINUTE_MS if step == "later" else 15 * MINUTE_MS)
    signed_on = [isinstance(one, VolunteerSignedOn) for one in desk.signed]
    assert all(before != after for before, after in pairwise([False, *signed_on]))
    assert all(0 <= minutes <= 20 for _, minutes in desk.hours())
    assert len(desk.state.recorded.shifts) == (signed_on[-1:] == [True])


# ---------------------------------------------------------------- tasks and ratings


def test_a_task_is_ticked_by_order_and_remembered(desk: PeopleDesk) -> None:
    replies = desk.ask("task", thing="clean")
    assert (replies[0].result, replies[0].words.zh) == ("done", "已记录：打扫完毕")
    assert desk.told(TaskDone) == [TaskDone("volunteers", "clean", ANNA.hex())]
    ticked = desk.state.recorded.tasks["volunteers/clean"]
    assert (ticked.by, ticked.at_ms) == (ANNA.hex(), desk.now.wall_ms)


def test_a_task_that_is_not_in_the_file_is_refused(desk: PeopleDesk) -> None:
    desk.ask("task", thing="sing")
    assert refusals(desk) == [Reason.WRONG_NAME]


def test_one_rating_a_minute_on_a_screen(desk: PeopleDesk) -> None:
    def rate(stars: int) -> bool:
        turn = Turn(desk.state, desk.now, desk.site)
        counted = people.rate(turn, desk.site.people["volunteers"], "front", stars)
        desk.state = turn.state
        desk.events += turn.decision().events
        return counted

    assert rate(5)
    assert not rate(1)
    desk.steady_ms += RATING_REST_MS
    assert not rate(6)
    assert rate(2)
    assert desk.told(RatingGiven) == [RatingGiven("volunteers", 5), RatingGiven("volunteers", 2)]


@pytest.mark.parametrize(
    "event",
    [
        VolunteerSignedOn("volunteers", "aa", dated=False),
        VolunteerShiftDated("volunteers", "aa", 5),
        VolunteerSignedOff("volunteers", "aa", "forgotten", 480),
        TaskDone("volunteers", "clean", "aa"),
        RatingGiven("volunteers", 4),
    ],
)
def test_events_come_back_from_their_rows(event: Any) -> None:
    assert read_event(type(event).__name__, body_of(event)) == event
