"""The edges that a simulated sensor makes on its line, in order of time."""

from __future__ import annotations


class Edges:
    """Levels to come on one line. `level` is the one now."""

    def __init__(self, level: bool) -> None:
        self.level = level
        self._coming: list[tuple[int, bool]] = []

    def due_ms(self) -> int | None:
        """When the next one comes."""
        return self._coming[0][0] if self._coming else None

    def tick(self, now_ms: int) -> list[tuple[int, bool]]:
        """The edges up to now; a level that stays the same makes none."""
        made = []
        while self._coming and self._coming[0][0] <= now_ms:
            at_ms, level = self._coming.pop(0)
            if level != self.level:
                self.level = level
                made.append((at_ms, level))
        return made

    def plan(self, edges: list[tuple[int, bool]]) -> None:
        """These come now, in place of what was still to come."""
        self._coming = sorted(edges)
