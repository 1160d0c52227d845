"""The shape of the edge: clocks, wires and drivers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from drivers.contract.basics import Quantity
from drivers.contract.commands import Command
from drivers.contract.signals import Signal


class WireLost(Exception):
    """The wire is gone (unplugged, permission, end of file); the driver is closed and started again with back-off."""


class Clock(Protocol):
    """A driver's time. In a simulated world each driver has its own."""

    def steady_ms(self) -> int:
        """Milliseconds since the start; never goes back."""
        ...

    def rest(self, milliseconds: int) -> None:
        """Let this much time pass."""
        ...


class SerialWire(Protocol):
    """Bytes to and from one device or bus, owned by one driver. Every call raises `WireLost` when the port is gone."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def read(self, limit: int, timeout_ms: int) -> bytes:
        """At most `limit` bytes, as soon as any are there; empty when `timeout_ms` passed without one."""
        ...

    def discard_input(self) -> None:
        """Forget what has arrived and was not read."""
        ...

    def close(self) -> None:
        """Give the port back; may be called twice."""
        ...


class OutputPin(Protocol):
    """One output line that was opened in its given state without a glitch."""

    def set(self, active: bool) -> None:
        """Drive the line to its active or inactive side."""
        ...

    def close(self) -> None:
        """Give the line back, in its inactive state; may be called twice."""
        ...


class InputPin(Protocol):
    """One input line."""

    def level(self) -> bool:
        """True when the line is high now."""
        ...

    def wait(self, timeout_ms: int) -> bool | None:
        """The level at the next edge, in order; None when `timeout_ms` passed without one."""
        ...

    def close(self) -> None:
        """Give the line back; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Edge:
    """One change of one input line. `age_ms`: how long before this moment it happened."""

    pin: int
    level: bool
    age_ms: int


class InputPins(Protocol):
    """Several input lines of one driver, whose edges come in the order in which they happened."""

    def level(self, pin: int) -> bool:
        """True when this line is high now."""
        ...

    def wait(self, timeout_ms: int) -> Edge | None:
        """The next edge on any of the lines; None when `timeout_ms` passed without one."""
        ...

    def close(self) -> None:
        """Give the lines back; may be called twice."""
        ...


class I2cWire(Protocol):
    """One device on an I2C bus. Every call raises `WireLost` when the bus is gone."""

    def write(self, data: bytes) -> bool:
        """Send all of `data`; False when the device did not acknowledge."""
        ...

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes; empty when the device did not acknowledge."""
        ...

    def close(self) -> None:
        """Give the device back; may be called twice."""
        ...


class Wires(Protocol):
    """Where drivers get their wires from: real ports and pins, or a simulator's."""

    def serial(self, port: str, baud: int, *, parity: str = "N", data_bits: int = 8, stop_bits: int = 1) -> SerialWire:
        """Open a port exclusively. Raises `WireLost` with the reason and what to do."""
        ...

    def output(self, pin: int, *, active_high: bool, active: bool) -> OutputPin:
        """Open GPIO `pin` (BCM number) as an output that starts in the state `active`. Raises `WireLost`."""
        ...

    def input(self, pin: int, *, pull_up: bool | None) -> InputPin:
        """Open GPIO `pin` as an input; None means no pull resistor. Raises `WireLost`."""
        ...

    def inputs(self, pins: tuple[int, ...], *, pull_up: bool | None) -> InputPins:
        """Open several GPIO pins as inputs that are waited for together. Raises `WireLost`."""
        ...

    def i2c(self, bus: int, address: int) -> I2cWire:
        """Open the device with this 7-bit address on I2C bus number `bus`. Raises `WireLost`."""
        ...

    def stream(self, host: str, port: int) -> SerialWire:
        """Connect to a TCP port. Raises `WireLost`, then and when the other side closes."""
        ...


class Driver(Protocol):
    """One device, as the loop sees it. Made by `Driver(name, settings, wires, clock)`, which raises `WireLost`.

    It blocks up to its own timeouts, starts no thread and reads no clock but the one it was given. The runner
    gives it a thread, closes it after any exception, and makes a new one after a pause.
    """

    accepts: ClassVar[frozenset[type[Command]]]
    gives: ClassVar[frozenset[Quantity]]

    def execute(self, command: Command) -> Iterable[Signal]:
        """Do one command of a class in `accepts`."""
        ...

    def poll(self) -> Iterable[Signal]:
        """Look once; may block for as long as one read takes (a second at most)."""
        ...

    def rest_ms(self) -> int | None:
        """How long to wait for a command before the next `poll`; 0: poll blocks by itself; None: for ever."""
        ...

    def close(self) -> None:
        """Leave the device safe and give the wire back; may be called twice."""
        ...
