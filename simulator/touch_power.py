"""Hands on what takes power: sockets, machines and their water, what is switched for a room, and the battery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from config.services import Appliance, Sockets
from simulator.devices.nut import Nut
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.fittings import Thing
from simulator.pod import Pod
from simulator.touch import Deed, Touchable

PHONE_W = 8.0
TOO_MUCH = 1.3
"""So many times what its table allows is drawn by something that should not be there."""
MACHINE_W = 900.0
OF_ITS_LIMIT = 0.8
MWS_PER_WH = 3_600_000

S = TypeVar("S")


class Powered(Touchable):
    """What a relay gives power to."""

    @property
    def power(self) -> bool:
        """Whether it has power."""
        if isinstance(self.twin, WaveshareRelay):
            return self.act(lambda board, now_ms: bool(board.is_on(self.channel, now_ms)))
        return bool(self.twin.on)


class Switched(Powered):
    """A fan, an air-con, whatever is switched for a room."""

    @property
    def state(self) -> str:
        return "runs" if self.power else "rests"


class Metered(Powered):
    """What takes power through a meter, or without one."""

    @property
    def reading(self) -> str:
        if not self.thing.also:
            return ""
        self.pod.act(self.thing.also, lambda meter, now_ms: meter.advance(now_ms))
        meter = self.pod.devices[self.thing.also]
        return f"{meter.flowing_w:.0f} W · {meter.energy_mws / MWS_PER_WH:.1f} Wh"

    def draw(self, watts: float) -> None:
        """So much is drawn as soon as there is power."""
        if self.thing.also:
            self.pod.act(self.thing.also, lambda meter, now_ms: meter.set_load(watts, now_ms))


class Socket(Metered):
    """A socket for charging."""

    def __init__(self, pod: Pod, thing: Thing) -> None:
        super().__init__(pod, thing)
        self._plugged = ""
        self._limit_w = _table(pod, thing, Sockets).power_max_w

    @property
    def state(self) -> str:
        without, supplied = {"": ("off", "on"), "phone": ("plugged", "charges"), "heater": ("heavy", "draws")}[
            self._plugged
        ]
        return supplied if self.power else without

    def deeds(self) -> Mapping[str, Deed]:
        return {"unplug": self.unplug} if self._plugged else {"plug": self.plug, "heavy": self.plug_heater}

    def plug(self) -> None:
        self._plugged = "phone"
        self.draw(PHONE_W)

    def plug_heater(self) -> None:
        self._plugged = "heater"
        self.draw(self._limit_w * TOO_MUCH)

    def unplug(self) -> None:
        self._plugged = ""
        self.draw(0.0)


class Machine(Metered):
    """A microwave, a kettle, a water dispenser. It waits for power with its own switch on, and full of water."""

    def __init__(self, pod: Pod, thing: Thing) -> None:
        super().__init__(pod, thing)
        table = _table(pod, thing, Appliance)
        self._limit_w, self._water = table.power_max_w or MACHINE_W, table.water
        self._overloaded = False
        self.relieve()
        if self._water:
            self.fill()

    @property
    def state(self) -> str:
        if self._water and not self.pod.closed(self._water):
            return "dry"
        return "runs" if self.power else "rests"

    def deeds(self) -> Mapping[str, Deed]:
        load: dict[str, Deed] = {"relieve": self.relieve} if self._overloaded else {"overload": self.overload}
        if not self._water:
            return load
        return load | ({"fill": self.fill} if self.state == "dry" else {"drain": self.drain})

    def overload(self) -> None:
        self._overloaded = True
        self.draw(self._limit_w * TOO_MUCH)

    def relieve(self) -> None:
        self._overloaded = False
        self.draw(self._limit_w * OF_ITS_LIMIT)

    def fill(self) -> None:
        self.pod.move(self._water, closed=True)

    def drain(self) -> None:
        self.pod.move(self._water, closed=False)


class Battery(Touchable):
    """An uninterruptible supply before the controller: its mains fail without anybody noticing but itself."""

    twin: Nut

    @property
    def state(self) -> str:
        return "battery" if "OB" in self.twin.variables["ups.status"] else "mains"

    def deeds(self) -> Mapping[str, Deed]:
        return {"return": self.twin.mains_return} if self.state == "battery" else {"fail": self.twin.mains_fail}


def _table(pod: Pod, thing: Thing, model: type[S]) -> S:
    table = pod.file.services[thing.service]
    if not isinstance(table, model):
        raise TypeError(f"{thing.id} is not of a {model.__name__}")
    return table
