"""A run of the journal on a disk whose power may go at any write, and what must hold in every picture of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from drivers.contract import Append, Committed, Hole, MoveCursor, Priority, Row
from station.journal import Journal
from station.journal_opening import Opened
from station.journal_retention import CAP_BYTES
from station.journal_schema import SETTINGS, clear_log
from station.journal_volume import Volume
from tests.station.journals import (
    KINDS,
    assert_whole,
    current,
    everything,
    ids,
    memory_folder,
    opened,
    reopened,
    row,
    rows_of,
    snapshot,
)
from tests.station.power_cut_disk import Disk, DiskConnection

DATABASE = "journal.db"
LOG = "journal.db-wal"
RESERVED_FOR_PROOF = 2
"""Rows that every picture gets appended, to see that the journal goes on."""


class PowerCutError(AssertionError):
    """A picture that does not hold what was promised."""


@dataclass(slots=True)
class Promise:
    """What the journal has said so far, and what it is just being asked."""

    rows: dict[int, Row] = field(default_factory=dict)
    cursor_seq: int = 0
    asked: tuple[Row, ...] = ()
    asked_cursor_seq: int = 0
    highest_cursor_seq: int = 0

    @property
    def tail_seq(self) -> int:
        return len(self.rows)


@dataclass(slots=True)
class PowerCuts:
    """Runs a journal from a seed and looks at every picture that a power cut could leave on the way.

    Attributes:
        seed: what to do and which pictures to take.
        commands: how many commands the journal gets.
        cap_bytes: a small one makes rows go on the way.
        torn: random pictures at every moment, beside nothing, all and prefixes.
        share: which part of the pictures is looked at.
        again: also cut the power while a picture is being opened again.
    """

    seed: int
    commands: int = 30
    cap_bytes: int = CAP_BYTES
    torn: int = 2
    share: float = 1.0
    again: float = 0.0
    settings: Sequence[str] = SETTINGS
    pictures: int = 0
    _promise: Promise = field(default_factory=Promise)
    _seen: set[int] = field(default_factory=set)

    def run(self) -> int:
        """Returns how many pictures were looked at. Raises `PowerCutError` with the seed and the place."""
        random = Random(self.seed)
        with memory_folder() as folder:
            opened(folder / "new").close()
            disk = Disk({DATABASE: (folder / "new" / DATABASE).read_bytes()}, lambda: None)
            volume = Volume(DiskConnection(disk, DATABASE, self.settings))
            journal = Journal(folder, Opened(volume, (), None), new_id=ids(), cap_bytes=self.cap_bytes)
            disk.moment = lambda: self._look(disk, folder / "cut", random)
            try:
                for _ in range(self.commands):
                    self._command(journal, random)
            finally:
                disk.moment = lambda: None
                journal.close()
        return self.pictures

    def _command(self, journal: Journal, random: Random) -> None:
        promise = self._promise
        chance = random.random()
        if chance < 0.7:
            promise.asked = tuple(self._rows(random))
            (committed, *_) = journal.execute(Append("journal", promise.asked))
            assert isinstance(committed, Committed), committed
            promise.rows |= {asked.seq: asked for asked in promise.asked}
            promise.asked = ()
        elif chance < 0.85:
            promise.asked_cursor_seq = random.randint(0, promise.tail_seq)
            promise.highest_cursor_seq = max(promise.highest_cursor_seq, promise.asked_cursor_seq)
            head = journal._current.chain_at(promise.asked_cursor_seq) or b""
            (committed,) = journal.execute(
                MoveCursor("journal", current(journal).journal, promise.asked_cursor_seq, head)
            )
            assert isinstance(committed, Committed), committed
            promise.cursor_seq = promise.asked_cursor_seq
        elif chance < 0.9:
            clear_log(journal._current.connection)
        else:
            for _ in range(5):
                journal.poll()

    def _rows(self, random: Random) -> Iterator[Row]:
        first = self._promise.tail_seq + 1
        for seq in range(first, first + random.choice((1, 1, 1, 2, 3, 8))):
            if random.random() < 0.1:
                yield snapshot(seq)
            else:
                priority = random.choice(list(Priority))
                body = "x" * random.choice((10, 120, 120, 900, 3000))
                yield row(seq, priority, kind=KINDS[priority], body=f"{random.random()}{body}")

    # ------------------------------------------------------------ looking at what is left

    def _look(self, disk: Disk, folder: Path, random: Random) -> None:
        for picture in disk.pictures(random, self.torn):
            key = hash(tuple(sorted(picture.items())))
            if key in self._seen or random.random() >= self.share:
                continue
            self._seen.add(key)
            self.pictures += 1
            try:
                if random.random() < self.again:
                    self._open_and_cut_again(picture, folder, random)
                else:
                    self._hold(picture, folder)
            except Exception as fault:
                raise PowerCutError(f"seed {self.seed}, picture {self.pictures}: {fault}") from fault

    def _open_and_cut_again(self, picture: dict[str, bytes], folder: Path, random: Random) -> None:
        """The power goes again while the journal is being opened after the first cut."""
        second: list[dict[str, bytes]] = []
        disk = Disk(picture, lambda: second.extend(disk.pictures(random, 1)))
        connection = DiskConnection(disk, DATABASE, self.settings)
        clear_log(connection)
        Volume(connection).close()
        for later in random.sample(second, min(3, len(second))):
            self.pictures += 1
            self._hold(later, folder)

    def _hold(self, picture: dict[str, bytes], folder: Path) -> None:
        """Everything that was promised is there, in order and once, and the journal goes on."""
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for name, contents in picture.items():
            (folder / name).write_bytes(contents)
        journal = opened(folder, new_id=ids(2), cap_bytes=self.cap_bytes)
        try:
            assert journal.begun is None or not journal.begun.reason, journal.begun
            self._compare(journal)
            tail_seq = current(journal).tail_seq
            proof = [snapshot(tail_seq + 1), row(tail_seq + RESERVED_FOR_PROOF)]
            (committed, *_) = journal.execute(Append("journal", tuple(proof)))
            assert isinstance(committed, Committed), committed
            journal = reopened(journal)
            assert journal.begun is None, journal.begun
            items = everything(journal)
            assert_whole(current(journal), items)
            kept = [(item.seq, item.body) for item in rows_of(items)[-RESERVED_FOR_PROOF:]]
            assert kept == [(item.seq, item.body) for item in proof]
        finally:
            journal.close()

    def _compare(self, journal: Journal) -> None:
        promise, extent = self._promise, current(journal)
        items = everything(journal)
        assert_whole(extent, items)
        assert extent.tail_seq in {promise.tail_seq, promise.tail_seq + len(promise.asked)}, (
            f"tail {extent.tail_seq}, promised {promise.tail_seq} and asked {len(promise.asked)} more"
        )
        assert extent.cursor_seq in {promise.cursor_seq, promise.asked_cursor_seq}, "the cursor is another"
        may_be = promise.rows | {asked.seq: asked for asked in promise.asked}
        for item in rows_of(items):
            written = may_be[item.seq]
            same = (item.at_ms, item.priority, item.kind, item.body) == (
                written.at_ms,
                written.priority,
                written.kind,
                written.body,
            )
            assert same, f"row {item.seq} is another"
        assert extent.first_seq <= promise.highest_cursor_seq + 1, "more has gone than the office ever had"
        if self.cap_bytes == CAP_BYTES:
            assert not [item for item in items if isinstance(item, Hole)], "nothing had to go"
