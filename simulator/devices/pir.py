"""A passive infrared sensor: high for some seconds after each movement, with a ghost while it warms up."""

from __future__ import annotations

from simulator.devices.edges import Edges
from simulator.devices.spot import Spot

HOLD_MS = 3_000
GHOST_AT_MS = 20_000


class Pir:
    """Gets power at `now_ms`. A movement while it is high makes it stay high for longer."""

    def __init__(self, *, now_ms: int = 0, ghost: bool = False) -> None:
        self._edges = Edges(level=False)
        if ghost:
            self._edges.plan([(now_ms + GHOST_AT_MS, True), (now_ms + GHOST_AT_MS + HOLD_MS, False)])

    @property
    def level(self) -> bool:
        return self._edges.level

    def due_ms(self) -> int | None:
        return self._edges.due_ms()

    def tick(self, now_ms: int) -> list[tuple[int, bool]]:
        return self._edges.tick(now_ms)

    def movement(self, now_ms: int) -> None:
        """Somebody moves before it; somebody who sits still is not seen."""
        self._edges.plan([(now_ms, True), (now_ms + HOLD_MS, False)])


def twin(spot: Spot) -> Pir:
    return Pir(now_ms=spot.now_ms)
