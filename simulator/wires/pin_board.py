"""The simulator's side of simulated GPIO pins, in real time, on the running asyncio loop; see `pins`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, cast, runtime_checkable

T = TypeVar("T")


@runtime_checkable
class OutputDevice(Protocol):
    """Something on an output of the program under test."""

    def drive(self, level: bool | None, now_ms: int) -> None:
        """The line has this level from now on; None: nobody drives it."""
        ...


@runtime_checkable
class InputDevice(Protocol):
    """Something that makes edges on an input of the program under test."""

    @property
    def level(self) -> bool: ...

    def due_ms(self) -> int | None:
        """When its next edge comes."""
        ...

    def tick(self, now_ms: int) -> list[tuple[int, bool]]:
        """Its edges up to now."""
        ...


class PinBoard:
    """A socket that the program under test connects to, and the devices on the pins.

    As on a Raspberry Pi, an output stays driven when the program that drives it dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._outputs: dict[int, OutputDevice] = {}
        self._inputs: dict[int, InputDevice] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await self._loop.create_unix_server(lambda: _Link(self), str(self._path))

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for link in list(self._links):
            link.transport.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    def attach_output(self, pin: int, device: OutputDevice) -> None:
        self._outputs[pin] = device

    def attach_input(self, pin: int, device: InputDevice) -> None:
        self._inputs[pin] = device

    def act(self, deed: Callable[[int], T]) -> T:
        """Do something with a device: `deed` gets the time in milliseconds."""
        result = deed(self._now_ms())
        self._go_on()
        return result

    def _now_ms(self) -> int:
        return int(self._loop.time() * 1000)

    def _go_on(self) -> None:
        now_ms = self._now_ms()
        for pin, device in self._inputs.items():
            for _, level in device.tick(now_ms):
                for link in self._links:
                    link.send(f"level {pin} {int(level)}", only_to=pin)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wakes = [due for device in self._inputs.values() if (due := device.due_ms()) is not None]
        if wakes:
            self._timer = self._loop.call_at(min(wakes) / 1000, self._go_on)

    def obey(self, link: _Link, words: list[str]) -> None:
        """One line of the program under test."""
        pin = int(words[1])
        match words[0]:
            case "out":
                link.inputs.discard(pin)
                self._drive(pin, words[2] == "1")
            case "in":
                device = self._inputs.get(pin)
                link.inputs.add(pin)
                self._drive(pin, None)
                level = device.level if device is not None else words[2] == "up"
                link.send(f"claimed {pin} {int(level)}", only_to=pin)
            case "free":
                link.inputs.discard(pin)
                self._drive(pin, None)

    def _drive(self, pin: int, level: bool | None) -> None:
        device = self._outputs.get(pin)
        if device is not None:
            self.act(lambda now_ms: device.drive(level, now_ms))

    def joined(self, link: _Link) -> None:
        self._links.add(link)

    def left(self, link: _Link) -> None:
        self._links.discard(link)


class _Link(asyncio.Protocol):
    """One program under test."""

    transport: asyncio.Transport

    def __init__(self, board: PinBoard) -> None:
        self.inputs: set[int] = set()
        self._board = board
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._board.joined(self)

    def connection_lost(self, _fault: Exception | None) -> None:
        self._board.left(self)

    def data_received(self, data: bytes) -> None:
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            self._board.obey(self, line.decode().split())

    def send(self, line: str, *, only_to: int) -> None:
        """Tell the program about a pin that it has claimed as an input."""
        if only_to in self.inputs:
            self.transport.write(line.encode() + b"\n")
