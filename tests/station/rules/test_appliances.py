"""Appliances: one run at a time, a rest, one big load in the station, water, and nothing that starts by itself."""

import pytest

from drivers.contract import Quantity, SendReply, SwitchOff, SwitchOn
from station.events import PowerCut, RunBegan, RunEnded
from station.state import Recovered
from station.trust.refusal import Reason
from tests.station.rules.desk import SECRET
from tests.station.rules.wall import ANNE, BEN, MINUTE_MS, Wall


@pytest.fixture
def wall() -> Wall:
    wall = Wall()
    wall.begin()
    return wall


def ended(wall: Wall) -> list[tuple[str, str, int | None]]:
    return [(event.service, event.cause, event.used_wh) for event in wall.told(RunEnded)]


def replies(wall: Wall) -> list[tuple[str, str]]:
    return [(one.result, one.words.en) for one in wall.said if isinstance(one, SendReply)]


def test_a_run_as_long_as_it_may_be_then_a_rest(wall: Wall) -> None:
    assert wall.ask("microwave", "start") is None
    assert wall.asked == [SwitchOn("relays/3", 180_000)]
    (began,) = wall.told(RunBegan)
    assert (began.service, began.holder, began.meter_wh) == ("microwave", ANNE, 1_000)
    assert replies(wall) == [("done", "Microwave is on, for 180 seconds")]
    assert wall.ask("microwave", "start", BEN) is Reason.IN_USE
    wall.wait(100_000)
    wall.measure("meter3", power_w=900.0, energy_wh=1_020)
    wall.wait(80_000)
    assert ended(wall) == [("microwave", "time", 20)]
    assert wall.on == {}
    wall.wait(59_000)
    assert wall.ask("microwave", "start", BEN) is Reason.IN_USE
    wall.wait(1_000)
    assert wall.ask("microwave", "start", BEN) is None


@pytest.mark.parametrize(("wanted_s", "given_ms"), [(30, 30_000), (1_800, 180_000), (0, 180_000)])
def test_as_long_as_was_asked_for_and_no_longer_than_it_may(wall: Wall, wanted_s: int, given_ms: int) -> None:
    wall.ask("microwave", "", duration_s=wanted_s)
    assert wall.asked == [SwitchOn("relays/3", given_ms)]


def test_stop_ends_ones_own_run(wall: Wall) -> None:
    assert wall.ask("microwave", "stop") is Reason.NOTHING_HELD
    wall.ask("microwave", "start")
    assert wall.ask("microwave", "stop", BEN) is Reason.NOTHING_HELD
    assert wall.ask("microwave", "stop") is None
    assert ended(wall) == [("microwave", "stopped", 0)]
    assert replies(wall)[-1] == ("done", "Microwave is off")
    assert wall.ask("microwave", "open") is Reason.WRONG_ACTION


def test_one_big_load_at_a_time(wall: Wall) -> None:
    assert wall.ask("kettle", "start") is None
    assert wall.ask("microwave", "start") is Reason.NO_POWER
    wall.ask("kettle", "stop")
    assert wall.ask("microwave", "start") is None


def test_without_water_it_does_not_start_and_stops(wall: Wall) -> None:
    wall.says("float", Quantity.CLOSED, value=False)
    assert wall.ask("kettle", "start") is Reason.NO_WATER
    wall.says("float", Quantity.CLOSED, value=True)
    wall.ask("kettle", "start")
    wall.says("float", Quantity.CLOSED, value=False)
    assert ended(wall) == [("kettle", "no_water", None)]
    assert wall.on == {}
    wall.lose("float")
    assert wall.ask("kettle", "start") is Reason.OUT_OF_ORDER


def test_too_much_power_is_cut_and_told(wall: Wall) -> None:
    wall.ask("microwave", "start")
    wall.measure("meter3", power_w=1_101.0)
    wall.wait(3_000)
    assert ended(wall) == [("microwave", "over_power", 0)]
    assert wall.told(PowerCut) == [PowerCut("microwave", "", "over_power")]


def test_lost_meter_lost_relay_and_fire(wall: Wall) -> None:
    wall.ask("microwave", "start")
    wall.lose("meter3")
    wall.wait(30_000)
    wall.ask("kettle", "start")
    wall.lose("relays")
    wall.find("relays")
    wall.ask("kettle", "start")
    wall.says("fire", Quantity.CLOSED, value=False)
    assert [cause for _, cause, _ in ended(wall)] == ["meter_lost", "relay_lost", "fire"]
    assert wall.on == {}
    assert wall.ask("kettle", "start") is Reason.OUT_OF_ORDER


def test_without_a_record_nothing_starts(wall: Wall) -> None:
    wall.unrecord()
    assert wall.ask("microwave", "start") is Reason.UNRECORDED


def test_after_a_power_cut_it_stays_off_and_rests(wall: Wall) -> None:
    wall.ask("microwave", "start")
    after = wall.after_power_cut(5_000)
    assert after.asked == [SwitchOff("relays/3")]
    assert not after.state.recorded.runs["microwave"].running
    assert after.ask("microwave", "start") is Reason.IN_USE
    after.wait(MINUTE_MS)
    assert after.ask("microwave", "start") is None
    again = after.after_power_cut(3 * 86_400_000)
    assert again.ask("microwave", "start") is Reason.IN_USE  # nobody knows how long it was off


def test_a_rest_that_a_power_cut_falls_into_begins_anew(wall: Wall) -> None:
    wall.ask("microwave", "start")
    wall.ask("microwave", "stop")
    after = wall.after_power_cut(5_000)
    assert after.ask("microwave", "start") is Reason.IN_USE
    after.wait(MINUTE_MS)
    assert after.ask("microwave", "start") is None


def test_a_recovery_in_process_goes_on_and_ends_at_the_same_time(wall: Wall) -> None:
    wall.ask("microwave", "start")
    wall.wait(100_000)
    wall.feed(Recovered(wall.state.recorded, wall.state.observed.extents, SECRET, {}, {}, in_process=True))
    wall.wait(79_000)
    assert set(wall.on) == {"relays/3"}
    wall.wait(1_000)
    assert wall.on == {}
    assert [cause for _, cause, _ in ended(wall)] == ["time"]
