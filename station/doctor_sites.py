"""The two ways to the devices on the wall: opened by the doctor itself, or through the running controller's socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.models import StationFile
from drivers.contract import Clock, Command, DeviceDown, DeviceUp, LevelChanged, Quantity, Signal, Wires, device_of
from drivers.wire import RealWires
from station.clock import SteadyClock
from station.control import SOCKET_NAME, ControlFault, ask
from station.devices import device_runners
from station.threads import Inbox

POLL_MS = 200
MakeSite = Callable[[StationFile], "OwnSite | SocketSite"]
STOP_SECONDS = 5.0


class OwnSite:
    """The station's own drivers in their threads; `close` ends them, and every lock is safe."""

    moves = True

    def __init__(self, file: StationFile, wires: Wires, clock: Clock) -> None:
        self._inbox = Inbox()
        self._clock = clock
        self._devices = device_runners(file, wires, self._inbox, clock)
        self._runners = list(dict.fromkeys(self._devices.values()))
        for runner in self._runners:
            runner.start()

    def hear(self, milliseconds: int) -> Iterator[Signal]:
        """What the drivers put in the inbox."""
        until_ms = self._clock.steady_ms() + milliseconds
        while (left_ms := until_ms - self._clock.steady_ms()) > 0:
            signal = self._inbox.take(left_ms)
            if signal is not None:
                yield signal

    def post(self, command: Command) -> None:
        """To the driver's own thread."""
        self._devices[device_of(command.device)].post(command)

    def close(self) -> None:
        """End every driver."""
        for runner in self._runners:
            runner.stop()
        for runner in self._runners:
            runner.join(STOP_SECONDS)


class SocketSite:
    """What the running controller says of its devices, asked a few times a second. Nothing can be moved."""

    moves = False

    def __init__(self, state_folder: Path, clock: Clock) -> None:
        self._folder = state_folder
        self._clock = clock
        self._known: dict[tuple[str, str], object] = {}

    def hear(self, milliseconds: int) -> Iterator[Signal]:
        """Differences since the last answer. Raises `ControlFault` when the controller has ended."""
        until_ms = self._clock.steady_ms() + milliseconds
        while True:
            answer = ask(self._folder, {"question": "levels"})
            yield from self._news(answer)
            left_ms = until_ms - self._clock.steady_ms()
            if left_ms <= 0:
                return
            self._clock.rest(min(POLL_MS, left_ms))

    def _news(self, answer: dict[str, Any]) -> Iterator[Signal]:
        for name, device in answer["devices"].items():
            if self._known.get((name, "")) != device:
                self._known[name, ""] = device
                yield DeviceUp(name, device["detail"]) if device["up"] else DeviceDown(name, device["detail"])
        for point, quantity, value in answer["levels"]:
            if self._known.get((point, quantity), self) != value:
                self._known[point, quantity] = value
                yield LevelChanged(point, Quantity(quantity), value)

    def post(self, command: Command) -> None:
        """Not through the socket."""
        raise TypeError(f"the running controller moves {command.device}, nobody else")


@contextmanager
def find_site(state_folder: Path, wires: Wires | None = None) -> Iterator[MakeSite]:
    """How to reach the devices now: through the controller that runs on this state folder, or by opening them."""
    clock = SteadyClock()
    opened: list[OwnSite] = []

    def make(file: StationFile) -> OwnSite | SocketSite:
        if (state_folder / SOCKET_NAME).exists() and _answers(state_folder):
            return SocketSite(state_folder, clock)
        opened.append(OwnSite(file, wires or RealWires(), clock))
        return opened[0]

    try:
        yield make
    finally:
        for site in opened:
            site.close()


def _answers(state_folder: Path) -> bool:
    try:
        ask(state_folder, {"question": "levels"})
    except ControlFault:
        return False  # it ended without taking its socket away: then the devices are free
    return True
