"""The humidity sensor: its words by literal bytes, its driver on a virtual bus, and the real bus on a recorded one."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from smbus2 import i2c_msg

from drivers import registry, wire_i2c
from drivers import sht3x_frames as frames
from drivers.contract import DeviceDown, DeviceUp, LevelChanged, Quantity, Signal, SwitchOn, WireLost
from drivers.wire import RealWires
from simulator.devices.sht3x import PERIODIC, Sht3x, word
from station.clock import SteadyClock
from tests.drivers.rig import VirtualRoom, maker, only, threaded

GOLDEN = bytes.fromhex("6434569CAB6E")
ADDRESS = 0x44


def test_the_example_of_the_notes_both_ways() -> None:
    found = frames.read(GOLDEN)
    assert found is not None
    assert (round(found.temperature_c, 1), round(found.humidity_percent, 1)) == (23.5, 61.2)
    sensor = Sht3x(temperature_c=23.5, humidity_percent=61.2)
    assert sensor.write(frames.MEASURE, 0)
    assert sensor.read(6, 15) == GOLDEN


def test_checksum_and_commands_are_those_of_the_data_sheet() -> None:
    assert frames.crc8(b"\xbe\xef") == 0x92
    assert word(0xBEEF) == b"\xbe\xef\x92"
    assert (frames.MEASURE, frames.SOFT_RESET) == (b"\x24\x00", b"\x30\xa2")


@pytest.mark.parametrize("bit", range(48))
def test_every_flipped_bit_is_noticed(bit: int) -> None:
    damaged = bytearray(GOLDEN)
    damaged[bit // 8] ^= 1 << bit % 8
    assert frames.read(bytes(damaged)) is None


@given(st.binary(max_size=12))
def test_any_bytes_are_a_measurement_in_range_or_nothing(reply: bytes) -> None:
    found = frames.read(reply)
    assert found is None or (-45 <= found.temperature_c <= 130 and 0 <= found.humidity_percent <= 100)


@given(st.floats(-40, 125), st.floats(0, 100))
def test_what_the_sensor_sends_is_what_is_read(temperature_c: float, humidity_percent: float) -> None:
    found = frames.read(Sht3x(temperature_c=temperature_c, humidity_percent=humidity_percent)._words())
    assert found is not None
    assert found.temperature_c == pytest.approx(temperature_c, abs=0.01)
    assert found.humidity_percent == pytest.approx(humidity_percent, abs=0.01)


@dataclass
class Stand:
    """A sensor on its bus, with its driver."""

    room: VirtualRoom
    sensor: Sht3x

    def run(self, milliseconds: int) -> list[Signal]:
        return self.room.run(milliseconds)


@pytest.fixture
def stand() -> Iterator[Stand]:
    room = VirtualRoom()
    sensor = Sht3x()
    room.bench.i2c[1, ADDRESS] = sensor
    room.add("air", "sht3x")
    yield Stand(room, sensor)
    room.close()


def warm(celsius: float) -> LevelChanged:
    return LevelChanged("air", Quantity.TEMPERATURE_C, celsius)


def damp(percent: float) -> LevelChanged:
    return LevelChanged("air", Quantity.HUMIDITY_PERCENT, percent)


def test_it_is_reset_and_tells_both_at_the_start(stand: Stand) -> None:
    assert stand.run(100) == [DeviceUp("air"), warm(23.5), damp(61.0)]
    assert stand.sensor.resets == 1


def test_it_measures_every_ten_seconds_and_tells_what_is_worth_telling(stand: Stand) -> None:
    stand.run(60_500)
    assert stand.sensor.measurements == 7
    stand.sensor.temperature_c, stand.sensor.humidity_percent = 23.6, 61.9
    assert stand.run(20_000) == []
    stand.sensor.temperature_c = 23.75
    changed_ms = stand.room.now_ms
    assert stand.run(20_000) == [warm(23.8)]
    assert stand.room.stamped[-1][0] - changed_ms <= 10_100
    stand.sensor.humidity_percent = 40.4
    assert stand.run(20_000) == [damp(40.0)]
    assert stand.sensor.resets == 1


def test_one_that_an_earlier_program_left_measuring_by_itself_is_reset() -> None:
    room = VirtualRoom()
    sensor = room.bench.i2c[1, 0x45] = Sht3x()
    assert sensor.write(PERIODIC, 0)
    room.add("air", "sht3x", address=0x45)
    assert room.run(100) == [DeviceUp("air"), warm(23.5), damp(61.0)]
    room.close()


@pytest.mark.parametrize("fault", ["damage", "deaf"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_measurement_that_fails_is_asked_again(stand: Stand, fault: str, times: int) -> None:
    stand.run(9_000)
    setattr(stand.sensor, fault, times)
    stand.sensor.temperature_c = 30.0
    assert stand.run(2_000) == [warm(30.0)]


@pytest.mark.parametrize("fault", ["plugged", "stuck"])
def test_one_that_is_gone_is_lost_after_three_tries_and_comes_back(stand: Stand, fault: str) -> None:
    stand.run(9_000)
    before = getattr(stand.sensor, fault)
    setattr(stand.sensor, fault, not before)
    signals = stand.run(20_000)
    assert {type(signal) for signal in signals} == {DeviceDown}
    assert only(DeviceDown, signals)[0].detail.startswith("no sensor answers at address 0x44 of I2C bus 1: check")
    assert 10_000 <= stand.room.at(DeviceDown)[0][0] <= 10_500
    setattr(stand.sensor, fault, before)
    assert stand.run(61_000)[:3] == [DeviceUp("air"), warm(23.5), damp(61.0)]


def test_one_whose_every_answer_is_damaged_is_lost(stand: Stand) -> None:
    stand.run(9_000)
    stand.sensor.damage = 10**6
    assert only(DeviceDown, stand.run(2_000))


def test_none_at_this_address_is_a_lost_wire() -> None:
    room = VirtualRoom()
    room.add("air", "sht3x", bus=3, address=0x45)
    (down,) = only(DeviceDown, room.run(500))
    assert "address 0x45 of I2C bus 3" in down.detail
    room.close()


def test_an_address_has_one_owner(stand: Stand) -> None:
    stand.run(0)
    stand.room.add("other", "sht3x")
    assert "in use by air" in only(DeviceDown, stand.run(0))[0].detail


def test_settings() -> None:
    settings: Any = registry.find("sht3x").Settings
    assert settings.model_validate({"driver": "sht3x"}).wires() == ("I2C 1 address 0x44",)
    for wrong in ({"address": 0x46}, {"bus": -1}, {"bus": 99}):
        with pytest.raises(ValidationError):
            settings.model_validate({"driver": "sht3x", **wrong})


def test_what_a_sensor_cannot_do_is_refused(stand: Stand) -> None:
    stand.run(0)
    driver = stand.room._timelines["air"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a sensor cannot do SwitchOn"):
        driver.execute(SwitchOn("air"))


class Recorded:
    """Stands in for `smbus2.SMBus`: a kernel's bus with a simulated sensor on it."""

    sensor = Sht3x()
    opens: OSError | None = None
    fails: OSError | None = None

    def __init__(self, bus: int) -> None:
        if self.opens is not None:
            raise self.opens
        assert bus == 1
        self._clock = SteadyClock()

    def i2c_rdwr(self, message: i2c_msg) -> None:
        if self.fails is not None:
            raise self.fails
        now_ms = self._clock.steady_ms()
        if message.flags:
            data = self.sensor.read(message.len, now_ms) if message.addr == ADDRESS else b""
            for at, byte in enumerate(data):
                message.buf[at] = bytes((byte,))
            done = bool(data)
        else:
            done = message.addr == ADDRESS and self.sensor.write(message.buf[: message.len], now_ms)
        if not done:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> type[Recorded]:
    class Fresh(Recorded):
        sensor = Sht3x()

    monkeypatch.setattr(wire_i2c, "SMBus", Fresh)
    return Fresh


def test_in_real_time_on_a_recorded_bus(recorded: type[Recorded]) -> None:
    recorded.sensor.temperature_c = -3.0
    with threaded("air", maker("air", "sht3x")) as running:
        assert running.wait_for(LevelChanged) == warm(-3.0)
        assert running.wait_for(LevelChanged) == damp(61.0)


def test_a_real_device_that_does_not_acknowledge_is_told_from_a_bus_that_is_gone(recorded: type[Recorded]) -> None:
    wire = RealWires().i2c(1, ADDRESS)
    assert wire.read(6) == b""
    assert wire.write(frames.SOFT_RESET)
    assert not RealWires().i2c(1, 0x45).write(frames.MEASURE)
    for number in (errno.ENXIO, errno.EREMOTEIO, errno.EIO, errno.ETIMEDOUT, errno.EAGAIN):
        recorded.fails = OSError(number, "no")
        assert not wire.write(frames.MEASURE)
        assert wire.read(6) == b""
    recorded.fails = OSError(errno.ENODEV, "No such device")
    with pytest.raises(WireLost, match=r"I2C bus 1 is gone \(.*No such device"):
        wire.write(frames.MEASURE)
    wire.close()
    wire.close()
    with pytest.raises(WireLost, match="I2C bus 1 was closed"):
        wire.read(6)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "turn it on .sudo raspi-config"),
        (errno.EACCES, "usermod -aG i2c"),
        (errno.ENOTTY, "cannot be opened"),
    ],
)
def test_a_real_bus_that_does_not_open_says_what_to_do(recorded: type[Recorded], number: int, words: str) -> None:
    recorded.opens = OSError(number, "no")
    with pytest.raises(WireLost, match=words):
        RealWires().i2c(1, ADDRESS)


def test_this_machine_has_no_such_bus() -> None:
    with pytest.raises(WireLost, match="I2C bus 31 is not there"):
        RealWires().i2c(31, ADDRESS)
