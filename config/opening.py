"""Opening hours as they stand in a station file: `"always"`, one range, or a list by weekday."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from config.faults import shown

MAX_LINES = 14
"""Two spans for each day of the week."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 1_440

_RANGE = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
_DAY = rf"({'|'.join(DAYS)})"
_DAYS = rf"{_DAY}(-{_DAY})?(,{_DAY}(-{_DAY})?)*"
RANGE = f"^{_RANGE}$"
HOURS = f"^(always|{_RANGE})$"
BY_DAY = f"^{_DAYS} {_RANGE}$"

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Minutes after the midnight with which a day begins, from and to; `to` may be the next day."""


def _hours(given: Any) -> str | tuple[str, ...]:
    if isinstance(given, str):
        _must_match(HOURS, given)
        return given
    if not isinstance(given, list | tuple):
        raise PydanticKnownError("string_type")
    if not 0 < len(given) <= MAX_LINES:
        words = f"{shown(given)} is no list of hours"
        raise PydanticCustomError("hours", "{words}", {"words": words})
    for line in given:
        _must_match(BY_DAY, line)
    return tuple(given)


def _must_match(pattern: str, text: object) -> None:
    if not isinstance(text, str) or not re.fullmatch(pattern, text):
        words = f"{shown(text)} does not have the right form"
        raise PydanticCustomError("hours", "{words}", {"words": words})


def _real_day(text: str) -> str:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day", "{words}", {"words": f"{shown(text)} is no day of the calendar"}) from None
    return text


HoursText: TypeAlias = Annotated[
    str | tuple[str, ...],
    PlainValidator(_hours),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": HOURS},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": BY_DAY},
                    "minItems": 1,
                    "maxItems": MAX_LINES,
                },
            ]
        }
    ),
]
Holiday: TypeAlias = Annotated[str, Field(pattern=r"^2[0-9]{3}-[01][0-9]-[0-3][0-9]$"), AfterValidator(_real_day)]


def spans(text: str) -> Spans:
    """`06:00-23:00` as one span; `closed`, or an end that is the beginning, as none."""
    if text == "closed":
        return ()
    begins, ends = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    if begins == ends:
        return ()
    return ((begins, ends if ends > begins else ends + MINUTES_A_DAY),)


def week(hours: str | tuple[str, ...]) -> tuple[Spans, ...]:
    """The spans of each day, Monday first."""
    if hours == "always":
        return (((0, MINUTES_A_DAY),),) * 7
    if isinstance(hours, str):
        return (spans(hours),) * 7
    found: list[Spans] = [()] * 7
    for line in hours:
        names, _, text = line.partition(" ")
        for day in _days(names):
            found[day] += spans(text)
    return tuple(tuple(sorted(one)) for one in found)


def _days(names: str) -> set[int]:
    """`mon-fri,sun` as numbers; `sat-mon` goes over the weekend."""
    days: set[int] = set()
    for part in names.split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        days.update(day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1))
    return days


def days_of(holidays: tuple[str, ...]) -> frozenset[int]:
    """Holidays as days since 1970-01-01."""
    return frozenset((dt.date.fromisoformat(day) - dt.date(1970, 1, 1)).days for day in holidays)
