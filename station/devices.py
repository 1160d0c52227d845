"""The devices of a station file in their threads: one each, or one for all that share a serial port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from config.models import StationFile
from drivers.bus import Bus
from drivers.contract import Clock, Driver, Wires
from drivers.registry import DriverModule
from drivers.settings import BusSettings, DeviceSettings
from station.site_of import device_settings
from station.threads import Inbox, Runner

Make = Callable[[Wires, Clock], Driver]


def owners(file: StationFile) -> Iterator[tuple[str, dict[str, tuple[DriverModule, DeviceSettings]]]]:
    """Who shares a thread: a name for the owner, and its devices. A device alone owns itself."""
    everything = device_settings(file)
    buses: dict[str, dict[str, tuple[DriverModule, DeviceSettings]]] = {}
    for name, (module, settings) in everything.items():
        if isinstance(settings, BusSettings):
            buses.setdefault(settings.port, {})[name] = (module, settings)
        else:
            yield name, {name: (module, settings)}
    for port, members in buses.items():
        yield (port if len(members) > 1 else next(iter(members))), members


def maker(name: str, module: DriverModule, settings: DeviceSettings) -> Make:
    """What opens a device."""
    driver: Any = module.Driver
    return lambda wires, clock: driver(name, settings, wires, clock)


def make_owner(members: dict[str, tuple[DriverModule, DeviceSettings]], wires: Wires, clock: Clock) -> Driver:
    """Open a device, or the bus of several."""
    makers = {name: maker(name, module, settings) for name, (module, settings) in members.items()}
    if len(makers) > 1:
        return Bus(makers, wires, clock)
    (make,) = makers.values()
    return make(wires, clock)


def device_runners(file: StationFile, wires: Wires, inbox: Inbox, clock: Clock) -> dict[str, Runner[Driver]]:
    """The runner of every device, by the device's name; the devices of one bus share theirs."""
    runners: dict[str, Runner[Driver]] = {}
    for owner, members in owners(file):
        alone = len(members) == 1

        def make(members: dict[str, tuple[DriverModule, DeviceSettings]] = members) -> Driver:
            return make_owner(members, wires, clock)

        runner: Runner[Driver] = Runner(owner, make, inbox, clock, is_device=alone)
        runners |= dict.fromkeys(members, runner)
    return runners
