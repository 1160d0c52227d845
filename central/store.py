"""The office's database: SQLite by default, PostgreSQL by URL. SQL stands here and in `central/reading.py` only.

One transaction at a time writes; the office's word goes out after its commit. An event is stored exactly once by
(station, journal, seq).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    and_,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from central import points
from central import tables as t
from drivers.contract import Priority, Row
from station.events import first_chain

BUSY_SECONDS = 15
MAX_CONFLICTS_PER_JOURNAL = 100
CHUNK_KEYS = 500


class StoreFault(RuntimeError):
    """The database cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """What is stored of a journal: everything up to `stored_seq`, where the chain is `head`."""

    id: int
    station: str
    journal: str
    stored_seq: int
    head: bytes
    tail_seq: int
    closed: bool


@dataclass(frozen=True, slots=True)
class HoleRecord:
    """Rows that a station had to drop before they came here."""

    first_seq: int
    last_seq: int
    counts: str
    chain: bytes


@dataclass(frozen=True, slots=True)
class StateRecord:
    """The fold up to row `seq` of a journal, as JSON text; `shape` tells versions of the program apart."""

    journal_id: int
    seq: int
    state: str
    shape: str


class Store:
    """A database with the office's tables. Made by `open_store`."""

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction: committed (on the disk) at the end of the block, undone when it raises."""
        with self._writer.begin() as connection:
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries."""
        with self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Give the database back; may be called twice."""
        self._writer.dispose()
        self._reader.dispose()


def open_store(url: str) -> Store:
    """Open a database, making its tables where there are none. `url` as in SQLAlchemy. Raises `StoreFault`."""
    engines: list[Engine] = []
    try:
        engines += _engines(url)
        with engines[0].begin() as connection:
            t.metadata.create_all(connection)
            t.passes_by_person.create(connection, checkfirst=True)  # a table of before may lack it
            _check_version(connection)
            points.fill(connection)
    except Exception as fault:
        for engine in engines:
            engine.dispose()
        raise StoreFault(f"the office's database {_safe(url)} cannot be used: {fault}") from fault
    return Store(engines[0], engines[-1])


def _engines(url: str) -> list[Engine]:
    """The engine that writes and the one that reads; they may be the same."""
    if make_url(url).get_backend_name() != "sqlite":
        return [create_engine(url, pool_pre_ping=True)]
    writer = create_engine(url, pool_size=1, max_overflow=0, connect_args={"timeout": BUSY_SECONDS})
    reader = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    # A writer that begins by reading may find that another process has written meanwhile: it asks for the lock first.
    _prepare_sqlite(writer, "BEGIN IMMEDIATE")
    _prepare_sqlite(reader, "BEGIN")
    return [writer, reader]


def _safe(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except Exception:  # noqa: BLE001 - only for the message about a URL that cannot be read
        return "(unreadable URL)"


def _check_version(connection: Connection) -> None:
    found = connection.execute(select(t.meta.c.value).where(t.meta.c.name == "schema")).scalar()
    if found is None:
        connection.execute(insert(t.meta), {"name": "schema", "value": str(t.SCHEMA_VERSION)})
    elif found != str(t.SCHEMA_VERSION):
        raise StoreFault(f"the database has schema {found}, this program knows {t.SCHEMA_VERSION}: use its own version")


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver would begin its transactions too late: only before the first change.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


class Transaction:
    """What is written. Every call belongs to the transaction of `Store.write`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._dialect = connection.dialect.name

    # ---------------------------------------------------------------- journals and events

    def journals(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], JournalRecord]:
        """The journals (station, journal), locked until the commit; those that are not known begin empty."""
        wanted = sorted(set(keys))
        found: dict[tuple[str, str], JournalRecord] = {}
        for start in range(0, len(wanted), CHUNK_KEYS):
            found |= self._journals(wanted[start : start + CHUNK_KEYS])
        missing = [key for key in wanted if key not in found]
        for station, journal in missing:
            first = {"stored_seq": 0, "head": first_chain(journal), "tail_seq": 0, "closed": False}
            self.put(t.journals, {"station": station, "journal": journal, **first}, keys=("station", "journal"))
        return found | (self.journals(missing) if missing else {})

    def _journals(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], JournalRecord]:
        place = tuple_(t.journals.c.station, t.journals.c.journal).in_(keys)
        # In one order, so that two workers never wait for each other.
        query = select(t.journals).where(place).order_by(t.journals.c.id).with_for_update()
        return {
            (row.station, row.journal): JournalRecord(
                row.id, row.station, row.journal, row.stored_seq, bytes(row.head), row.tail_seq, row.closed
            )
            for row in self.connection.execute(query)
        }

    def rows(self, journal_id: int, first_seq: int, last_seq: int) -> dict[int, Row]:
        """The stored rows of a journal in a range, by seq."""
        query = select(t.events).where(t.events.c.journal_id == journal_id, t.events.c.seq.between(first_seq, last_seq))
        return {row.seq: row_of(row) for row in self.connection.execute(query.order_by(t.events.c.seq))}

    def rows_from(self, journal_id: int, first_seq: int, limit: int) -> list[Row]:
        """At most `limit` stored rows of a journal from `first_seq` on, in order."""
        query = select(t.events).where(t.events.c.journal_id == journal_id, t.events.c.seq >= first_seq)
        return [row_of(row) for row in self.connection.execute(query.order_by(t.events.c.seq).limit(limit))]

    def latest_snapshot_seq(self, journal_id: int) -> int | None:
        """Where the fold of a journal may begin."""
        query = select(t.events.c.seq).where(t.events.c.journal_id == journal_id, t.events.c.kind == "Snapshot")
        seq: int | None = self.connection.execute(query.order_by(t.events.c.seq.desc()).limit(1)).scalar()
        return seq

    def append(
        self,
        rows: Sequence[tuple[int, Row]],
        holes: Sequence[tuple[int, HoleRecord]],
        journals: Sequence[JournalRecord],
        now_ms: int,
    ) -> None:
        """Store new rows and holes, each with the number of its journal, and how far `journals` are stored now."""
        if rows:
            self.connection.execute(insert(t.events), [_event_values(journal, row, now_ms) for journal, row in rows])
        for journal_id, hole in holes:
            values = {
                "first_seq": hole.first_seq,
                "last_seq": hole.last_seq,
                "counts": hole.counts,
                "chain": hole.chain,
            }
            place = {"journal_id": journal_id, **values, "stored_ms": now_ms}
            self.put(t.holes, place, keys=("journal_id", "first_seq"), replace=True)
        if journals:
            statement = update(t.journals).where(t.journals.c.id == bindparam("at"))
            statement = statement.values(stored_seq=bindparam("seq"), head=bindparam("chain"))
            self.connection.execute(
                statement, [{"at": one.id, "seq": one.stored_seq, "chain": one.head} for one in journals]
            )
        # The copy of a row that a hole has swallowed stays: it is all that is left of it.
        for journal_id, row in rows:
            if row.priority == Priority.SAFETY:
                here = and_(t.alarms.c.journal_id == journal_id, t.alarms.c.seq == row.seq)
                self.connection.execute(delete(t.alarms).where(here))

    def told(self, journal_id: int, tail_seq: int, *, closed: bool) -> None:
        """What a hello said of a journal."""
        place = t.journals.c.id == journal_id
        self.connection.execute(update(t.journals).where(place).values(tail_seq=tail_seq, closed=closed))

    def alarm(self, journal_id: int, row: Row, now_ms: int) -> bool:
        """Keep the copy of a row that is not stored yet; True when it is new."""
        values = {"at_ms": row.at_ms, "kind": row.kind, "body": row.body, "seen_ms": now_ms}
        return self.put(t.alarms, {"journal_id": journal_id, "seq": row.seq, **values}, keys=("journal_id", "seq"))

    def alarms_seen(self, journal_ids: Sequence[int], limit: int) -> dict[int, list[int]]:
        """For each journal the rows of which only the copy is here, oldest first, at most `limit`."""
        found: dict[int, list[int]] = {journal_id: [] for journal_id in journal_ids}
        query = select(t.alarms.c.journal_id, t.alarms.c.seq).order_by(t.alarms.c.journal_id, t.alarms.c.seq)
        for start in range(0, len(journal_ids), CHUNK_KEYS):
            place = t.alarms.c.journal_id.in_(journal_ids[start : start + CHUNK_KEYS])
            for row in self.connection.execute(query.where(place)):
                if len(found[row.journal_id]) < limit:
                    found[row.journal_id].append(row.seq)
        return found

    def conflict(self, journal_id: int, seq: int, what: str, came: str, sha256: str, now_ms: int) -> bool:
        """Keep what contradicts the stored history; True when it is new."""
        known = select(t.conflicts.c.seq).where(t.conflicts.c.journal_id == journal_id)
        if len(self.connection.execute(known.limit(MAX_CONFLICTS_PER_JOURNAL)).all()) >= MAX_CONFLICTS_PER_JOURNAL:
            return False
        values = {"what": what, "came": came, "sha256": sha256, "first_ms": now_ms}
        return self.put(
            t.conflicts, {"journal_id": journal_id, "seq": seq, **values}, keys=("journal_id", "seq", "sha256")
        )

    # ---------------------------------------------------------------- states and hints

    def state_place(self, station: str) -> tuple[int, int, str] | None:
        """Up to which row of which journal (its number) a station is folded, and in which shape."""
        columns = (t.states.c.journal_id, t.states.c.seq, t.states.c.shape)
        row = self.connection.execute(select(*columns).where(t.states.c.station == station)).one_or_none()
        return None if row is None else (row.journal_id, row.seq, row.shape)

    def state_text(self, station: str) -> str:
        """The fold of a station as JSON text."""
        return str(self.connection.execute(select(t.states.c.state).where(t.states.c.station == station)).scalar())

    def journal_name(self, journal_id: int) -> str:
        """The id that the station gave to a journal."""
        return str(self.connection.execute(select(t.journals.c.journal).where(t.journals.c.id == journal_id)).scalar())

    def keep_state(self, station: str, record: StateRecord) -> None:
        """Replace the fold of a station."""
        values = {
            "journal_id": record.journal_id,
            "seq": record.seq,
            "state": record.state,
            "shape": record.shape,
        }
        self.put(t.states, {"station": station, **values}, keys=("station",), replace=True)

    def hint(self, station: str, **values: Any) -> None:
        """Overwrite some of a station's hints."""
        self.put(t.hints, {"station": station, **values}, keys=("station",), replace=True)

    def seen(self, stations: Iterable[str], now_ms: int) -> None:
        """These stations have just sent something with a valid signature."""
        rows = [{"station": station, "seen_ms": now_ms} for station in sorted(stations)]
        if rows:
            statement = self._insert(t.hints)
            changes = {"seen_ms": statement.excluded.seen_ms}
            self.connection.execute(statement.on_conflict_do_update(index_elements=["station"], set_=changes), rows)

    def hints(self, station: str) -> Mapping[str, Any]:
        """A station's hints; empty before the first."""
        row = self.connection.execute(select(t.hints).where(t.hints.c.station == station)).mappings().one_or_none()
        return {} if row is None else dict(row)

    def fault(self, station: str, name: str, reason: str, now_ms: int) -> None:
        """Count a message that was not taken."""
        place = and_(t.faults.c.station == station, t.faults.c.name == name, t.faults.c.reason == reason)
        self.put(
            t.faults,
            {"station": station, "name": name, "reason": reason, "count": 0, "last_ms": now_ms},
            keys=("station", "name", "reason"),
        )
        self.connection.execute(update(t.faults).where(place).values(count=t.faults.c.count + 1, last_ms=now_ms))

    # ---------------------------------------------------------------- any table

    def put(self, table: Table, values: Mapping[str, Any], *, keys: Sequence[str], replace: bool = False) -> bool:
        """Insert a row, or leave (`replace`: overwrite) the one that has the same `keys`; True when it was inserted."""
        statement = self._insert(table).values(dict(values))
        changes = {name: value for name, value in values.items() if name not in keys}
        if replace and changes:
            statement = statement.on_conflict_do_update(index_elements=list(keys), set_=changes)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=list(keys))
        return self.connection.execute(statement.returning(table.c[keys[0]])).first() is not None

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        return postgresql.insert(table) if self._dialect == "postgresql" else sqlite.insert(table)


def row_of(row: Any) -> Row:
    """A line of the table `events` as the journal had it."""
    return Row(
        row.seq, row.at_ms, row.boot, row.steady_ms, Priority(row.priority), row.kind, row.body, bytes(row.chain)
    )


def _event_values(journal_id: int, row: Row, now_ms: int) -> dict[str, Any]:
    return {
        "journal_id": journal_id,
        "seq": row.seq,
        "at_ms": row.at_ms,
        "boot": row.boot,
        "steady_ms": row.steady_ms,
        "priority": int(row.priority),
        "kind": row.kind,
        "body": row.body,
        "chain": row.chain,
        "stored_ms": now_ms,
    }
