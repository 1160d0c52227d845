"""Two break-beams across a door, and the bodies that break them.

A body breaks the first beam for 150 to 300 ms and the second a little later, both for a while at once.
"""

from __future__ import annotations

from random import Random

from simulator.devices.edges import Edges
from simulator.devices.spot import Spot

CHATTER_MS = 8
FOR_EVER_MS = 10**15


class Beam:
    """One beam: its line has the active level while something stands in it. `chatter`: it flickers at each change."""

    def __init__(self, *, active_high: bool = True, chatter: bool = False, seed: int = 0) -> None:
        self.chatter = chatter
        self._active_high = active_high
        self._seed = seed
        self._edges = Edges(level=not active_high)
        self._shadows: list[tuple[int, int]] = []
        self._made_ms = -1

    @property
    def level(self) -> bool:
        return self._edges.level

    def due_ms(self) -> int | None:
        return self._edges.due_ms()

    def tick(self, now_ms: int) -> list[tuple[int, bool]]:
        self._made_ms = max(self._made_ms, now_ms)
        return self._edges.tick(now_ms)

    def shade(self, from_ms: int, to_ms: int) -> None:
        """Something stands in it for this time."""
        self._shadows.append((from_ms, to_ms))
        self._plan()

    def block(self, now_ms: int) -> None:
        """Something stays in it; a cut wire and a dead emitter look the same."""
        self.shade(now_ms, FOR_EVER_MS)

    def clear(self, now_ms: int) -> None:
        """Nothing stands in it any more."""
        self._shadows = [(begin, min(end, now_ms)) for begin, end in self._shadows if begin < now_ms]
        self._plan()

    def _plan(self) -> None:
        self._shadows = [shadow for shadow in self._shadows if shadow[1] >= self._made_ms]
        edges: list[tuple[int, bool]] = []
        until_ms = -1
        for begin_ms, end_ms in sorted(self._shadows):
            if begin_ms > until_ms:
                edges += [*self._changes(until_ms, broken=False), *self._changes(begin_ms, broken=True)]
            until_ms = max(until_ms, end_ms)
        edges += self._changes(until_ms, broken=False)
        past = [(-1, not self._active_high), *(edge for edge in edges if edge[0] <= self._made_ms)]
        self._edges.plan([(self._made_ms, past[-1][1]), *(edge for edge in edges if edge[0] > self._made_ms)])

    def _changes(self, at_ms: int, *, broken: bool) -> list[tuple[int, bool]]:
        if not 0 <= at_ms < FOR_EVER_MS:
            return []
        after = broken == self._active_high
        if not self.chatter:
            return [(at_ms, after)]
        random = Random(f"{self._seed}:{at_ms}")  # noqa: S311 - play, not secrets
        first, second = sorted(random.sample(range(1, CHATTER_MS), 2))
        return [(at_ms, after), (at_ms + first, not after), (at_ms + second, after)]


class BeamCounter:
    """The pair at one door: `outer` towards the street, `inner` towards the room."""

    def __init__(self, *, active_high: bool = True, chatter: bool = False, seed: int = 0) -> None:
        self.outer = Beam(active_high=active_high, chatter=chatter, seed=seed)
        self.inner = Beam(active_high=active_high, chatter=chatter, seed=seed + 1)

    def inputs(self) -> dict[str, Beam]:
        """Each beam by the setting that names its pin."""
        return {"outer": self.outer, "inner": self.inner}

    def walk(self, now_ms: int, *, inward: bool, broken_ms: int = 200, apart_ms: int = 80) -> None:
        """Somebody goes through: each beam is broken for `broken_ms`, the second `apart_ms` later."""
        first, second = (self.outer, self.inner) if inward else (self.inner, self.outer)
        first.shade(now_ms, now_ms + broken_ms)
        second.shade(now_ms + apart_ms, now_ms + apart_ms + broken_ms)

    def turn_round(self, now_ms: int, *, inward: bool, broken_ms: int = 900, apart_ms: int = 80) -> None:
        """Somebody comes from outside (`inward`) or inside, stands in both beams and goes back."""
        first, second = (self.outer, self.inner) if inward else (self.inner, self.outer)
        first.shade(now_ms, now_ms + broken_ms)
        second.shade(now_ms + apart_ms, now_ms + broken_ms - apart_ms)


def twin(spot: Spot) -> BeamCounter:
    return BeamCounter(**spot.picked("active_high"), seed=spot.seed)
