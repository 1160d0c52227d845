"""Opens a station's journals; when one is damaged or has to end, sees to it that the next one begins."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.contract import WireLost
from station.durable import PART
from station.events import JournalBegun
from station.journal_closed import CURRENT, alone, closed_volumes, log_of, set_aside
from station.journal_pages import read_log
from station.journal_schema import (
    about_new,
    clear_log,
    connect,
    new_database,
    transaction,
    write_about,
    write_spare,
)
from station.journal_volume import MAX_READ_ROWS, DamagedError, Volume, last_of

TAIL_ROWS = 2000
"""Rows that are checked against the chain before the station starts, with all that hold its state; the rest later."""

NO_FILE_FAULT = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL}
"""What keeps a journal from being opened although nothing is wrong with what stands in it."""


class JournalUnusableError(WireLost):
    """The journal can be neither opened nor set aside: the station goes on unrecorded."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The open journal, the older ones that drain (oldest first), and what to record when a journal has just begun."""

    current: Volume
    closed: tuple[Volume, ...]
    begun: JournalBegun | None


def open_folder(folder: Path, *, new_id: Callable[[], str], at_ms: int, expected: bool) -> Opened:
    """Open the journals in `folder`; see `Journal.open`. Raises `JournalUnusableError`."""
    with told_as_unusable(folder), ExitStack() as opened:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / CURRENT
        for leftover in folder.glob(f"journal*{PART}*"):
            leftover.unlink()
        if not path.exists():
            log_of(path).unlink(missing_ok=True)
        closed = closed_volumes(folder)
        for volume in closed:
            opened.callback(volume.close)
        current, reason = open_current(path) if path.exists() else (None, "")
        if current is not None:
            opened.callback(current.close)
            take_cursors(current, closed)
        if reason:
            closed, parent = set_aside(folder, closed, current, reason)
            if parent is not None:
                opened.callback(parent.close)
            current = None
        elif current is None and closed:
            parent = closed[-1]
            reason = parent.about.set_aside or f"{CURRENT} was missing"
        else:
            parent = parent_of(current, closed) if current else None
            reason = f"{CURRENT} was missing" if expected else ""
        if current is None:
            current = begin(folder, closed, parent, new_id(), reason)
        opened.pop_all()
        return Opened(current, closed, begun(current, parent, at_ms))


@contextmanager
def told_as_unusable(folder: Path) -> Iterator[None]:
    """Say what keeps the journal from being used, and what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as fault:
        busy = isinstance(fault, BlockingIOError) or getattr(fault, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        hint = "another program has it open: stop it first" if busy else "is the card full, read-only or worn out?"
        raise JournalUnusableError(f"the journal in {folder} cannot be used: {hint} ({fault})") from fault


def open_current(path: Path) -> tuple[Volume | None, str]:
    """Open and check the journal. Returns it, and why it must be set aside or nothing; None when it is damaged."""
    with alone(path):
        damage = read_log(log_of(path)).damage
    if damage:
        return None, f"damaged: {damage}"
    connection: sqlite3.Connection | None = None
    try:
        connection = connect(path)
        told = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if told != "ok":
            raise DamagedError(told)
        clear_log(connection)
        volume = Volume(connection)
        check(volume, max(volume.about.start_seq, min(volume.state_seq() - 1, volume.tail_seq - TAIL_ROWS)))
        if volume.about.damage:
            raise DamagedError(volume.about.damage)
        if volume.about.set_aside:
            check_before_setting_aside(volume)
    except (sqlite3.Error, DamagedError) as fault:
        if connection is not None:
            connection.close()
        if getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in NO_FILE_FAULT:
            raise
        return None, f"damaged: {fault}"
    return volume, volume.about.set_aside


def check(volume: Volume, after_seq: int) -> None:
    """Check everything behind `after_seq` against the chain. Raises `DamagedError`."""
    while after_seq < volume.tail_seq:
        after_seq = last_of(volume.read_on(after_seq, MAX_READ_ROWS)[-1])


def check_before_setting_aside(volume: Volume) -> None:
    """Check all of a journal that nobody will check again. Raises `DamagedError`."""
    try:
        check(volume, volume.about.start_seq)
    except DamagedError as fault:
        raise DamagedError(f"{fault}; it was being set aside: {volume.about.set_aside}") from fault


def begin(folder: Path, closed: Sequence[Volume], parent: Volume | None, journal: str, reason: str) -> Volume:
    """Make an empty journal that follows `parent`."""
    about = about_new(
        journal,
        1 + max((volume.about.generation for volume in closed), default=0),
        parent=parent.journal if parent else "",
        parent_seq=parent.tail_seq if parent else 0,
        parent_head=parent.head.hex() if parent else "",
        reason=reason,
    )
    path = folder / CURRENT
    with new_database(path) as connection, transaction(connection):
        write_about(connection, about)
        write_spare(connection, about)
        for volume in closed:
            connection.execute("INSERT INTO drains VALUES (?, ?)", (volume.journal, volume.cursor_seq))
    return Volume(connect(path))


def take_cursors(current: Volume, closed: Sequence[Volume]) -> None:
    """Take over how far the office has each closed journal."""
    cursors = dict(current.connection.execute("SELECT journal, cursor_seq FROM drains").fetchall())
    for volume in closed:
        volume.move_cursor(cursors.get(volume.journal, volume.cursor_seq))


def parent_of(current: Volume, closed: Sequence[Volume]) -> Volume | None:
    """The journal that was set aside for this one, if it is still there."""
    return next((volume for volume in closed if volume.journal == current.about.parent), None)


def begun(current: Volume, parent: Volume | None, at_ms: int) -> JournalBegun | None:
    """What to record as the first row of a journal; None once it has one."""
    about = current.about
    if current.tail_seq:
        return None
    last_ms = (parent.last_at_ms() if parent else None) or 0
    amnesia_at_ms = max(at_ms, last_ms) if about.reason else None
    return JournalBegun(
        about.journal, about.parent, about.parent_seq, about.parent_head, about.reason, amnesia_at_ms=amnesia_at_ms
    )
