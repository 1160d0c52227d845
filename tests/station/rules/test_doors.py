import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import (
    DeviceUp,
    HoldReleased,
    LevelChanged,
    Priority,
    Quantity,
    Relock,
    Row,
    SendReply,
    Show,
    Signal,
    SwitchOff,
    SwitchOn,
    TimePassed,
    Unlock,
)
from station.events import DoorClosed, DoorOpened, Snapshot, body_of, read_event
from station.rules import alarms, words
from station.rules.screen import page
from station.rules.turn import Turn
from station.state import Recorded, fold, recorded_document
from tests.station.rules.desk import Desk, at_once, pod, waiting


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.begin()
    return desk


def opens(desk: Desk) -> None:
    desk.level("reed", Quantity.CLOSED, value=False)


def closes(desk: Desk) -> None:
    desk.level("reed", Quantity.CLOSED, value=True)


def test_grant_open_close_relock(desk: Desk) -> None:
    desk.scan(desk.order())
    opens(desk)
    desk.steady_ms += 2_500
    decision = desk.level("reed", Quantity.CLOSED, value=True)
    assert desk.kinds() == ["AccessGranted", "DoorOpened", "RoomOccupied", "DoorClosed", "DoorRelocked"]
    assert [event.open_ms for event in desk.told(DoorClosed)] == [2_500]
    assert at_once(decision, Relock) == [Relock("strike")]


def test_the_next_person_is_not_locked_out_by_the_door_closing_behind_the_first(desk: Desk) -> None:
    desk.scan(desk.order())
    desk.steady_ms += 1_000
    opens(desk)
    desk.steady_ms += 1_000
    desk.scan(desk.order())
    decision = desk.level("reed", Quantity.CLOSED, value=True)
    assert at_once(decision, Relock) == []
    opens(desk)
    assert "DoorForced" not in desk.kinds()


def test_a_window_that_nobody_used(desk: Desk) -> None:
    decision = desk.send("order", desk.order().encode())
    assert decision.waiting
    desk.wait(8_001)
    assert "DoorNotOpened" in desk.kinds()
    assert desk.last is not None
    assert [reply.result for reply in waiting(desk.last, SendReply) if isinstance(reply, SendReply)] == ["unknown"]


def test_an_empty_room_whose_door_opens_by_itself_is_forced(desk: Desk) -> None:
    opens(desk)
    assert desk.kinds() == ["DoorForced"]


def test_somebody_inside_leaves_by_the_handle(desk: Desk) -> None:
    desk.level("radar", Quantity.PRESENT, value=True)
    opens(desk)
    causes = [event.cause for event in desk.told(DoorOpened)]
    assert causes == ["left"]


def test_the_exit_button_explains_an_opening() -> None:
    desk = Desk(site=pod(egress_button="exit", presence=()))
    desk.begin()
    desk.level("exit", Quantity.CLOSED, value=True)
    opens(desk)
    assert desk.kinds() == ["EgressUsed", "DoorOpened"]
    closes(desk)
    desk.wait(10_001)
    opens(desk)
    assert desk.kinds()[-1] == "DoorForced"


def test_without_sensors_an_opening_stays_unexplained() -> None:
    desk = Desk(site=pod(presence=()))
    desk.begin()
    opens(desk)
    assert [event.cause for event in desk.told(DoorOpened)] == ["unexplained"]


def test_held_is_warned_at_half_and_said_once(desk: Desk) -> None:
    desk.scan(desk.order())
    opens(desk)
    told = [type(event).__name__ for event in desk.wait(22_500)]
    assert told == ["DoorRelocked", "DoorHeldWarned"]
    assert [type(event).__name__ for event in desk.wait(22_500)] == ["DoorHeld"]
    assert desk.wait(600_000) == []


def test_a_door_that_stands_open_over_a_power_cut_counts_from_the_start(desk: Desk) -> None:
    desk.scan(desk.order())
    opens(desk)
    after = Desk(boot="b" * 16, steady_ms=1_000)
    after.begin(desk.state.recorded)
    opens(after)
    assert "DoorHeld" in [type(event).__name__ for event in after.wait(45_000)] or "DoorClosed" in after.kinds()


def test_fire_releases_a_lock_that_may_be_held_and_explains_the_opening() -> None:
    desk = Desk(site=pod(holds_open=True, fire="fire"))
    desk.begin()
    decision = desk.level("fire", Quantity.CLOSED, value=False)
    assert at_once(decision, HoldReleased) == [HoldReleased("strike")]
    opens(desk)
    assert [event.cause for event in desk.told(DoorOpened)] == ["fire"]
    assert "DoorHeld" not in [type(event).__name__ for event in desk.wait(300_000)]


def test_a_lock_that_comes_back_during_a_fire_is_released_again() -> None:
    desk = Desk(site=pod(holds_open=True, fire="fire"))
    desk.begin()
    desk.level("fire", Quantity.CLOSED, value=False)
    assert at_once(desk.feed(DeviceUp("strike")), HoldReleased) == [HoldReleased("strike")]


def test_a_window_of_another_boot_is_over(desk: Desk) -> None:
    desk.scan(desk.order())
    after = Desk(boot="b" * 16, steady_ms=1_000)
    after.begin(desk.state.recorded)
    opens(after)
    assert "DoorForced" in after.kinds()


# ---------------------------------------------------------------- presence and the lamp


def test_the_lamp_is_on_while_somebody_is_in(desk: Desk) -> None:
    decision = desk.level("radar", Quantity.PRESENT, value=True)
    assert at_once(decision, SwitchOn) == [SwitchOn("lamp")]
    desk.level("radar", Quantity.PRESENT, value=False)
    assert [type(event).__name__ for event in desk.wait(119_999)] == []
    assert [type(event).__name__ for event in desk.wait(1)] == ["RoomEmptied"]
    assert desk.last is not None
    assert waiting(desk.last, SwitchOff) == [SwitchOff("lamp")]


def test_a_lamp_that_comes_back_is_on_again_while_somebody_is_in(desk: Desk) -> None:
    assert at_once(desk.feed(DeviceUp("lamp")), SwitchOn) == []
    desk.level("radar", Quantity.PRESENT, value=True)
    assert at_once(desk.feed(DeviceUp("lamp")), SwitchOn) == [SwitchOn("lamp")]


def test_one_sensor_that_still_sees_somebody_keeps_the_room_occupied(desk: Desk) -> None:
    desk.level("radar", Quantity.PRESENT, value=True)
    desk.level("pir", Quantity.PRESENT, value=True)
    desk.level("radar", Quantity.PRESENT, value=False)
    assert desk.wait(600_000) == []


# ---------------------------------------------------------------- alarms


def test_sos_is_loud_at_once_and_opens_the_door_for_helpers(desk: Desk) -> None:
    decision = desk.level("button", Quantity.CLOSED, value=False)
    assert at_once(decision, SwitchOn) == [SwitchOn("siren", 600_000)]
    assert at_once(decision, Unlock) == [Unlock("strike", 3_000)]
    assert desk.kinds() == ["AlarmRaised"]


def test_sos_needs_no_journal_and_no_recovery() -> None:
    desk = Desk()
    decision = desk.level("button", Quantity.CLOSED, value=False)
    assert at_once(decision, SwitchOn) == [SwitchOn("siren", 600_000)]


def test_an_alarm_that_nobody_hears_escalates_once(desk: Desk) -> None:
    desk.level("button", Quantity.CLOSED, value=False)
    assert [type(event).__name__ for event in desk.wait(120_000)] == ["AlarmEscalated"]
    assert desk.wait(600_000) == []


def test_an_alarm_survives_a_power_cut(desk: Desk) -> None:
    desk.level("button", Quantity.CLOSED, value=False)
    after = Desk(boot="b" * 16, steady_ms=1_000)
    after.begin(desk.state.recorded)
    assert "AlarmEscalated" in [type(event).__name__ for event in after.wait(120_000)]


# ---------------------------------------------------------------- whatever comes, in whatever order

levels = st.builds(
    LevelChanged,
    st.sampled_from(["reed", "radar", "pir", "button", "exit", "fire"]),
    st.sampled_from([Quantity.CLOSED, Quantity.PRESENT]),
    st.booleans(),
)
steps = st.one_of(levels, st.just(TimePassed()), st.integers(1, 200_000), st.just("order"))


@given(st.lists(steps, max_size=40))
def test_the_recorded_state_is_the_fold_of_what_was_recorded(script: list[Signal | int | str]) -> None:
    desk = Desk(site=pod(fire="fire", egress_button="exit", holds_open=True))
    desk.begin()
    before = desk.state.recorded
    for step in script:
        seen = len(desk.events)
        if isinstance(step, int):
            desk.wait(step)
            before = desk.state.recorded
            continue
        if step == "order":
            desk.show()
            desk.scan(desk.order())
        elif not isinstance(step, str):
            desk.feed(step)
        for event in desk.events[seen:]:
            row = Row(0, desk.now.wall_ms, desk.boot, desk.steady_ms, event.priority, type(event).__name__, "")
            before = fold(before, event, row)
        assert before == desk.state.recorded


@given(st.lists(steps, max_size=30))
def test_the_strike_is_released_only_after_a_grant_or_for_safety(script: list[Signal | int | str]) -> None:
    desk = Desk(site=pod(fire="fire", egress_button="exit"))
    desk.begin()
    for step in script:
        if isinstance(step, int):
            desk.wait(step)
        elif not isinstance(step, str):
            decision = desk.feed(step)
            assert waiting(decision, Unlock) == []
            if at_once(decision, Unlock):
                assert "sos" in desk.state.recorded.alarms


def test_a_snapshot_is_the_state() -> None:
    desk = Desk()
    desk.begin()
    desk.scan(desk.order())
    opens(desk)
    snapshot = read_event("Snapshot", body_of(Snapshot(recorded_document(desk.state.recorded))))
    assert snapshot is not None
    row = Row(1, 0, "", 0, Priority.ORDER, "Snapshot", "")
    assert fold(Recorded(), snapshot, row) == desk.state.recorded


def test_a_bolt_that_does_not_go_in_is_said_and_taken_back() -> None:
    desk = Desk(site=pod(lock_monitor="bolt"))
    desk.begin()
    desk.level("bolt", Quantity.CLOSED, value=True)
    desk.scan(desk.order())
    desk.level("bolt", Quantity.CLOSED, value=False)
    opens(desk)
    closes(desk)
    assert [type(event).__name__ for event in desk.wait(1_999)] == []
    assert [type(event).__name__ for event in desk.wait(1)] == ["RelockFailed"]
    assert desk.wait(60_000) == []
    desk.level("bolt", Quantity.CLOSED, value=True)
    assert desk.kinds()[-1] == "BoltLocked"


def test_after_the_fire_the_door_locks_again() -> None:
    desk = Desk(site=pod(holds_open=True, fire="fire"))
    desk.begin()
    desk.level("fire", Quantity.CLOSED, value=False)
    decision = desk.level("fire", Quantity.CLOSED, value=True)
    assert at_once(decision, Relock) == [Relock("strike")]


def test_a_window_that_ends_during_an_alarm_does_not_lock_the_door_that_the_alarm_released() -> None:
    desk = Desk(site=pod(holds_open=True))
    desk.begin()
    desk.scan(desk.order())
    decision = desk.level("button", Quantity.CLOSED, value=False)
    assert at_once(decision, HoldReleased) == [HoldReleased("strike")]
    desk.wait(8_001)
    assert desk.last is not None
    assert at_once(desk.last, Relock) == []


def test_somebody_who_was_let_in_counts_although_no_sensor_saw_them(desk: Desk) -> None:
    desk.scan(desk.order())
    decision = desk.level("reed", Quantity.CLOSED, value=False)
    assert at_once(decision, SwitchOn) == [SwitchOn("lamp")]
    closes(desk)
    opens(desk)
    assert [event.cause for event in desk.told(DoorOpened)] == ["granted", "left"]
    closes(desk)
    assert "RoomEmptied" in [type(event).__name__ for event in desk.wait(120_000)]


def test_an_alarm_stands_on_the_screen_until_it_is_cleared(desk: Desk) -> None:
    desk.scan(desk.order())
    shown = at_once(desk.level("button", Quantity.CLOSED, value=False), Show)
    assert isinstance(shown[-1], Show)
    assert shown[-1].page.headline == words.HELP_IS_CALLED
    desk.wait(300_000)
    assert page(desk.state, desk.site, desk.site.screens["front"], desk.now).headline == words.HELP_IS_CALLED
    turn = Turn(desk.state, desk.now, desk.site)
    alarms.clear(turn, desk.site.alarms["sos"], "office")
    assert page(turn.state, desk.site, desk.site.screens["front"], desk.now).headline == words.SCAN_TO_OPEN
