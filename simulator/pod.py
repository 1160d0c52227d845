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
from typing import Any

from config.load import load
from config.models import StationFile
from config.services import Alarm, Door, Screen
from simulator.devices.gm65 import Gm65
from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.gpio_switch import GpioSwitch
from simulator.devices.ld2410 import Ld2410
from simulator.devices.pir import Pir
from simulator.kiosk import Kiosk
from simulator.toml_text import toml_text
from simulator.wires.embedded_broker import free_port
from simulator.wires.pin_board import PinBoard
from simulator.wires.pty import PtyPort

STOP_SECONDS = 10.0
MAX_LOG_LINES = 400
PATH_LIMIT = 88
"""A Unix socket's path is at most 107 bytes long, and the longest one here is state/control.sock."""
EMPTY_AFTER_SECONDS = 10
"""The shortest that a station file may say: nobody waits two minutes before a picture for the lamp to go out."""
PERSON_CM = 120

SERIAL: dict[str, Callable[[], Any]] = {"gm65": Gm65, "ld2410": Ld2410}


class PodFault(RuntimeError):
    """The simulated station cannot be started; the message says why."""


class Pod:
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
        self.devices: dict[str, Any] = {}
        self.ports: dict[str, PtyPort] = {}
        self.kiosks: dict[str, Kiosk] = {}
        self.process: Process | None = None
        self.powered = False
        self._office = office
        self._board = PinBoard(folder / "pins.sock")
        self._reader: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ what it is made of

    async def open(self) -> None:
        """Make the twins and plug them in."""
        self.state_folder.mkdir(parents=True, exist_ok=True)
        await self._board.open()
        tables = self.file.model_dump(mode="json", exclude_unset=True)
        for name, device in self.file.devices.items():
            self._make(name, device.driver, tables["devices"][name])
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

    def _make(self, name: str, driver: str, table: dict[str, Any]) -> None:
        if driver in SERIAL:
            self.devices[name] = SERIAL[driver]()
            table["port"] = str(self.folder / name)
            self.ports[name] = PtyPort(self.folder / name, self.devices[name])
            self.ports[name].plug()
        elif driver == "gpio-lock":
            fail = table.get("fail", "secure")
            self.devices[name] = GpioLock(active_high=table.get("active_high", True), fail=fail)
            self._board.attach_output(table["pin"], self.devices[name])
        elif driver == "gpio-switch":
            self.devices[name] = GpioSwitch(active_high=table.get("active_high", True))
            self._board.attach_output(table["pin"], self.devices[name])
        elif driver == "gpio-contact":
            self.devices[name] = GpioContact(closed=self._rests_closed(name))
            self._board.attach_input(table["pin"], self.devices[name])
        elif driver == "pir":
            self.devices[name] = Pir()
            self._board.attach_input(table["pin"], self.devices[name])
        elif driver == "screen":
            table["port"] = free_port()
            self.kiosks[name] = Kiosk(table["port"])
            self.kiosks[name].open()

    def _rests_closed(self, name: str) -> bool:
        for service in self.file.services.values():
            if isinstance(service, Alarm) and service.button == name:
                return service.pressed == "open"
            if isinstance(service, Door) and service.egress_button == name:
                return False
        return True

    def take_away(self, output: str) -> None:
        """Unscrew a lock or a switch: its pin leads nowhere from now on, and the controller cannot know."""
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
        for device in map(self.devices.__getitem__, self.ports):
            device.silent = True

    def _modules_get_power(self) -> None:
        """A module begins with what it had saved."""
        for name, port in self.ports.items():
            device = self.devices[name]
            if device.silent:
                device.silent = False
                port.act(partial(_power_cycle, device))

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
        for port in self.ports.values():
            port.close()
        await self._board.close()

    # ------------------------------------------------------------ what people do

    def door(self, name: str) -> Door:
        """A door service of the station file. Raises KeyError."""
        service = self.file.services[name]
        if not isinstance(service, Door):
            raise KeyError(name)
        return service

    def main_door(self) -> str:
        """The first door that has a scanner and a screen. Raises `PodFault`."""
        for name, service in self.file.services.items():
            if isinstance(service, Door) and service.reader and service.contact and self.screen(name) is not None:
                return name
        raise PodFault("this station has no door with a reader, a contact and a screen that opens it")

    def visitor_role(self, door: str) -> str:
        """Who comes to a door: a resident, where residents may come in."""
        roles = self.door(door).roles
        return "resident" if "resident" in roles else roles[0]

    def screen(self, door: str) -> Kiosk | None:
        """The display whose code opens a door, and somebody's eyes before it."""
        for service in self.file.services.values():
            if isinstance(service, Screen) and door in service.opens:
                return self.kiosks[service.screen]
        return None

    def show_to_scanner(self, door: str, picture: bytes) -> bytes:
        """Hold a picture (PNG) before a door's scanner; what it decoded, empty when it can make nothing of it."""
        reader = self.door(door).reader
        if not self.powered:
            return b""
        decoded: bytes = self.ports[reader].act(lambda now_ms: self.devices[reader].show_picture(picture, now_ms))
        return decoded

    def push(self, door: str) -> bool:
        """Push a door from outside: it moves only if its lock is released now."""
        service = self.door(door)
        released: bool = self.devices[service.lock].released
        if released:
            self.move_contact(door, closed=False)
        return released

    def move_contact(self, door: str, *, closed: bool) -> None:
        """The door moves: from inside, by its own closer, or by force."""
        contact = self.devices[self.door(door).contact]
        self._board.act(lambda now_ms: contact.move(closed=closed, now_ms=now_ms))

    def press(self, device: str, *, pressed: bool) -> None:
        """Press a button, or let it go."""
        contact = self.devices[device]
        rests_closed = self._rests_closed(device)
        self._board.act(lambda now_ms: contact.move(closed=rests_closed != pressed, now_ms=now_ms))

    def walk(self, door: str, *, inside: bool) -> None:
        """Somebody walks about in the room behind a door, or has left it."""
        for name in self.door(door).presence:
            device = self.devices[name]
            if isinstance(device, Ld2410):
                self.ports[name].act(partial(_stand_before, device, inside=inside))
            elif inside:
                self._board.act(device.movement)


def _stand_before(radar: Ld2410, _now_ms: int, *, inside: bool) -> None:
    if inside:
        radar.person(PERSON_CM, moving=True)
    else:
        radar.leave()


def _power_cycle(device: Gm65 | Ld2410, now_ms: int) -> None:
    if isinstance(device, Gm65):
        device.power_cycle()
    else:
        device.power_cycle(now_ms)


class _NobodyThere:
    """What a pin drives when its device has been taken away."""

    def drive(self, level: bool | None, now_ms: int) -> None:
        """Nothing moves."""
