"""Journals for the tests of the link: real rows and holes with a real chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from drivers.contract import Hole, JournalExtent, Row
from station.events import DoorOpened, Event, JournalBegun, body_of, first_chain, next_chain

JOURNAL = "ab" * 16
OLD_JOURNAL = "cd" * 16
BOOT = "0123456789abcdef"


class Ledger:
    """One journal in memory: append, drop rows into a hole, read on, move the cursor."""

    def __init__(self, journal: str = JOURNAL, *, closed: bool = False, parent: str = "") -> None:
        self.journal = journal
        self.closed = closed
        self.cursor = 0
        self.items: list[Row | Hole] = []
        self.head = first_chain(journal)
        self.append(JournalBegun(journal, parent))

    @property
    def tail(self) -> int:
        last = self.items[-1]
        return last.seq if isinstance(last, Row) else last.last_seq

    def append(self, *events: Event) -> Row:
        row = None
        for event in events:
            seq = self.tail + 1 if self.items else 1
            row = Row(
                seq, 1_795_000_000_000 + seq, BOOT, seq * 10, event.priority, type(event).__name__, body_of(event)
            )
            self.head = next_chain(self.head, row)
            row = replace(row, chain=self.head)
            self.items.append(row)
        assert row is not None
        return row

    def fill(self, count: int) -> None:
        """`count` rows of one small kind."""
        self.append(*(DoorOpened("door", "granted") for _ in range(count)))

    def drop(self, first: int, last: int) -> None:
        """Put a hole in the place of the rows `first` to `last`."""
        gone = [item for item in self.items if isinstance(item, Row) and first <= item.seq <= last]
        assert len(gone) == last - first + 1, "only rows are dropped here"
        kinds = [row.kind for row in gone]
        hole = Hole(first, last, {kind: kinds.count(kind) for kind in set(kinds)}, gone[-1].chain)
        place = self.items.index(gone[0])
        self.items[place : place + len(gone)] = [hole]

    def read_on(self, after_seq: int, limit: int) -> list[Row | Hole]:
        last = [item.seq if isinstance(item, Row) else item.last_seq for item in self.items]
        return [item for item, seq in zip(self.items, last, strict=True) if seq > after_seq][:limit]

    def extent(self) -> JournalExtent:
        return JournalExtent(self.journal, 1, self.tail, self.head, self.cursor, self.closed)


def reader(*ledgers: Ledger) -> Callable[[str, int, int], Sequence[Row | Hole]]:
    """`read_on` over several journals, as `assemble` gives it to the link."""
    by_name = {ledger.journal: ledger for ledger in ledgers}

    def read_on(journal: str, after_seq: int, limit: int) -> Sequence[Row | Hole]:
        return by_name[journal].read_on(after_seq, limit)

    return read_on
