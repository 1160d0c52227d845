"""Times as people read them: until when, how late. All are unix milliseconds; clocks are the office's."""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.contract import Words

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
HOURS_TOLD = 48
"""So many hours late are told as hours, more as days."""


def until(at_ms: int, now_ms: int) -> Words:
    """The end of something: the time of day, with its date when that is not today."""
    at, now = (datetime.fromtimestamp(ms / 1000, UTC).astimezone() for ms in (at_ms, now_ms))
    if at.date() == now.date():
        return Words(f"今天 {at:%H:%M} 前", f"until {at:%H:%M} today")
    return Words(f"{at.month} 月 {at.day} 日 {at:%H:%M} 前", f"until {at.day} {at:%b %H:%M}")


def late(at_ms: int, now_ms: int) -> Words:
    """How long something is over already."""
    over_ms = max(0, now_ms - at_ms)
    hours = over_ms // HOUR_MS
    if hours >= HOURS_TOLD:
        return Words(f"已超时 {over_ms // DAY_MS} 天", f"{over_ms // DAY_MS} days overdue")
    if hours:
        return Words(f"已超时 {hours} 小时", f"{hours} h overdue")
    minutes = max(1, over_ms // MINUTE_MS)
    return Words(f"已超时 {minutes} 分钟", f"{minutes} min overdue")
