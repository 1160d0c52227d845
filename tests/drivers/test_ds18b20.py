"""The 1-Wire sensor on a plain folder: the kernel's texts, what is told, and every way in which a sensor goes."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers import ds18b20_frames as frames
from drivers import registry
from drivers.contract import DeviceDown, DeviceUp, LevelChanged, Quantity, Signal, SwitchOn
from drivers.wire import RealWires
from simulator.devices.ds18b20 import Ds18b20, crc8, slave_text
from simulator.wires.virtual import DriverClock
from tests.drivers.rig import VirtualRoom, maker, only, threaded

SENSOR = "28-0316a2795dff"

KERNEL = [
    ("72 01 4b 46 7f ff 0e 10 57", "YES", 23_125),
    ("5c 01 4b 46 7f ff 04 10 a1", "YES", 21_750),
    ("3f 00 4b 46 7f ff 01 10 47", "YES", 3_937),
    ("50 05 4b 46 7f ff 0c 10 1c", "YES", 85_000),
]


def text(shown: str, verdict: str, thousandths: int) -> str:
    return f"{shown} : crc={shown[-2:]} {verdict}\n{shown} t={thousandths}\n"


@pytest.mark.parametrize(("shown", "verdict", "thousandths"), KERNEL)
def test_what_kernels_have_written_is_read_and_is_what_the_simulated_sensor_writes(
    shown: str, verdict: str, thousandths: int
) -> None:
    written = text(shown, verdict, thousandths)
    assert frames.read(written) == thousandths / 1000
    raw = bytes.fromhex(shown.replace(" ", ""))
    assert crc8(raw[:8]) == raw[8]
    sixteenths = int.from_bytes(raw[:2], "little")
    assert slave_text(sixteenths / 16, configuration=raw[2:8]) == written


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (text("72 01 4b 46 7f ff 0e 10 56", "NO", 23_125), "checksum"),
        (text("00 00 00 00 00 00 00 00 00", "YES", 0), "touches ground"),
        (text("10 f8 4b 46 7f ff 0c 10 1c", "YES", -127_000), "reports -127 °C"),
        (text("72 01 4b 46 7f ff 0e 10 57", "YES", 125_001), "reports 125.001 °C"),
        ("", "no whole reading"),
        ("72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n", "no whole reading"),
        ("72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=\n", "no whole reading"),
    ],
)
def test_other_texts_are_no_temperature(written: str, why: str) -> None:
    with pytest.raises(frames.Unreadable, match=why):
        frames.read(written)


@given(st.integers(-55 * 16, 125 * 16))
def test_every_temperature_is_read_as_it_was_written(sixteenths: int) -> None:
    assert frames.read(slave_text(sixteenths / 16)) == pytest.approx(sixteenths / 16, abs=0.001)
    with pytest.raises(frames.Unreadable):
        frames.read(slave_text(sixteenths / 16, damaged=True))


@given(st.one_of(st.text(max_size=300), st.text("0123456789abcdef :crc=YESNOt-\n", max_size=100)))
def test_any_text_is_a_temperature_or_unreadable(written: str) -> None:
    with suppress(frames.Unreadable):
        assert -55 <= frames.read(written) <= 125


@dataclass
class Stand:
    """A sensor in its folder, with its driver."""

    room: VirtualRoom
    sensor: Ds18b20

    def run(self, milliseconds: int) -> list[Signal]:
        return self.room.run(milliseconds)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    room = VirtualRoom()
    sensor = Ds18b20(tmp_path, SENSOR, 21.06)
    room.add("air", "ds18b20", sensor=SENSOR, folder=str(tmp_path))
    yield Stand(room, sensor)
    room.close()


def told(celsius: float) -> LevelChanged:
    return LevelChanged("air", Quantity.TEMPERATURE_C, celsius)


def test_it_tells_the_temperature_at_start_and_when_it_has_changed_by_two_tenths(stand: Stand) -> None:
    assert stand.run(0) == [DeviceUp("air"), told(21.1)]
    stand.sensor.measure(21.19)
    assert stand.run(60_000) == []
    stand.sensor.measure(21.3125)
    changed_ms = stand.room.now_ms
    assert stand.run(60_000) == [told(21.3)]
    assert stand.room.stamped[-1][0] - changed_ms <= 30_000
    stand.sensor.measure(-7.5)
    assert stand.run(60_000) == [told(-7.5)]


def test_it_is_read_every_thirty_seconds(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    real = frames.read

    def read(written: str) -> float:
        reads.append(stand.room.now_ms)
        return real(written)

    monkeypatch.setattr(frames, "read", read)
    stand.run(120_000)
    assert reads == [0, 30_000, 60_000, 90_000, 120_000]


def test_the_first_reading_after_power_is_not_believed_and_the_next_one_is(stand: Stand) -> None:
    stand.run(29_000)
    stand.sensor.power_up()
    assert stand.run(1_500) == []
    stand.sensor.measure(22.5)
    assert stand.run(1_000) == [told(22.5)]


def test_at_the_start_too(tmp_path: Path) -> None:
    sensor = Ds18b20(tmp_path, SENSOR, 22.0)
    sensor.power_up()

    class Clock(DriverClock):
        def rest(self, milliseconds: int) -> None:
            super().rest(milliseconds)
            sensor.measure(22.0)

    clock = Clock()
    driver = maker("air", "ds18b20", sensor=SENSOR, folder=str(tmp_path))(RealWires(), clock)
    assert list(driver.poll()) == [told(22.0)]
    assert clock.steady_ms() == 1_000
    assert driver.rest_ms() == 30_000
    driver.close()


def test_a_sensor_that_never_measures_is_lost_and_real_heat_is_not(stand: Stand) -> None:
    stand.run(0)
    for celsius in (60.0, 78.0, 85.0, 91.0):
        stand.sensor.measure(celsius)
        assert stand.run(30_000) == [told(celsius)]
    stand.sensor.measure(20.0)
    stand.run(30_000)
    stand.sensor.power_up()
    for down in only(DeviceDown, stand.run(33_000)):
        assert "has measured nothing since it got power" in down.detail
    assert stand.room.at(DeviceDown)


@pytest.mark.parametrize(
    ("fault", "why"),
    [("loose_wire", "reports -127 °C"), ("disturb", "damaged (checksum)"), ("short", "touches ground")],
)
def test_three_bad_readings_are_a_lost_sensor_and_it_comes_back(stand: Stand, fault: str, why: str) -> None:
    stand.run(0)
    getattr(stand.sensor, fault)()
    begin = stand.room.now_ms
    down = only(DeviceDown, stand.run(33_000))
    assert why in down[0].detail
    assert SENSOR in down[0].detail
    assert stand.room.at(DeviceDown)[0][0] - begin == 32_000
    again = stand.run(120_000)
    assert only(DeviceUp, again) == []
    assert only(LevelChanged, again) == []
    stand.sensor.measure(19.0)
    signals = stand.run(61_000)
    assert signals[-2:] == [DeviceUp("air"), told(19.0)]


def test_one_bad_reading_is_read_again_after_a_second_and_not_told(stand: Stand) -> None:
    stand.run(29_000)
    stand.sensor.disturb()
    assert stand.run(1_500) == []
    stand.sensor.measure(25.0)
    assert stand.run(1_000) == [told(25.0)]


def test_a_sensor_that_is_unplugged_is_lost_at_the_next_reading_and_found_again(stand: Stand) -> None:
    stand.run(0)
    stand.sensor.unplug()
    down = only(DeviceDown, stand.run(31_000))
    assert down[0].detail.startswith("there is no ")
    assert "dtoverlay=w1-gpio" in down[0].detail
    stand.sensor.plug()
    assert stand.run(61_000)[-2:] == [DeviceUp("air"), told(21.1)]


def test_a_file_that_cannot_be_read_is_a_bad_reading(stand: Stand, tmp_path: Path) -> None:
    stand.run(0)
    (tmp_path / SENSOR / "w1_slave").unlink()
    assert "it cannot be read (No such file" in only(DeviceDown, stand.run(33_000))[0].detail


@pytest.mark.parametrize("sensor", ["28-0316A2795DFF", "10-0316a2795dff", "28-0316a2795d", "../../etc", ""])
def test_other_names_are_no_sensor(sensor: str) -> None:
    with pytest.raises(ValidationError):
        registry.find("ds18b20").Settings.model_validate({"driver": "ds18b20", "sensor": sensor})


def test_two_devices_with_one_sensor_are_seen() -> None:
    settings: Any = registry.find("ds18b20").Settings
    checked = settings.model_validate({"driver": "ds18b20", "sensor": SENSOR})
    assert checked.wires() == (f"/sys/bus/w1/devices/{SENSOR}",)


def test_what_a_sensor_cannot_do_is_refused(stand: Stand) -> None:
    stand.run(0)
    driver = stand.room._timelines["air"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a sensor cannot do SwitchOn"):
        driver.execute(SwitchOn("air"))


def test_in_real_time(tmp_path: Path) -> None:
    Ds18b20(tmp_path, SENSOR, 4.25)
    with threaded("air", maker("air", "ds18b20", sensor=SENSOR, folder=str(tmp_path))) as running:
        assert running.wait_for(LevelChanged) == told(4.2)
