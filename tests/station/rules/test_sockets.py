"""Sockets: taken, told, ended for every reason, and gone on with after a power cut."""

import pytest

from drivers.contract import (
    ClockTrust,
    CommandDone,
    DeviceUp,
    Mood,
    Outcome,
    Priority,
    Quantity,
    Row,
    SendReply,
    Show,
    SwitchOff,
    SwitchOn,
)
from station.events import PowerCut, Snapshot, ThingGivenBack, ThingTaken, body_of, read_event
from station.rules import sockets, supply
from station.state import Recorded, Recovered, fold, recorded_document
from station.trust.refusal import Reason
from tests.station.rules.desk import SECRET
from tests.station.rules.wall import ANNE, BEN, CARL, LIMIT_MS, MINUTE_MS, Wall


@pytest.fixture
def wall() -> Wall:
    wall = Wall()
    wall.begin()
    return wall


def ended(wall: Wall) -> list[tuple[str, str, int | None]]:
    return [(event.thing, event.cause, event.used_wh) for event in wall.told(ThingGivenBack)]


def replies(wall: Wall) -> list[tuple[str, str]]:
    return [(one.result, one.words.en) for one in wall.said if isinstance(one, SendReply)]


# ---------------------------------------------------------------- taken


def test_the_first_free_socket_gets_power_when_that_is_on_the_card(wall: Wall) -> None:
    wall.card_ms = 500
    assert wall.ask("charge", "start") is None
    assert [(event.thing, event.holder, event.meter_wh) for event in wall.told(ThingTaken)] == [("1", ANNE, 1_000)]
    assert wall.asked == [SwitchOn("relays/1", LIMIT_MS)]
    assert set(wall.on) == {"relays/1"}


def test_before_the_card_has_it_nothing_is_switched(wall: Wall) -> None:
    wall.card_ms, wall.settles = 10**6, False
    wall.ask("charge", "start")
    wall.wait(1_000)
    assert wall.asked == []


def test_the_holder_is_told_until_when(wall: Wall) -> None:
    wall.ask("charge", "start")
    minute = ((wall.now.wall_ms + LIMIT_MS) // MINUTE_MS + 480) % 1440
    assert replies(wall) == [("done", f"Socket 1 is on, until {minute // 60:02}:{minute % 60:02}")]
    shown = [one.page for one in wall.said if isinstance(one, Show)][-1]
    assert shown.mood is Mood.WELCOME
    assert shown.headline.zh.startswith("1 号插座已通电，可用到")


def test_without_the_time_they_are_told_for_how_long() -> None:
    wall = Wall(trust=ClockTrust.FLOOR)
    wall.begin()
    wall.ask("charge", "start")
    assert replies(wall) == [("done", "Socket 1 is on, for 120 minutes")]


def test_one_socket_has_one_holder(wall: Wall) -> None:
    assert wall.ask("charge", "start", ANNE, thing="2") is None
    assert wall.ask("charge", "start", BEN, thing="2") is Reason.IN_USE
    assert wall.ask("charge", "start", ANNE) is Reason.TOO_MANY
    assert wall.ask("charge", "start", BEN) is None
    assert wall.ask("charge", "start", CARL) is Reason.NOTHING_FREE
    assert wall.ask("charge", "start", CARL, thing="9") is Reason.WRONG_NAME
    assert sockets.deadline(wall.state, wall.site) == LIMIT_MS + 60_041
    assert wall.ask("charge", "dance", CARL) is Reason.WRONG_ACTION


def test_a_socket_that_is_not_on_yet_is_somebodys_already(wall: Wall) -> None:
    wall.settles = False
    wall.ask("charge", "start", ANNE, thing="1")
    assert wall.ask("charge", "start", BEN, thing="1") is Reason.IN_USE


def test_stop_ends_ones_own_at_once(wall: Wall) -> None:
    wall.ask("charge", "start")
    assert wall.ask("charge", "stop", BEN) is Reason.NOTHING_HELD
    wall.wait(30 * MINUTE_MS)
    wall.measure("meter1", power_w=5.0, energy_wh=1_003)
    assert wall.ask("charge", "stop") is None
    assert ended(wall) == [("1", "stopped", 3)]
    assert wall.on == {}
    assert replies(wall)[-1] == ("done", "Socket 1 is off")


def test_stopped_while_the_card_is_slow_it_never_comes_on_without_a_session(wall: Wall) -> None:
    wall.card_ms, wall.settles = 1_500, False
    wall.ask("charge", "start")
    wall.wait(100)
    wall.ask("charge", "stop")
    wall.wait(wall.card_ms)  # not only once its relay has been on for a while
    assert wall.asked == [SwitchOff("relays/1"), SwitchOn("relays/1", LIMIT_MS), SwitchOff("relays/1")]
    assert wall.on == {}


def test_a_pass_at_the_reader_takes_one(wall: Wall) -> None:
    wall.scan(wall.static(services=("charge",)))
    assert wall.told(ThingTaken) == []  # printed passes are not for this service
    wall.scan(wall.bound(services=("charge",)))
    assert [event.thing for event in wall.told(ThingTaken)] == ["1"]


def test_a_command_that_the_card_held_up_too_long_is_not_carried_out(wall: Wall) -> None:
    wall.card_ms, wall.settles = supply.SEND_WITHIN_MS + 1, False
    wall.ask("charge", "start")
    wall.wait(supply.CONFIRM_MS)
    assert wall.asked == [SwitchOff("relays/1")]
    assert [cause for _, cause, _ in ended(wall)] == ["not_switched"]


@pytest.mark.parametrize("device", ["relays", "meter1"])
def test_what_cannot_be_switched_or_watched_is_not_given(wall: Wall, device: str) -> None:
    wall.lose(device)
    assert wall.ask("charge", "start", thing="1") is Reason.OUT_OF_ORDER
    assert wall.ask("charge", "start") is (Reason.OUT_OF_ORDER if device == "relays" else None)


def test_nothing_is_given_while_it_is_hot_or_burns_or_cannot_be_recorded(wall: Wall) -> None:
    wall.says("hot", Quantity.TEMPERATURE_C, 55.5)
    assert wall.ask("charge", "start") is Reason.OUT_OF_ORDER
    wall.says("hot", Quantity.TEMPERATURE_C, 30.0)
    wall.says("fire", Quantity.CLOSED, value=False)
    assert wall.ask("charge", "start", thing="1") is Reason.OUT_OF_ORDER
    wall.says("fire", Quantity.CLOSED, value=True)
    wall.unrecord()
    assert wall.ask("charge", "start") is Reason.UNRECORDED


# ---------------------------------------------------------------- ended


def test_the_time_is_up(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.on["relays/1"] += 10**9  # a board that forgets
    wall.wait(LIMIT_MS)
    assert ended(wall) == [("1", "time", 0)]
    assert wall.on == {}
    assert "ThingOverdue" not in wall.kinds()
    assert "ThingDueSoon" in wall.kinds()


def test_a_board_whose_clock_is_fast_ends_it_by_the_time(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.on["relays/1"] -= 20_000
    wall.wait(LIMIT_MS)
    assert [cause for _, cause, _ in ended(wall)] == ["time"]


def test_its_energy_is_used_up(wall: Wall) -> None:
    wall.ask("charge", "start")
    for counted in range(1_001, 1_061):
        assert ended(wall) == []
        wall.wait(70_000)
        wall.measure("meter1", power_w=50.0, energy_wh=counted)
    assert ended(wall) == [("1", "energy", 60)]
    assert wall.on == {}


@pytest.mark.parametrize(
    ("counters", "used"),
    [
        ([9_999_989, 0, 4], 4 + 0),  # it wraps
        ([1_003, 0, 2], 3 + 2),  # somebody resets it
        ([1_001, 900_000, 1_003, 1_004], 1 + 1),  # a reading that no load can have drawn
        ([1_002, 0, 1_004, 1_005], 2 + 0 + 1),  # one reading of nothing
    ],
)
def test_a_counter_that_wraps_or_is_reset_or_lies_ends_nothing(counters: list[int], used: int) -> None:
    wall = Wall(counters={"meter1": 9_999_989 if counters[0] > 10**6 else 1_000})
    wall.begin()
    wall.ask("charge", "start")
    for counted in counters:
        wall.wait(60_000 * 4)
        wall.measure("meter1", power_w=30.0, energy_wh=counted)
    wall.ask("charge", "stop")
    assert ended(wall) == [("1", "stopped", used)]


def test_unplugged(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.wait(30 * MINUTE_MS)
    assert ended(wall) == []  # nothing was plugged in yet
    wall.measure("meter1", power_w=12.0)
    wall.wait(MINUTE_MS)
    wall.measure("meter1", power_w=0.4)
    wall.wait(MINUTE_MS)
    wall.measure("meter1", power_w=0.0)
    wall.wait(MINUTE_MS - 1)
    assert ended(wall) == []
    wall.wait(1)
    assert [cause for _, cause, _ in ended(wall)] == ["unplugged"]
    assert wall.on == {}


def test_over_power_for_three_seconds_and_not_for_an_inrush(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.measure("meter1", power_w=90.0)
    wall.wait(2_500)
    wall.measure("meter1", power_w=66.0)  # a tenth above the limit is still right
    wall.wait(60_000)
    assert ended(wall) == []
    wall.measure("meter1", power_w=66.5)
    wall.wait(2_999)
    assert ended(wall) == []
    wall.wait(1)
    assert ended(wall) == [("1", "over_power", 0)]
    assert wall.told(PowerCut) == [PowerCut("charge", "1", "over_power")]
    assert wall.on == {}


def test_too_hot_ends_all(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.ask("charge", "start", BEN)
    wall.says("hot", Quantity.TEMPERATURE_C, 55.0)
    assert ended(wall) == []
    wall.says("hot", Quantity.TEMPERATURE_C, 55.2)
    assert [(thing, cause) for thing, cause, _ in ended(wall)] == [("1", "too_hot"), ("2", "too_hot")]
    assert wall.on == {}
    shown = [one.page for one in wall.said if isinstance(one, Show)][-1]
    assert shown.mood is Mood.WARNING


def test_a_meter_that_is_silent_for_half_a_minute(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.wait(60_000)
    wall.lose("meter1")
    wall.wait(20_000)
    wall.feed(DeviceUp("meter1"))
    wall.wait(60_000)
    assert ended(wall) == []
    wall.lose("meter1")
    wall.wait(29_999)
    assert ended(wall) == []
    wall.wait(1)
    assert [cause for _, cause, _ in ended(wall)] == ["meter_lost"]
    assert wall.on == {}


def test_a_relay_board_that_is_lost_ends_it_and_the_next_person_is_told(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.lose("relays")
    assert [cause for _, cause, _ in ended(wall)] == ["relay_lost"]
    assert wall.ask("charge", "start", BEN, thing="1") is Reason.OUT_OF_ORDER
    wall.find("relays")
    assert wall.on == {}
    assert wall.ask("charge", "start", BEN, thing="1") is None


def test_a_relay_that_opens_by_itself(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.on.clear()
    wall.says("relays/1", Quantity.ON, value=False)
    assert [cause for _, cause, _ in ended(wall)] == ["relay_lost"]


def test_fire_ends_all_and_a_forced_door_ends_nothing(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.says("reed", Quantity.CLOSED, value=False)
    assert "DoorForced" in wall.kinds()
    assert ended(wall) == []
    wall.says("fire", Quantity.CLOSED, value=False)
    assert [cause for _, cause, _ in ended(wall)] == ["fire"]
    assert wall.on == {}


# ---------------------------------------------------------------- what is not sure


def test_a_command_that_was_not_sent_gives_the_socket_back_and_says_so(wall: Wall) -> None:
    wall.settles = False
    wall.ask("charge", "start")
    decision = wall.feed(CommandDone("relays/1", "SwitchOn", Outcome.NOT_SENT))
    assert [cause for _, cause, _ in ended(wall)] == ["not_switched"]
    told = [one.command for one in decision.waiting if isinstance(one.command, SendReply)]
    assert [(one.result, one.reason) for one in told] == [("refused", "out_of_order")]


def test_what_nobody_confirms_is_taken_away_and_never_asked_again(wall: Wall) -> None:
    wall.lost = 1
    wall.ask("charge", "start")
    wall.wait(supply.CONFIRM_MS)
    assert [cause for _, cause, _ in ended(wall)] == ["not_switched"]
    assert wall.asked == [SwitchOn("relays/1", LIMIT_MS), SwitchOff("relays/1")]


def test_a_lost_answer_is_made_good_by_what_the_relay_reads(wall: Wall) -> None:
    wall.lost = 1
    wall.ask("charge", "start")
    wall.on["relays/1"] = wall.steady_ms + LIMIT_MS
    wall.says("relays/1", Quantity.ON, value=True)
    wall.wait(60_000)
    assert ended(wall) == []


def test_a_relay_that_is_on_for_nobody_is_switched_off_until_it_is(wall: Wall) -> None:
    wall.lost, wall.on["relays/2"] = 2, 10**12
    wall.says("relays/2", Quantity.ON, value=True)
    assert wall.ask("charge", "start", thing="2") is Reason.IN_USE
    wall.wait(3 * supply.OFF_AGAIN_MS)
    assert wall.asked == [SwitchOff("relays/2")] * 3
    assert wall.on == {}


# ---------------------------------------------------------------- power cuts


def test_after_a_power_cut_the_rest_of_the_time_is_given(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.wait(50 * MINUTE_MS)
    wall.measure("meter1", power_w=20.0, energy_wh=1_017)
    after = wall.after_power_cut(30 * MINUTE_MS)
    assert set(after.on) == {"relays/1"}
    (asked,) = after.asked
    assert isinstance(asked, SwitchOn)
    assert asked.limit_ms == pytest.approx(40 * MINUTE_MS, abs=3_000)
    after.wait(41 * MINUTE_MS)
    assert ended(after) == [("1", "time", 17)]
    assert after.on == {}


def test_a_session_whose_time_went_by_in_the_dark_is_over(wall: Wall) -> None:
    wall.ask("charge", "start")
    after = wall.after_power_cut(LIMIT_MS)
    assert after.asked == [SwitchOff("relays/1")]
    assert after.ask("charge", "start", BEN, thing="1") is None


def test_without_the_time_it_gets_a_safe_while_and_then_ends(wall: Wall) -> None:
    wall.ask("charge", "start")
    after = wall.after_power_cut(LIMIT_MS, ClockTrust.FLOOR)
    assert after.asked == [SwitchOn("relays/1", 600_000)]
    after.wait(9 * MINUTE_MS)
    assert ended(after) == []
    after.wait(MINUTE_MS)
    assert [cause for _, cause, _ in ended(after)] == ["time"]
    assert after.on == {}


def test_when_the_time_is_known_again_what_was_told_counts(wall: Wall) -> None:
    wall.ask("charge", "start")
    after = wall.after_power_cut(MINUTE_MS, ClockTrust.FLOOR)
    after.wait(5 * MINUTE_MS)
    after.trust = ClockTrust.SYNCED
    after.wait(LIMIT_MS - 15 * MINUTE_MS)
    assert ended(after) == []
    assert set(after.on) == {"relays/1"}
    after.wait(11 * MINUTE_MS)
    assert [cause for _, cause, _ in ended(after)] == ["time"]


def test_a_clock_that_is_wrong_gives_nobody_a_second_whole_session_and_more(wall: Wall) -> None:
    wall.ask("charge", "start")
    after = wall.after_power_cut(-30 * 86_400_000)
    assert after.asked == [SwitchOn("relays/1", LIMIT_MS)]


def test_a_board_that_never_comes_back_blocks_nobody_for_longer(wall: Wall) -> None:
    wall.ask("charge", "start")
    after = wall.after_power_cut(MINUTE_MS, without="relays")
    assert after.asked == []
    after.wait(LIMIT_MS)
    assert [cause for _, cause, _ in ended(after)] == ["time"]


def test_a_corrected_clock_shortens_nothing_that_was_told(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.set_clock(wall.now.wall_ms + 10 * LIMIT_MS)
    wall.wait(LIMIT_MS - MINUTE_MS)
    assert ended(wall) == []
    wall.wait(MINUTE_MS)
    assert [cause for _, cause, _ in ended(wall)] == ["time"]


def test_a_recovery_in_process_goes_on_and_ends_at_the_same_time(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.wait(MINUTE_MS)
    wall.feed(Recovered(wall.state.recorded, wall.state.observed.extents, SECRET, {}, {}, in_process=True))
    wall.wait(LIMIT_MS - MINUTE_MS - 1_000)
    assert ended(wall) == []
    wall.wait(1_000)
    assert [cause for _, cause, _ in ended(wall)] == ["time"]
    assert wall.on == {}


def test_everything_is_in_the_journal(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.ask("charge", "start", BEN)
    wall.measure("meter2", power_w=200.0)
    wall.wait(3_000)
    recorded = Recorded(journal=wall.state.recorded.journal)
    row = Row(1, wall.now.wall_ms, wall.boot, wall.steady_ms, Priority.ACCESS, "", "")
    for event in wall.events:
        if event.priority <= Priority.ORDER:
            assert read_event(type(event).__name__, body_of(event)) == event
            recorded = fold(recorded, event, row)
    assert set(recorded.holdings) == {"charge/1"}
    assert recorded.cuts["charge/2"].cause == "over_power"
    snapshot = read_event("Snapshot", body_of(Snapshot(recorded_document(recorded))))
    assert isinstance(snapshot, Snapshot)
    assert fold(Recorded(), snapshot, row) == recorded
