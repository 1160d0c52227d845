"""The devices of a station file in their threads: one each, or one for all that share a serial port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from config.models import StationFile
from drivers.bus import Bus
from drivers.contract import Clock, Driver, Wires
from drivers.registry import DriverModule
from drivers.settings import BusSettings, DeviceSettings
from station.site_of import device_settings
from station.threads import Inbox, Runner

Make = Callable[[Wires, Clock], Driver]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whoever has a thread: a device, called as in the station file, or the port of several."""

    name: str
    devices: Mapping[str, Make]
    driver: str  # of its first device

    @property
    def is_device(self) -> bool:
        """False for a bus: its devices tell for themselves whether they answer."""
        return len(self.devices) == 1

    def open(self, wires: Wires, clock: Clock) -> Driver:
        """Open the device, or the bus of several. Raises `WireLost`."""
        if not self.is_device:
            return Bus(self.devices, wires, clock)
        (make,) = self.devices.values()
        return make(wires, clock)


def owners(file: StationFile) -> list[Owner]:
    """Who shares a thread in a checked station file."""
    groups: dict[str, dict[str, tuple[DriverModule, DeviceSettings]]] = {}
    for name, (module, settings) in device_settings(file).items():
        place = settings.port if isinstance(settings, BusSettings) else name
        groups.setdefault(place, {})[name] = (module, settings)
    return [
        Owner(
            place if len(members) > 1 else next(iter(members)),
            {name: _maker(name, module, settings) for name, (module, settings) in members.items()},
            next(settings.driver for _, settings in members.values()),
        )
        for place, members in groups.items()
    ]


def _maker(name: str, module: DriverModule, settings: DeviceSettings) -> Make:
    driver: Any = module.Driver
    return lambda wires, clock: driver(name, settings, wires, clock)


def device_runners(file: StationFile, wires: Wires, inbox: Inbox, clock: Clock) -> dict[str, Runner[Driver]]:
    """The runner of every device, by the device's name; the devices of one bus share theirs."""
    runners: dict[str, Runner[Driver]] = {}
    for owner in owners(file):
        make = partial(owner.open, wires, clock)
        runner: Runner[Driver] = Runner(owner.name, make, inbox, clock, is_device=owner.is_device)
        runners |= dict.fromkeys(owner.devices, runner)
    return runners
