"""One journal: rows in order, holes where rows had to go, and how far the office has it."""

from __future__ import annotations

import heapq
import json
import sqlite3
import struct
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from drivers.contract import Hole, JournalExtent, Priority, Row
from station.events import next_chain
from station.journal_schema import About, Connection, read_about, transaction, write_about

MAX_BODY_BYTES = 256 * 1024
"""The longest body of a row; a snapshot is by far the longest."""

MAX_READ_ROWS = 1000
MAX_READ_BYTES = 256 * 1024
"""What one `read_on` gives at most; a single longer item comes alone."""

PRIORITIES = tuple(Priority)

INSERT_ROW = (
    "INSERT INTO rows (seq, at_ms, boot, steady_ms, priority, kind, body, chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_HOLE = "INSERT INTO holes (first_seq, last_seq, counts, chain) VALUES (?, ?, ?, ?)"
ROWS_AFTER = "SELECT seq, at_ms, boot, steady_ms, priority, kind, body, chain FROM rows WHERE seq > ? ORDER BY seq"
# An index would cost a page at every commit, and no check of SQLite's would see a bad bit in it.
NEWEST_SNAPSHOT = "SELECT seq FROM rows WHERE kind = 'Snapshot' ORDER BY seq DESC LIMIT 1"
# Holes never overlap, so that of all that begin before a place only the last can reach beyond it.
HOLES_AFTER = (
    "SELECT first_seq, last_seq, counts, chain FROM holes"
    " WHERE first_seq >= coalesce((SELECT max(first_seq) FROM holes WHERE first_seq <= ?), 0) ORDER BY first_seq"
)


class DamagedError(Exception):
    """The journal's file does not hold what was written to it."""


def row_of(found: Sequence[object]) -> Row:
    """A row as it stands in the database. Raises ValueError for a priority that does not exist."""
    seq, at_ms, boot, steady_ms, priority, kind, body, chain = found
    return Row(seq, at_ms, boot, steady_ms, Priority(priority), kind, body, chain)  # type: ignore[arg-type]


def hole_of(found: Sequence[object]) -> Hole:
    """A hole marker as it stands in the database. Raises ValueError when its counts cannot be read."""
    first_seq, last_seq, counts, chain = found
    return Hole(first_seq, last_seq, json.loads(counts), chain)  # type: ignore[arg-type]


def row_values(row: Row) -> tuple[int, int, str, int, int, str, str, bytes]:
    """A row as `INSERT_ROW` takes it."""
    return row.seq, row.at_ms, row.boot, row.steady_ms, int(row.priority), row.kind, row.body, row.chain


def hole_values(hole: Hole) -> tuple[int, int, str, bytes]:
    """A hole marker as `INSERT_HOLE` takes it."""
    counts = json.dumps(dict(sorted(hole.counts.items())), ensure_ascii=False, separators=(",", ":"))
    return hole.first_seq, hole.last_seq, counts, hole.chain


def first_of(item: Row | Hole) -> int:
    """The first seq that an item stands for."""
    return item.seq if isinstance(item, Row) else item.first_seq


def last_of(item: Row | Hole) -> int:
    """The last seq that an item stands for."""
    return item.seq if isinstance(item, Row) else item.last_seq


def in_order(rows: Iterable[Row], holes: Iterable[Hole]) -> Iterator[Row | Hole]:
    """Rows and hole markers, each in order, as one run."""
    items: list[Iterable[Row | Hole]] = [rows, holes]
    return heapq.merge(*items, key=first_of)


class Volume:
    """One journal's database. Not more than one connection, and not more than one thread at a time."""

    def __init__(self, connection: Connection, *, closed: bool = False) -> None:
        """Look at a database that `journal_schema` opened. Raises `DamagedError` or sqlite3.Error."""
        self._connection = connection
        self.closed = closed
        try:
            self.about: About = read_about(connection)
            self.tail_seq, self.head = self._tail()
            found = connection.execute(NEWEST_SNAPSHOT).fetchone()
        except (ValueError, TypeError) as fault:
            raise DamagedError(str(fault)) from fault
        self.snapshot_seq: int | None = found[0] if found else None
        self.cursor_seq = min(self.about.cursor_seq, self.tail_seq)

    @property
    def connection(self) -> Connection:
        """The database itself, for retention."""
        return self._connection

    @property
    def journal(self) -> str:
        """This journal's id."""
        return self.about.journal

    def close(self) -> None:
        """Give the file back; may be called twice."""
        self._connection.close()

    def extent(self) -> JournalExtent:
        """What this journal holds, as the loop and the office talk of it."""
        about = self.about
        return JournalExtent(
            about.journal, about.start_seq + 1, self.tail_seq, self.head, self.cursor_seq, closed=self.closed
        )

    def used_bytes(self) -> int:
        """Bytes of the file that hold something; what was freed is used again before the file grows."""
        pages, free, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    # ------------------------------------------------------------ writing

    def append(self, rows: Sequence[Row]) -> None:
        """Put rows on the card, all or none.

        Raises ValueError when they do not follow the tail or cannot be written down, sqlite3.Error when the card fails.
        """
        chained = list(self._chained(rows))
        with transaction(self._connection):
            self._connection.executemany(INSERT_ROW, map(row_values, chained))
        for row in chained:
            self.tail_seq, self.head = row.seq, row.chain
            if row.kind == "Snapshot":
                self.snapshot_seq = row.seq

    def _chained(self, rows: Iterable[Row]) -> Iterator[Row]:
        seq, chain = self.tail_seq, self.head
        for row in rows:
            seq += 1
            if row.seq != seq:
                raise ValueError(f"row {row.seq} cannot follow row {seq - 1} of journal {self.journal}")
            try:
                chain = next_chain(chain, row)
                size = len(row.body.encode())
            except (ValueError, struct.error) as fault:
                raise ValueError(f"row {row.seq} ({row.kind}) cannot be written down: {fault}") from fault
            if size > MAX_BODY_BYTES:
                raise ValueError(f"row {row.seq} ({row.kind}) has {size} bytes, more than {MAX_BODY_BYTES}")
            yield replace(row, chain=chain)

    def move_cursor(self, seq: int) -> None:
        """The office has everything up to `seq`; may go back, never beyond what is here. Raises sqlite3.Error."""
        seq = max(0, min(seq, self.tail_seq))
        if not self.closed and seq != self.cursor_seq:
            self.amend(replace(self.about, cursor_seq=seq))
        self.cursor_seq = seq

    def amend(self, about: About) -> None:
        """Change what the journal says of itself. Raises sqlite3.Error."""
        with transaction(self._connection):
            write_about(self._connection, about)
        self.about = about

    # ------------------------------------------------------------ reading

    def read_on(self, after_seq: int, limit: int) -> list[Row | Hole]:
        """What stands after `after_seq`, in order, checked against the chain.

        At most `limit` items (and `MAX_READ_ROWS`) and about `MAX_READ_BYTES`; at least one unless there is nothing
        more. A hole comes in its place; one that begins before `after_seq` comes cut, and then, as for rows that are
        gone although the office once had them, `counts` is empty: which kinds they were is not known.

        Raises `DamagedError` when the very next item is broken.
        """
        items: list[Row | Hole] = []
        try:
            size = 0
            with closing(self._checked(max(0, after_seq))) as checked:
                for item in checked:
                    items.append(item)
                    size += len(item.body.encode()) if isinstance(item, Row) else 0
                    if len(items) >= min(limit, MAX_READ_ROWS) or size >= MAX_READ_BYTES:
                        break
        except (sqlite3.Error, ValueError, TypeError, DamagedError) as fault:
            if not items:
                raise DamagedError(f"after row {after_seq}: {fault}") from fault
        return items

    def state_seq(self) -> int:
        """From here on the rows hold the recorded state: the newest snapshot, else the first row that is kept."""
        return self.snapshot_seq or self.about.start_seq + 1

    def state_items(self) -> list[Row | Hole]:
        """The newest snapshot with every later row that may change the state, and every later hole.

        Without a snapshot it begins with the first row that is kept. Raises `DamagedError`.
        """
        try:
            return [
                item
                for item in self._checked(self.state_seq() - 1)
                if isinstance(item, Hole) or item.priority <= Priority.ORDER
            ]
        except (sqlite3.Error, ValueError, TypeError) as fault:
            raise DamagedError(str(fault)) from fault

    def last_at_ms(self) -> int | None:
        """Wall time of the newest row that is kept."""
        found = self._connection.execute("SELECT at_ms FROM rows ORDER BY seq DESC LIMIT 1").fetchone()
        return None if found is None else int(found[0])

    def chain_at(self, seq: int) -> bytes | None:
        """The chain after row `seq`; None inside a hole, or before what is kept. Raises sqlite3.Error."""
        if seq == self.tail_seq:
            return self.head
        if seq == self.about.start_seq:
            return self.about.start_chain
        found = self._connection.execute("SELECT chain FROM rows WHERE seq = ?", (seq,)).fetchone()
        if found is None:
            found = self._connection.execute(
                "SELECT chain FROM holes WHERE first_seq = (SELECT max(first_seq) FROM holes WHERE first_seq <= ?)"
                " AND last_seq = ?",
                (seq, seq),
            ).fetchone()
        return None if found is None else bytes(found[0])

    def _tail(self) -> tuple[int, bytes]:
        ends = [(self.about.start_seq, self.about.start_chain)]
        for newest in (
            "SELECT seq, chain FROM rows ORDER BY seq DESC LIMIT 1",
            "SELECT last_seq, chain FROM holes ORDER BY first_seq DESC LIMIT 1",
        ):
            ends += self._connection.execute(newest).fetchall()
        return max(ends)

    def _holes(self, after_seq: int) -> Generator[Hole, None, None]:
        with closing(self._connection.execute(HOLES_AFTER, (after_seq,))) as found:
            for hole in map(hole_of, found):
                if hole.last_seq > after_seq:
                    begins_before = hole.first_seq <= after_seq
                    yield replace(hole, first_seq=after_seq + 1, counts={}) if begins_before else hole

    def _items(self, after_seq: int) -> Generator[Row | Hole, None, None]:
        start_seq = self.about.start_seq
        if after_seq < start_seq:
            yield Hole(after_seq + 1, start_seq, {}, self.about.start_chain)
            after_seq = start_seq
        with (
            closing(self._connection.execute(ROWS_AFTER, (after_seq,))) as found,
            closing(self._holes(after_seq)) as holes,
        ):
            yield from in_order(map(row_of, found), holes)

    def _checked(self, after_seq: int) -> Generator[Row | Hole, None, None]:
        chain, seq = self.chain_at(after_seq), after_seq
        with closing(self._items(after_seq)) as items:
            for item in items:
                if first_of(item) != seq + 1:
                    raise DamagedError(f"row {seq + 1} is missing")
                if isinstance(item, Row) and (chain is None or next_chain(chain, item) != item.chain):
                    raise DamagedError(f"row {item.seq} is not what was written")
                chain, seq = item.chain, last_of(item)
                yield item
        if seq < self.tail_seq:
            raise DamagedError(f"row {seq + 1} is missing")
