"""One driver in a world: what a thread and its runner are on a real station, on virtual time.

A driver that waits in a read is polled afterwards, when its input has come or its wait is over: its own clock then
still stands at the beginning of the wait, so that it sees exactly what a thread would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drivers.contract import (
    BackOff,
    Clock,
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    Driver,
    Outcome,
    Signal,
    WireLost,
    Wires,
)
from simulator.wires.virtual import Bench, DriverClock, VirtualWires

WAIT_MS = 1_000
"""The longest wait inside one `poll`."""

Stamped = tuple[int, Signal]
"""A signal with the driver's own time."""


class Timeline:
    """Opens, polls and commands one driver; opens it again with back-off after `WireLost`."""

    def __init__(self, name: str, make: Callable[[Wires, Clock], Driver], bench: Bench, now_ms: int = 0) -> None:
        self.name = name
        self._make = make
        self._bench = bench
        self.clock = DriverClock(now_ms)
        self.driver: Driver | None = None
        self._wires: VirtualWires | None = None
        self._open_at = now_ms
        self._opened_at = now_ms
        self._back_off = BackOff()

    def next_ms(self) -> int | None:
        """When `poll` should be called next; None: only a command wakes it."""
        if self.driver is None or self._wires is None:
            return self._open_at
        rest_ms = self.driver.rest_ms()
        over = None if rest_ms is None else self.clock.steady_ms() + (rest_ms or WAIT_MS)
        comes = self._wires.next_ms()
        known = [at for at in (over, comes) if at is not None]
        return max(min(known), self.clock.steady_ms()) if known else None

    def poll(self, now_ms: int) -> list[Stamped]:
        """Open the driver, or have it look once."""
        if self.driver is None:
            self.clock.catch_up(now_ms)
            return self._open()
        if self.driver.rest_ms() != 0:
            self.clock.catch_up(now_ms)
        return self._guarded(self.driver.poll, now_ms)

    def execute(self, command: Command, now_ms: int) -> list[Stamped]:
        """Have one command done; refused while the device is gone."""
        driver, kind = self.driver, type(command).__name__
        if driver is None:
            return [(now_ms, CommandDone(command.device, kind, Outcome.NOT_SENT, "it does not answer"))]
        self.clock.catch_up(now_ms)
        told = self._guarded(lambda: driver.execute(command), now_ms)
        if self.driver is not None:
            return told
        unknown = CommandDone(command.device, kind, Outcome.UNKNOWN, "the device was lost while it obeyed")
        return [(self.clock.steady_ms(), unknown), *told]

    def close(self) -> None:
        """End of the program, or its death: the wires are given back."""
        if self.driver is not None:
            self.driver.close()
            self.driver = None

    def _open(self) -> list[Stamped]:
        self._wires = self._bench.wires(self.name, self.clock)
        try:
            self.driver = self._make(self._wires, self.clock)
        except WireLost as lost:
            return self._down(lost)
        self._opened_at = self.clock.steady_ms()
        up: Stamped = (self._opened_at, DeviceUp(self.name))
        self.clock.impatient = True
        try:
            return [up, *self._guarded(self.driver.poll, self._opened_at)]
        finally:
            self.clock.impatient = False

    def _guarded(self, work: Callable[[], Iterable[Signal]], now_ms: int) -> list[Stamped]:
        try:
            signals = list(work())
        except WireLost as lost:
            self.clock.catch_up(now_ms)
            return self._down(lost)
        return [(self.clock.steady_ms(), signal) for signal in signals]

    def _down(self, lost: WireLost) -> list[Stamped]:
        self.close()
        now_ms = self.clock.steady_ms()
        self._open_at = now_ms + self._back_off.pause_ms(now_ms - self._opened_at)
        self._opened_at = self._open_at
        return [(now_ms, DeviceDown(self.name, str(lost)))]
