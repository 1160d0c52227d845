"""Serial ports, pins, buses and services in virtual time, for worlds: one thread, and a clock for each driver.

A driver's read returns what arrives within its timeout on its own clock and moves that clock on; nothing else waits.
The pins are our own and not gpiozero's mock: that one stamps edges with the real time and keeps every edge for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeVar

from drivers.contract import I2cWire, InputPin, InputPins, OutputPin, SerialWire, WireLost
from simulator.faults import Faults, Sent
from simulator.wires.line import Line, SerialDevice
from simulator.wires.memory import Memory
from simulator.wires.pin_board import InputDevice, OutputDevice
from simulator.wires.stream import Channel, VirtualStream
from simulator.wires.virtual_i2c import I2cDevice, VirtualI2c
from simulator.wires.virtual_inputs import VirtualInputs

T = TypeVar("T")


class DriverClock:
    """`contract.Clock` of one driver: the world's time when it is called, and its own while it waits."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms
        self.impatient = False
        """Waits on wires are over at once: for the first look, which must not run ahead of the world."""

    def until(self, timeout_ms: int) -> int:
        """When a wait that begins now is over."""
        return self._now_ms if self.impatient else self._now_ms + max(0, timeout_ms)

    def steady_ms(self) -> int:
        return self._now_ms

    def rest(self, milliseconds: int) -> None:
        self._now_ms += max(0, milliseconds)

    def catch_up(self, now_ms: int) -> None:
        """The driver had nothing to do until now."""
        self._now_ms = max(self._now_ms, now_ms)


class VirtualPort:
    """One device on one port, for at most one driver at a time."""

    def __init__(self, device: SerialDevice, faults: Faults | None = None, *, skips: bool = False) -> None:
        self.line = Line(device, faults)
        self.plugged = True
        self.host_baud: int | None = None
        self.skipped = 0
        """Exchanges whose answer was known: nothing had changed since the same question was asked before."""
        self._memory = Memory(device) if skips else None
        self._arrivals: deque[Sent] = deque()

    def open(self, baud: int, now_ms: int) -> None:
        self.touched()
        self.line.tick(now_ms, baud)  # said to nobody
        self._arrivals.clear()
        self.host_baud = baud

    def touched(self) -> None:
        """Somebody has done something with the device: what it answered before counts no more."""
        if self._memory is not None:
            self._memory.forget()

    def next_ms(self) -> int | None:
        """When something arrives at the driver next, as far as is known."""
        due_ms = self._due_ms()
        if not self._arrivals:
            return due_ms
        arrives_ms = self._arrivals[0][0]
        return arrives_ms if due_ms is None or arrives_ms < due_ms else due_ms

    def write(self, data: bytes, now_ms: int) -> None:
        known = self._memory.answer(data, now_ms, self._arrivals) if self._memory is not None else None
        if known is not None:
            self.skipped += 1
            self._arrivals.extend(known)
            return
        self._run_to(now_ms)
        self._came(self.line.from_host(data, now_ms, self.host_baud))

    def read(self, limit: int, now_ms: int, until_ms: int) -> Sent | None:
        """All that has arrived, or the next bytes that do not after `until_ms`, with the time of their arrival."""
        while not self._arrivals:
            due_ms = self._due_ms()
            if due_ms is None or due_ms > until_ms:
                return None
            self._run_to(due_ms)
        at_ms = max(now_ms, self._arrivals[0][0])
        if at_ms > until_ms:
            return None
        self._run_to(at_ms)
        data = b""
        while self._arrivals and self._arrivals[0][0] <= at_ms and len(data) < limit:
            arrived_ms, piece = self._arrivals.popleft()
            room = limit - len(data)
            data += piece[:room]
            if len(piece) > room:
                self._arrivals.appendleft((arrived_ms, piece[room:]))
        return at_ms, data

    def discard(self, now_ms: int) -> None:
        self._run_to(now_ms)
        while self._arrivals and self._arrivals[0][0] <= now_ms:
            self._arrivals.popleft()

    def _due_ms(self) -> int | None:
        """A device that has just been answered for from memory has nothing to say by itself."""
        if self._memory is not None and self._memory.speaks:
            return None
        return self.line.device.due_ms()

    def _run_to(self, now_ms: int) -> None:
        if self._memory is None or not self._memory.speaks:
            self._came(self.line.tick(now_ms, self.host_baud))

    def _came(self, arrivals: list[Sent]) -> None:
        self._arrivals.extend(arrivals)
        if self._memory is not None:
            self._memory.note(arrivals)


class Bench:
    """What is screwed to the wall of one simulated station: devices on ports, pins and buses, services on the network.

    An I2C device is found by bus and address, a service by "host:port"; one that is missing does not answer.

    `on_input(driver)` is called when something a person or the mains did may reach that driver: it should be polled.
    """

    def __init__(self, on_input: Callable[[str], None] = lambda _: None) -> None:
        self.ports: dict[str, VirtualPort] = {}
        self.inputs: dict[int, InputDevice] = {}
        self.outputs: dict[int, OutputDevice] = {}
        self.i2c: dict[tuple[int, int], I2cDevice] = {}
        self.services: dict[str, Channel] = {}
        self._on_input = on_input
        self.owners: dict[str | int, str] = {}

    def act(self, place: str | int, deed: Callable[[], T]) -> T:
        """Do something with the device on a port or pin, and tell whose driver that is."""
        result = deed()
        if place in self.ports:
            self.ports[str(place)].touched()
        if place in self.owners:
            self._on_input(self.owners[place])
        return result

    def plug(self, port: str, *, plugged: bool) -> None:
        """Unplug a port, also under an open driver, or plug it in again."""
        self.act(port, lambda: setattr(self.ports[port], "plugged", plugged))

    def wires(self, driver: str, clock: DriverClock) -> VirtualWires:
        """The wires of one driver."""
        return VirtualWires(self, driver, clock)

    def claim(self, place: str | int, driver: str) -> None:
        if place in self.owners:
            raise WireLost(f"{place} is in use by {self.owners[place]}")
        self.owners[place] = driver

    def release(self, place: str | int) -> None:
        self.owners.pop(place, None)


class _Open(Protocol):
    """A wire that a driver has opened."""

    closed: bool

    def next_ms(self) -> int | None: ...


class VirtualWires:
    """`contract.Wires` of one driver in a world."""

    def __init__(self, bench: Bench, driver: str, clock: DriverClock) -> None:
        self._bench = bench
        self._driver = driver
        self._clock = clock
        self._opened: dict[str | int, _Open] = {}

    def next_ms(self) -> int | None:
        """When something comes in on a wire that is open now."""
        earliest_ms: int | None = None
        for wire in self._opened.values():
            at_ms = None if wire.closed else wire.next_ms()
            if at_ms is not None and (earliest_ms is None or at_ms < earliest_ms):
                earliest_ms = at_ms
        return earliest_ms

    def serial(self, port: str, baud: int, *, parity: str = "N", data_bits: int = 8, stop_bits: int = 1) -> SerialWire:  # noqa: ARG002
        found = self._bench.ports.get(port)
        if found is None or not found.plugged:
            raise WireLost(f"{port} is not there")
        self._bench.claim(port, self._driver)
        found.open(baud, self._clock.steady_ms())
        wire = self._opened[port] = VirtualSerial(found, self._clock, lambda: self._bench.release(port))
        return wire

    def output(self, pin: int, *, active_high: bool, active: bool) -> OutputPin:
        self._bench.claim(pin, self._driver)
        device = self._bench.outputs.get(pin)
        return VirtualOutput(device, self._clock, active_high, active, lambda: self._bench.release(pin))

    def input(self, pin: int, *, pull_up: bool | None) -> InputPin:
        return self._input(pin, pull_up)

    def inputs(self, pins: tuple[int, ...], *, pull_up: bool | None) -> InputPins:
        lines: dict[int, VirtualInput] = {}
        try:
            for pin in pins:
                lines[pin] = self._input(pin, pull_up)
        except WireLost:
            for line in lines.values():
                line.close()
            raise
        return VirtualInputs(lines, self._clock)

    def i2c(self, bus: int, address: int) -> I2cWire:
        place = f"I2C {bus} 0x{address:02x}"
        self._bench.claim(place, self._driver)
        return VirtualI2c(lambda: self._bench.i2c.get((bus, address)), self._clock, lambda: self._bench.release(place))

    def stream(self, host: str, port: int) -> SerialWire:
        place = f"{host}:{port}"
        found = self._bench.services.get(place)
        if found is None:
            raise WireLost(f"{place} takes no connection")
        self._bench.claim(place, self._driver)
        if not found.connect(self._clock.steady_ms()):
            self._bench.release(place)
            raise WireLost(f"{place} takes no connection")
        wire = self._opened[place] = VirtualStream(found, self._clock, lambda: self._bench.release(place))
        return wire

    def _input(self, pin: int, pull_up: bool | None) -> VirtualInput:
        self._bench.claim(pin, self._driver)
        device = self._bench.inputs.get(pin)
        wire = self._opened[pin] = VirtualInput(device, self._clock, bool(pull_up), lambda: self._bench.release(pin))
        return wire


class VirtualSerial:
    """`contract.SerialWire` in virtual time."""

    def __init__(self, port: VirtualPort, clock: DriverClock, release: Callable[[], None]) -> None:
        self.closed = False
        self._port = port
        self._clock = clock
        self._release = release

    def next_ms(self) -> int | None:
        return self._port.next_ms() if self._port.plugged else self._clock.steady_ms()

    def write(self, data: bytes) -> None:
        self._check()
        self._port.write(data, self._clock.steady_ms())

    def read(self, limit: int, timeout_ms: int) -> bytes:
        self._check()
        until_ms = self._clock.until(timeout_ms)
        arrived = self._port.read(limit, self._clock.steady_ms(), until_ms)
        self._clock.catch_up(until_ms if arrived is None else arrived[0])
        return b"" if arrived is None else arrived[1]

    def discard_input(self) -> None:
        self._check()
        self._port.discard(self._clock.steady_ms())

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._release()

    def _check(self) -> None:
        if self.closed or not self._port.plugged:
            raise WireLost("the port is gone")


class VirtualOutput:
    """`contract.OutputPin` in virtual time."""

    def __init__(
        self,
        device: OutputDevice | None,
        clock: DriverClock,
        active_high: bool,
        active: bool,
        release: Callable[[], None],
    ) -> None:
        self._device = device
        self._clock = clock
        self._active_high = active_high
        self._release: Callable[[], None] | None = release
        self.set(active)

    def set(self, active: bool) -> None:
        if self._release is None:
            raise WireLost("the pin was closed")
        self._drive(active == self._active_high)

    def close(self) -> None:
        if self._release is not None:
            self._drive(not self._active_high)
            self._drive(None)
            self._release()
            self._release = None

    def _drive(self, level: bool | None) -> None:
        if self._device is not None:
            self._device.drive(level, self._clock.steady_ms())


class VirtualInput:
    """`contract.InputPin` in virtual time. `deaf`: edges are lost, as when an event thread has died."""

    def __init__(
        self, device: InputDevice | None, clock: DriverClock, pull_up: bool, release: Callable[[], None]
    ) -> None:
        self.closed = False
        self.deaf = False
        self._device = device
        self._clock = clock
        self._pull_up = pull_up
        self._release = release
        self._edges: deque[tuple[int, bool]] = deque()
        self._run_to(clock.steady_ms())
        self._edges.clear()

    def next_ms(self) -> int | None:
        coming = self._device.due_ms() if self._device is not None else None
        known = (self._edges[0][0] if self._edges else None, coming)
        return min((at for at in known if at is not None), default=None)

    def level(self) -> bool:
        self._check()
        self._run_to(self._clock.steady_ms())
        return self._pull_up if self._device is None else self._device.level

    def wait(self, timeout_ms: int) -> bool | None:
        self._check()
        until_ms = self._clock.until(timeout_ms)
        while not self._edges and (due_ms := self._due_ms()) is not None and due_ms <= until_ms:
            self._run_to(due_ms)
        if not self._edges or self._edges[0][0] > until_ms:
            self._clock.catch_up(until_ms)
            return None
        at_ms, level = self._edges.popleft()
        self._clock.catch_up(at_ms)
        return level

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._release()

    def _due_ms(self) -> int | None:
        return None if self._device is None else self._device.due_ms()

    def _run_to(self, now_ms: int) -> None:
        made = self._device.tick(now_ms) if self._device is not None else []
        if not self.deaf:
            self._edges.extend(made)

    def _check(self) -> None:
        if self.closed:
            raise WireLost("the pin was closed")
