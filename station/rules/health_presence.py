"""Findings about people in the rooms: a long stay is looked after, never an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.contract import both
from station.rules.finding import Finding, Light
from station.rules.site import Site
from station.state import Door, State

LONG_STAY = both("Somebody has been here for long: please see whether they are well")
ASK = both("Knock and ask; do not send them away")


def findings(state: State, site: Site) -> Iterator[Finding]:
    """One for every room with a long stay."""
    for service in site.doors.values():
        if state.recorded.doors.get(service.name, Door()).long_stay:
            yield Finding(f"{service.name} stay", Light.LOOK, LONG_STAY, ASK)
