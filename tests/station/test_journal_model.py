"""The journal against a model that is simple enough to be right: a list of everything that was ever written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from drivers.contract import Append, CommitFailed, Hole, JournalFull, Priority, Row, Signal
from station.journal_retention import KEEP_MS
from station.journal_volume import first_of, last_of
from tests.station.journals import (
    START_MS,
    acknowledge,
    append,
    assert_whole,
    current,
    everything,
    holes_of,
    opened,
    reopened,
    row,
    rows_of,
    settle,
    snapshot,
)

CAP_BYTES = 40 * 1024
DAY_MS = 24 * 3600 * 1000


class Model:
    """Appends, cursor moves, slow work, restarts and passing days in an order that comes from a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.journal = opened(folder, cap_bytes=CAP_BYTES)
        self.written: list[Row] = []
        self.cursors = {0}
        self.at_ms = START_MS
        self.kept: set[int] = set()
        self.dropped: Counter[Priority] = Counter()

    def step(self) -> None:
        """Do something, then check everything."""
        steps = (self.append_rows, self.append_snapshot, self.move_cursor, self.work, self.restart, self.read_anywhere)
        self.random.choices((*steps, self.number_wrongly, self.pass_days), (10, 3, 4, 6, 1, 3, 1, 1))[0]()
        self.check()

    # ------------------------------------------------------------ what happens

    def append_rows(self) -> None:
        first, body = len(self.written) + 1, "x" * self.random.choice((0, 50, 600))
        of = self.random.choices(list(Priority), k=self.random.randint(0, 60))
        self._append([row(first + at, priority, body=body, at_ms=self.at_ms) for at, priority in enumerate(of)])

    def append_snapshot(self) -> None:
        self._append([replace(snapshot(len(self.written) + 1), at_ms=self.at_ms)])

    def _append(self, batch: Sequence[Row]) -> None:
        signals = append(self.journal, batch)
        self.written += batch
        self.kept |= {item.seq for item in batch}
        self._account(signals)

    def number_wrongly(self) -> None:
        wrong = len(self.written) + self.random.choice((-1, 0, 2, 3))
        (failed,) = self.journal.execute(Append("journal", (row(wrong),)))
        assert isinstance(failed, CommitFailed)
        self.restart()

    def move_cursor(self) -> None:
        seq = self.random.randint(0, len(self.written))
        acknowledge(self.journal, seq)
        self.cursors.add(seq)
        assert current(self.journal).cursor_seq == seq

    def work(self) -> None:
        self._account(settle(self.journal))
        if self.journal._current.used_bytes() > CAP_BYTES:
            assert not self._might_go()

    def restart(self) -> None:
        extents = self.journal.extents()
        self.journal = reopened(self.journal, cap_bytes=CAP_BYTES)
        assert self.journal.extents() == extents

    def pass_days(self) -> None:
        self.at_ms += self.random.choice((1, 13, 20)) * DAY_MS

    def read_anywhere(self) -> None:
        after_seq, limit = self.random.randint(0, len(self.written)), self.random.randint(1, 50)
        found = self.journal.read_on(current(self.journal).journal, after_seq, limit)
        assert bool(found) == (after_seq < len(self.written))
        assert len(found) <= limit
        whole = {last_of(item): item for item in everything(self.journal, after_seq=0)}
        seq = after_seq
        for item in found:
            assert first_of(item) == seq + 1
            seq = last_of(item)
            there = whole[seq]
            if item != there:
                assert isinstance(there, Hole)
                assert item == replace(there, first_seq=after_seq + 1, counts={})

    # ------------------------------------------------------------ what must hold

    def _state_seq(self) -> int:
        return max((item.seq for item in self.written if item.kind == "Snapshot"), default=1)

    def _might_go(self) -> list[Row]:
        """Rows that may be dropped at the cap."""
        state_seq = self._state_seq()
        here = (self.written[seq - 1] for seq in sorted(self.kept))
        return [item for item in here if item.priority > Priority.ORDER or item.seq < state_seq]

    def _account(self, signals: Sequence[Signal]) -> None:
        """What went before the office had it was told by kind; the cheapest went first, and the oldest of those."""
        kept = {item.seq for item in rows_of(everything(self.journal, after_seq=0))}
        cursor_seq = current(self.journal).cursor_seq
        gone = [self.written[seq - 1] for seq in self.kept - kept if seq > cursor_seq]
        self.kept = kept
        told = sum((Counter(signal.dropped) for signal in signals if isinstance(signal, JournalFull)), Counter())
        assert Counter(item.kind for item in gone) == told
        left = self._might_go()
        for item in gone:
            self.dropped[item.priority] += 1
            assert not [other for other in left if other.priority > item.priority]
            assert not [other for other in left if other.priority == item.priority and other.seq < item.seq]

    def check(self) -> None:
        """Everything is there, or accounted for."""
        extent, items = current(self.journal), everything(self.journal)
        assert extent.tail_seq == len(self.written)
        assert_whole(extent, items)
        for item in rows_of(items):
            assert replace(item, chain=b"") == self.written[item.seq - 1]
        for hole in holes_of(items):
            assert Counter(hole.counts) == Counter(
                item.kind for item in self.written[hole.first_seq - 1 : hole.last_seq]
            )
        for before, after in pairwise(items):
            assert isinstance(before, Row) or isinstance(after, Row) or before.last_seq in self.cursors
        assert extent.first_seq <= max(self.cursors) + 1
        if sum(len(item.body) + 200 for item in self.written) < CAP_BYTES // 2:
            assert not holes_of(items)
            assert all(item.at_ms + KEEP_MS < self.at_ms for item in self.written[: extent.first_seq - 1])
        state = [item.seq for item in self.written[self._state_seq() - 1 :] if item.priority <= Priority.ORDER]
        assert [item.seq for item in rows_of(self.journal.recover())] == state


@pytest.mark.parametrize("seed", range(6))
def test_the_journal_does_what_the_model_does(card: Path, seed: int) -> None:
    model = Model(card, seed)
    try:
        for _ in range(60):
            model.step()
    finally:
        model.journal.close()


def test_the_model_comes_to_every_corner(card: Path) -> None:
    model = Model(card, 100)
    try:
        while set(model.dropped) != set(Priority) or current(model.journal).first_seq == 1:
            model.step()
        assert holes_of(everything(model.journal))
    finally:
        model.journal.close()
