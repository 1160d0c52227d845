"""What a restart makes of the rows on the card: every event written as text, read back, and folded anew."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.contract import Now, Priority, Row
from station.events import Event, body_of, read_event
from station.state import Recorded, fold


def refolded(start: Recorded, told: Iterable[tuple[Event, Now]]) -> Recorded:
    """`start` and everything that was recorded since, each at its time."""
    recorded = start
    for event, now in told:
        kind = type(event).__name__
        read = read_event(kind, body_of(event))
        assert read == event
        if event.priority <= Priority.ORDER:
            row = Row(1, now.wall_ms, now.boot, now.steady_ms, event.priority, kind, "")
            recorded = fold(recorded, read, row)
    return recorded
