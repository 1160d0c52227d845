"""Times as scenarios write them: `00:10:00` since the beginning, or `3d 04:00:00`."""

from __future__ import annotations

from pydantic import Field

from config.tables import Table

TIME_PATTERN = r"^(\d{1,2}d )?\d{2}:[0-5]\d:[0-5]\d$"
DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
LONGEST_STORY = 400


class Story(Table):
    """A few sentences, in both languages."""

    zh: str = Field(min_length=1, max_length=LONGEST_STORY)
    en: str = Field(min_length=1, max_length=LONGEST_STORY)


def milliseconds(text: str) -> int:
    """What a time of `TIME_PATTERN` comes to."""
    days, _, clock = text.rpartition("d ")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return 1000 * (int(days or 0) * DAY_S + hours * HOUR_S + minutes * MINUTE_S + seconds)


def clock_text(at_ms: int) -> str:
    """The same the other way."""
    seconds = at_ms // 1000
    days, seconds = divmod(seconds, DAY_S)
    clock = f"{seconds // HOUR_S:02}:{seconds // MINUTE_S % 60:02}:{seconds % MINUTE_S:02}"
    return f"{days}d {clock}" if days else clock
