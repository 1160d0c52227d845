"""The radar's driver on virtual wires."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import DeviceDown, DeviceUp, JunkReceived, LevelChanged, Quantity, Signal, SwitchOn, WireLost
from drivers.ld2410 import Driver
from simulator.devices.ld2410 import Ld2410
from simulator.faults import Fault, Faults
from simulator.wires.virtual import DriverClock, VirtualPort
from tests.drivers.rig import VirtualRoom, levels, maker, only

PORT = "sim://radar"


@dataclass
class Stand:
    """A radar on its wire, with its driver."""

    room: VirtualRoom
    radar: Ld2410
    port: VirtualPort


@pytest.fixture
def stand() -> Iterator[Stand]:
    room = VirtualRoom()
    radar = Ld2410()
    port = room.bench.ports[PORT] = VirtualPort(radar)
    room.add("radar", "ld2410", port=PORT)
    yield Stand(room, radar, port)
    room.close()


def test_bluetooth_is_off_after_the_start_and_the_first_word_comes(stand: Stand) -> None:
    signals = stand.room.run(5_000)
    assert not stand.radar.bluetooth
    assert stand.radar.restarts == 1
    assert not stand.radar.configuring
    assert only(DeviceUp, signals)
    assert levels(Quantity.PRESENT, signals) == [False]


def test_a_person_is_seen_moving_then_still_then_gone(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.radar.person(120, moving=True)
    came_at = stand.room.now_ms
    signals = stand.room.run(3_000)
    assert levels(Quantity.PRESENT, signals) == [True]
    assert levels(Quantity.DISTANCE_CM, signals) == [120]
    seen_at = next(at for at, signal in stand.room.at(LevelChanged) if signal.value is True)
    assert seen_at - came_at <= 110
    stand.radar.person(120, moving=False)
    assert stand.room.run(60_000) == []
    stand.radar.leave()
    assert levels(Quantity.PRESENT, stand.room.run(3_000)) == [False]


def test_a_person_who_was_never_seen_moving_is_not_seen(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.radar.person(120, moving=False)
    assert stand.room.run(10_000) == []


def test_the_distance_is_told_at_most_twice_a_second(stand: Stand) -> None:
    stand.room.run(5_000)
    signals: list[Signal] = []
    for step in range(100):
        stand.radar.person(100 + step, moving=True)
        signals += stand.room.run(100)
    assert 18 <= len(levels(Quantity.DISTANCE_CM, signals)) <= 21


def test_engineering_reports_are_read_as_well(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.radar.engineering = True
    stand.radar.person(200, moving=True)
    assert levels(Quantity.PRESENT, stand.room.run(2_000)) == [True]


def test_the_vote_is_lost_after_two_seconds_without_reports_and_comes_back(stand: Stand) -> None:
    stand.radar.person(120, moving=True)
    stand.room.run(5_000)
    stand.radar.gap(stand.room.now_ms + 5_000)
    silent_from = stand.room.now_ms
    (down,) = only(DeviceDown, stand.room.run(3_500))
    assert down.detail == "no reports for 2 s: the radar has no vote on presence"
    assert stand.room.at(DeviceDown)[0][0] - silent_from == pytest.approx(2_000, abs=110)
    signals = stand.room.run(3_000)
    assert [type(signal) for signal in signals[:2]] == [DeviceUp, LevelChanged]
    assert levels(Quantity.PRESENT, signals) == [True]
    assert stand.radar.restarts == 1, "a short gap does not set it up anew"


def test_a_radar_that_is_silent_for_long_is_set_up_anew(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.radar.silent = True
    down = only(DeviceDown, stand.room.run(20_000))
    assert "the radar reports no more" in down[1].detail
    assert "no radar is heard: check its power" in down[2].detail
    stand.radar.silent = False
    stand.radar.bluetooth = True
    assert only(DeviceUp, stand.room.run(65_000))
    assert not stand.radar.bluetooth


def test_unplugged_and_plugged_in_again(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.room.bench.plug(PORT, plugged=False)
    assert only(DeviceDown, stand.room.run(500))
    stand.room.bench.plug(PORT, plugged=True)
    signals = stand.room.run(10_000)
    assert only(DeviceUp, signals)
    assert levels(Quantity.PRESENT, signals) == [False]


def test_a_power_cycle_is_a_short_gap(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.radar.power_cycle(stand.room.now_ms)
    assert not only(DeviceDown, stand.room.run(10_000))
    assert not stand.radar.bluetooth


class ReportsOnly(Ld2410):
    """Its RX line is cut."""

    def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:  # noqa: ARG002
        return []


def test_a_radar_that_takes_no_settings_is_used_and_told(stand: Stand) -> None:
    stand.port.line.device = radar = ReportsOnly()
    radar.person(80, moving=True)
    signals = stand.room.run(5_000)
    assert [signal.detail for signal in only(JunkReceived, signals)] == [
        "the radar takes no settings: its Bluetooth may be on"
    ]
    assert levels(Quantity.PRESENT, signals) == [True]


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_of_the_line_leaves_presence_right_in_the_end(stand: Stand, fault: Fault) -> None:
    stand.port.line.faults = Faults(seed=3, chances={fault: 0.2})
    stand.room.run(5_000)
    for _ in range(10):
        stand.radar.person(150, moving=True)
        stand.room.run(4_000)
        stand.radar.leave()
        stand.room.run(4_000)
    stand.port.line.faults = Faults()
    stand.radar.person(150, moving=True)
    stand.room.run(70_000)
    present = [s.value for _, s in stand.room.at(LevelChanged) if s.quantity is Quantity.PRESENT]
    assert present[-1] is True
    noise_at = [at_ms for at_ms, junk in stand.room.at(JunkReceived) if junk.detail == "bytes outside of any frame"]
    assert all(later - earlier >= 1_000 for earlier, later in pairwise(noise_at))


def test_what_a_radar_cannot_do_is_refused(stand: Stand) -> None:
    stand.room.run(5_000)
    driver = stand.room._timelines["radar"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a radar cannot do SwitchOn"):
        driver.execute(SwitchOn("radar"))


class Babbler(Ld2410):
    """A radar that says whatever it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.babble: list[bytes] = []

    def due_ms(self) -> int | None:
        return 0 if self.babble else super().due_ms()

    def tick(self, now_ms: int) -> list[tuple[int, bytes]]:
        said, self.babble = [(now_ms, data) for data in self.babble], []
        return [*said, *(super().tick(now_ms) if super().due_ms() is not None else [])]


@given(st.lists(st.binary(min_size=1, max_size=1_500), max_size=8))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    radar = Babbler()
    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(radar)
    clock = DriverClock()
    driver = maker("radar", "ld2410", port=PORT)(room.bench.wires("radar", clock), clock)
    assert isinstance(driver, Driver)
    try:
        for chunk in chunks:
            radar.babble = [chunk]
            for _ in range(4):
                for signal in driver.poll():
                    assert isinstance(signal, LevelChanged | JunkReceived | DeviceDown | DeviceUp)
                assert len(driver._stream._held) <= 80
    except WireLost:
        pass
    finally:
        driver.close()
