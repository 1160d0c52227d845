"""What comes from a device and means nothing: counted by reason, and told at most once a second."""

from __future__ import annotations

from collections import Counter

from drivers.contract import Clock, JunkReceived

TOLD_EVERY_MS = 1_000


class Junk:
    """The junk of one device that was not told yet."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._told_at = clock.steady_ms() - TOLD_EVERY_MS

    def __len__(self) -> int:
        """How many reasons wait to be told."""
        return len(self._counts)

    def note(self, reason: str, count: int = 1) -> None:
        """So many more for this reason; none is nothing to tell."""
        if count:
            self._counts[reason] += count

    def told(self) -> list[JunkReceived]:
        """One signal for each reason, if the last were a second ago or longer."""
        now = self._clock.steady_ms()
        if not self._counts or now < self._told_at + TOLD_EVERY_MS:
            return []
        told = [JunkReceived(self._name, reason, count) for reason, count in self._counts.items()]
        self._counts.clear()
        self._told_at = now
        return told
