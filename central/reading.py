"""Queries: what the office knows, for its pages and for ingest. Nothing here changes anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from central import tables as t
from central.about import About
from central.folding import SHAPE, read_state
from central.offered import services
from central.views import AlarmView, EventView, Reply, StationView
from drivers.contract import Words
from station.trust.documents import EVERYONE

MAX_LIMIT = 500
# A row's own `count` is a method of tuples.
_FAULTS = select(t.faults.c.station, t.faults.c.name, t.faults.c.reason, t.faults.c.count.label("count_"))


def public_key(connection: Connection, station: str) -> bytes | None:
    """The public key of a station that was added and not removed."""
    query = select(t.stations.c.public_key).where(t.stations.c.station == station, t.stations.c.removed_ms.is_(None))
    key = connection.execute(query).scalar()
    return None if key is None else bytes(key)


def document_versions(connection: Connection, station: str) -> list[tuple[str, int, str]]:
    """Name, version and SHA-256 of every document that counts for a station; its own before everybody's."""
    columns = (t.documents.c.audience, t.documents.c.name, t.documents.c.version, t.documents.c.sha256)
    query = select(*columns).where(t.documents.c.audience.in_([EVERYONE, station]))
    found = {
        row.name: (row.name, row.version, row.sha256)
        for row in sorted(connection.execute(query), key=lambda row: row.audience == station)
    }
    return [found[name] for name in sorted(found)]


def about(connection: Connection, station: str) -> About | None:
    """What people read about a station."""
    query = select(t.stations.c.about).where(t.stations.c.station == station, t.stations.c.removed_ms.is_(None))
    text = connection.execute(query).scalar()
    return None if text is None else About.model_validate_json(text)


def station_ids(connection: Connection) -> list[str]:
    """Every station that was added and not removed."""
    query = select(t.stations.c.station).where(t.stations.c.removed_ms.is_(None)).order_by(t.stations.c.station)
    return list(connection.execute(query).scalars())


# ---------------------------------------------------------------- stations


def stations(connection: Connection, only: str | None = None) -> list[StationView]:
    """Every station that was added and not removed, by id; or just one."""
    query = (
        select(t.stations, t.hints, t.states.c.state, t.states.c.shape)
        .outerjoin(t.hints, t.hints.c.station == t.stations.c.station)
        .outerjoin(t.states, t.states.c.station == t.stations.c.station)
        .where(t.stations.c.removed_ms.is_(None))
        .order_by(t.stations.c.station)
    )
    if only is not None:
        query = query.where(t.stations.c.station == only)
    rows = connection.execute(query).all()
    names = [row.station for row in rows]
    journals = _open_journals(connection, names if only else None)
    alarms = _alarms_by_station(connection, only)
    return [_station_view(row, journals.get(row.station), alarms.get(row.station, ())) for row in rows]


def _station_view(row: Any, journal: Any, alarms: Iterable[AlarmView]) -> StationView:
    about_it = About.model_validate_json(row.about)
    health = None if row.health is None else json.loads(row.health)["document"]
    return StationView(
        id=row.station,
        name=_words(about_it.name),
        kind=about_it.kind,
        colour=about_it.colour,
        help_phone=about_it.help_phone,
        services=services(about_it, health),
        online=row.online,
        seen_ms=row.seen_ms,
        health=health,
        health_ms=row.health_ms,
        journal="" if journal is None else journal.journal,
        stored_seq=0 if journal is None else journal.stored_seq,
        tail_seq=0 if journal is None else max(journal.tail_seq, journal.stored_seq, _told_tail(row, journal)),
        state=read_state(row.state) if row.shape == SHAPE else None,
        alarms=tuple(alarms),
    )


def _told_tail(row: Any, journal: Any) -> int:
    return row.health_tail or 0 if row.health_journal == journal.journal else 0


def _words(line: Any) -> Words:
    return Words(line.zh, line.en)


def _open_journals(connection: Connection, names: Iterable[str] | None) -> dict[str, Any]:
    query = select(t.journals).join(t.hints, t.hints.c.open_journal == t.journals.c.id)
    if names is not None:
        query = query.where(t.journals.c.station.in_(list(names)))
    return {row.station: row for row in connection.execute(query)}


# ---------------------------------------------------------------- events and alarms


def _events_query() -> Select[Any]:
    return select(t.events, t.journals.c.station, t.journals.c.journal).join(
        t.journals, t.journals.c.id == t.events.c.journal_id
    )


def last_events(connection: Connection, station: str | None, limit: int) -> list[EventView]:
    """The newest stored rows, newest first."""
    limit = max(0, min(limit, MAX_LIMIT))
    query = _events_query().order_by(t.events.c.id.desc()).limit(limit)
    if station is None:
        return [_event_view(row) for row in connection.execute(query)]
    ids = connection.execute(select(t.journals.c.id).where(t.journals.c.station == station)).scalars().all()
    found: list[Any] = []
    for journal_id in ids:
        newest = _events_query().where(t.events.c.journal_id == journal_id).order_by(t.events.c.seq.desc())
        found += connection.execute(newest.limit(limit)).all()
    found.sort(key=lambda row: -row.id)
    return [_event_view(row) for row in found[:limit]]


def _event_view(row: Any) -> EventView:
    return EventView(
        station=row.station,
        journal=row.journal,
        seq=row.seq,
        kind=row.kind,
        priority=row.priority,
        at_ms=row.at_ms,
        stored_ms=row.stored_ms,
        body=body_of(row.body),
    )


def body_of(text: str) -> Mapping[str, Any]:
    """A row's body as JSON; empty when it is no JSON object."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def alarms(connection: Connection, limit: int, station: str | None = None) -> list[AlarmView]:
    """The newest safety rows, newest first: the stored ones and the copies that overtook."""
    limit = max(0, min(limit, MAX_LIMIT))
    stored = _events_query().where(t.events.c.priority == 0).order_by(t.events.c.id.desc()).limit(limit)
    copies = select(t.alarms, t.journals.c.station, t.journals.c.journal).join(
        t.journals, t.journals.c.id == t.alarms.c.journal_id
    )
    copies = copies.order_by(t.alarms.c.seen_ms.desc()).limit(limit)
    if station is not None:
        stored, copies = (query.where(t.journals.c.station == station) for query in (stored, copies))
    views = [_alarm_view(row, row.stored_ms, stored=True) for row in connection.execute(stored)]
    views += [_alarm_view(row, row.seen_ms, stored=False) for row in connection.execute(copies)]
    views.sort(key=lambda view: (view.seen_ms, view.seq), reverse=True)
    return views[:limit]


def _alarm_view(row: Any, seen_ms: int, *, stored: bool) -> AlarmView:
    return AlarmView(
        station=row.station,
        journal=row.journal,
        seq=row.seq,
        kind=row.kind,
        at_ms=row.at_ms,
        seen_ms=seen_ms,
        body=body_of(row.body),
        stored=stored,
    )


def _alarms_by_station(connection: Connection, station: str | None) -> dict[str, list[AlarmView]]:
    found: dict[str, list[AlarmView]] = {}
    for view in alarms(connection, MAX_LIMIT, station):
        found.setdefault(view.station, []).append(view)
    return found


# ---------------------------------------------------------------- orders


def reply(connection: Connection, order_id: str) -> Reply | None:
    """The last reply to an order."""
    row = connection.execute(select(t.orders).where(t.orders.c.order_id == order_id)).one_or_none()
    if row is None or row.result is None:
        return None
    return Reply(order_id, row.result, row.reason, Words(row.words_zh, row.words_en), row.replied_ms)


def count_events(connection: Connection) -> int:
    """How many rows are stored."""
    return int(connection.execute(select(func.count()).select_from(t.events)).scalar() or 0)


def conflicts(connection: Connection, station: str | None = None) -> list[Mapping[str, Any]]:
    """What contradicts the stored history, newest first."""
    query = select(t.conflicts, t.journals.c.station, t.journals.c.journal).join(
        t.journals, t.journals.c.id == t.conflicts.c.journal_id
    )
    if station is not None:
        query = query.where(t.journals.c.station == station)
    return [dict(row) for row in connection.execute(query.order_by(t.conflicts.c.first_ms.desc())).mappings()]


def faults(connection: Connection) -> dict[tuple[str, str, str], int]:
    """Messages that were not taken: station, name and reason, with their count."""
    return {(row.station, row.name, row.reason): row.count_ for row in connection.execute(_FAULTS)}


def documents_for(connection: Connection, station: str) -> list[tuple[str, bytes]]:
    """Name and bytes of every document that counts for a station."""
    wanted = {name: version for name, version, _ in document_versions(connection, station)}
    query = select(t.documents).where(or_(t.documents.c.audience == station, t.documents.c.audience == EVERYONE))
    rows = sorted(connection.execute(query), key=lambda row: row.audience == station)
    found = {row.name: bytes(row.data) for row in rows if wanted.get(row.name) == row.version}
    return sorted(found.items())
