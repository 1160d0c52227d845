"""What a damaged journal still shows of itself, put into a table; nothing of it is believed yet."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import get_type_hints

from drivers.contract import Priority
from station.events import CHAIN_BYTES, first_chain
from station.journal_pages import Log, Record, records
from station.journal_schema import ABOUT_COLUMNS, HOLE_COLUMNS, ROW_COLUMNS, About, read_about

ID = re.compile(r"[0-9a-f]{32}")
PRIORITIES = frozenset(Priority)

FOUND_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE found (sure, seq, at_ms, boot, steady_ms, priority, kind, body, chain);
CREATE TABLE marks (first_seq, last_seq, counts, chain);
"""
FOUND_ROWS = (
    "SELECT seq, at_ms, boot, steady_ms, priority, kind, body, chain FROM found WHERE seq > ?"
    " ORDER BY seq, sure DESC, rowid"
)


@contextmanager
def found_table(path: Path) -> Iterator[sqlite3.Connection]:
    """An empty table for rows (`found`) and one for hole markers (`marks`), in a file that goes afterwards."""
    path.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path.absolute().as_uri(), uri=True, isolation_level=None)) as found:
            found.text_factory = lambda text: text.decode(errors="replace")  # what is no text is not what was written
            found.executescript(FOUND_TABLES)
            yield found
    finally:
        path.unlink(missing_ok=True)


def take_over(found: sqlite3.Connection, source: Path, log: Log) -> tuple[About | None, str]:
    """Put everything into `found`: with SQLite where the file still is a database, page by page where it is not.

    Returns as `collect` does.
    """
    try:
        if not log.frames:
            return copy_sound(found, source)
    except (sqlite3.Error, ValueError):
        found.executescript("DELETE FROM found; DELETE FROM marks;")
    return collect(found, source, log)


def copy_sound(found: sqlite3.Connection, source: Path) -> tuple[About | None, str]:
    """The quick way: rows that are no longer what was written stand in a database that is in order.

    Raises sqlite3.Error or ValueError when it is not.
    """
    found.execute("ATTACH ? AS source", (f"{source.absolute().as_uri()}?mode=ro&immutable=1",))
    try:
        (told,) = found.execute("PRAGMA source.quick_check(1)").fetchone()
        if told != "ok":
            raise ValueError(told)
        about = read_about(found)
        found.execute(
            "INSERT INTO found SELECT 1, seq, at_ms, boot, steady_ms, priority, kind, body, chain FROM source.rows"
            " WHERE seq > 0 AND priority BETWEEN 0 AND 4 AND length(chain) = ?",
            (CHAIN_BYTES,),
        )
        for first_seq, *others in found.execute("SELECT first_seq, last_seq, counts, chain FROM source.holes"):
            if is_hole(Record(first_seq, (None, *others), sure=True)):
                found.execute("INSERT INTO marks VALUES (?, ?, ?, ?)", (first_seq, *others))
    finally:
        found.execute("DETACH source")
    index_found(found)
    return about, about.journal


def index_found(found: sqlite3.Connection) -> None:
    """Make what was found quick to look up."""
    found.execute("CREATE INDEX IF NOT EXISTS found_seq ON found (seq)")
    found.execute("CREATE INDEX IF NOT EXISTS marks_last ON marks (last_seq)")


def collect(found: sqlite3.Connection, source: Path, log: Log) -> tuple[About | None, str]:
    """Put every row and hole marker into `found`, page by page.

    Returns the newest line that the journal has about itself, and its id as it stands elsewhere, empty when it does
    not.
    """
    about: About | None = None
    about_is_sure = False
    spare = ""
    found.execute("BEGIN")
    for record in records(source, log):
        if is_row(record):
            values = (record.sure, record.rowid, *record.values[1:])
            found.execute("INSERT INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        elif is_hole(record):
            found.execute("INSERT INTO marks VALUES (?, ?, ?, ?)", (record.rowid, *record.values[1:]))
        else:
            spare = spare or spare_in(record)
            told = about_in(record)
            if told is not None and (record.sure or not about_is_sure):
                about, about_is_sure = told, record.sure
    index_found(found)
    found.execute("COMMIT")
    return about, spare


def is_row(record: Record) -> bool:
    """Whether a record has the columns of a row."""
    if len(record.values) != len(ROW_COLUMNS) or record.rowid < 1:
        return False
    nothing, at_ms, boot, steady_ms, priority, kind, body, chain = record.values
    return (
        (nothing is None and isinstance(at_ms, int) and isinstance(boot, str) and isinstance(steady_ms, int))
        and (isinstance(priority, int) and priority in PRIORITIES and isinstance(kind, str))
        and (isinstance(body, str) and isinstance(chain, bytes) and len(chain) == CHAIN_BYTES)
    )


def is_hole(record: Record) -> bool:
    """Whether a record has the columns of a hole marker."""
    if len(record.values) != len(HOLE_COLUMNS) or record.rowid < 1:
        return False
    nothing, last_seq, counts, chain = record.values
    if not (nothing is None and isinstance(last_seq, int) and isinstance(counts, str)):
        return False
    try:
        told = json.loads(counts)
    except ValueError:
        return False
    return (
        isinstance(told, dict) and last_seq >= record.rowid and isinstance(chain, bytes) and len(chain) == CHAIN_BYTES
    )


def about_in(record: Record) -> About | None:
    """The line about the journal, if that is what the record is."""
    if len(record.values) != len(ABOUT_COLUMNS) + 1 or record.rowid != 1:
        return None
    about = About(*record.values[1:])  # type: ignore[arg-type]
    kinds = get_type_hints(About)
    if not all(isinstance(getattr(about, column), kinds[column]) for column in ABOUT_COLUMNS):
        return None
    return about if is_named(about.journal, about.origin) else None


def spare_in(record: Record) -> str:
    """The journal's id, if that is what the record is."""
    match record.values:
        case (str(journal), bytes(origin)) if is_named(journal, origin):
            return journal
        case _:
            return ""


def is_named(journal: str, origin: bytes) -> bool:
    """Whether an id stands as it was written."""
    return ID.fullmatch(journal) is not None and first_chain(journal) == origin
