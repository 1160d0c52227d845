"""Findings about the alarms that a station raises by itself; the others stand beside their buttons."""

from __future__ import annotations

from collections.abc import Iterator

from station.rules import words_watch
from station.rules.finding import Finding, Light
from station.rules.site import Site
from station.state import State


def findings(state: State, site: Site) -> Iterator[Finding]:
    """One for every such alarm that stands."""
    for name, alarm in sorted(state.recorded.alarms.items()):
        if name not in site.alarms and alarm.what in words_watch.CAUSES:
            step = words_watch.HEARD if alarm.heard_by else words_watch.NEXT[alarm.what]
            yield Finding(name, Light.ACT, words_watch.standing(alarm.what, alarm.source), step)
