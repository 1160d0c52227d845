"""Who goes through two break-beams, an outer and an inner one, told from when each is broken.

Inwards is: outer, both, inner, clear; outwards is the reverse. Any other order, or more than 3 s from the first break
to clear, is nobody: somebody who turned round, a trolley, two people at once. A count of this kind drifts. Pure: levels
and their times in milliseconds in, what they mean out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SETTLE_MS = 20
"""A beam counts as changed when it has stayed so for this long: both are late by the same, so their order stays."""

PASSAGE_MS = 3_000
BLOCKED_MS = 10_000

_CLEAR = (False, False)
_INWARD = ((True, False), (True, True), (False, True))
_OUTWARD = tuple(reversed(_INWARD))
_NEVER_CLEAR = [_CLEAR]
"""Steps of which no passage is made: a beam was broken when we began to look."""


class Beam(StrEnum):
    """Which of the two."""

    OUTER = "outer"
    INNER = "inner"


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody went through."""

    inward: bool


@dataclass(frozen=True, slots=True)
class Occupied:
    """A beam is broken; or none is any more."""

    present: bool


@dataclass(frozen=True, slots=True)
class Blocked:
    """A beam has been broken for `BLOCKED_MS`: nothing can be counted."""

    beam: Beam


@dataclass(frozen=True, slots=True)
class Free:
    """What was blocked is clear again."""


News = Passed | Occupied | Blocked | Free


class _Line:
    """One beam: what it shows now, and what it has shown for long enough to count."""

    def __init__(self, broken: bool, now_ms: int) -> None:
        self.shown = broken
        self.broken = broken
        self.since_ms = now_ms
        self.settles_ms: int | None = None
        self.blocked = False

    def show(self, broken: bool, at_ms: int) -> None:
        if broken != self.shown:
            self.shown = broken
            self.settles_ms = at_ms + SETTLE_MS if broken != self.broken else None

    def due_ms(self) -> int | None:
        blocks_ms = self.since_ms + BLOCKED_MS if self.broken and self.shown and not self.blocked else None
        return min((due for due in (self.settles_ms, blocks_ms) if due is not None), default=None)

    def settle(self) -> int:
        """It has changed; when it did."""
        self.since_ms = (self.settles_ms or 0) - SETTLE_MS
        self.settles_ms = None
        self.broken = self.shown
        return self.since_ms


class Passages:
    """Follows both beams from the levels that they have at `now_ms`. Times may repeat but never go back."""

    def __init__(self, now_ms: int, *, outer: bool, inner: bool) -> None:
        self._lines = {Beam.OUTER: _Line(outer, now_ms), Beam.INNER: _Line(inner, now_ms)}
        self._now_ms = now_ms
        self._steps = list(_NEVER_CLEAR) if self.present else []
        self._began_ms = now_ms

    @property
    def present(self) -> bool:
        """Whether a beam is broken."""
        return self._broken() != _CLEAR

    @property
    def settling(self) -> bool:
        """Whether a beam has changed and must stay so to count."""
        return any(line.settles_ms is not None for line in self._lines.values())

    def shown(self, beam: Beam) -> bool:
        """What a beam was last said to be."""
        return self._lines[beam].shown

    def due_ms(self) -> int | None:
        """When time alone changes something."""
        return min((due for line in self._lines.values() if (due := line.due_ms()) is not None), default=None)

    def change(self, beam: Beam, *, broken: bool, at_ms: int) -> list[News]:
        """A beam is broken or clear from `at_ms` on."""
        news = self.pass_time(at_ms)
        self._lines[beam].show(broken, self._now_ms)
        return news

    def pass_time(self, now_ms: int) -> list[News]:
        """Nothing else happened until `now_ms`."""
        news: list[News] = []
        while True:
            dues = [(due, beam) for beam, line in self._lines.items() if (due := line.due_ms()) is not None]
            if not dues or min(dues)[0] > now_ms:
                break
            due_ms, beam = min(dues)
            news += self._settled(beam) if due_ms == self._lines[beam].settles_ms else self._block(beam)
        self._now_ms = max(self._now_ms, now_ms)
        return news

    def _broken(self) -> tuple[bool, bool]:
        return self._lines[Beam.OUTER].broken, self._lines[Beam.INNER].broken

    def _settled(self, beam: Beam) -> list[News]:
        was_present, line = self.present, self._lines[beam]
        at_ms = line.settle()
        news: list[News] = []
        if line.blocked and not line.broken:
            line.blocked = False
            if not any(other.blocked for other in self._lines.values()):
                news.append(Free())
        if self.present != was_present:
            news.append(Occupied(self.present))
        return news + self._step(at_ms)

    def _step(self, at_ms: int) -> list[News]:
        if self.present:
            if not self._steps:
                self._began_ms = at_ms
            if len(self._steps) <= len(_INWARD):  # one too many is enough to be nobody
                self._steps.append(self._broken())
            return []
        steps, self._steps = tuple(self._steps), []
        if steps not in (_INWARD, _OUTWARD) or at_ms - self._began_ms > PASSAGE_MS:
            return []
        return [Passed(inward=steps == _INWARD)]

    def _block(self, beam: Beam) -> list[News]:
        first = not any(line.blocked for line in self._lines.values())
        self._lines[beam].blocked = True
        return [Blocked(beam)] if first else []
