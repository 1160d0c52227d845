"""Fan and air-con for whoever is in, a rest for the compressor, and circuits that are off when it is surely empty."""

from dataclasses import replace

import pytest

from drivers.contract import DeviceUp, LevelChanged, Quantity, Signal, SwitchOff, SwitchOn
from station.rules import climate, supply
from tests.station.rules.wall import MINUTE_MS, Wall, room

FAN, AIR_CON, DESK = "fan", "relays/5", "desk"


@pytest.fixture
def wall() -> Wall:
    wall = Wall()
    wall.begin()
    wall.says("radar", Quantity.PRESENT, value=False)
    wall.says("pir", Quantity.PRESENT, value=False)
    wall.wait(5 * MINUTE_MS)
    wall.asked.clear()
    return wall


def warm(wall: Wall, degrees: float) -> None:
    wall.says("thermometer", Quantity.TEMPERATURE_C, degrees)


def enter(wall: Wall) -> None:
    wall.says("radar", Quantity.PRESENT, value=True)


def leave(wall: Wall) -> None:
    wall.says("radar", Quantity.PRESENT, value=False)
    wall.wait(20 * MINUTE_MS)


def test_nothing_runs_for_nobody(wall: Wall) -> None:
    warm(wall, 35.0)
    wall.wait(60 * MINUTE_MS)
    assert wall.asked == []


def test_the_fan_then_the_air_con_and_off_below(wall: Wall) -> None:
    enter(wall)
    warm(wall, 27.9)
    assert set(wall.on) == {DESK}
    warm(wall, 28.0)
    assert set(wall.on) == {DESK, FAN}
    warm(wall, 30.0)
    assert set(wall.on) == {DESK, FAN, AIR_CON}
    wall.wait(MINUTE_MS)
    warm(wall, 26.0)
    assert set(wall.on) == {DESK, FAN, AIR_CON}
    warm(wall, 25.9)
    assert set(wall.on) == {DESK}


def test_the_compressor_rests(wall: Wall) -> None:
    enter(wall)
    warm(wall, 31.0)
    wall.wait(MINUTE_MS)
    warm(wall, 25.0)
    assert AIR_CON not in wall.on
    warm(wall, 31.0)
    wall.wait(3 * MINUTE_MS - 1)
    assert AIR_CON not in wall.on
    wall.wait(1)
    assert AIR_CON in wall.on


def test_it_rests_after_a_start_too_because_it_may_just_have_run() -> None:
    wall = Wall()
    wall.begin()
    enter(wall)
    warm(wall, 31.0)
    wall.wait(2 * MINUTE_MS)
    assert AIR_CON not in wall.on
    wall.wait(MINUTE_MS)
    assert AIR_CON in wall.on


def test_off_when_nobody_is_in_and_when_it_burns(wall: Wall) -> None:
    enter(wall)
    warm(wall, 31.0)
    wall.wait(MINUTE_MS)
    wall.says("fire", Quantity.CLOSED, value=False)
    assert wall.on.keys() == set()
    wall.says("fire", Quantity.CLOSED, value=True)
    wall.wait(4 * MINUTE_MS)
    assert set(wall.on) == {DESK, FAN, AIR_CON}
    leave(wall)
    assert wall.on == {}


def test_off_while_nobody_knows_how_warm_it_is(wall: Wall) -> None:
    enter(wall)
    warm(wall, 31.0)
    wall.wait(MINUTE_MS)
    wall.lose("thermometer")
    assert set(wall.on) == {DESK}


def test_what_was_switched_on_ends_by_itself_unless_it_is_asked_for_again(wall: Wall) -> None:
    enter(wall)
    warm(wall, 29.0)
    assert SwitchOn(FAN, climate.LIMIT_MS) in wall.asked
    wall.wait(2 * climate.LIMIT_MS)
    assert FAN in wall.on
    assert wall.asked.count(SwitchOn(FAN, climate.LIMIT_MS)) == 4
    assert SwitchOff(FAN) not in wall.asked


def test_the_circuits_go_off_when_the_room_is_surely_empty(wall: Wall) -> None:
    enter(wall)
    assert set(wall.on) == {DESK}
    wall.says("radar", Quantity.PRESENT, value=False)
    wall.wait(119_000)
    assert set(wall.on) == {DESK}
    wall.wait(1_000)
    assert wall.on == {}


@pytest.mark.parametrize("sensor", ["pir", "radar"])
def test_they_never_go_off_on_one_sensors_word(wall: Wall, sensor: str) -> None:
    enter(wall)
    wall.lose(sensor)
    leave(wall)
    wall.wait(24 * 60 * MINUTE_MS)
    assert not wall.state.recorded.doors["door"].occupied
    assert set(wall.on) == {DESK}
    wall.feed(DeviceUp(sensor))
    wall.says(sensor, Quantity.PRESENT, value=False)
    wall.wait(climate.SETTLE_MS)
    assert wall.on == {}


def test_a_counter_is_a_sensor_too(wall: Wall) -> None:
    door = wall.site.doors["door"]
    wall.site = replace(wall.site, doors={"door": replace(door, presence=("radar",), counter="beams")})
    enter(wall)
    leave(wall)
    assert set(wall.on) == {DESK}
    wall.feed(DeviceUp("beams"))
    wall.wait(climate.SETTLE_MS)
    assert wall.on == {}


def test_what_comes_back_while_somebody_is_in_is_on_again(wall: Wall) -> None:
    enter(wall)
    wall.lose(DESK)
    wall.find(DESK)
    wall.wait(climate.SETTLE_MS)
    assert set(wall.on) == {DESK}


def test_a_command_that_was_not_obeyed_is_not_repeated_on_a_guess(wall: Wall) -> None:
    wall.lost = 1
    enter(wall)
    warm(wall, 20.0)
    wall.wait(MINUTE_MS)
    assert wall.asked == [SwitchOn(DESK, climate.LIMIT_MS)]


def test_off_that_was_not_obeyed_is_asked_again(wall: Wall) -> None:
    enter(wall)
    wall.wait(MINUTE_MS)
    wall.lost = 2
    leave(wall)
    assert wall.asked.count(SwitchOff(DESK)) == 3
    assert wall.on == {}


def test_comfort_goes_on_while_the_journal_cannot_be_written(wall: Wall) -> None:
    wall.unrecord()
    enter(wall)
    warm(wall, 29.0)
    assert set(wall.on) == {DESK, FAN}


def test_any_room_settles() -> None:
    """Whatever a sensor says, and however often, nothing spins (`Wall.wait` would say so)."""
    wall = Wall(site=room())
    wall.begin()
    enter(wall)
    for step in range(200):
        warm(wall, 25.0 + step % 8)
        wall.wait(7_000)
    starts = [command for command in wall.asked if command == SwitchOn(AIR_CON, climate.LIMIT_MS)]
    assert 2 <= len(starts) <= 200 * 7_000 // 180_000 + 1


def test_a_relay_that_reads_otherwise_is_believed(wall: Wall) -> None:
    enter(wall)
    warm(wall, 29.0)
    signal: Signal = LevelChanged(FAN, Quantity.ON, False)
    wall.on.pop(FAN)
    wall.feed(signal)
    wall.wait(climate.FAN_REST_MS)
    assert FAN in wall.on
    assert not supply.burns(wall.state, wall.site)
