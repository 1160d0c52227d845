"""What the office has, read from its database by a connection of our own that can only read."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One stored row: where it stands, and its kind."""

    journal: str
    seq: int
    kind: str

    def as_json(self) -> dict[str, Any]:
        """For a report."""
        return {"journal": self.journal, "seq": self.seq, "kind": self.kind}


def newest_row(office: Path, station: str, kind: str, way: str = "", after_seq: int = 0) -> OfficeRow | None:
    """The newest row of a kind (and, for a grant, a way) behind `after_seq`; None when there is none."""
    query = (
        "SELECT j.journal, e.seq, e.kind, e.body FROM events e JOIN journals j ON j.id = e.journal_id "
        "WHERE j.station = ? AND e.kind = ? AND e.seq > ? ORDER BY e.id DESC LIMIT 20"
    )
    with closing(_open(office)) as database:
        for journal, seq, found, body in database.execute(query, (station, kind, after_seq)):
            if not way or json.loads(body).get("way") == way:
                return OfficeRow(journal, seq, found)
    return None


def newest_id(office: Path) -> int:
    """A number that grows with every row stored; 0 for none."""
    with closing(_open(office)) as database:
        found: int = database.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    return found


def rows_after(office: Path, station: str, after_id: int) -> list[tuple[int, OfficeRow, dict[str, Any]]]:
    """Number, place and body of the rows that were stored after a number, oldest first; at most 100."""
    query = (
        "SELECT e.id, j.journal, e.seq, e.kind, e.body FROM events e JOIN journals j ON j.id = e.journal_id "
        "WHERE j.station = ? AND e.id > ? ORDER BY e.id LIMIT 100"
    )
    with closing(_open(office)) as database:
        found = database.execute(query, (station, after_id)).fetchall()
    return [(number, OfficeRow(journal, seq, kind), json.loads(body)) for number, journal, seq, kind, body in found]


def stored_seq(office: Path, journal: str) -> int:
    """Up to which row the office has stored a journal whole; 0 for none."""
    with closing(_open(office)) as database:
        found = database.execute("SELECT stored_seq FROM journals WHERE journal = ?", (journal,)).fetchone()
    return found[0] if found else 0


def _open(office: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{office / 'office.db'}?mode=ro", uri=True)
