"""Several input lines that are waited for together, in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from drivers.contract import Edge

if TYPE_CHECKING:
    from simulator.wires.virtual import DriverClock, VirtualInput


class VirtualInputs:
    """`contract.InputPins`: the earliest edge of all lines comes first."""

    def __init__(self, lines: Mapping[int, VirtualInput], clock: DriverClock) -> None:
        self._lines = lines
        self._clock = clock

    def level(self, pin: int) -> bool:
        return self._lines[pin].level()

    def wait(self, timeout_ms: int) -> Edge | None:
        until_ms = self._clock.until(timeout_ms)
        while True:
            known = [(at_ms, pin) for pin, line in self._lines.items() if (at_ms := line.next_ms()) is not None]
            happened_ms, pin = min(known, default=(until_ms + 1, 0))
            now_ms = self._clock.steady_ms()
            if happened_ms > until_ms:
                next(iter(self._lines.values())).wait(until_ms - now_ms)  # raises when the lines are closed
                return None
            level = self._lines[pin].wait(happened_ms - now_ms)
            if level is not None:  # None: the device moved and nobody was told, as when an event thread has died
                return Edge(pin, level, max(0, now_ms - happened_ms))

    def close(self) -> None:
        for line in self._lines.values():
            line.close()
