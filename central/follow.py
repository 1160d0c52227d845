"""What is new in the database, for pages whose ingest runs in another process or on another host."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from central import tables as t
from central.store import Store
from central.views import Change


class Follower:
    """Remembers how far it has looked; what was there before it began is not new."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._event_id = 0
        self._alarm_ms = 0
        self._hints: dict[str, tuple[bool | None, int | None]] = {}
        self.look()

    def look(self) -> list[Change]:
        """What has changed since the last look."""
        with self._store.read() as connection:
            return [*self._events(connection), *self._alarms(connection), *self._hinted(connection)]

    def _events(self, connection: Connection) -> Iterator[Change]:
        newest = connection.execute(select(func.max(t.events.c.id))).scalar() or 0
        query = select(t.journals.c.station).join(t.events, t.events.c.journal_id == t.journals.c.id)
        query = query.where(t.events.c.id > self._event_id, t.events.c.id <= newest).distinct()
        stations = connection.execute(query).scalars().all() if newest > self._event_id else []
        self._event_id = newest
        return (Change(station, "events") for station in stations)

    def _alarms(self, connection: Connection) -> Iterator[Change]:
        query = select(t.journals.c.station, t.alarms.c.seen_ms).join(
            t.alarms, t.alarms.c.journal_id == t.journals.c.id
        )
        found = connection.execute(query.where(t.alarms.c.seen_ms > self._alarm_ms)).all()
        self._alarm_ms = max([self._alarm_ms, *(row.seen_ms for row in found)])
        return (Change(station, "alarm") for station in {row.station for row in found})

    def _hinted(self, connection: Connection) -> Iterator[Change]:
        query = select(t.hints.c.station, t.hints.c.online, t.hints.c.health_ms)
        found = {row.station: (row.online, row.health_ms) for row in connection.execute(query)}
        before, self._hints = self._hints, found
        for station, (online, health_ms) in found.items():
            was_online, was_health_ms = before.get(station, (None, None))
            if online != was_online:
                yield Change(station, "status")
            if health_ms != was_health_ms:
                yield Change(station, "health")
