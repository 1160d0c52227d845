"""The time of a world: one agenda in one thread. Nothing waits; the next thing on the agenda simply happens.

Times are integers in milliseconds since the world began. Two things of the same millisecond happen in the order in
which they were put on the agenda, so a run depends on nothing but its seed.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from station.rules.site import Service, Site

EPOCH_MS = 1_790_000_000_000
"""Unix time before which no world begins (autumn 2026)."""

MAX_AT_ONCE = 20_000
"""So many things in one millisecond are a circle."""

Action = Callable[[], None]
Steps: TypeAlias = Generator[int, None, Any]
"""What somebody does one thing after the other; each value is how long (ms) they then wait."""


def is_open(service: Service, site: Site, wall_ms: int) -> bool:
    """Whether a service is open then; reckoned by the calendar, not as the rules do it."""
    local = dt.datetime.fromtimestamp(wall_ms // 1000, dt.timezone(dt.timedelta(minutes=site.utc_offset_minutes)))
    for days_ago in (0, 1):
        day = (local - dt.timedelta(days=days_ago)).date()
        holiday = (day - dt.date(1970, 1, 1)).days in site.holidays
        special = service.hours.on_holidays if holiday else None
        minute = local.hour * 60 + local.minute + days_ago * 1_440
        spans = service.hours.days[day.weekday()] if special is None else special
        if any(begins <= minute < ends for begins, ends in spans):
            return True
    return False


class Agenda:
    """What happens when. A world begins so long after `EPOCH_MS`: at any hour of the day, for opening hours."""

    def __init__(self, begins_after_ms: int = 0) -> None:
        self.began_wall_ms = EPOCH_MS + begins_after_ms
        self.now_ms = 0
        self.done = 0
        self._order = 0
        self._coming: list[tuple[int, int, Action]] = []

    @property
    def wall_ms(self) -> int:
        """The true time of day, as unix time."""
        return self.began_wall_ms + self.now_ms

    def at(self, at_ms: int, action: Action) -> None:
        """Do `action` then, or next when that time is over."""
        self._order += 1
        heapq.heappush(self._coming, (max(at_ms, self.now_ms), self._order, action))

    def after(self, milliseconds: int, action: Action) -> None:
        """Do `action` so long from now."""
        self.at(self.now_ms + milliseconds, action)

    def go(self, steps: Steps, *, at_ms: int | None = None) -> None:
        """Let somebody walk through their steps, from `at_ms` (now) on."""

        def step() -> None:
            pause_ms = next(steps, None)
            if pause_ms is not None:
                self.after(pause_ms, step)

        self.at(self.now_ms if at_ms is None else at_ms, step)

    def run_to(self, end_ms: int) -> None:
        """Let everything happen that is due up to and at `end_ms`."""
        at_once = 0
        while self._coming and self._coming[0][0] <= end_ms:
            at_ms, _, action = heapq.heappop(self._coming)
            at_once = at_once + 1 if at_ms == self.now_ms else 0
            if at_once > MAX_AT_ONCE:
                raise RuntimeError(f"time stands still at {at_ms} ms: {action} again and again")
            self.now_ms = at_ms
            self.done += 1
            action()
        self.now_ms = max(self.now_ms, end_ms)
