"""What is screwed to the wall of a simulated station: a twin for every device of its file, and where each is connected.

The same wall hangs in a demo (pseudo-terminals, a socket for pins, real time) and in a world (virtual time). A twin is
named as its driver; `makers` may put a watched one in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.models import StationFile
from config.services import Alarm, Door
from drivers.contract import channel_of, device_of
from simulator.devices.beam_counter import BeamCounter
from simulator.devices.bus import Bus
from simulator.devices.ds18b20 import Ds18b20
from simulator.devices.gm65 import Gm65
from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.gpio_switch import GpioSwitch
from simulator.devices.ld2410 import Ld2410
from simulator.devices.ld2450 import Ld2450
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.lockboard_cu16 import LockboardCu16
from simulator.devices.lockboard_wkly import LockboardWkly
from simulator.devices.nut import Nut
from simulator.devices.pir import Pir
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.sht3x import Sht3x
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.devices.xy_md02 import XyMd02
from simulator.wires.line import SerialDevice
from simulator.wires.pin_board import InputDevice, OutputDevice


@dataclass(frozen=True, slots=True)
class Spot:
    """What a twin needs to know of its place."""

    name: str
    settings: Mapping[str, Any]
    rests_closed: bool  # a contact's circuit, while nothing happens
    seed: int
    now_ms: int
    folder: Path  # for devices that are files


Maker = Callable[[Spot], Any]
FIRST_INPUT = 101
"""What a relay board's first input is called in a station file."""

MAKERS: Mapping[str, Maker] = {
    "gm65": lambda _: Gm65(),
    "ld2410": lambda spot: Ld2410(now_ms=spot.now_ms),
    "ld2450": lambda spot: Ld2450(now_ms=spot.now_ms),
    "lockboard-8a": lambda spot: Lockboard8a(**picked(spot, "address", "channels", "feedback", "status_order")),
    "lockboard-wkly": lambda spot: LockboardWkly(**picked(spot, "address", "channels")),
    "lockboard-cu16": lambda spot: LockboardCu16(**picked(spot, "address", "channels")),
    "waveshare-relay": lambda spot: WaveshareRelay(**picked(spot, "address", "channels", "inputs")),
    "pzem004t": lambda spot: Pzem004t(**picked(spot, "address")),
    "xy-md02": lambda spot: XyMd02(**picked(spot, "address")),
    "gpio-lock": lambda spot: GpioLock(**picked(spot, "active_high", "fail")),
    "gpio-switch": lambda spot: GpioSwitch(**picked(spot, "active_high")),
    "gpio-contact": lambda spot: GpioContact(closed=spot.rests_closed, seed=spot.seed),
    "pir": lambda spot: Pir(now_ms=spot.now_ms),
    "beam-counter": lambda spot: BeamCounter(**picked(spot, "active_high"), seed=spot.seed),
    "ds18b20": lambda spot: Ds18b20(spot.folder, **picked(spot, "sensor")),
    "sht3x": lambda _: Sht3x(),
    "nut": lambda spot: Nut(**picked(spot, "ups"), now_ms=spot.now_ms),
}


def picked(spot: Spot, *keys: str) -> dict[str, Any]:
    """Those of the settings that the file gives and the twin has as well."""
    return {key: spot.settings[key] for key in keys if key in spot.settings}


class Wall:
    """Every twin by its device's name, and what stands on each port, pin, I2C address and TCP port.

    `own` names the drivers that have no twin here, because something else stands in for their device.
    """

    def __init__(
        self,
        file: StationFile,
        folder: Path,
        *,
        now_ms: int = 0,
        seed: Callable[[], int] = lambda: 0,
        makers: Mapping[str, Maker] = MAKERS,
        own: frozenset[str] = frozenset(),
    ) -> None:
        self.twins: dict[str, Any] = {}
        self.ports: dict[str, SerialDevice] = {}
        self.port_of: dict[str, str] = {}
        self.outputs: dict[int, OutputDevice] = {}
        self.inputs: dict[int, InputDevice] = {}
        self.i2c: dict[tuple[int, int], Any] = {}
        self.services: dict[str, Any] = {}
        self._file = file
        on_port: dict[str, dict[str, SerialDevice]] = {}
        for name, device in file.devices.items():
            if device.driver in own:
                continue
            settings = dict(device.model_extra or {})
            spot = Spot(name, settings, rests_closed(file, name), seed(), now_ms, folder)
            if device.driver not in makers:
                raise ValueError(f"no simulated device for the driver {device.driver}")
            twin = self.twins[name] = makers[device.driver](spot)
            self._connect(name, device.driver, settings, twin, on_port)
        for port, members in on_port.items():
            self.ports[port] = Bus(members) if len(members) > 1 else next(iter(members.values()))
        self._feed_meters()
        self._fill_tanks(now_ms)

    def _connect(
        self,
        name: str,
        driver: str,
        settings: Mapping[str, Any],
        twin: Any,
        on_port: dict[str, dict[str, SerialDevice]],
    ) -> None:
        match driver:
            case "beam-counter":
                self.inputs[settings["outer"]], self.inputs[settings["inner"]] = twin.outer, twin.inner
            case "gpio-lock" | "gpio-switch":
                self.outputs[settings["pin"]] = twin
            case "gpio-contact" | "pir":
                self.inputs[settings["pin"]] = twin
            case "sht3x":
                self.i2c[settings.get("bus", 1), settings.get("address", 0x44)] = twin
            case "nut":
                self.services[f"{settings.get('host', '127.0.0.1')}:{settings.get('port', 3493)}"] = twin
            case "ds18b20":
                pass  # the kernel's folder is all there is of it
            case _:
                self.port_of[name] = settings["port"]
                on_port.setdefault(settings["port"], {})[name] = twin

    def place_of(self, name: str) -> str | int | tuple[int, int] | None:
        """Where a twin is connected: its port, pin, I2C or TCP address; None for one that is only a file."""
        twin = self.twins[name]
        first = twin.outer if isinstance(twin, BeamCounter) else twin
        tables: tuple[Mapping[Any, Any], ...] = (self.outputs, self.inputs, self.i2c, self.services)
        connected = (place for table in tables for place, one in table.items() if one is first)
        return self.port_of.get(name) or next(connected, None)

    def _feed_meters(self) -> None:
        """A meter stands in one line with the relay that its service names."""
        for relay, meter in metered(self._file):
            self.twins[meter].feed = self._feeding(relay, self.twins[meter])

    def _fill_tanks(self, now_ms: int) -> None:
        """A contact that is closed while there is water is closed in the beginning, also on a board's input."""
        for service in self._file.services.values():
            water = getattr(service, "water", "")
            if channel_of(water) if water else 0:
                board = self.twins[device_of(water)]
                board.move_input(channel_of(water) - FIRST_INPUT + 1, closed=True, now_ms=now_ms)

    def _feeding(self, relay: str, meter: Pzem004t) -> Callable[[int], None]:
        board, channel = self.twins[device_of(relay)], channel_of(relay)

        def feed(now_ms: int) -> None:
            meter.switch(board.is_on(channel, now_ms) if channel else board.on, now_ms)

        return feed


def metered(file: StationFile) -> Iterator[tuple[str, str]]:
    """Every relay with the meter behind it, wherever a service names both."""
    for service in file.services.values():
        for table in (service, *getattr(service, "sockets", {}).values()):
            relay, meter = getattr(table, "relay", ""), getattr(table, "meter", "")
            if relay and meter:
                yield relay, meter


def rests_closed(file: StationFile, contact: str) -> bool:
    """Whether a contact's circuit is closed while nothing happens: a button that closes it is open then."""
    for service in file.services.values():
        if isinstance(service, Alarm) and service.button == contact:
            return service.pressed == "open"
        if isinstance(service, Door) and service.egress_button == contact:
            return False
    return True
