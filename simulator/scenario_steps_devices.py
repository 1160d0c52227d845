"""Steps of a scenario that befall what hangs on the wall: alarms, the supply, boards and readers, thermometers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from config.faults import nearest
from config.services import Alarm
from config.tables import Name
from drivers.contract import Words, both
from simulator.devices.lock_board import LockBoard
from simulator.devices.nut import Nut
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.scenario_step import Step, Wrong
from simulator.wall import Wall
from simulator.wires.line import SerialDevice

if TYPE_CHECKING:
    from simulator.scenario_play import Play

ABLE: Mapping[str, Callable[[Any], bool]] = {
    "silent": lambda twin: hasattr(twin, "silent"),
    "unplugged": lambda twin: isinstance(twin, SerialDevice),
    "jammed": lambda twin: isinstance(twin, LockBoard | WaveshareRelay),
    "flickers": lambda twin: hasattr(twin, "power_cycle"),
    "well": lambda twin: hasattr(twin, "silent"),
}
"""Which devices can be in a state: what says nothing cannot fall silent, what has no plug cannot lose it."""
CANNOT: Mapping[str, str] = {
    "silent": "fall silent",
    "unplugged": "be unplugged",
    "jammed": "jam",
    "flickers": "lose its supply for a moment",
    "well": "be out of order, nor be mended",
}


def _unable(wall: Wall, key: str, name: str, what: str, able: Callable[[Any], bool]) -> Iterator[Wrong]:
    """Why this device cannot, and which can; nothing when it can."""
    those = [other for other, twin in wall.twins.items() if able(twin)]
    if name not in wall.file.devices:
        yield key, f"no device of this station is called {name}", nearest(name, those)
    elif name not in those:
        driver, others = wall.file.devices[name].driver, ", ".join(those) or "no device here"
        yield key, f"{name} is a {driver}: it cannot {what}", f"{others} can"


class AlarmMoves(Step):
    """A button is pressed, or turned back; the fire relay falls, or comes back."""

    do: Literal["alarm"]
    name: Name
    pressed: bool = True

    def words(self) -> Words:
        if self.pressed:
            return both("the alarm {name} is raised!", name=self.name)
        return both("the button of {name} is turned back", name=self.name)

    def faults(self, wall: Wall) -> Iterator[Wrong]:
        alarms = [name for name, one in wall.file.services.items() if isinstance(one, Alarm)]
        if self.name not in alarms:
            yield "name", f"no alarm of this station is called {self.name}", nearest(self.name, alarms)

    def act(self, play: Play) -> None:
        play.world.house.alarm(self.name, on=self.pressed)


class MainsAre(Step):
    """The mains are gone and a UPS feeds the station, or they are back."""

    do: Literal["mains"]
    state: Literal["battery", "back"]
    charge: int = Field(100, ge=0, le=100, description="percent of the battery")
    ups: Name = "ups"

    def words(self) -> Words:
        if self.state == "back":
            return both("the mains are back")
        return both("the mains are gone, the UPS has {charge} %", charge=self.charge)

    def faults(self, wall: Wall) -> Iterator[Wrong]:
        yield from _unable(wall, "ups", self.ups, "take over from the mains", lambda twin: isinstance(twin, Nut))

    def act(self, play: Play) -> None:
        fails = self.state == "battery"
        play.world.house.move(
            self.ups, lambda twin: twin.mains_fail(self.charge) if fails else twin.mains_return(self.charge)
        )


class DeviceIs(Step):
    """A device falls silent, loses its cable, jams, or works again."""

    do: Literal["device"]
    name: Name
    state: Literal["silent", "unplugged", "jammed", "flickers", "well"]
    channels: tuple[int, ...] = Field((), strict=False, description="which cells jam")

    def words(self) -> Words:
        match self.state:
            case "silent":
                return both("{name} falls silent", name=self.name)
            case "unplugged":
                return both("{name} is unplugged", name=self.name)
            case "jammed":
                return both("{name} jams at {channels}", name=self.name, channels=", ".join(map(str, self.channels)))
            case "flickers":
                return both("{name} loses its supply for a moment", name=self.name)
            case "well":
                return both("{name} works again", name=self.name)

    def faults(self, wall: Wall) -> Iterator[Wrong]:
        wrong = list(_unable(wall, "name", self.name, CANNOT[self.state], ABLE[self.state]))
        yield from wrong
        if self.state == "jammed" and not wrong:
            cells = wall.twins[self.name].channels
            if not self.channels or not all(1 <= one <= cells for one in self.channels):
                yield "channels", f"{self.name} has the channels 1 to {cells}", "name those that jam: channels = [1]"

    def act(self, play: Play) -> None:
        house, now_ms = play.world.house, play.world.agenda.now_ms
        match self.state:
            case "silent":
                house.silence(self.name, silent=True)
            case "unplugged":
                house.plug(self.name, plugged=False)
            case "jammed":
                house.device(self.name).stuck.update(self.channels)
            case "flickers":
                house.move(self.name, lambda twin: twin.power_cycle(now_ms))
            case "well":
                if self.name in house.serial_devices():
                    house.plug(self.name, plugged=True)
                house.mend(self.name)


class HeatIs(Step):
    """A thermometer measures this."""

    do: Literal["heat"]
    name: Name
    celsius: float = Field(ge=-40, le=120)

    def words(self) -> Words:
        return both("{name} measures {celsius:g} °C", name=self.name, celsius=self.celsius)

    def faults(self, wall: Wall) -> Iterator[Wrong]:
        yield from _unable(wall, "name", self.name, "measure heat", lambda twin: hasattr(twin, "measure"))

    def act(self, play: Play) -> None:
        play.world.house.move(self.name, lambda twin: twin.measure(self.celsius))


DEVICES: tuple[type[Step], ...] = (AlarmMoves, MainsAre, DeviceIs, HeatIs)
