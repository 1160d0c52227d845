"""The slow work on the open journal, in steps that are short enough to stand between two commands."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.contract import JournalFull, Signal
from station.journal_retention import Retention
from station.journal_volume import Volume, last_of

CHECK_ROWS = 250
"""Rows that one step checks against the chain: a few milliseconds."""

CHECKPOINT_COMMITS = 20
"""Commits in the write-ahead log before a step moves them into the database."""

SLACK_PARTS = 16
"""At a 16th above the cap an append itself lets rows go, because the steps do not keep up."""


class Upkeep:
    """Empties the write-ahead log, lets rows go that need not stay, checks the whole file against the chain."""

    def __init__(self, volume: Volume, cap_bytes: int) -> None:
        """Everything behind the journal's start is to be checked once."""
        self.at_ms: int | None = None
        self._volume = volume
        self._retention = Retention(volume, cap_bytes)
        self._slack_bytes = cap_bytes // SLACK_PARTS
        self._commits = 0
        self._trim = True
        self._checked_seq = volume.about.start_seq
        self._check_until_seq = volume.tail_seq

    @property
    def busy(self) -> bool:
        """Whether another step would find something to do."""
        return self._commits >= CHECKPOINT_COMMITS or self._trim or self._checked_seq < self._check_until_seq

    def step(self) -> Sequence[Signal]:
        """Do one thing. Raises `DamagedError` when the journal does not follow its chain, sqlite3.Error."""
        if self._commits >= CHECKPOINT_COMMITS:
            self._volume.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._commits = 0
        elif self._trim:
            return self._let_go()
        elif self._checked_seq < self._check_until_seq:
            self._checked_seq = last_of(self._volume.read_on(self._checked_seq, CHECK_ROWS)[-1])
        return []

    def appended(self, at_ms: int) -> Sequence[Signal]:
        """Rows were committed, the last of them with this wall time. Raises sqlite3.Error."""
        self.at_ms = at_ms
        self._commits += 1
        self._trim = True
        if self._retention.over_by() > self._slack_bytes:
            return self._let_go()
        return []

    def look_again(self) -> None:
        """The cursor moved: there may be rows that need not stay."""
        self._trim = True

    def pause(self) -> None:
        """Nothing works now (a full card, say): wait for the next command."""
        self._commits = 0
        self._trim = False

    def _let_go(self) -> Sequence[Signal]:
        step = self._retention.step(self.at_ms)
        self._trim = step.more
        if step.dropped or step.snapshot_wanted:
            return [JournalFull(self._volume.journal, step.dropped, step.snapshot_wanted)]
        return []
