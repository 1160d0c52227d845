"""A contact: door reed, button, break-glass. It bounces for 5 to 20 ms, and can be stuck, cut, or flapping."""

from __future__ import annotations

from random import Random

from simulator.devices.edges import Edges
from simulator.devices.spot import Spot

BOUNCE_MS = (5, 20)


class GpioContact:
    """A circuit between the pin and ground with a pull-up: low while closed. `closed_is_low` False: the other way."""

    def __init__(self, *, closed: bool, closed_is_low: bool = True, bounces: bool = True, seed: int = 0) -> None:
        self.closed = closed
        self.stuck = False
        self._closed_is_low = closed_is_low
        self._bounces = bounces
        self._random = Random(seed)  # noqa: S311 - play, not secrets
        self._edges = Edges(self._level(closed))

    @property
    def level(self) -> bool:
        return self._edges.level

    def due_ms(self) -> int | None:
        return self._edges.due_ms()

    def tick(self, now_ms: int) -> list[tuple[int, bool]]:
        return self._edges.tick(now_ms)

    def move(self, *, closed: bool, now_ms: int) -> None:
        """The door moves, the button is pressed or let go. A stuck contact does not follow."""
        if closed == self.closed:
            return
        self.closed = closed
        if self.stuck:
            return
        after = self._level(closed)
        edges = [(now_ms, after)]
        if self._bounces:
            over = now_ms + self._random.randint(*BOUNCE_MS)
            middle = self._random.randint(now_ms + 1, over - 1)
            edges += [(middle, not after), (over, after)]
        self._edges.plan(edges)

    def cut(self, now_ms: int) -> None:
        """The wire is cut: the circuit is open and stays so."""
        self.move(closed=False, now_ms=now_ms)
        self.stuck = True

    def flap(self, now_ms: int, *, hertz: int, for_ms: int) -> None:
        """A loose wire makes `hertz` edges a second, and at the end the circuit is as it was."""
        step = max(1, 1000 // hertz)
        now_level = self._level(self.closed)
        edges = [(at, (index % 2 == 1) == now_level) for index, at in enumerate(range(now_ms, now_ms + for_ms, step))]
        self._edges.plan([*edges, (now_ms + for_ms, now_level)])

    def _level(self, closed: bool) -> bool:
        return closed != self._closed_is_low


def twin(spot: Spot) -> GpioContact:
    closed_is_low = spot.settings.get("closed_is", "low") == "low"
    return GpioContact(closed=spot.rests_closed, closed_is_low=closed_is_low, seed=spot.seed)
