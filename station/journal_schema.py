"""The journal's tables, and how its database files are made and opened.

A database holds the rows, the holes where rows had to go, one line about itself with its id once more elsewhere, and
for the open journal how far the office has each older one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from station.durable import PART, move_file, sync_file
from station.events import first_chain

PAGE_BYTES = 1024
"""Holds a usual row: a commit of one then writes 3.9 kB to the card; with SQLite's own 4096 it is 10 kB."""

CACHE_KIB = 256
"""Rows are written at the end and read in order: pages that are kept are read no more."""
CHECKPOINT_PAGES = 512
"""Pages in the write-ahead log before a commit itself moves them into the database, when upkeep does not keep up."""

SCHEMA_VERSION = 1
"""How many steps `migrate` knows; a file keeps in `user_version` how many it has seen."""

SETTINGS = (
    "PRAGMA locking_mode = EXCLUSIVE",  # one connection: SQLite before 3.51.3 can corrupt with two that write
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # with NORMAL a power cut takes acknowledged commits
    f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}",
    "PRAGMA cell_size_check = ON",
    "PRAGMA secure_delete = ON",  # what had to go is gone: neither read off a stolen card nor found again by salvage
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA cache_size = -{CACHE_KIB}",
)


class Statement(Protocol):
    """What a connection gives back."""

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def close(self) -> None: ...


class Connection(Protocol):
    """What the journal uses of a database connection."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Statement: ...
    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Statement: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class About:
    """What a journal says of itself. Chains are 16 bytes, ids 32 hex digits.

    `start_seq` and `start_chain` are the place before the first row that is kept. `set_aside` is the reason when the
    journal was closed for good; `damage` is what was found broken while it was open.
    """

    journal: str
    origin: bytes  # first_chain(journal): a journal whose id has a flipped bit is not taken for another one
    generation: int  # 1 for a station's first journal, one more for each that follows
    parent: str
    parent_seq: int
    parent_head: str
    reason: str
    cursor_seq: int
    start_seq: int
    start_chain: bytes
    set_aside: str
    damage: str


ABOUT_COLUMNS = tuple(column.name for column in fields(About))
ROW_COLUMNS = ("seq", "at_ms", "boot", "steady_ms", "priority", "kind", "body", "chain")
HOLE_COLUMNS = ("first_seq", "last_seq", "counts", "chain")


def about_new(journal: str, generation: int, *, parent: str, parent_seq: int, parent_head: str, reason: str) -> About:
    """What an empty journal says of itself."""
    origin = first_chain(journal)
    return About(journal, origin, generation, parent, parent_seq, parent_head, reason, 0, 0, origin, "", "")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing; on the card when it ends without an exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to this version; nothing happens when they are."""
    if connection.execute("PRAGMA user_version").fetchone()[0] >= SCHEMA_VERSION:
        return
    # Here and not at the top: 5 MB of the station's memory that only a new or an old database needs.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    migrations = Migrations("journal")

    @migrations(name="1: rows, holes, about, spare, drains")
    def _first(database: Database) -> None:
        database.table("rows").create(
            {"seq": int, "at_ms": int, "boot": str, "steady_ms": int, "priority": int, "kind": str, "body": str}
            | {"chain": bytes},
            pk="seq",
            not_null=ROW_COLUMNS[1:],
            strict=True,
        )
        database.table("holes").create(
            {"first_seq": int, "last_seq": int, "counts": str, "chain": bytes},
            pk="first_seq",
            not_null=HOLE_COLUMNS[1:],
            strict=True,
        )
        database.table("about").create(
            {"id": int, "journal": str, "origin": bytes, "generation": int}
            | {"parent": str, "parent_seq": int, "parent_head": str, "reason": str}
            | {"cursor_seq": int, "start_seq": int, "start_chain": bytes, "set_aside": str, "damage": str},
            pk="id",
            not_null=ABOUT_COLUMNS,
            strict=True,
        )
        # The id once more, on a page of its own: without it nothing that a broken file holds can drain.
        database.table("spare").create({"journal": str, "origin": bytes}, not_null=["journal", "origin"], strict=True)
        database.table("drains").create(
            {"journal": str, "cursor_seq": int}, pk="journal", not_null=["cursor_seq"], strict=True
        )
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    migrations.apply(Database(connection, execute_plugins=False))


def connect(path: Path) -> sqlite3.Connection:
    """Open an existing journal, alone. Raises sqlite3.Error."""
    # The journal is opened by whoever starts the station and used by its own thread: one at a time, never two.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0.5, isolation_level=None, check_same_thread=False
    )
    try:
        for setting in SETTINGS:
            connection.execute(setting)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_closed(path: Path) -> sqlite3.Connection:
    """Open a journal that was set aside; nothing is ever written to it. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


@contextmanager
def new_database(path: Path, *, log: str = "WAL") -> Iterator[sqlite3.Connection]:
    """Make a database with empty tables; it gets its name only when it is complete and on the card.

    Args:
        path: what it will be called; a file of that name is replaced.
        log: its journal mode from then on.
    """
    part = path.with_name(path.name + PART)
    for leftover in path.parent.glob(f"{part.name}*"):
        leftover.unlink()
    connection = sqlite3.connect(part, isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        migrate(connection)
        yield connection
        connection.execute(f"PRAGMA journal_mode = {log}")
    except BaseException:
        connection.close()
        part.unlink(missing_ok=True)
        raise
    connection.close()
    sync_file(part)
    move_file(part, path)


def write_about(connection: Connection, about: About) -> None:
    """Set the one line that a journal has about itself."""
    connection.execute(
        "INSERT OR REPLACE INTO about (id, journal, origin, generation, parent, parent_seq, parent_head, reason,"
        " cursor_seq, start_seq, start_chain, set_aside, damage) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        astuple(about),
    )


def write_spare(connection: Connection, about: About) -> None:
    """Write a new journal's id once more."""
    connection.execute("INSERT INTO spare (journal, origin) VALUES (?, ?)", (about.journal, about.origin))


def read_about(connection: Connection) -> About:
    """Read that line. Raises ValueError when it is missing or broken."""
    found = connection.execute(
        "SELECT journal, origin, generation, parent, parent_seq, parent_head, reason,"
        " cursor_seq, start_seq, start_chain, set_aside, damage FROM about WHERE id = 1"
    ).fetchone()
    if found is None:
        raise ValueError("the journal does not say which one it is")
    about = About(*found)
    if first_chain(about.journal) != about.origin:
        raise ValueError("the journal's id is damaged")
    return about


def clear_log(connection: Connection) -> None:
    """Move everything from the write-ahead log into the database and empty it, if the card has room.

    What a torn or failed commit left in the log would later look like damage.
    """
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as fault:
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_FULL:
            raise
