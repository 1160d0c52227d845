"""Who is in: every sensor has a vote, the count of the beams too, and a long stay is looked after."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import (
    ClockTrust,
    DeviceDown,
    DeviceUp,
    LevelChanged,
    PersonPassed,
    Priority,
    Quantity,
    Relock,
    Row,
    SwitchOff,
    SwitchOn,
    Unlock,
)
from station import events as e
from station.rules.finding import Light
from station.rules.health import findings, light
from station.rules.health_presence import LONG_STAY
from station.state import Door, Recorded, fold
from tests.station.rules.desk import BOOT, Desk, at_once, pod, waiting

HOUR_MS = 3_600_000
LONG_MS = HOUR_MS


@pytest.fixture
def desk() -> Desk:
    """A pod whose door has beams too."""
    desk = Desk(site=pod(counter="beams", welfare_after_ms=LONG_MS))
    desk.begin()
    desk.feed(DeviceUp("beams"))
    desk.feed(LevelChanged("beams", Quantity.PRESENT, False))
    return desk


def passes(desk: Desk, *ways: str) -> None:
    for way in ways:
        desk.feed(PersonPassed("beams", inward=way == "in"))


def door(desk: Desk) -> Door:
    return desk.state.recorded.doors["door"]


def kinds(events: list[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def folded(events: list[e.Event], boot: str = BOOT, steady_ms: int = 60_000, at_ms: int = 0) -> Recorded:
    recorded = Recorded()
    for event in events:
        row = Row(0, at_ms, boot, steady_ms, event.priority, type(event).__name__, "")
        recorded = fold(recorded, event, row)
    return recorded


# ---------------------------------------------------------------- in, out, inside


def test_footfall_is_recorded_at_the_priority_of_figures(desk: Desk) -> None:
    passes(desk, "in", "in", "out")
    counted = desk.told(e.PersonCounted)
    assert [(event.service, event.inward) for event in counted] == [("door", True), ("door", True), ("door", False)]
    assert {event.priority for event in counted} == {Priority.ACCESS}
    assert door(desk).inside == 1


def test_the_count_never_goes_below_nobody(desk: Desk) -> None:
    passes(desk, "out", "out", "in")
    assert door(desk).inside == 1


def test_somebody_else_s_counter_is_not_ours(desk: Desk) -> None:
    assert desk.feed(PersonPassed("other", inward=True)).events == ()


def test_a_hatch_counts_hands_and_holds_nobody() -> None:
    desk = Desk(site=pod(counter="beams", room=False, presence=()))
    desk.begin()
    passes(desk, "in")
    assert desk.kinds() == ["PersonCounted"]


def test_a_passage_inwards_lights_the_lamp_although_no_sensor_saw_anybody(desk: Desk) -> None:
    decision = desk.feed(PersonPassed("beams", inward=True))
    assert desk.kinds() == ["PersonCounted", "RoomOccupied"]
    assert at_once(decision, SwitchOn) == [SwitchOn("lamp")]


def test_somebody_who_stands_in_the_beams_is_seen(desk: Desk) -> None:
    desk.level("beams", Quantity.PRESENT, value=True)
    assert desk.kinds() == ["RoomOccupied"]
    assert desk.wait(HOUR_MS - 1) == []


def test_a_tracker_that_counts_people_votes_by_seeing_them() -> None:
    desk = Desk(site=pod(presence=("tracker", "pir")))
    desk.begin()
    desk.feed(DeviceUp("tracker"))
    desk.feed(LevelChanged("tracker", Quantity.PEOPLE, 2))
    assert desk.kinds() == []
    desk.level("tracker", Quantity.PRESENT, value=True)
    assert desk.kinds() == ["RoomOccupied"]


# ---------------------------------------------------------------- empty


def test_all_agree(desk: Desk) -> None:
    passes(desk, "in")
    desk.level("radar", Quantity.PRESENT, value=True)
    passes(desk, "out")
    desk.level("radar", Quantity.PRESENT, value=False)
    assert desk.wait(119_999) == []
    assert desk.wait(1) == [e.RoomEmptied("door")]


def test_silent_sensors_are_not_believed_at_once_against_the_count(desk: Desk) -> None:
    passes(desk, "in")
    assert desk.wait(599_999) == []
    assert desk.wait(1) == [e.RoomEmptied("door")]
    assert (door(desk).inside, door(desk).occupied) == (0, False)


def test_a_count_that_nothing_confirms_or_denies_stands_for_half_a_day() -> None:
    desk = Desk(site=pod(counter="beams", presence=(), welfare_after_ms=72 * HOUR_MS))
    desk.begin()
    desk.feed(DeviceUp("beams"))
    passes(desk, "in")
    assert desk.wait(12 * HOUR_MS - 1) == []
    assert desk.wait(1) == [e.RoomEmptied("door")]


def test_one_sensor_s_word_alone_takes_five_times_as_long() -> None:
    desk = Desk(site=pod())
    desk.begin()
    desk.level("pir", Quantity.PRESENT, value=True)
    desk.feed(DeviceDown("radar", "unplugged"))
    desk.level("pir", Quantity.PRESENT, value=False)
    assert [one for one in kinds(desk.wait(599_999)) if one.startswith("Room")] == []
    assert desk.wait(1) == [e.RoomEmptied("door")]


def test_a_sensor_that_is_lost_while_it_sees_somebody_does_not_empty_the_room_at_once() -> None:
    desk = Desk(site=pod())
    desk.begin()
    desk.level("radar", Quantity.PRESENT, value=True)
    desk.wait(3 * HOUR_MS)
    decision = desk.feed(DeviceDown("radar", "unplugged"))
    assert waiting(decision, SwitchOff) == []
    assert "RoomEmptied" not in kinds(desk.wait(599_999))
    assert kinds(desk.wait(1)) == ["RoomEmptied"]


def test_a_lost_sensor_whose_driver_tries_again_and_again_does_not_keep_the_lamp_on() -> None:
    desk = Desk(site=pod())
    desk.begin()
    desk.level("radar", Quantity.PRESENT, value=True)
    told: list[str] = []
    for _ in range(40):
        desk.feed(DeviceDown("radar", "unplugged"))
        told += kinds(desk.wait(30_000))
    assert told.count("RoomEmptied") == 1


def test_an_open_door_empties_nothing(desk: Desk) -> None:
    passes(desk, "in", "out")
    desk.level("reed", Quantity.CLOSED, value=False)
    assert "RoomEmptied" not in kinds(desk.wait(HOUR_MS))


def test_when_a_door_that_stood_open_is_shut_the_room_must_be_quiet_from_then_on(desk: Desk) -> None:
    passes(desk, "in", "out")
    desk.level("reed", Quantity.CLOSED, value=False)
    desk.wait(HOUR_MS // 2)
    desk.level("reed", Quantity.CLOSED, value=True)
    assert "RoomEmptied" not in kinds(desk.wait(119_999))
    assert kinds(desk.wait(1)) == ["RoomEmptied"]


# ---------------------------------------------------------------- a long stay


def stays(desk: Desk) -> None:
    desk.level("radar", Quantity.PRESENT, value=True)
    desk.events.clear()


def test_a_long_stay_is_noted_once_and_nothing_moves(desk: Desk) -> None:
    stays(desk)
    assert desk.wait(LONG_MS - 1) == []
    assert desk.wait(1) == [e.LongStayNoted("door", 3_600)]
    assert desk.last is not None
    assert not any(isinstance(one.command, Unlock | Relock | SwitchOff) for one in desk.last.waiting)
    assert desk.wait(5 * HOUR_MS) == []
    assert "AlarmRaised" not in desk.kinds()


def test_a_long_stay_is_a_look_and_not_an_alarm(desk: Desk) -> None:
    stays(desk)
    desk.wait(LONG_MS)
    found = findings(desk.state, desk.site, desk.now)
    about = [(one.about, one.light, one.words) for one in found if one.about == "door stay"]
    assert about == [("door stay", Light.LOOK, LONG_STAY)]
    assert light(found) is Light.LOOK


@pytest.mark.parametrize("leaves", ["beams", "handle"])
def test_when_somebody_leaves_the_stay_begins_anew(desk: Desk, leaves: str) -> None:
    stays(desk)
    desk.wait(LONG_MS // 2)
    if leaves == "beams":
        passes(desk, "out")
    else:
        desk.level("reed", Quantity.CLOSED, value=False)
        desk.level("reed", Quantity.CLOSED, value=True)
    assert "LongStayNoted" not in kinds(desk.wait(LONG_MS - 1))
    assert kinds(desk.wait(1)) == ["LongStayNoted"]


def test_somebody_who_comes_in_later_does_not_hide_a_long_stay(desk: Desk) -> None:
    stays(desk)
    desk.wait(LONG_MS // 2)
    desk.scan(desk.static())
    desk.level("reed", Quantity.CLOSED, value=False)
    desk.level("reed", Quantity.CLOSED, value=True)
    passes(desk, "in")
    assert "LongStayNoted" in kinds(desk.wait(LONG_MS // 2))


def test_a_stay_ends_with_the_room_empty(desk: Desk) -> None:
    stays(desk)
    desk.wait(LONG_MS)
    desk.level("radar", Quantity.PRESENT, value=False)
    assert desk.wait(120_000) == [e.RoomEmptied("door")]
    assert not door(desk).long_stay
    assert [one for one in findings(desk.state, desk.site, desk.now) if one.about == "door stay"] == []


@pytest.mark.parametrize(("trust", "rest_ms"), [(ClockTrust.SYNCED, LONG_MS // 4), (ClockTrust.FLOOR, LONG_MS)])
def test_a_stay_goes_on_over_a_power_cut_as_far_as_the_time_is_known(
    desk: Desk, trust: ClockTrust, rest_ms: int
) -> None:
    stays(desk)
    passes(desk, "in")
    events, at_ms = [e.RoomOccupied("door"), *desk.events], desk.now.wall_ms
    after = Desk(site=desk.site, boot="b" * 16, steady_ms=1_000, trust=trust)
    after.wall_offset_ms = at_ms + 3 * LONG_MS // 4 - after.now.wall_ms
    after.begin(folded(events, at_ms=at_ms))
    after.level("radar", Quantity.PRESENT, value=True)
    assert door(after).inside == 1
    assert "LongStayNoted" not in kinds(after.wait(rest_ms - 1))
    assert "LongStayNoted" in kinds(after.wait(1))


def test_a_snapshot_of_an_earlier_version_counts_from_the_start() -> None:
    desk = Desk(site=pod(welfare_after_ms=LONG_MS))
    desk.begin(Recorded(doors={"door": Door(occupied=True)}))
    desk.level("radar", Quantity.PRESENT, value=True)
    assert "LongStayNoted" not in kinds(desk.wait(LONG_MS - 1))
    assert "LongStayNoted" in kinds(desk.wait(1))


# ---------------------------------------------------------------- whatever comes, in whatever order

happenings = st.one_of(
    st.builds(PersonPassed, st.just("beams"), st.booleans()),
    st.builds(
        LevelChanged,
        st.sampled_from(["radar", "pir", "beams", "reed"]),
        st.sampled_from([Quantity.CLOSED, Quantity.PRESENT]),
        st.booleans(),
    ),
    st.builds(DeviceDown, st.sampled_from(["radar", "pir", "beams"]), st.just("gone")),
    st.builds(DeviceUp, st.sampled_from(["radar", "pir", "beams"])),
    st.integers(1, 1_000_000),
)


@given(st.lists(happenings, max_size=40))
def test_nobody_is_overlooked_and_no_lock_moves(script: list[PersonPassed | LevelChanged | DeviceDown | int]) -> None:
    desk = Desk(site=pod(counter="beams"))
    desk.begin()
    for step in script:
        seen = len(desk.events)
        if isinstance(step, int):
            desk.wait(step)
        else:
            decision = desk.feed(step)
            assert waiting(decision, Unlock) == at_once(decision, Unlock) == []
        told = desk.events[seen:]
        devices, levels = desk.state.observed.devices, desk.state.observed.levels
        sees = [
            name
            for name in ("radar", "pir", "beams")
            if name in devices and devices[name].up and (level := levels.get((name, Quantity.PRESENT))) and level.value
        ]
        assert door(desk).inside >= 0
        if sees:
            assert door(desk).occupied
            assert e.RoomEmptied("door") not in told[-1:]
        if told[-1:] == [e.RoomEmptied("door")]:
            assert door(desk).inside == 0
