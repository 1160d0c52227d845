"""Devices on I2C buses in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from drivers.contract import WireLost

if TYPE_CHECKING:
    from simulator.wires.virtual import DriverClock


class I2cDevice(Protocol):
    """A simulated device on a bus. It reads no clock and keeps no thread."""

    def write(self, data: bytes, now_ms: int) -> bool:
        """The host writes; False: not acknowledged."""
        ...

    def read(self, count: int, now_ms: int) -> bytes:
        """The host reads `count` bytes; empty: not acknowledged."""
        ...


class VirtualI2c:
    """`contract.I2cWire` to the device that `find` gives now; None: nobody acknowledges."""

    def __init__(self, find: Callable[[], I2cDevice | None], clock: DriverClock, release: Callable[[], None]) -> None:
        self.closed = False
        self._find = find
        self._clock = clock
        self._release = release

    def next_ms(self) -> int | None:
        """A device on this bus says nothing unasked."""
        return None

    def write(self, data: bytes) -> bool:
        device = self._device()
        return device is not None and device.write(data, self._clock.steady_ms())

    def read(self, count: int) -> bytes:
        device = self._device()
        return b"" if device is None else device.read(count, self._clock.steady_ms())

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._release()

    def _device(self) -> I2cDevice | None:
        if self.closed:
            raise WireLost("the bus was closed")
        return self._find()
