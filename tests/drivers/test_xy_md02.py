"""The climate sensor's driver against its twin on virtual time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.contract import DeviceDown, DeviceUp, JunkReceived, LevelChanged, Quantity, Signal, SwitchOff, WireLost
from drivers.xy_md02 import Settings
from simulator.devices.xy_md02 import XyMd02
from simulator.faults import Fault, Faults
from simulator.wires.virtual import DriverClock, VirtualPort, VirtualWires
from tests.drivers.rig import VirtualRoom, maker, only

PORT = "sim://climate"


@dataclass
class Stand:
    """A sensor on its wire, with its driver."""

    room: VirtualRoom
    sensor: XyMd02
    port: VirtualPort


def make_stand(counts: int = 10, **settings: Any) -> Stand:
    room = VirtualRoom()
    sensor = XyMd02(counts=counts)
    port = room.bench.ports[PORT] = VirtualPort(sensor)
    room.add("climate", "xy-md02", port=PORT, **settings)
    return Stand(room, sensor, port)


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = make_stand()
    yield stand
    stand.room.close()


def air(temperature_c: float | None = None, humidity_percent: float | None = None) -> list[Signal]:
    signals: list[Signal] = []
    if temperature_c is not None:
        signals.append(LevelChanged("climate", Quantity.TEMPERATURE_C, temperature_c))
    if humidity_percent is not None:
        signals.append(LevelChanged("climate", Quantity.HUMIDITY_PERCENT, humidity_percent))
    return signals


def test_both_are_told_at_the_start_and_then_nothing_while_nothing_changes(stand: Stand) -> None:
    stand.sensor.weather(30.3, 54.6)
    assert stand.room.run(500) == [DeviceUp("climate"), *air(30.3, 54.6)]
    assert stand.room.run(600_000) == []


def test_a_change_is_told_from_its_step_on_within_ten_seconds(stand: Stand) -> None:
    stand.room.run(500)
    stand.sensor.weather(22.1, 50.9)
    assert stand.room.run(20_000) == []
    stand.sensor.weather(22.2, 51.0)
    changed_ms = stand.room.now_ms
    assert stand.room.run(10_100) == air(22.2, 51.0)
    assert stand.room.at(LevelChanged)[-1][0] - changed_ms <= 10_100
    stand.sensor.weather(22.0, 51.5)
    assert stand.room.run(10_100) == air(22.0)


@pytest.mark.parametrize("degrees", [-0.1, -12.5, -40.0, 0.0, 80.0])
def test_frost_is_signed(stand: Stand, degrees: float) -> None:
    stand.sensor.weather(degrees, 100)
    assert stand.room.run(500)[1:] == air(degrees, 100)


def test_a_look_alike_counts_in_hundredths() -> None:
    stand = make_stand(counts=100, scale="hundredths", parity="E")
    stand.sensor.weather(-3.21, 54.32)
    assert stand.room.run(500)[1:] == air(-3.21, 54.32)
    stand.sensor.weather(-3.02, 55.31)
    assert stand.room.run(20_000) == []
    stand.sensor.weather(-3.01, 55.32)
    assert stand.room.run(20_000) == air(-3.01, 55.32)


@pytest.mark.parametrize(
    ("temperature_c", "humidity_percent", "shown"),
    [(80.1, 50, "80.1 °C and 50 %"), (-40.1, 50, "-40.1 °C and 50 %"), (20, 100.1, "20 °C and 100.1 %")],
)
def test_what_cannot_be_is_not_told_as_a_level(
    stand: Stand, temperature_c: float, humidity_percent: float, shown: str
) -> None:
    stand.sensor.weather(temperature_c, humidity_percent)
    assert stand.room.run(500) == [
        DeviceUp("climate"),
        JunkReceived("climate", f"{shown} cannot be: is scale right?"),
    ]
    stand.sensor.weather(20, 50)
    assert stand.room.run(20_000) == air(20, 50)


def test_the_wrong_scale_is_found_out() -> None:
    stand = make_stand(counts=100)
    stand.sensor.weather(22.0, 50.0)
    assert "220 °C and 500 % cannot be: is scale right?" in only(JunkReceived, stand.room.run(500))[0].detail


def test_the_parity_of_the_settings_is_the_ports(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = VirtualWires.serial

    def serial(self: VirtualWires, port: str, baud: int, **line: Any) -> Any:
        opened.append(line["parity"])
        return real(self, port, baud, **line)

    monkeypatch.setattr(VirtualWires, "serial", serial)
    stand.room.run(500)
    make_stand(parity="E").room.run(500)
    assert opened == ["N", "E"]


def test_a_silent_sensor_is_lost_and_comes_back(stand: Stand) -> None:
    stand.room.run(500)
    stand.sensor.silent = True
    silent_ms = stand.room.now_ms
    down = only(DeviceDown, stand.room.run(20_000))
    assert down[0].detail == "the sensor answers no more (no answer): check its power, and A and B"
    assert down[1].detail == (
        "no sensor at address 1 (no answer): check its power (5 to 30 V), A and B, address and parity"
    )
    assert stand.room.at(DeviceDown)[0][0] - silent_ms <= 12_500
    stand.sensor.silent = False
    signals = stand.room.run(60_000)
    assert [type(signal) for signal in signals[-3:]] == [DeviceUp, LevelChanged, LevelChanged]


def test_unplugged_and_plugged_in_again(stand: Stand) -> None:
    stand.room.run(500)
    stand.room.bench.plug(PORT, plugged=False)
    assert only(DeviceDown, stand.room.run(11_000))
    stand.room.bench.plug(PORT, plugged=True)
    assert air(22.0, 50.0)[0] in stand.room.run(60_000)


def test_a_device_that_is_something_else_is_told(stand: Stand) -> None:
    stand.sensor.refuses = 1
    (down,) = only(DeviceDown, stand.room.run(500))
    assert "no sensor at address 1 (refused with exception 1: it does not know this function)" in down.detail


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_of_the_line_leaves_the_figures_right(stand: Stand, fault: Fault) -> None:
    stand.port.line.faults = Faults(seed=4, chances={fault: 0.3})
    for degrees in range(20, 30):
        stand.sensor.weather(degrees, 60)
        stand.room.run(40_000)
    stand.port.line.faults = Faults()
    stand.sensor.weather(-5, 40)
    stand.room.run(80_000)
    told = [signal.value for _, signal in stand.room.at(LevelChanged) if signal.quantity is Quantity.TEMPERATURE_C]
    assert set(told) <= {-5, *range(20, 30)}
    assert told[-1] == -5


def test_what_a_sensor_cannot_do_is_refused(stand: Stand) -> None:
    stand.room.run(500)
    with pytest.raises(TypeError, match="a sensor cannot do SwitchOff"):
        stand.room.command(SwitchOff("climate"))


@given(st.lists(st.binary(max_size=400), max_size=10))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    class Babbler(XyMd02):
        """A sensor that answers with whatever it is told to."""

        def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
            return [(now_ms + 1, chunks.pop(0))] if chunks else super().receive(data, now_ms)

    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(Babbler())
    clock = DriverClock()
    try:
        driver = maker("climate", "xy-md02", port=PORT)(room.bench.wires("climate", clock), clock)
    except WireLost:
        return
    try:
        for _ in range(8):
            clock.rest(10_000)
            for signal in driver.poll():
                assert isinstance(signal, LevelChanged | JunkReceived)
    except WireLost:
        pass
    finally:
        driver.close()


@pytest.mark.parametrize("wrong", [{"address": 0}, {"address": 248}, {"parity": "M"}, {"scale": "thousandths"}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "xy-md02", "port": PORT, **wrong})
