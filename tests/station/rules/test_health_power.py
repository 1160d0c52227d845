"""What a volunteer reads about sockets and appliances."""

import pytest

from drivers.contract import Quantity
from station.rules import health_power
from station.rules.finding import Light
from station.rules.health import findings
from station.rules.supply import OFF_AGAIN_MS
from tests.station.rules.wall import Wall


@pytest.fixture
def wall() -> Wall:
    wall = Wall()
    wall.begin()
    return wall


def about(wall: Wall) -> dict[str, tuple[Light, str]]:
    found = health_power.findings(wall.state, wall.site, wall.now)
    return {one.about: (one.light, one.words.en) for one in found if one.light is not Light.OK}


def test_all_is_well(wall: Wall) -> None:
    wall.ask("charge", "start")
    assert about(wall) == {}
    names = [one.about for one in findings(wall.state, wall.site, wall.now)]
    assert {"charge 1", "charge 2", "microwave", "kettle"} <= set(names)
    assert len(names) == len(set(names))


def test_a_lost_meter_and_a_lost_relay(wall: Wall) -> None:
    wall.lose("meter1")
    assert about(wall) == {"charge 1": (Light.LOOK, "Cannot be used: its meter does not answer")}
    wall.lose("relays")
    assert set(about(wall)) == {"charge 1", "charge 2", "microwave", "kettle"}
    assert about(wall)["charge 1"] == (Light.LOOK, "Cannot be used: its relay does not answer")


def test_a_cut_is_shown_for_a_day(wall: Wall) -> None:
    wall.ask("charge", "start")
    wall.says("hot", Quantity.TEMPERATURE_C, 60.0)
    assert about(wall)["charge"] == (Light.LOOK, "The sockets are too hot: none is given")
    wall.says("hot", Quantity.TEMPERATURE_C, 25.0)
    assert about(wall) == {"charge 1": (Light.LOOK, "It got too hot and was cut off")}
    after = wall.after_power_cut(3_600_000)
    assert "charge 1" in about(after)
    later = after.after_power_cut(86_400_000)
    assert about(later) == {}


def test_no_water(wall: Wall) -> None:
    wall.says("float", Quantity.CLOSED, value=False)
    assert about(wall) == {"kettle": (Light.LOOK, "There is no water")}


def test_what_cannot_be_switched_off_is_urgent(wall: Wall) -> None:
    wall.on["relays/2"], wall.lost = 10**12, 3
    wall.says("relays/2", Quantity.ON, value=True)
    assert about(wall) == {}
    wall.wait(2 * OFF_AGAIN_MS)
    assert about(wall) == {"charge 2": (Light.ACT, "It stays on and cannot be switched off")}
    wall.wait(OFF_AGAIN_MS)
    assert wall.on == {}
    assert about(wall) == {}


def test_the_heat_of_a_room_is_not_the_boards(wall: Wall) -> None:
    wall.says("thermometer", Quantity.TEMPERATURE_C, 71.0)
    wall.says("board", Quantity.TEMPERATURE_C, 71.0)
    told = {one.about: one.words.en for one in findings(wall.state, wall.site, wall.now)}
    assert told["board temperature"] == "Board at 71 °C"
    assert "thermometer temperature" not in told
