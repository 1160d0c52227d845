"""GPIO pins of this machine, by gpiozero.

The pin factory is the one that gpiozero was told to use (`Device.pin_factory` or GPIOZERO_PIN_FACTORY), else lgpio:
gpiozero's other choices are slow or do not work on a Pi 5, so falling back to them silently is worse than saying so.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from gpiozero import Device, DigitalOutputDevice, GPIOZeroError, InputDevice
from gpiozero.pins import Factory

from drivers.contract import Edge, WireLost

MAX_EDGES_WAITING = 256
"""Edges kept for a driver that is busy; a contact that flaps faster loses some, and its level is read afresh."""

_log = logging.getLogger(__name__)


def choose_factory() -> Factory:
    """Take gpiozero's configured pin factory, else lgpio; outputs then open without a glitch. Raises `WireLost`."""
    try:
        if Device.pin_factory is None and not os.environ.get("GPIOZERO_PIN_FACTORY"):
            from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - exists on a Pi only

            Device.pin_factory = LGPIOFactory()
        Device.ensure_pin_factory()
    except Exception as fault:  # each library has its own way to say that this machine has no pins
        raise WireLost(
            f"this machine's GPIO pins cannot be used ({type(fault).__name__}: {fault}): on a Raspberry Pi install "
            f"lgpio (pip install 'micro-station[pi]'), be in group gpio, and start in a folder that may be written to"
        ) from fault
    factory = Device.pin_factory
    _open_outputs_in_one_step(factory)
    return factory


def _open_outputs_in_one_step(factory: Factory) -> None:
    """LGPIOPin claims an output low and then writes its level: an active-low relay clicks. Claim it with its level."""
    pins: Any = sys.modules.get("gpiozero.pins.lgpio")
    if pins is None or not isinstance(factory, pins.LGPIOFactory):
        return

    class SteadyPin(pins.LGPIOPin):  # type: ignore[misc]
        def output_with_state(self, state: object) -> None:
            pins.lgpio.gpio_claim_output(self.factory._handle, self._number, int(bool(state)))  # noqa: SLF001

    factory.pin_class = SteadyPin


def _pin_faults() -> tuple[type[Exception], ...]:
    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError, *((lgpio.error,) if lgpio else ()))


def _attempt(pin: int, what: str, step: Callable[[], object]) -> None:
    """Closing goes on to its end: a line that cannot be reached any more must not keep the others open."""
    try:
        step()
    except _pin_faults() as fault:
        _log.warning("GPIO %d could not be %s: %s", pin, what, fault)


class RealOutput:
    """`contract.OutputPin`. When closed the line becomes an input: the board's own resistor must then keep it safe."""

    def __init__(self, factory: Factory, pin: int, *, active_high: bool, active: bool) -> None:
        self._pin = pin
        try:
            self._line: Any = DigitalOutputDevice(
                pin, active_high=active_high, initial_value=active, pin_factory=factory
            )
        except _pin_faults() as fault:
            raise WireLost(f"GPIO {pin} cannot be an output: {fault}") from fault

    def set(self, active: bool) -> None:
        if self._line is None:
            raise WireLost(f"GPIO {self._pin} was closed")
        try:
            self._line.value = active
        except _pin_faults() as fault:
            raise WireLost(f"GPIO {self._pin} cannot be set: {fault}") from fault

    def close(self) -> None:
        line, self._line = self._line, None
        if line is None:
            return
        _attempt(self._pin, "made inactive", line.off)
        _attempt(self._pin, "given back", line.close)


class _Line:
    """One input line. The library keeps only a weak reference to what it calls: this object must be kept."""

    def __init__(
        self, factory: Factory, pin: int, *, pull_up: bool | None, tell: Callable[[int, bool, float], None]
    ) -> None:
        self._pin = pin
        self._tell = tell
        try:
            self._device: Any = InputDevice(
                pin, pull_up=pull_up, active_state=True if pull_up is None else None, pin_factory=factory
            )
        except _pin_faults() as fault:
            raise WireLost(f"GPIO {pin} cannot be an input: {fault}") from fault
        try:
            self._device.pin.edges = "both"
            self._device.pin.when_changed = self._edge
        except _pin_faults() as fault:
            self._device.close()
            raise WireLost(f"GPIO {pin} reports no edges: {fault}") from fault

    def _edge(self, ticks: float, state: object) -> None:
        try:
            self._tell(self._pin, bool(state), ticks)
        except Exception:  # noqa: BLE001 - what escapes here ends the library's only event thread, and every input with it
            _log.exception("an edge of GPIO %d was lost", self._pin)

    def level(self) -> bool:
        try:
            return bool(self._device.pin.state)
        except _pin_faults() as fault:
            raise WireLost(f"GPIO {self._pin} cannot be read: {fault}") from fault

    def close(self) -> None:
        _attempt(self._pin, "silenced", lambda: setattr(self._device.pin, "when_changed", None))
        _attempt(self._pin, "given back", self._device.close)


class _Inputs:
    """Some lines whose edges come on the library's thread and wait in one bounded queue for the driver's."""

    def __init__(self, factory: Factory, pins: tuple[int, ...], *, pull_up: bool | None) -> None:
        self._factory = factory
        self._edges: SimpleQueue[tuple[int, bool, float]] = SimpleQueue()
        self._overflowed: set[int] = set()
        self._lines: dict[int, _Line] = {}
        try:
            for pin in pins:
                self._lines[pin] = _Line(factory, pin, pull_up=pull_up, tell=self._edge)
        except BaseException:
            self.close()
            raise

    def _edge(self, pin: int, level: bool, ticks: float) -> None:
        if self._edges.qsize() >= MAX_EDGES_WAITING:
            self._overflowed.add(pin)
        else:
            self._edges.put((pin, level, ticks))

    def _level(self, pin: int) -> bool:
        line = self._lines.get(pin)
        if line is None:
            raise WireLost(f"GPIO {pin} was closed")
        return line.level()

    def _next(self, timeout_ms: int) -> Edge | None:
        if self._overflowed and self._edges.empty():
            pin = self._overflowed.pop()
            return Edge(pin, self._level(pin), 0)
        try:
            pin, level, ticks = self._edges.get(timeout=max(0, timeout_ms) / 1000)
        except Empty:
            return None
        age_ms = int(1000 * self._factory.ticks_diff(self._factory.ticks(), ticks))
        return Edge(pin, level, max(0, age_ms))

    def close(self) -> None:
        while self._lines:
            self._lines.popitem()[1].close()


class RealInput(_Inputs):
    """`contract.InputPin`."""

    def __init__(self, factory: Factory, pin: int, *, pull_up: bool | None) -> None:
        self._pin = pin
        super().__init__(factory, (pin,), pull_up=pull_up)

    def level(self) -> bool:
        return self._level(self._pin)

    def wait(self, timeout_ms: int) -> bool | None:
        edge = self._next(timeout_ms)
        return None if edge is None else edge.level


class RealInputs(_Inputs):
    """`contract.InputPins`. The library's one thread has the edges of all lines in order."""

    def level(self, pin: int) -> bool:
        return self._level(pin)

    def wait(self, timeout_ms: int) -> Edge | None:
        return self._next(timeout_ms)
