"""The meter's driver against its twin on virtual time, alone and behind a relay board."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    SwitchOff,
    SwitchOn,
    WireLost,
)
from drivers.pzem004t import EVERY_MS, UNUSED_EVERY_MS, Driver, Settings
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.faults import Fault, Faults
from simulator.wires.virtual import DriverClock, VirtualPort
from tests.drivers.rig import VirtualRoom, maker, only

PORT, RELAYS_PORT = "sim://meter", "sim://relays"
FLOW = {Quantity.VOLTAGE_V, Quantity.CURRENT_A, Quantity.POWER_W, Quantity.ENERGY_WH}


@dataclass
class Stand:
    """A meter on its wire, with its driver."""

    room: VirtualRoom
    meter: Pzem004t
    port: VirtualPort

    def told(self, quantity: Quantity, signals: list[Signal] | None = None) -> list[object]:
        signals = [signal for _, signal in self.room.stamped] if signals is None else signals
        return [signal.value for signal in only(LevelChanged, signals) if signal.quantity is quantity]


@pytest.fixture
def stand() -> Iterator[Stand]:
    room = VirtualRoom()
    meter = Pzem004t()
    port = room.bench.ports[PORT] = VirtualPort(meter)
    room.add("meter", "pzem004t", port=PORT)
    yield Stand(room, meter, port)
    room.close()


def test_everything_is_told_at_the_start_and_noise_of_one_count_never(stand: Stand) -> None:
    stand.meter.set_load(100, 0)
    signals = stand.room.run(30_000)
    assert {signal.quantity for signal in only(LevelChanged, signals)} == FLOW
    assert len(only(LevelChanged, signals)) == 4
    assert stand.told(Quantity.POWER_W)[0] == pytest.approx(100, abs=0.11)
    assert stand.told(Quantity.VOLTAGE_V)[0] == pytest.approx(230.1, abs=0.11)
    assert stand.told(Quantity.CURRENT_A)[0] == pytest.approx(100 / 230.1 / 0.98, abs=0.002)
    assert stand.told(Quantity.ENERGY_WH) == [0]


def test_a_load_is_seen_within_three_seconds_and_then_within_one(stand: Stand) -> None:
    stand.room.run(5_000)
    for watts, within_ms in ((1_500, UNUSED_EVERY_MS), (700, EVERY_MS)):
        stand.meter.set_load(watts, stand.room.now_ms)
        set_ms = stand.room.now_ms
        assert stand.told(Quantity.POWER_W, stand.room.run(4_000)) == [pytest.approx(watts, abs=0.11)]
        last = stand.told(Quantity.POWER_W)[-1]
        told_ms = next(at for at, signal in stand.room.at(LevelChanged) if signal.value == last)
        assert told_ms - set_ms <= within_ms + 100
    stand.meter.set_load(0, stand.room.now_ms)
    assert stand.told(Quantity.POWER_W, stand.room.run(2_000)) == [0]


def test_what_is_smaller_than_its_step_is_not_told_until_it_has_grown(stand: Stand) -> None:
    stand.meter.noise = False
    stand.meter.set_load(100, 0)
    stand.room.run(5_000)
    for watts in (101, 101.9, 100.1):
        stand.meter.set_load(watts, stand.room.now_ms)
        assert stand.told(Quantity.POWER_W, stand.room.run(3_000)) == []
    stand.meter.set_load(102, stand.room.now_ms)
    assert stand.told(Quantity.POWER_W, stand.room.run(3_000)) == [102]
    stand.meter.set_load(1, stand.room.now_ms)
    stand.room.run(3_000)
    stand.meter.set_load(0, stand.room.now_ms)
    assert stand.told(Quantity.POWER_W, stand.room.run(3_000)) == [0], "nothing at all is always news"


def test_the_energy_counter_is_told_by_the_watt_hour(stand: Stand) -> None:
    stand.meter.set_load(1_800, 0)
    stand.room.run(61_500)
    assert stand.told(Quantity.ENERGY_WH) == list(range(31))


def test_values_beyond_16_bits_have_their_low_word_first(stand: Stand) -> None:
    stand.meter.noise = False
    stand.meter.energy_mws = 1_234_567 * 3_600_000.0
    stand.meter.set_load(21_000, 0)
    stand.room.run(500)
    assert stand.told(Quantity.ENERGY_WH)[0] == 1_234_567
    assert stand.told(Quantity.POWER_W)[0] == 21_000
    assert stand.told(Quantity.CURRENT_A)[0] == pytest.approx(21_000 / 230.1 / 0.98, abs=0.001)


def test_a_wrap_and_a_reset_of_the_counter_are_told_as_they_are(stand: Stand) -> None:
    stand.meter.energy_mws = 9_999_999 * 3_600_000.0
    stand.meter.set_load(3_600, 0)
    stand.room.run(1_500)
    assert stand.told(Quantity.ENERGY_WH) == [9_999_999, 0]
    stand.meter.set_load(0, stand.room.now_ms)
    stand.meter.energy_mws = 500 * 3_600_000.0
    stand.room.run(1_500)
    stand.meter.energy_mws = 0
    stand.room.run(3_500)
    assert stand.told(Quantity.ENERGY_WH) == [9_999_999, 0, 500, 0]


def test_without_mains_the_meter_is_down_within_four_seconds_and_back_within_three(stand: Stand) -> None:
    stand.meter.set_load(1_000, 0)
    stand.room.run(36_500)
    stand.meter.mains(False, stand.room.now_ms)
    cut_ms = stand.room.now_ms
    (down,) = only(DeviceDown, stand.room.run(600_000))
    assert down.detail == "no mains on the measuring side, or the module is not connected (no answer)"
    assert stand.room.at(DeviceDown)[0][0] - cut_ms <= 4_100
    stand.meter.mains(True, stand.room.now_ms)
    back_ms = stand.room.now_ms
    signals = stand.room.run(3_000)
    assert stand.room.at(DeviceUp)[-1][0] - back_ms <= 2_500
    assert isinstance(signals[0], DeviceUp)
    assert {signal.quantity for signal in only(LevelChanged, signals)} == FLOW
    assert stand.told(Quantity.ENERGY_WH, signals) == [10], "the counter survives"


def test_a_meter_that_was_never_there_is_down_and_found_later() -> None:
    room = VirtualRoom()
    meter = Pzem004t()
    meter.mains(False, 0)
    room.bench.ports[PORT] = VirtualPort(meter)
    room.add("meter", "pzem004t", port=PORT)
    assert len(only(DeviceDown, room.run(60_000))) == 1
    meter.mains(True, room.now_ms)
    assert only(DeviceUp, room.run(3_000))
    room.close()


def test_two_lost_readings_are_no_loss(stand: Stand) -> None:
    stand.room.run(2_500)
    stand.meter.silent = True
    stand.room.run(2_200)
    stand.meter.silent = False
    assert not only(DeviceDown, stand.room.run(10_000))


def test_unplugged_and_plugged_in_again(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.room.bench.plug(PORT, plugged=False)
    assert only(DeviceDown, stand.room.run(1_500))
    stand.room.bench.plug(PORT, plugged=True)
    assert {signal.quantity for signal in only(LevelChanged, stand.room.run(5_000))} == FLOW


def test_something_else_at_this_address_is_told(stand: Stand) -> None:
    stand.meter.refuses = 2
    (down,) = only(DeviceDown, stand.room.run(5_000))
    assert down.detail == "this is no PZEM meter: refused with exception 2: it has no such coil or register"


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_of_the_line_leaves_the_figures_right(stand: Stand, fault: Fault) -> None:
    stand.meter.noise = False
    stand.port.line.faults = Faults(seed=11, chances={fault: 0.3})
    loads = [0, 60, 1_500, 0, 800]
    for watts in loads:
        stand.meter.set_load(watts, stand.room.now_ms)
        stand.room.run(60_000)
    stand.port.line.faults = Faults()
    stand.room.run(10_000)
    assert set(stand.told(Quantity.POWER_W)) <= set(loads)
    assert stand.told(Quantity.POWER_W)[-1] == 800
    junk_ms = [at_ms for at_ms, _ in stand.room.at(JunkReceived)]
    assert len(junk_ms) <= 300
    if fault in {Fault.WRONG_CHECKSUM, Fault.FLIPPED_BIT, Fault.TRUNCATED, Fault.STRAY_BEFORE}:
        assert junk_ms


def test_a_session_behind_a_relay_board_is_measured() -> None:
    room = VirtualRoom()
    board, meter = WaveshareRelay(), Pzem004t(load_w=1_000, on=False)
    board.watchers.append(lambda relay, on, at_ms: meter.switch(on, at_ms) if relay == 2 else None)
    meter.feed = board.advance
    room.bench.ports[RELAYS_PORT] = VirtualPort(board)
    room.bench.ports[PORT] = VirtualPort(meter)
    room.add("relays", "waveshare-relay", port=RELAYS_PORT)
    room.add("meter", "pzem004t", port=PORT)
    room.run(2_000)
    done = room.command(SwitchOn("relays/2", limit_ms=360_000))[-1]
    assert done == CommandDone("relays/2", "SwitchOn", Outcome.ACKED)
    power = [signal.value for signal in only(LevelChanged, room.run(370_000)) if signal.quantity is Quantity.POWER_W]
    assert power == [pytest.approx(1_000, abs=0.11), 0]
    assert meter.energy_wh(room.now_ms) == 100
    room.command(SwitchOn("relays/2"))
    room.run(36_500)
    room.command(SwitchOff("relays/2"))
    room.run(5_000)
    told = [signal.value for _, signal in room.at(LevelChanged) if signal.quantity is Quantity.ENERGY_WH]
    assert told[-1] == 110
    assert told == sorted(told, key=float)
    room.close()


def test_no_command_reaches_a_meter(stand: Stand) -> None:
    stand.room.run(1_000)
    assert Driver.accepts == frozenset()
    with pytest.raises(TypeError, match="a meter cannot do SwitchOff"):
        stand.room.command(SwitchOff("meter"))
    stand.room.run(100_000)
    assert stand.meter.written == []


@given(st.lists(st.binary(max_size=400), max_size=10))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    class Babbler(Pzem004t):
        """A meter that answers with whatever it is told to."""

        def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
            return [(now_ms + 1, chunks.pop(0))] if chunks else super().receive(data, now_ms)

    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(Babbler())
    clock = DriverClock()
    driver = maker("meter", "pzem004t", port=PORT)(room.bench.wires("meter", clock), clock)
    try:
        for _ in range(8):
            clock.rest(2_000)
            for signal in driver.poll():
                assert isinstance(signal, LevelChanged | JunkReceived | DeviceDown | DeviceUp)
    except WireLost:
        pass
    finally:
        driver.close()


@pytest.mark.parametrize("wrong", [{"address": 0}, {"address": 248}, {"baud": 9600}])
def test_wrong_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "pzem004t", "port": PORT, **wrong})
