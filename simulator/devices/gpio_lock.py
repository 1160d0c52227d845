"""A door lock on a relay: sees the level of one line, moves a bolt, and remembers how long its coil was on."""

from __future__ import annotations

from collections import deque
from typing import Literal

from simulator.devices.spot import Spot

MAX_EDGES = 1_000


class GpioLock:
    """`fail` secure: current releases it. `fail` safe: current holds it. A floating line switches no current."""

    def __init__(self, *, active_high: bool = True, fail: Literal["secure", "safe"] = "secure") -> None:
        self._active_high = active_high
        self._fail_safe = fail == "safe"
        self._on_since: int | None = None
        self._longest_on_ms = 0
        self.last_released_ms = -1
        """When it last began to let people through; -1: never since it hangs here."""
        self.edges: deque[tuple[int, bool | None]] = deque(maxlen=MAX_EDGES)
        """When the line changed, and to what; None: it floats."""

    @property
    def energised(self) -> bool:
        return self._on_since is not None

    @property
    def released(self) -> bool:
        """Whether people can open the door from outside."""
        return self.energised != self._fail_safe

    def drive(self, level: bool | None, now_ms: int) -> None:
        """The line has this level from now on; None: nobody drives it."""
        self.edges.append((now_ms, level))
        before = self.released
        if level == self._active_high:
            self._on_since = now_ms if self._on_since is None else self._on_since
        elif self._on_since is not None:
            self._longest_on_ms = max(self._longest_on_ms, now_ms - self._on_since)
            self._on_since = None
        if self.released and not before:
            self.last_released_ms = now_ms

    def coil_on_ms(self, now_ms: int) -> int:
        """The longest time for which the coil has been on without a break."""
        running = now_ms - self._on_since if self._on_since is not None else 0
        return max(self._longest_on_ms, running)


def twin(spot: Spot) -> GpioLock:
    return GpioLock(**spot.picked("active_high", "fail"))
