"""The mains go: nothing new gets power, big loads end, phones charge on while enough is left for the doors."""

from dataclasses import replace

import pytest

from drivers.contract import DeviceDown, DeviceUp, Quantity, SwitchOff, SwitchOn
from station.events import RunEnded, ThingGivenBack
from station.rules import offers, words
from station.rules.finding import Light
from station.rules.health import findings
from station.rules.turn import Turn
from station.trust.refusal import Reason
from tests.station.rules.wall import ANNE, BEN, MINUTE_MS, Wall, room


class BatteryWall(Wall):
    """A wall whose mains go and come back."""

    def mains_go(self, *, charge: float | None = 100.0) -> None:
        self.says("ups", Quantity.ON_BATTERY, value=True)
        if charge is not None:
            self.says("ups", Quantity.CHARGE_PERCENT, charge)
        self.settle()

    def mains_return(self) -> None:
        self.says("ups", Quantity.ON_BATTERY, value=False)
        self.settle()

    def ended(self) -> list[tuple[str, str]]:
        return [(one.service, one.cause) for one in self.events if isinstance(one, ThingGivenBack | RunEnded)]

    def lights(self) -> dict[str, tuple[Light, str]]:
        found = findings(self.state, self.site, self.now)
        return {one.about: (one.light, one.words.en) for one in found if one.about.startswith("ups")}


@pytest.fixture
def wall() -> BatteryWall:
    wall = BatteryWall(site=replace(room(), ups=("ups",)))
    wall.begin()
    wall.feed(DeviceUp("ups"))
    wall.says("ups", Quantity.CHARGE_PERCENT, 100.0)
    wall.says("ups", Quantity.ON_BATTERY, value=False)
    return wall


def free(wall: Wall) -> list[int]:
    turn = Turn(wall.state, wall.now, wall.site)
    return [one.free for name in ("charge", "microwave") for one in offers.offered(turn, wall.site.services[name])]


def test_nothing_new_gets_power_and_that_is_no_lack_of_sockets(wall: BatteryWall) -> None:
    assert free(wall) == [1, 1, 1]
    wall.mains_go()
    assert wall.ask("charge", "start") is Reason.ON_BATTERY
    assert wall.ask("charge", "start", thing="2") is Reason.ON_BATTERY
    assert wall.ask("microwave", "start") is Reason.ON_BATTERY
    assert wall.on == {}
    assert free(wall) == [0, 0, 0]
    wall.mains_return()
    assert wall.ask("charge", "start") is None
    assert wall.ask("microwave", "start") is None


def test_big_loads_end_at_once_and_phones_charge_on(wall: BatteryWall) -> None:
    wall.ask("charge", "start")
    wall.ask("microwave", "start")
    wall.mains_go()
    assert wall.ended() == [("microwave", "on_battery")]
    assert set(wall.on) == {"relays/1"}
    assert SwitchOff("relays/3") in wall.asked
    assert wall.told(RunEnded)[0].by == ""


def test_a_small_appliance_runs_on_as_phones_do(wall: BatteryWall) -> None:
    kettle = replace(wall.site.appliances["kettle"], big_load=False)
    wall.site = replace(wall.site, appliances={**wall.site.appliances, "kettle": kettle})
    wall.ask("kettle", "start")
    wall.mains_go(charge=31.0)
    assert wall.ended() == []
    wall.says("ups", Quantity.CHARGE_PERCENT, 30.0)
    assert wall.ended() == [("kettle", "on_battery")]


def test_at_30_percent_the_rest_is_for_the_doors(wall: BatteryWall) -> None:
    wall.ask("charge", "start", ANNE)
    wall.ask("charge", "start", BEN)
    wall.mains_go(charge=31.0)
    wall.wait(MINUTE_MS)
    assert wall.ended() == []
    wall.says("ups", Quantity.CHARGE_PERCENT, 30.0)
    assert wall.ended() == [("charge", "on_battery")] * 2
    assert wall.on == {}
    wall.mains_return()
    assert wall.on == {}, "nothing starts again by itself"


def test_a_low_battery_on_the_mains_takes_nothing_away(wall: BatteryWall) -> None:
    wall.ask("charge", "start")
    wall.says("ups", Quantity.CHARGE_PERCENT, 5.0)
    wall.settle()
    assert wall.ended() == []
    assert wall.lights() == {"ups": (Light.OK, "Fine"), "ups mains": (Light.LOOK, "The battery is low, 5 % left")}


def test_a_battery_of_unknown_charge_counts_as_low(wall: BatteryWall) -> None:
    levels = {key: one for key, one in wall.state.observed.levels.items() if key != ("ups", Quantity.CHARGE_PERCENT)}
    wall.state = replace(wall.state, observed=replace(wall.state.observed, levels=levels))
    wall.ask("charge", "start")
    wall.mains_go(charge=None)
    assert wall.ended() == [("charge", "on_battery")]
    assert wall.lights()["ups mains"] == (Light.ACT, "The mains are off and the battery is low")


def test_a_ups_that_falls_silent_gives_nothing_away(wall: BatteryWall) -> None:
    wall.mains_go()
    wall.feed(DeviceDown("ups", "the server hears nothing"))
    assert wall.ask("charge", "start") is Reason.ON_BATTERY


def test_a_station_whose_ups_has_never_spoken_gives_power(wall: BatteryWall) -> None:
    observed = replace(wall.state.observed, levels={}, devices={**wall.state.observed.devices})
    assert not [
        one for one in findings(replace(wall.state, observed=observed), wall.site, wall.now) if "mains" in one.about
    ]
    other = BatteryWall(site=replace(room(), ups=("ups",)))
    other.begin()
    assert other.ask("charge", "start") is None


def test_after_a_power_cut_on_a_battery_a_session_goes_on_as_far_as_it_lasts(wall: BatteryWall) -> None:
    wall.ask("charge", "start")
    after = wall.after_power_cut(5_000)
    assert set(after.on) == {"relays/1"}
    after.says("ups", Quantity.ON_BATTERY, value=True)
    after.says("ups", Quantity.CHARGE_PERCENT, 20.0)
    assert after.on == {}


def test_the_air_con_is_off_on_battery_and_the_fan_runs_on(wall: BatteryWall) -> None:
    wall.says("thermometer", Quantity.TEMPERATURE_C, 33.0)
    wall.says("radar", Quantity.PRESENT, value=True)
    wall.wait(5 * MINUTE_MS)
    assert {"fan", "relays/5"} <= set(wall.on)
    wall.mains_go()
    wall.wait(3_000)
    assert "relays/5" not in wall.on
    assert "fan" in wall.on
    wall.mains_return()
    wall.wait(5 * MINUTE_MS)
    assert SwitchOn("relays/5", 1_800_000) == [one for one in wall.asked if one.device == "relays/5"][-1]


def test_what_a_volunteer_and_a_resident_read(wall: BatteryWall) -> None:
    assert wall.lights()["ups mains"] == (Light.OK, "The mains are there")
    wall.mains_go(charge=80.0)
    assert wall.lights()["ups mains"] == (Light.LOOK, "The mains are off, a battery feeds the station, 80 % left")
    wall.says("ups", Quantity.CHARGE_PERCENT, 12.0)
    assert wall.lights()["ups mains"] == (Light.ACT, "The mains are off and the battery is low, 12 % left")
    assert words.REFUSAL[Reason.ON_BATTERY][0].en == "The mains are off: no charging and no appliances"
