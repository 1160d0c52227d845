"""Simulated servers on TCP ports: in virtual time, and on a real socket on the running asyncio loop.

TCP loses and damages nothing and keeps the order; a server that speaks nonsense, slowly and in pieces is what
`simulator.faults` makes of its messages.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

from drivers.contract import WireLost
from simulator.faults import Faults, Sent

if TYPE_CHECKING:
    from simulator.wires.virtual import DriverClock

T = TypeVar("T")
LOOPBACK = "127.0.0.1"
READ_LIMIT = 4096


class StreamDevice(Protocol):
    """A simulated service for one client at a time. It reads no clock and keeps no thread."""

    @property
    def connected(self) -> bool:
        """False: it has hung up, or nobody has connected yet."""
        ...

    def connect(self, now_ms: int) -> bool:
        """A client comes; False: refused."""
        ...

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        """Bytes from the client have arrived."""
        ...

    def due_ms(self) -> int | None:
        """When it will say something by itself."""
        ...

    def tick(self, now_ms: int) -> list[Sent]:
        """What it says by itself up to now."""
        ...

    def disconnect(self) -> None:
        """The client is gone."""
        ...


class Channel:
    """What is on its way from a service to its client."""

    def __init__(self, device: StreamDevice, faults: Faults | None = None) -> None:
        self.device = device
        self.faults = faults or Faults()
        self.coming: deque[Sent] = deque()

    def connect(self, now_ms: int) -> bool:
        self.coming.clear()
        return self.device.connect(now_ms)

    def from_client(self, data: bytes, now_ms: int) -> None:
        self._carry(self.device.receive(data, now_ms))

    def tick(self, now_ms: int) -> None:
        self._carry(self.device.tick(now_ms))

    def next_ms(self) -> int | None:
        """When something arrives at the client next, as far as is known."""
        known = (self.coming[0][0] if self.coming else None, self.device.due_ms())
        return min((at for at in known if at is not None), default=None)

    def _carry(self, sent: list[Sent]) -> None:
        for at_ms, message in sent:
            for piece_ms, piece in self.faults.apply(at_ms, message):
                not_before = self.coming[-1][0] if self.coming else piece_ms
                self.coming.append((max(piece_ms, not_before), piece))


class VirtualStream:
    """`contract.SerialWire` over TCP in virtual time."""

    def __init__(self, channel: Channel, clock: DriverClock, release: Callable[[], None]) -> None:
        self.closed = False
        self._channel = channel
        self._clock = clock
        self._release = release

    def next_ms(self) -> int | None:
        """A service answers questions: nothing that it says wakes a driver that rests between two of them."""
        return None

    def write(self, data: bytes) -> None:
        self._check()
        self._channel.from_client(data, self._clock.steady_ms())

    def read(self, limit: int, timeout_ms: int) -> bytes:
        self._check()
        until_ms = self._clock.until(timeout_ms)
        coming = self._channel.coming
        while not coming and (due_ms := self._channel.device.due_ms()) is not None and due_ms <= until_ms:
            self._channel.tick(due_ms)
        if not coming or coming[0][0] > until_ms:
            self._clock.catch_up(until_ms)
            return b""
        at_ms, data = coming.popleft()
        self._clock.catch_up(at_ms)
        if len(data) > limit:
            coming.appendleft((at_ms, data[limit:]))
        return data[:limit]

    def discard_input(self) -> None:
        self._check()
        self._channel.tick(self._clock.steady_ms())
        while self._channel.coming and self._channel.coming[0][0] <= self._clock.steady_ms():
            self._channel.coming.popleft()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._channel.device.disconnect()
            self._release()

    def _check(self) -> None:
        """What was said before the end still arrives."""
        if self.closed or (not self._channel.device.connected and not self._channel.coming):
            raise WireLost("the connection is gone (the other side closed it)")


class TcpService:
    """One service on a loopback port of its own, in real time."""

    def __init__(self, device: StreamDevice, faults: Faults | None = None) -> None:
        self.port = 0
        self._channel = Channel(device, faults)
        self._loop = asyncio.get_running_loop()
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse from now on; `open` takes the same port again."""
        if self._server is not None:
            self._hang_up()
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def act(self, deed: Callable[[int], T]) -> T:
        """Do something with the device: `deed` gets the time in milliseconds."""
        result = deed(self._now_ms())
        self._go_on()
        return result

    def _now_ms(self) -> int:
        return int(self._loop.time() * 1000)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._hang_up()
        if not self._channel.connect(self._now_ms()):
            writer.close()
            return
        self._writer = writer
        self._go_on()
        with suppress(OSError):  # the client is gone
            while data := await reader.read(READ_LIMIT):
                self._channel.from_client(data, self._now_ms())
                self._go_on()
        if self._writer is writer:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._channel.device.disconnect()

    def _go_on(self) -> None:
        """Send what is due, and wake up for what comes next."""
        if self._writer is None:
            return
        now_ms = self._now_ms()
        self._channel.tick(now_ms)
        coming = self._channel.coming
        while coming and coming[0][0] <= now_ms:
            self._writer.write(coming.popleft()[1])
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        next_ms = self._channel.next_ms()
        if next_ms is not None:
            self._timer = self._loop.call_at(next_ms / 1000, self._go_on)
        elif not self._channel.device.connected:
            self._hang_up()
