"""One simulated station in real time: twins of its devices on ptys and pins, and `station run` as its own process.

The program under test is the program that ships; only the far ends of its wires are simulated. People move doors here,
nobody else does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from config.load import load
from config.models import StationFile
from config.services import Door
from simulator.devices.ds18b20 import Ds18b20
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.gpio_switch import GpioSwitch
from simulator.devices.lock_board import LockBoard
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.kiosk import LOOPBACK, Kiosk
from simulator.pod_doors import PodDoors, PodFault
from simulator.toml_text import toml_text
from simulator.wall import OnNetwork, Wall
from simulator.wires.free_port import free_port
from simulator.wires.pin_board import PinBoard
from simulator.wires.pty import PtyPort
from simulator.wires.stream import TcpService

STOP_SECONDS = 10.0
MAX_LOG_LINES = 400
PATH_LIMIT = 88
"""A Unix socket's path is at most 107 bytes long, and the longest one here is state/control.sock."""
EMPTY_AFTER_SECONDS = 10
"""The shortest that a station file may say: nobody waits two minutes before a picture for the lamp to go out."""

T = TypeVar("T")

OWN_WINDOW = frozenset({"screen", "voice", "pi-health"})
"""Drivers that need no twin: a kiosk looks at the screen, the voice goes to the log, the board is this machine."""
REAL_ONLY = frozenset({"sht3x", "osdp", "uhppote"})
"""Twins that a process of its own cannot reach: nothing simulates an I2C bus, the others have lines of their own."""


class Pod(PodDoors):
    """A station file, its twins, and the controller's process. Everything happens on the running asyncio loop."""

    def __init__(self, station_file: Path, folder: Path, office: dict[str, Any] | None) -> None:
        loaded = load(station_file)
        if loaded.file is None:
            raise PodFault(f"{station_file} has errors: run `station check {station_file}`")
        if len(str(folder)) > PATH_LIMIT:
            raise PodFault(f"{folder} is too long a path for a socket: choose a shorter folder (TMPDIR)")
        self.file: StationFile = loaded.file
        self.folder = folder
        self.state_folder = folder / "state"
        self.log: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self.wall: Wall
        self.devices: dict[str, Any] = {}
        """The twins, by their devices' names."""
        self.ports: dict[str, PtyPort] = {}
        """The pseudo-terminal of every serial device, by its name; devices on one bus share theirs."""
        self.kiosks: dict[str, Kiosk] = {}
        self.process: Process | None = None
        self.powered = False
        self._office = office
        self._board = PinBoard(folder / "pins.sock")
        self._services: list[TcpService] = []
        self._reader: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ what it is made of

    async def open(self) -> None:
        """Make the twins and plug them in."""
        self.state_folder.mkdir(parents=True, exist_ok=True)
        await self._board.open()
        tables = self.file.model_dump(mode="json", exclude_unset=True)
        self._hang_up()
        for name, device in self.file.devices.items():
            await self._connect(name, device.driver, tables["devices"][name])
        for name, service in self.file.services.items():
            if isinstance(service, Door) and service.presence:
                tables["services"][name]["empty_after_seconds"] = EMPTY_AFTER_SECONDS
        if self._office is None:
            tables.pop("office", None)
        else:
            tables["office"] = self._office
        self.station_file.write_text(toml_text(tables), encoding="utf-8")

    @property
    def station_file(self) -> Path:
        """The station file with simulated ports, as the controller gets it."""
        return self.folder / "station.toml"

    def _hang_up(self) -> None:
        """The twins of all devices, and their ports and pins."""
        real_only = [name for name, device in self.file.devices.items() if device.driver in REAL_ONLY]
        if real_only:
            raise PodFault(f"{', '.join(real_only)}: this driver cannot be simulated for a process of its own")
        sensors = self.folder / "w1"
        sensors.mkdir(exist_ok=True)
        self.wall = Wall(self.file, sensors, own=OWN_WINDOW)
        self.devices = self.wall.twins
        for pin, output in self.wall.outputs.items():
            self._board.attach_output(pin, output)
        for pin, source in self.wall.inputs.items():
            self._board.attach_input(pin, source)
        by_port: dict[str, PtyPort] = {}
        for number, (port, device) in enumerate(self.wall.ports.items()):
            by_port[port] = PtyPort(self.folder / f"port{number}", device)
            by_port[port].plug()
        self.ports = {name: by_port[port] for name, port in self.wall.port_of.items()}

    async def _connect(self, name: str, driver: str, table: dict[str, Any]) -> None:
        """The controller's own file names the simulated places."""
        if name in self.ports:
            table["port"] = str(self.ports[name].link)
        elif driver == "ds18b20":
            table["folder"] = str(self.folder / "w1")
        elif isinstance(self.devices.get(name), OnNetwork):
            service = TcpService(self.devices[name])
            self._services.append(service)
            await service.open()
            table["host"], table["port"] = LOOPBACK, service.port
        elif driver == "screen":
            table["port"] = free_port()
            self.kiosks[name] = Kiosk(table["port"])
            self.kiosks[name].open()

    def act(self, name: str, deed: Callable[[Any, int], T]) -> T:
        """Do something with a device: `deed` gets its twin and the time in milliseconds."""
        twin = self.devices[name]
        if name in self.ports:
            return self.ports[name].act(lambda now_ms: deed(twin, now_ms))
        return self._board.act(lambda now_ms: deed(twin, now_ms))

    def take_away(self, output: str) -> None:
        """Unscrew a lock or a switch on a pin: it leads nowhere from now on, and the controller cannot know."""
        table = self.file.devices[output].model_dump()
        self._board.attach_output(table["pin"], _NobodyThere())

    # ------------------------------------------------------------ mains

    @property
    def running(self) -> bool:
        """True while the controller's process lives."""
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """The mains come on: `station run`."""
        environment = {
            **os.environ,
            "GPIOZERO_PIN_FACTORY": "station-sim",
            "STATION_SIM_PINS": str(self.folder / "pins.sock"),
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "1",  # as systemd/station.service has it
        }
        self._modules_get_power()
        self.powered = True
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "station.cli", "run", str(self.station_file), "--state", str(self.state_folder)),
            env=environment,
            stderr=asyncio.subprocess.PIPE,
            process_group=0,  # Ctrl-C is for the demo, which then ends it in order
        )
        self._reader = asyncio.create_task(self._read_log(self.process))

    async def _read_log(self, process: Process) -> None:
        stream = process.stderr
        while stream is not None and (line := await stream.readline()):
            self.log.append(line.decode(errors="replace").rstrip())

    async def cut_mains(self) -> None:
        """The mains fail: the controller dies between two instructions, every coil drops, modules forget."""
        self.powered = False
        if self.process is not None and self.running:
            self.process.kill()
        self._modules_lose_power()
        await self._ended()
        for device in self.devices.values():
            if isinstance(device, GpioLock | GpioSwitch):
                self._board.act(partial(device.drive, None))

    def _modules_lose_power(self) -> None:
        for name, device in self.devices.items():
            if isinstance(device, LockBoard | WaveshareRelay):
                self.act(name, _power_cycle)  # what a board drives drops now, not when it starts again
            if hasattr(device, "silent"):
                device.silent = True
            if isinstance(device, Pzem004t):
                device.mains(False, self._now_ms())

    def _modules_get_power(self) -> None:
        """A module begins with what it had saved."""
        for name, device in self.devices.items():
            if isinstance(device, Ds18b20):
                device.plug()
            if isinstance(device, Pzem004t):
                device.mains(True, self._now_ms())
            if getattr(device, "silent", False):
                device.silent = False
                self.act(name, _power_cycle)

    def _now_ms(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)

    async def stop(self) -> int:
        """End the controller as systemd does. Returns its exit code."""
        if self.process is not None and self.running:
            self.process.terminate()
        return await self._ended()

    async def _ended(self) -> int:
        if self.process is None:
            return 0
        try:
            code = await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            code = await self.process.wait()
        if self._reader is not None:
            await self._reader
            self._reader = None
        return code

    async def close(self) -> None:
        """End everything."""
        for kiosk in self.kiosks.values():
            await kiosk.close()
        await self.stop()
        for port in dict.fromkeys(self.ports.values()):
            port.close()
        for service in self._services:
            await service.close()
        await self._board.close()


def _power_cycle(device: Any, now_ms: int) -> None:
    """Modules that forget something when the power fails say so; the others begin as they were."""
    if hasattr(device, "power_cycle"):
        device.power_cycle(now_ms)


class _NobodyThere:
    """What a pin drives when its device has been taken away."""

    def drive(self, level: bool | None, now_ms: int) -> None:
        """Nothing moves."""
