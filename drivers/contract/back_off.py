"""How long a driver stays closed after it failed."""

from __future__ import annotations

FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 60_000
STEADY_MS = 60_000
"""A driver that lived so long begins with the shortest pause again."""


class BackOff:
    """Each pause is twice as long as the one before, up to `LONGEST_PAUSE_MS`."""

    def __init__(self) -> None:
        self._next_ms = FIRST_PAUSE_MS

    def pause_ms(self, lived_ms: int) -> int:
        """The pause after a driver that lived so long; 0 for one that could not be opened."""
        pause_ms = FIRST_PAUSE_MS if lived_ms >= STEADY_MS else self._next_ms
        self._next_ms = min(2 * pause_ms, LONGEST_PAUSE_MS)
        return pause_ms
