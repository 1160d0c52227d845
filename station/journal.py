"""The journal as a driver: `Append`, `MoveCursor` and `SetAside` in, `Committed` or `CommitFailed` out.

A row counts as recorded when its `Committed` has come back: it is on the card then. Between commands, `poll` does the
slow work in short steps. When the journal cannot go on as it is (a commit failed, the file is damaged), `poll` raises:
whoever runs it closes it, opens it again and recovers, which is one path with the start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from drivers.contract import (
    Append,
    Command,
    CommitFailed,
    Committed,
    Hole,
    JournalDiverged,
    JournalExtent,
    MoveCursor,
    Quantity,
    Row,
    SetAside,
    Signal,
)
from station.events import JournalBegun
from station.journal_closed import remove, salvaged_again
from station.journal_opening import JournalUnusableError, Opened, open_folder
from station.journal_retention import CAP_BYTES, KEEP_MS
from station.journal_salvage import closed_path
from station.journal_upkeep import Upkeep
from station.journal_volume import DamagedError, Volume

REST_MS = 20
"""Pause between two steps of slow work: appends come first."""

__all__ = ["Journal", "JournalUnusableError"]


class Journal:
    """All journals of one station: the open one, and older ones that only drain. One thread at a time."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Append, MoveCursor, SetAside})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, folder: Path, opened: Opened, *, new_id: Callable[[], str], cap_bytes: int = CAP_BYTES) -> None:
        """Take over what `open_folder` opened; see `open`."""
        self._folder = folder
        self._new_id = new_id
        self._cap_bytes = cap_bytes
        self._take(opened)

    def _take(self, opened: Opened) -> None:
        self._current = opened.current
        self._closed = list(opened.closed)
        self._begun = opened.begun
        self._upkeep = Upkeep(opened.current, self._cap_bytes)
        self._ended = ""  # why this must be closed and opened again
        self._lost: set[str] = set()  # closed journals that broke and could not be made anew

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        new_id: Callable[[], str],
        at_ms: int,
        expected: bool = False,
        cap_bytes: int = CAP_BYTES,
    ) -> Journal:
        """Open the journals in `folder`, or begin the first.

        A damaged journal is set aside and a new one begun; then `begun` says what to record.

        Args:
            folder: the station's state directory; it is made if it does not exist.
            new_id: gives a random id (32 hex digits) for a new journal.
            at_ms: wall time as far as known; the date of the amnesia when the journal was lost.
            expected: this station has recorded before (its vault says so): without a journal it has lost it.
            cap_bytes: what the open journal may take on the card.

        Raises:
            JournalUnusableError: the card does not let it; the station goes on unrecorded.
        """
        opened = open_folder(folder, new_id=new_id, at_ms=at_ms, expected=expected)
        return cls(folder, opened, new_id=new_id, cap_bytes=cap_bytes)

    @property
    def begun(self) -> JournalBegun | None:
        """What to record as the first row of the open journal; None as soon as it has rows."""
        return self._begun if self._current.tail_seq == 0 else None

    def extents(self) -> tuple[JournalExtent, ...]:
        """What every journal holds, the oldest first, the open one last."""
        return tuple(volume.extent() for volume in self._volumes())

    def _volumes(self) -> Iterator[Volume]:
        yield from self._closed
        yield self._current

    def recover(self) -> list[Row | Hole]:
        """What to fold for the recorded state: the newest snapshot and everything later that may change the state.

        Where the open journal has no snapshot yet it begins in the older ones. A hole in between with empty `counts`
        may have held changes of the state; any other hole did not. Raises `JournalUnusableError` when the open journal
        has been damaged since it was opened.
        """
        items: list[Row | Hole] = []
        for volume in (self._current, *reversed(self._closed)):
            items = [*self._state_items(volume), *items]
            if volume.snapshot_seq is not None:
                break
        return items

    def _state_items(self, volume: Volume) -> list[Row | Hole]:
        try:
            return volume.state_items()
        except DamagedError as fault:
            if volume is self._current:
                raise JournalUnusableError(f"the journal in {self._folder} is damaged: {fault}") from fault
            fresh = self._replace_closed(volume)
            return fresh.state_items() if fresh else []

    def read_on(self, journal: str, after_seq: int, limit: int) -> list[Row | Hole]:
        """The next rows and hole markers of one journal, checked against the chain; see `Volume.read_on`.

        Empty when there is nothing more, when the journal is no longer here, and before a damaged row, which ends the
        journal.
        """
        volume = next((volume for volume in self._volumes() if volume.journal == journal), None)
        if volume is None or journal in self._lost:
            return []
        try:
            return volume.read_on(after_seq, limit)
        except DamagedError as fault:
            if volume is self._current:
                self._end_damaged(str(fault))
            else:
                self._replace_closed(volume)
            return []

    # ------------------------------------------------------------ the driver

    def execute(self, command: Command) -> Iterable[Signal]:
        """Do one command; its answer is the first signal.

        After `SetAside` the answer names the next journal, and `begun` says what to record in it. Raises
        `JournalUnusableError` when there can be no next one.
        """
        match command:
            case Append():
                return self._append(command.rows)
            case MoveCursor():
                return self._move_cursor(command.journal, command.seq, command.head)
            case SetAside():
                return self._set_aside(command.reason)
            case _:
                raise TypeError(f"the journal does not know {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """One step of slow work. Raises `JournalUnusableError` when the journal must be closed and opened again."""
        if self._ended:
            raise JournalUnusableError(self._ended)
        try:
            signals = self._upkeep.step()
            if not self._upkeep.busy:
                self._remove_drained()
        except DamagedError as fault:
            self._end_damaged(str(fault))
        except (sqlite3.Error, OSError) as fault:
            if getattr(fault, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
                self._end_damaged(str(fault))
            self._upkeep.pause()  # a full card, say: tried again after the next command
        else:
            return signals
        return []

    def rest_ms(self) -> int | None:
        """None when there is nothing to do, a short rest between two steps of slow work, none before an end."""
        if self._ended:
            return 0
        return REST_MS if self._upkeep.busy else None

    def close(self) -> None:
        """Give the files back; may be called twice."""
        for volume in self._volumes():
            volume.close()

    # ------------------------------------------------------------ commands

    def _append(self, rows: Sequence[Row]) -> Iterable[Signal]:
        try:
            self._current.append(rows)
        except (ValueError, sqlite3.Error) as fault:
            return self._failed(fault)
        besides: Sequence[Signal] = []
        with suppress(sqlite3.Error):  # the rows are on the card all the same
            besides = self._upkeep.appended(rows[-1].at_ms) if rows else []
        return [Committed(self.extents()), *besides]

    def _move_cursor(self, journal: str, seq: int, head: bytes) -> Iterable[Signal]:
        volume = next((volume for volume in self._volumes() if volume.journal == journal), None)
        try:
            if volume is self._current and (difference := self._difference(seq, head)):
                return [JournalDiverged(journal, difference)]
            if volume is not None:
                volume.move_cursor(seq)
            if volume is not None and volume is not self._current:
                drained = (volume.journal, volume.cursor_seq)
                self._current.connection.execute("INSERT OR REPLACE INTO drains VALUES (?, ?)", drained)
        except sqlite3.Error as fault:
            return self._failed(fault)
        self._upkeep.look_again()
        return [Committed(self.extents())]

    def _difference(self, seq: int, head: bytes) -> str:
        """What the office has that we have not, or nothing. Where rows are gone there is nothing to compare with."""
        tail_seq = self._current.tail_seq
        if seq > tail_seq:
            return f"the office has {seq} rows of journal {self._current.journal}, this station has {tail_seq}"
        chain = self._current.chain_at(seq) if seq > 0 else None
        if chain is not None and chain != head:
            return f"the office has other bytes up to row {seq} of journal {self._current.journal}"
        return ""

    def _set_aside(self, reason: str) -> Iterable[Signal]:
        """By the same path as at the start: the reason is written down, and whoever opens the folder then obeys it."""
        try:
            self._current.amend(replace(self._current.about, set_aside=reason or "asked for"))
        except sqlite3.Error as fault:
            return self._failed(fault)
        self.close()
        at_ms = self._upkeep.at_ms or 0
        self._take(open_folder(self._folder, new_id=self._new_id, at_ms=at_ms, expected=True))
        return [Committed(self.extents())]

    def _failed(self, fault: Exception) -> Sequence[Signal]:
        detail = str(fault)
        if isinstance(fault, sqlite3.Error):
            full = getattr(fault, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
            what = "the disk is full: free some space on the card that holds it" if full else str(fault)
            detail = f"the journal in {self._folder} cannot be written: {what}"
        self._ended = self._ended or detail
        return [CommitFailed(detail)]

    def _end_damaged(self, damage: str) -> None:
        """Write down that the file is damaged, so that whoever opens it next sets it aside."""
        with suppress(sqlite3.Error):  # a file that broken shows it by itself
            self._current.amend(replace(self._current.about, damage=damage))
        self._ended = f"the journal in {self._folder} is damaged: {damage}"

    # ------------------------------------------------------------ slow work

    def _remove_drained(self) -> None:
        """Delete older journals that the office has had in full for long enough, once recovery does not need them."""
        at_ms = self._upkeep.at_ms
        if at_ms is None or self._current.snapshot_seq is None:
            return
        for volume in [volume for volume in self._closed if volume.cursor_seq == volume.tail_seq]:
            if (volume.last_at_ms() or 0) + KEEP_MS < at_ms:
                self._current.connection.execute("DELETE FROM drains WHERE journal = ?", (volume.journal,))
                remove(self._folder, volume)
                self._closed.remove(volume)

    def _replace_closed(self, volume: Volume) -> Volume | None:
        """Make a closed journal that broke anew from what is left of it; None when the card does not let us."""
        try:
            fresh = salvaged_again(closed_path(self._folder, volume.journal))
        except (OSError, sqlite3.Error, DamagedError):
            self._lost.add(volume.journal)  # tried again at the next start
            return None
        fresh.move_cursor(volume.cursor_seq)
        self._closed[self._closed.index(volume)] = fresh
        volume.close()
        return fresh
