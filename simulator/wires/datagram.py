"""A simulated device on a UDP port of its own on loopback, in real time, on the running asyncio loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from simulator.faults import Faults, Sent
from simulator.wires.stream import LOOPBACK

T = TypeVar("T")


class DatagramDevice(Protocol):
    """A simulated device that answers packets. It reads no clock and keeps no thread."""

    def receive(self, packet: bytes, now_ms: int) -> list[Sent]:
        """A packet has arrived; what it answers, and when."""
        ...


class UdpService(asyncio.DatagramProtocol):
    """One device on its port. What `faults` makes of a packet are packets, too: pieces of one are none."""

    def __init__(self, device: DatagramDevice, faults: Faults | None = None) -> None:
        self.device = device
        self.faults = faults or Faults()
        self.port = 0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        transport, _ = await self._loop.create_datagram_endpoint(lambda: self, (LOOPBACK, self.port))
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        """The port is gone from now on; `open` takes the same one again."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def act(self, deed: Callable[[int], T]) -> T:
        """Do something with the device: `deed` gets the time in milliseconds."""
        return deed(self._now_ms())

    def _now_ms(self) -> int:
        return int(self._loop.time() * 1000)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        for at_ms, answer in self.device.receive(data, self._now_ms()):
            for piece_ms, piece in self.faults.apply(at_ms, answer):
                self._loop.call_at(piece_ms / 1000, self._send, piece, addr)

    def _send(self, packet: bytes, addr: tuple[str | Any, int]) -> None:
        if self._transport is not None:
            self._transport.sendto(packet, addr)
