"""Times as people read them: until when, how late. All are unix milliseconds; clocks are the office's."""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.contract import Words, both

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
HOURS_TOLD = 48
"""So many hours late are told as hours, more as days."""


def until(at_ms: int, now_ms: int) -> Words:
    """The end of something: the time of day, with its date when that is not today."""
    at, now = (datetime.fromtimestamp(ms / 1000, UTC).astimezone() for ms in (at_ms, now_ms))
    if at.date() == now.date():
        return both("until {time} today", time=f"{at:%H:%M}")
    month = Words(f"{at:%-m}", f"{at:%b}")
    return both("until {day} {month} {time}", day=at.day, month=month, time=f"{at:%H:%M}")


def late(at_ms: int, now_ms: int) -> Words:
    """How long something is over already."""
    over_ms = max(0, now_ms - at_ms)
    hours = over_ms // HOUR_MS
    if hours >= HOURS_TOLD:
        return both("{days} days overdue", days=over_ms // DAY_MS)
    if hours:
        return both("{hours} h overdue", hours=hours)
    minutes = max(1, over_ms // MINUTE_MS)
    return both("{minutes} min overdue", minutes=minutes)
