"""The switch's driver on virtual pins."""

from collections.abc import Iterator

import pytest

from drivers.contract import CommandDone, DeviceUp, LevelChanged, Outcome, Quantity, SwitchOff, SwitchOn, Unlock
from simulator.devices.gpio_switch import GpioSwitch
from tests.drivers.rig import VirtualRoom

PIN = 22


def on(*values: bool) -> list[LevelChanged]:
    return [LevelChanged("lamp", Quantity.ON, value) for value in values]


@pytest.fixture
def lamp() -> GpioSwitch:
    return GpioSwitch(active_high=False)


@pytest.fixture
def room(lamp: GpioSwitch) -> Iterator[VirtualRoom]:
    room = VirtualRoom()
    room.bench.outputs[PIN] = lamp
    room.add("lamp", "gpio-switch", pin=PIN, active_high=False)
    room.run(0)
    yield room
    room.close()


def test_it_starts_off_and_ends_off_at_the_right_levels(room: VirtualRoom, lamp: GpioSwitch) -> None:
    assert [signal for _, signal in room.stamped] == [DeviceUp("lamp"), *on(False)]
    room.command(SwitchOn("lamp"))
    room.close()
    assert [level for _, level in lamp.edges] == [True, False, True, None]


def test_on_stays_on_until_off(room: VirtualRoom, lamp: GpioSwitch) -> None:
    assert room.command(SwitchOn("lamp")) == [*on(True), CommandDone("lamp", "SwitchOn", Outcome.ACKED)]
    assert room.run(10_000_000) == []
    assert lamp.on
    assert room.command(SwitchOff("lamp")) == [*on(False), CommandDone("lamp", "SwitchOff", Outcome.ACKED)]
    assert not lamp.on


def test_a_limit_switches_off_by_itself_and_the_newest_one_counts(room: VirtualRoom, lamp: GpioSwitch) -> None:
    room.command(SwitchOn("lamp", limit_ms=10_000))
    room.run(9_000)
    assert room.command(SwitchOn("lamp", limit_ms=10_000)) == [CommandDone("lamp", "SwitchOn", Outcome.ACKED)]
    assert room.run(9_999) == []
    assert lamp.on
    assert room.run(1) == on(False)
    room.command(SwitchOn("lamp", limit_ms=1_000))
    room.command(SwitchOn("lamp"))
    room.run(100_000)
    assert lamp.on


def test_off_forgets_the_limit(room: VirtualRoom) -> None:
    room.command(SwitchOn("lamp", limit_ms=1_000))
    room.command(SwitchOff("lamp"))
    room.command(SwitchOn("lamp"))
    assert room.run(5_000) == []


def test_what_a_switch_cannot_do_is_refused(room: VirtualRoom) -> None:
    driver = room._timelines["lamp"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a switch cannot do Unlock"):
        driver.execute(Unlock("lamp", 1))
