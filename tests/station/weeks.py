"""Opening hours as tests write them, in minutes after midnight."""

from __future__ import annotations

from station.rules.week import MINUTES_A_DAY, Hours, Spans


def daily(begins: int, ends: int) -> Hours:
    """The same minutes every day, over midnight where they end before they begin; equal ends: never."""
    return Hours((span(begins, ends),) * 7)


def span(begins: int, ends: int) -> Spans:
    """One span of a day; equal ends: none."""
    if begins == ends:
        return ()
    return ((begins, ends if ends > begins else ends + MINUTES_A_DAY),)
