"""What is screwed to the wall of a simulated station: a twin for every device of its file, and where each is connected.

The same wall hangs in a demo (pseudo-terminals, a socket for pins, real time) and in a world (virtual time). A twin is
found by its driver's name (`simulator.twins`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from config.models import StationFile
from config.services import Alarm, Door
from drivers.contract import channel_of, device_of
from simulator.devices.bus import Bus
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.spot import Spot
from simulator.twins import Maker, maker_of
from simulator.wires.line import SerialDevice
from simulator.wires.pin_board import InputDevice, OutputDevice
from simulator.wires.stream import StreamDevice
from simulator.wires.virtual_i2c import I2cDevice

Place: TypeAlias = str | int | tuple[int, int]
FIRST_INPUT = 101
"""What a relay board's first input is called in a station file."""


@runtime_checkable
class OnI2c(I2cDevice, Protocol):
    """A device on an I2C bus knows where it is."""

    bus: int
    address: int


@runtime_checkable
class OnNetwork(StreamDevice, Protocol):
    """A service knows its "host:port"."""

    address: str


@runtime_checkable
class OnSeveralPins(Protocol):
    """A device of several inputs."""

    def inputs(self) -> Mapping[str, InputDevice]:
        """Each by the setting that names its pin."""
        ...


class Wall:
    """Every twin by its device's name, and what stands on each port, pin, I2C address and TCP port.

    `instead` makes other twins of some drivers, watched or calmer ones. `own` names the drivers that have no twin here,
    because something else stands in for their device.
    """

    def __init__(
        self,
        file: StationFile,
        folder: Path,
        *,
        now_ms: int = 0,
        seed: Callable[[], int] = lambda: 0,
        instead: Mapping[str, Maker] | None = None,
        own: frozenset[str] = frozenset(),
    ) -> None:
        self.twins: dict[str, Any] = {}
        self.ports: dict[str, SerialDevice] = {}
        self.port_of: dict[str, str] = {}
        self.outputs: dict[int, OutputDevice] = {}
        self.inputs: dict[int, InputDevice] = {}
        self.i2c: dict[tuple[int, int], OnI2c] = {}
        self.services: dict[str, OnNetwork] = {}
        self.file = file
        self._places: dict[str, Place | None] = {}
        makers = instead or {}
        for name, device in file.devices.items():
            if device.driver in own:
                continue
            settings = dict(device.model_extra or {})
            spot = Spot(name, settings, rests_closed(file, name), seed(), now_ms, folder)
            twin = self.twins[name] = (makers.get(device.driver) or maker_of(device.driver))(spot)
            self._places[name] = self._connect(spot, twin)
        for port in dict.fromkeys(self.port_of.values()):
            members = {name: self.twins[name] for name, its in self.port_of.items() if its == port}
            self.ports[port] = Bus(members) if len(members) > 1 else next(iter(members.values()))
        self._feed_meters()
        self._fill_tanks(now_ms)

    def _connect(self, spot: Spot, twin: Any) -> Place | None:
        """To what its driver opens: that follows from what kind of device it is, and from its settings."""
        match twin:
            case SerialDevice():
                port = self.port_of[spot.name] = str(spot.settings["port"])
                return port
            case OutputDevice():
                self.outputs[spot.settings["pin"]] = twin
                return int(spot.settings["pin"])
            case InputDevice():
                self.inputs[spot.settings["pin"]] = twin
                return int(spot.settings["pin"])
            case OnSeveralPins():
                pins = {int(spot.settings[key]): one for key, one in twin.inputs().items()}
                self.inputs.update(pins)
                return next(iter(pins))
            case OnI2c():
                self.i2c[twin.bus, twin.address] = twin
                return twin.bus, twin.address
            case OnNetwork():
                self.services[twin.address] = twin
                return twin.address
            case _:
                return None  # a file is all there is of it

    def place_of(self, name: str) -> Place | None:
        """Where a twin is connected: its port, first pin, I2C or TCP address; None for one that is only a file."""
        return self._places[name]

    def _feed_meters(self) -> None:
        """A meter stands in one line with the relay that its service names."""
        for relay, meter in metered(self.file):
            self.twins[meter].feed = self._feeding(relay, self.twins[meter])

    def _fill_tanks(self, now_ms: int) -> None:
        """A contact that is closed while there is water is closed in the beginning, also on a board's input."""
        for service in self.file.services.values():
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
