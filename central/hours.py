"""What volunteers did in a month, as sums of events: hours, tasks, and how people rated the station.

A forgotten sign-off gives no hours: its minutes say how long it stood open. A sign-off counts in the month of the
station's clock.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from central import tables as t
from central.changes import OfficeFault
from station.events import RatingGiven, TaskDone, VolunteerSignedOff, read_event

KINDS = tuple(kind.__name__ for kind in (VolunteerSignedOff, TaskDone, RatingGiven))
HELPERS = ("volunteer", "keeper")
FORGOTTEN = "forgotten"

_log = logging.getLogger(__name__)
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(slots=True)
class Work:
    """One volunteer at one station. `forgotten` counts shifts that the station had to close."""

    minutes: int = 0
    shifts: int = 0
    forgotten: int = 0


@dataclass(slots=True)
class StationWork:
    """One station: work by holder, tasks by (service, task), ratings by stars."""

    people: dict[str, Work] = field(default_factory=dict)
    tasks: Counter[tuple[str, str]] = field(default_factory=Counter)
    ratings: Counter[int] = field(default_factory=Counter)

    def add(self, event: object) -> None:
        """One more event of the month."""
        match event:
            case VolunteerSignedOff(_, holder, cause, minutes):
                work = self.people.setdefault(holder, Work())
                work.shifts += 1
                if cause == FORGOTTEN:
                    work.forgotten += 1
                else:
                    work.minutes += minutes
            case TaskDone(service, task, _):
                self.tasks[service, task] += 1
            case RatingGiven(_, stars):
                self.ratings[stars] += 1
            case _:
                pass


def month_ms(month: str) -> tuple[int, int]:
    """Beginning and end of a month such as 2026-11 by the office's clock. Raises `OfficeFault`."""
    found = _MONTH.fullmatch(month)
    if found is None:
        raise OfficeFault(f"{month!r} is no month such as 2026-11")
    year, number = int(found[1]), int(found[2])
    begin = datetime(year, number, 1).astimezone()
    end = datetime(year + number // 12, number % 12 + 1, 1).astimezone()
    return round(begin.timestamp() * 1000), round(end.timestamp() * 1000)


def month_of_work(connection: Connection, month: str, station: str | None = None) -> dict[str, StationWork]:
    """What was done in a month, by station, of one or of all. It reads every event of that time: for reports.

    A row that cannot be read is left out and logged.
    """
    begin_ms, end_ms = month_ms(month)
    query = (
        select(t.journals.c.station, t.events.c.kind, t.events.c.body)
        .join(t.journals, t.journals.c.id == t.events.c.journal_id)
        .where(t.events.c.kind.in_(KINDS), t.events.c.at_ms >= begin_ms, t.events.c.at_ms < end_ms)
        .order_by(t.journals.c.station, t.events.c.id)
    )
    if station is not None:
        query = query.where(t.journals.c.station == station)
    found: dict[str, StationWork] = {}
    for row in connection.execute(query):
        try:
            event = read_event(row.kind, row.body)
        except ValueError as fault:
            _log.warning("%s: %s; it is not counted", row.station, fault)
            continue
        found.setdefault(row.station, StationWork()).add(event)
    return found


def labels(
    connection: Connection, stations: Iterable[str], holder_of: Callable[[str, str], str]
) -> dict[str, dict[str, str]]:
    """What tells volunteers apart, by station and holder. `holder_of` gives what a person is called at a station."""
    query = select(t.people.c.person, t.people.c.label).where(t.people.c.role.in_(HELPERS))
    people = connection.execute(query).all()
    return {station: {holder_of(row.person, station): row.label for row in people} for station in stations}
