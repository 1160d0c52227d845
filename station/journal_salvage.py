"""Takes everything that can be proved out of a damaged journal and writes it down anew.

Proof is the chain: a row is genuine when its chain follows from the chain that stands in the row or in the hole marker
just before it. What is missing in between becomes a hole. Its chain is that of the last row in it, which the next row
has confirmed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from drivers.contract import Hole, Row
from station.durable import PART
from station.events import CHAIN_BYTES, next_chain
from station.journal_found import FOUND_ROWS, found_table, take_over
from station.journal_pages import Log
from station.journal_schema import (
    About,
    about_new,
    new_database,
    transaction,
    write_about,
    write_spare,
)
from station.journal_volume import INSERT_HOLE, INSERT_ROW, hole_of, hole_values, row_of, row_values

MAX_COPIES = 1000
"""Copies of one page that a write-ahead log may hold."""


def closed_path(folder: Path, journal: str) -> Path:
    """Where a journal stands that was set aside."""
    return folder / f"journal-{journal}.db"


def salvage(source: Path, log: Log, *, generation: int, reason: str, journal: str = "") -> Path | None:
    """Write what is left of the database `source` and its log to the closed journal of the same id beside it.

    Args:
        source: the damaged database; it is only read, and may be the closed journal itself.
        log: its write-ahead log.
        generation: for a journal that can no longer say its own.
        reason: why it was set aside.
        journal: its id where that is known from elsewhere.

    Returns:
        The new database, or None when nothing in the file says which journal it was. Raises OSError or sqlite3.Error
        when it cannot be written.
    """
    with found_table(source.with_name(f"journal-salvage{PART}")) as found:
        about, spare = take_over(found, source, log)
        journal = journal or (about.journal if about else spare)
        if not journal:
            return None
        if about is None or about.journal != journal:
            about = about_new(journal, generation, parent="", parent_seq=0, parent_head="", reason="")
        if not start_holds(found, about):
            about = replace(about, start_seq=0, start_chain=about.origin)
        target = closed_path(source.parent, journal)
        with new_database(target, log="DELETE") as connection, transaction(connection):
            for item in proved(found, about.start_seq, about.start_chain):
                if isinstance(item, Row):
                    connection.execute(INSERT_ROW, row_values(item))
                else:
                    connection.execute(INSERT_HOLE, hole_values(item))
            about = replace(about, set_aside=reason, damage="")
            write_about(connection, about)
            write_spare(connection, about)
    target.chmod(0o444)
    return target


def start_holds(found: sqlite3.Connection, about: About) -> bool:
    """Whether what was found goes on where the journal says that it begins."""
    if about.start_seq < 0 or len(about.start_chain) != CHAIN_BYTES:
        return False
    first = found.execute(FOUND_ROWS, (about.start_seq,)).fetchmany(MAX_COPIES)
    rows = [row for row in map(row_of, first) if row.seq == about.start_seq + 1]
    if any(next_chain(about.start_chain, row) == row.chain for row in rows):
        return True
    return found.execute("SELECT 1 FROM marks WHERE first_seq = ?", (about.start_seq + 1,)).fetchone() is not None


def proved(found: sqlite3.Connection, start_seq: int, start_chain: bytes) -> Iterator[Row | Hole]:
    """The rows that the chain proves, in order, with holes between them."""
    end_seq, end_chain = start_seq, start_chain
    before: tuple[int, list[bytes]] = (start_seq, [start_chain])  # the chains that may stand just before a row
    for seq, group in groupby(map(row_of, found.execute(FOUND_ROWS, (start_seq,))), key=lambda row: row.seq):
        candidates = list(group)
        if end_seq == seq - 1:
            anchors = [end_chain]
        else:
            anchors = [*(before[1] if before[0] == seq - 1 else []), *marked_chains(found, seq - 1)]
        proof = next(((a, c) for a in anchors for c in candidates if next_chain(a, c) == c.chain), None)
        if proof is not None:
            anchor, row = proof
            yield from holes_between(found, end_seq, seq - 1, anchor)
            yield row
            end_seq, end_chain = row.seq, row.chain
        before = (seq, [candidate.chain for candidate in candidates])
    yield from holes_behind(found, end_seq)


def marked_chains(found: sqlite3.Connection, seq: int) -> list[bytes]:
    """The chains that hole markers tell for the end of `seq`."""
    return [chain for (chain,) in found.execute("SELECT chain FROM marks WHERE last_seq = ?", (seq,))]


def holes_between(found: sqlite3.Connection, after_seq: int, last_seq: int, chain: bytes) -> Iterator[Hole]:
    """Holes for everything from behind `after_seq` to `last_seq`: as they were marked, else as what is missing."""
    holes: list[Hole] = []
    until_seq = last_seq
    while until_seq > after_seq:
        mark = found.execute(
            "SELECT first_seq, last_seq, counts, chain FROM marks WHERE last_seq = ? AND first_seq > ?"
            " ORDER BY first_seq LIMIT 1",
            (until_seq, after_seq),
        ).fetchone()
        if mark is None:
            break
        holes.append(hole_of(mark))
        until_seq = holes[-1].first_seq - 1
    if until_seq > after_seq:  # the chain at its end is only known together with what follows it
        last = holes.pop() if holes else Hole(last_seq, last_seq, {}, chain)
        holes.append(Hole(after_seq + 1, last.last_seq, {}, last.chain))
    yield from reversed(holes)


def holes_behind(found: sqlite3.Connection, end_seq: int) -> Iterator[Hole]:
    """Hole markers that follow the last row."""
    while True:
        mark = found.execute(
            "SELECT first_seq, last_seq, counts, chain FROM marks WHERE first_seq = ? ORDER BY last_seq DESC LIMIT 1",
            (end_seq + 1,),
        ).fetchone()
        if mark is None:
            return
        hole = hole_of(mark)
        yield hole
        end_seq = hole.last_seq
