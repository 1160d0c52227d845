"""The copy of the journals for people: a plain database that sqlite3 and Datasette open."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

EVENT_COLUMNS = {
    "journal": str,
    "seq": int,
    "time": str,
    "at_ms": int,
    "boot": str,
    "steady_ms": int,
    "priority": str,
    "kind": str,
    "body": str,
    "chain": str,
}
HOLE_COLUMNS = {"journal": str, "first_seq": int, "last_seq": int, "counts": str, "chain": str}


INSERT_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_HOLE = "INSERT INTO holes VALUES (?, ?, ?, ?, ?)"


def write_database(records: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write records to a new database: rows to `events`, hole markers to `holes`.

    Args:
        records: as `station.export.readable` makes them.
        path: the file to make.

    Returns:
        How many there were. Raises OSError when it cannot be written.
    """
    from sqlite_utils import Database  # noqa: PLC0415 - 5 MB that only this needs

    count = 0
    try:
        with closing(sqlite3.connect(path)) as connection:
            database = Database(connection, execute_plugins=False)
            events = database.table("events").create(EVENT_COLUMNS, pk=("journal", "seq"), strict=True)
            database.table("holes").create(HOLE_COLUMNS, pk=("journal", "first_seq"), strict=True)
            with database.atomic():
                for count, record in enumerate(records, 1):  # noqa: B007 - the last number is the answer
                    if record["at_ms"] is None:
                        connection.execute(INSERT_HOLE, hole_values(record))
                    else:
                        connection.execute(INSERT_EVENT, tuple(record[column] for column in EVENT_COLUMNS))
                events.create_index(["kind", "time"])
                events.create_index(["time"])
    except sqlite3.Error as fault:
        raise OSError(str(fault)) from fault
    return count


def hole_values(record: Mapping[str, Any]) -> tuple[str, int, int, str, str]:
    """A hole marker as `INSERT_HOLE` takes it."""
    missing = json.loads(record["body"])
    counts = json.dumps(missing["counts"], ensure_ascii=False)
    return record["journal"], record["seq"], missing["last_seq"], counts, record["chain"]
