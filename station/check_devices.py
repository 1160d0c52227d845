"""What can be wrong with the devices of a station file by themselves: driver, settings, wires."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from config.faults import Fault, Places, nearest, shown
from config.load import Loaded
from config.models import Device
from config.wording import explain
from drivers import registry
from drivers.contract import Quantity, SwitchOn, Unlock
from drivers.registry import DriverModule
from drivers.settings import BusSettings, DeviceSettings, PortSettings

RESERVED = frozenset({"journal", "vault", "link", "clock", "control"})
"""The station's own drivers (`Site.journal` and so on) and its control socket; they stand beside the devices."""

_MOVING_PORT = re.compile(r"/dev/tty(USB|ACM)\d+")
_HEADER_PORT = re.compile(r"/dev/(serial0|ttyAMA0|ttyS0)")
_HEADER_PINS = ("GPIO 14", "GPIO 15")
_LAST_PULLED_UP = 8
"""From power-up until a program sets them GPIO 0 to 8 are pulled up and 9 to 27 down (BCM2835 ARM Peripherals, 6.2)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A device whose driver exists. `settings` is None when they are faulty."""

    driver: str
    module: DriverModule
    settings: DeviceSettings | None


def known_devices(loaded: Loaded, faults: list[Fault]) -> dict[str, Known]:
    """Every device whose driver exists; what is wrong with drivers and settings goes to `faults`."""
    found = {}
    for name, table in loaded.devices.items():
        if name in RESERVED:
            words = "this name is taken by a part of the station"
            faults.append(loaded.places.error(("devices", name), words, "choose another name"))
        module = _module(name, table, loaded.places, faults)
        if module is not None:
            found[name] = Known(table.driver, module, _settings(name, table, module, loaded.places, faults))
    return found


def _module(name: str, table: Device, places: Places, faults: list[Fault]) -> DriverModule | None:
    path = ("devices", name, "driver")
    try:
        return registry.find(table.driver)
    except registry.UnknownDriver:
        faults.append(
            places.error(path, f"no driver is called {shown(table.driver)}", nearest(table.driver, registry.known()))
        )
    except Exception as fault:  # noqa: BLE001 - a driver from elsewhere may fail in any way while it is imported
        words = f"the driver cannot be loaded: {type(fault).__name__}: {shown(str(fault))}"
        faults.append(places.error(path, words, "install it again, or ask whoever wrote it"))
    return None


def _settings(
    name: str, table: Device, module: DriverModule, places: Places, faults: list[Fault]
) -> DeviceSettings | None:
    try:
        return module.Settings.model_validate(table.model_dump())
    except ValidationError as error:
        faults += [
            places.error(("devices", name, *problem["loc"]), *explain(problem, module.Settings))
            for problem in error.errors(include_url=False)
        ]
        return None


def device_faults(places: Places, devices: Mapping[str, Known]) -> Iterator[Fault]:
    """What is wrong with the wires of devices whose settings are right by themselves."""
    fine = {name: device for name, device in devices.items() if device.settings is not None}
    owners: dict[str, str] = {}
    by_port: dict[str, list[str]] = defaultdict(list)
    for name, device in fine.items():
        if isinstance(device.settings, PortSettings):
            by_port[device.settings.port].append(name)
            yield from _port(places, name, device.settings.port)
        yield from _pull(places, name, device)
    for name, device in fine.items():
        yield from _clashes(places, name, device, by_port, owners)
    for port, names in by_port.items():
        yield from _shared_port(places, port, {name: fine[name].settings for name in names})


def _clashes(
    places: Places, name: str, device: Known, by_port: Mapping[str, list[str]], owners: dict[str, str]
) -> Iterator[Fault]:
    """One pin or address for two devices. All devices of one port together own what the port takes."""
    settings = device.settings
    if settings is None:
        return
    taken = [(wire, name) for wire in settings.wires()]
    if isinstance(settings, PortSettings) and _HEADER_PORT.fullmatch(settings.port):
        taken += [(pin, by_port[settings.port][0]) for pin in _HEADER_PINS]
    for wire, owner in taken:
        other = owners.setdefault(wire, owner)
        if other != owner:
            words = f"{wire} is used by the device {other} already"
            is_address = isinstance(settings, BusSettings) and wire in settings.wires()
            own = "on this port an address" if is_address else "a pin or port"
            yield places.error(("devices", name), words, f"give each device {own} of its own")


def _shared_port(places: Places, port: str, settings: Mapping[str, DeviceSettings | None]) -> Iterator[Fault]:
    """Devices on one port are made for that, speak one language, and want the line set alike."""
    names = list(settings)
    first = settings[names[0]]
    for name in names[1:]:
        own = settings[name]
        if not isinstance(first, BusSettings) or not isinstance(own, BusSettings):
            if own is not None and port in own.wires() and first is not None and port in first.wires():
                continue  # told as a clash
            words = f"{port} is used by the device {names[0]} already"
            yield places.error(("devices", name), words, "give each device a pin or port of its own")
        elif own.language != first.language:
            words = f"{names[0]} on the same port speaks {first.language}, this one {own.language}"
            yield places.error(("devices", name, "port"), words, "give it a port of its own")
        elif own.line() != first.line():
            words = f"{names[0]} on the same port wants {first.line()}, this one {own.line()}"
            yield places.error(("devices", name, "port"), words, "set both devices alike, or give it a port of its own")


def _port(places: Places, name: str, port: str) -> Iterator[Fault]:
    if _MOVING_PORT.fullmatch(port):
        words = f"{port} is another device after a re-plug or a restart"
        mend = "name it as in ls /dev/serial/by-id (or by-path, where two adapters have the same name)"
        yield places.warning(("devices", name, "port"), words, mend)


def _pull(places: Places, name: str, device: Known) -> Iterator[Fault]:
    pin, active_high = getattr(device.settings, "pin", None), getattr(device.settings, "active_high", None)
    moves = device.module.Driver.accepts & {Unlock, SwitchOn}
    if not moves or not isinstance(pin, int) or not isinstance(active_high, bool):
        return
    if active_high == (pin <= _LAST_PULLED_UP):
        side = "up" if active_high else "down"
        words = f"GPIO {pin} is pulled {side} from power-up until the station runs: this relay may switch on by itself"
        mend = f"take a pin from {'9 to 27' if active_high else '2 to 8'}, or put a resistor of 10 kΩ against it"
        yield places.warning(("devices", name, "pin"), words, mend)


def is_for_health(device: Known) -> bool:
    """Whether a device watches the station itself, its board or its mains, and needs no service."""
    watched = {Quantity.UNDER_VOLTAGE, Quantity.DISK_FREE_BYTES, Quantity.ON_BATTERY, Quantity.CHARGE_PERCENT}
    return bool(device.module.Driver.gives & watched)
