"""A load on a relay: a lamp, a fan, a siren."""

from __future__ import annotations

from collections import deque

from simulator.devices.spot import Spot

MAX_EDGES = 1_000


class GpioSwitch:
    """On while its line is at the active level. A floating line switches it off."""

    def __init__(self, *, active_high: bool = True) -> None:
        self._active_high = active_high
        self.on = False
        self.edges: deque[tuple[int, bool | None]] = deque(maxlen=MAX_EDGES)

    def drive(self, level: bool | None, now_ms: int) -> None:
        """The line has this level from now on; None: nobody drives it."""
        self.edges.append((now_ms, level))
        self.on = level == self._active_high


def twin(spot: Spot) -> GpioSwitch:
    return GpioSwitch(**spot.picked("active_high"))
