"""What stored events say of volunteer points: minutes that were worked, points that were spent and given back.

The ingest adds new rows to the table `points` in the transaction that stores them, so each counts exactly once. It
knows holders and no people: whose points they are is the desk's (`central/purse.py`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from central import tables as t
from central.hours import FORGOTTEN
from station.events import PointsReturned, PointsSpent, VolunteerSignedOff, read_event

KINDS = frozenset(kind.__name__ for kind in (VolunteerSignedOff, PointsSpent, PointsReturned))
MAX_SHIFT_MINUTES = 24 * 60
MAX_ROW_POINTS = 9_999 * 999
"""The dearest piece, as many times as one order takes it."""
FILLED = "points"
"""The line of the table `meta` that says that the stored events were counted; orders that cost points lock it."""
CHUNK_ROWS = 1_000

_log = logging.getLogger(__name__)
_ID = re.compile(r"[0-9a-f]{32}")

Told = tuple[str, str, str]
"""A row: its station, kind and body."""
Event = VolunteerSignedOff | PointsSpent | PointsReturned


@dataclass(slots=True)
class _Sum:
    minutes: int = 0
    spent: int = 0

    def add(self, event: Event) -> None:
        match event:
            case VolunteerSignedOff(cause=cause, minutes=minutes):
                self.minutes += 0 if cause == FORGOTTEN else minutes
            case PointsSpent(points=points):
                self.spent += points
            case PointsReturned(points=points):
                self.spent -= points


def count(connection: Connection, rows: Iterable[Told]) -> None:
    """Add rows that have just been stored, and let go of what was set aside for their orders.

    A row that cannot be, such as one of negative points, is left out and logged.
    """
    events = list(_read(rows))
    _add(connection, events)
    paid = ((station, event) for station, event in events if not isinstance(event, VolunteerSignedOff))
    release(connection, {(station, event.order) for station, event in paid})


def release(connection: Connection, settled: Iterable[tuple[str, str]]) -> None:
    """Let go of what was set aside for orders (station, order id); a station speaks for its own orders only."""
    found = [{"at": station, "order": order} for station, order in sorted(settled) if _ID.fullmatch(order)]
    if found:
        place = (t.reserved_points.c.order_id == bindparam("order"), t.reserved_points.c.station == bindparam("at"))
        connection.execute(delete(t.reserved_points).where(*place), found)


def fill(connection: Connection) -> None:
    """Count all stored events, once in the life of a database: it may be older than its table `points`."""
    if connection.execute(select(t.meta.c.value).where(t.meta.c.name == FILLED)).first() is not None:
        return
    # Another process may be doing the same: its transaction is waited for here.
    statement = _insert(connection, t.meta).values(name=FILLED, value="counted").on_conflict_do_nothing()
    if connection.execute(statement.returning(t.meta.c.name)).first() is None:
        return
    connection.execute(delete(t.points))
    query = (
        select(t.journals.c.station, t.events.c.kind, t.events.c.body)
        .join(t.journals, t.journals.c.id == t.events.c.journal_id)
        .where(t.events.c.kind.in_(sorted(KINDS)))
    )
    stored = connection.execute(query.execution_options(yield_per=CHUNK_ROWS))
    _add(connection, _read((row.station, row.kind, row.body) for row in stored))


def _read(rows: Iterable[Told]) -> Iterator[tuple[str, Event]]:
    for station, kind, body in rows:
        if kind not in KINDS:
            continue
        try:
            event = read_event(kind, body)
        except ValueError as fault:
            _log.warning("%s: %s; it is not counted", station, fault)
            continue
        if isinstance(event, Event) and _can_be(event):
            yield station, event
        else:
            _log.warning("%s: a row of kind %s cannot be; it is not counted", station, kind)


def _can_be(event: Event) -> bool:
    if isinstance(event, VolunteerSignedOff):
        number, most = event.minutes, MAX_SHIFT_MINUTES
    else:
        number, most = event.points, MAX_ROW_POINTS
    return 0 <= number <= most and _ID.fullmatch(event.holder) is not None


def _add(connection: Connection, events: Iterable[tuple[str, Event]]) -> None:
    sums: dict[tuple[str, str], _Sum] = {}
    for station, event in events:
        sums.setdefault((station, event.holder), _Sum()).add(event)
    # In one order, so that two workers never wait for each other.
    rows = [
        {"station": station, "holder": holder, "minutes": one.minutes, "spent": one.spent}
        for (station, holder), one in sorted(sums.items(), key=lambda item: item[0])
    ]
    if rows:
        statement = _insert(connection, t.points)
        more = {name: t.points.c[name] + statement.excluded[name] for name in ("minutes", "spent")}
        connection.execute(statement.on_conflict_do_update(index_elements=["station", "holder"], set_=more), rows)


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
