"""Opening hours as a calculation: the days of a week, holidays, and spans that may end after midnight.

Local time counts in minutes since 1970-01-01 00:00, a Thursday, so that a day and its weekday are a division away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

MINUTES_A_DAY = 1_440
LOOK_AHEAD_DAYS = 400
"""Further than any row of holidays."""
_FIRST_WEEKDAY = 3
"""1970-01-01 was a Thursday."""

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""From and to, in minutes after the midnight with which their day begins; `to` is later, and may be the next day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open. `days` begin with Monday; `on_holidays` None: holidays are days like others."""

    days: tuple[Spans, ...] = (((0, MINUTES_A_DAY),),) * 7
    on_holidays: Spans | None = None

    def open_at(self, minute: int, holidays: frozenset[int]) -> bool:
        """Whether it is open in that local minute; `holidays` are days since 1970-01-01."""
        day = minute // MINUTES_A_DAY
        return any(begins <= minute < ends for begins, ends in self._spans(day - 1, day, holidays))

    def next_change(self, minute: int, holidays: frozenset[int]) -> int | None:
        """The first local minute after this one in which it opens or closes; None: it never does."""
        if self == ALWAYS:
            return None
        now_open, today = self.open_at(minute, holidays), minute // MINUTES_A_DAY
        for day in range(today, today + LOOK_AHEAD_DAYS):
            edges = sorted({edge for span in self._spans(day - 1, day, holidays) for edge in span if edge > minute})
            for edge in edges:
                if self.open_at(edge, holidays) != now_open:
                    return edge
        return None

    def _spans(self, first: int, last: int, holidays: frozenset[int]) -> Iterator[tuple[int, int]]:
        for day in range(first, last + 1):
            holiday = day in holidays and self.on_holidays is not None
            spans = (self.on_holidays or ()) if holiday else self.days[(day + _FIRST_WEEKDAY) % 7]
            for begins, ends in spans:
                yield day * MINUTES_A_DAY + begins, day * MINUTES_A_DAY + ends


ALWAYS = Hours()
