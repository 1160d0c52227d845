"""Findings about rooms that somebody has for a while."""

from __future__ import annotations

from collections.abc import Iterator

from station.rules import words_rooms
from station.rules.finding import Finding, Light
from station.rules.site import Site
from station.state import State


def findings(state: State, site: Site) -> Iterator[Finding]:
    """One for every room whose time is up while somebody still has it."""
    for holding in state.recorded.holdings.values():
        if holding.service in site.rooms and holding.overdue:
            yield Finding(f"{holding.service} time", Light.LOOK, words_rooms.OVERDUE, words_rooms.KNOCK)
