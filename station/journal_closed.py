"""Journals that were set aside: they only drain, and nothing is ever written to them again.

In the folder, `journal.db` is the open one and `journal-<id>.db` are older ones. `journal-damaged-<n>.db` is the file
of one of those as it was found broken, for whoever wants to look.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from station.durable import move_file, sync_folder
from station.journal_pages import Log, read_log
from station.journal_salvage import closed_path, salvage
from station.journal_schema import connect_closed
from station.journal_volume import DamagedError, Volume

CURRENT = "journal.db"
LOG_SUFFIX = "-wal"
CLOSED_NAME = re.compile(r"journal-[0-9a-f]{32}\.db")
DAMAGED_NAME = re.compile(r"journal-damaged-([0-9]{1,9})\.db")

MAX_CLOSED = 8
"""Journals kept after they were set aside; then the oldest goes, whether the office has all of it or not."""

MAX_DAMAGED = 2
"""Broken files kept for a look."""

SQLITE_LOCKS_FROM = 0x40000000
SQLITE_LOCKS_BYTES = 512


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a database against every other program by SQLite's own locks; this one must not have it open.

    Raises OSError (BlockingIOError when somebody else has it).
    """
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SQLITE_LOCKS_BYTES, SQLITE_LOCKS_FROM, os.SEEK_SET)
        yield


def log_of(path: Path) -> Path:
    """The write-ahead log beside a database."""
    return path.with_name(path.name + LOG_SUFFIX)


def closed_volumes(folder: Path) -> tuple[Volume, ...]:
    """The journals that were set aside, oldest first; one that cannot be opened is made anew from what is left."""
    volumes = []
    for path in folder.glob("journal-*.db"):
        if CLOSED_NAME.fullmatch(path.name):
            try:
                volumes.append(open_closed(path))
            except (DamagedError, sqlite3.DatabaseError):
                volumes.append(salvaged_again(path))
    return tuple(sorted(volumes, key=lambda volume: volume.about.generation))


def open_closed(path: Path) -> Volume:
    """Open a journal that was set aside. Raises `DamagedError` or sqlite3.Error."""
    connection = connect_closed(path)
    try:
        return Volume(connection, closed=True)
    except BaseException:
        connection.close()
        raise


def salvaged_again(path: Path) -> Volume:
    """Make a closed journal that was damaged since anew from what is left of it."""
    journal = path.stem.removeprefix("journal-")
    reason = "damaged again after it was set aside"
    return open_closed(salvage(path, Log(), generation=0, reason=reason, journal=journal) or path)


def set_aside(
    folder: Path, closed: Sequence[Volume], current: Volume | None, reason: str
) -> tuple[tuple[Volume, ...], Volume | None]:
    """Close the open journal for good: a sound one as it is, from a damaged one (None) what can be proved.

    Returns the closed journals with it, and it itself unless nothing tells which one it was.
    """
    path = folder / CURRENT
    if current is not None:
        target = closed_path(folder, current.journal)
        current.amend(replace(current.about, set_aside=reason))
        current.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        current.connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        current.close()
        path.chmod(0o444)
        move_file(path, target)
    else:
        with alone(path):
            generation = 1 + max((volume.about.generation for volume in closed), default=0)
            salvaged = salvage(path, read_log(log_of(path)), generation=generation, reason=reason)
            keep_for_a_look(path)
        if salvaged is None:
            return tuple(closed), None
        target = salvaged
    parent = open_closed(target)
    others = []
    for volume in closed:
        if volume.journal == parent.journal:
            volume.close()  # an earlier try that was cut short
        else:
            others.append(volume)
    return (*make_room(folder, others), parent), parent


def keep_for_a_look(path: Path) -> None:
    """Give a damaged file and its log the next free name, and let the oldest such files go."""
    names = (DAMAGED_NAME.fullmatch(found.name) for found in path.parent.glob("journal-damaged-*.db"))
    numbers = sorted(int(name[1]) for name in names if name)
    for number in numbers[: max(0, len(numbers) + 1 - MAX_DAMAGED)]:
        old = path.with_name(f"journal-damaged-{number}.db")
        log_of(old).unlink(missing_ok=True)
        old.unlink()
    target = path.with_name(f"journal-damaged-{numbers[-1] + 1 if numbers else 1}.db")
    move_file(path, target)
    if log_of(path).exists():
        move_file(log_of(path), log_of(target))


def make_room(folder: Path, closed: Sequence[Volume]) -> Sequence[Volume]:
    """Keep at most `MAX_CLOSED` journals with the one that comes now: drained ones go first, then the oldest."""
    kept = sorted(closed, key=lambda volume: (volume.cursor_seq < volume.tail_seq, volume.about.generation))
    while len(kept) >= MAX_CLOSED:
        remove(folder, kept.pop(0))
    return sorted(kept, key=lambda volume: volume.about.generation)


def remove(folder: Path, volume: Volume) -> None:
    """Delete a closed journal."""
    volume.close()
    closed_path(folder, volume.journal).unlink()
    sync_folder(folder)
