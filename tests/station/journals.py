"""What the tests of the journal share: rows to append, ids in order, and a check of everything that a journal holds."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from drivers.contract import (
    Append,
    Command,
    CommitFailed,
    Committed,
    Hole,
    JournalExtent,
    MoveCursor,
    Priority,
    Row,
    SetAside,
    Signal,
)
from station.events import first_chain, next_chain
from station.journal import Journal
from station.journal_retention import CAP_BYTES

START_MS = 1_760_000_000_000
BOOT = "0123456789abcdef"
KINDS = {
    Priority.SAFETY: "DoorForced",
    Priority.ACCESS: "AccessGranted",
    Priority.ORDER: "OrderRefused",
    Priority.HEALTH: "LinkChanged",
    Priority.TELEMETRY: "LevelNoted",
}


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder that lies in memory where there is one."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def ids(first: int = 1) -> Callable[[], str]:
    """Journal ids that tell their number: 00..01, 00..02, ..."""
    numbers = count(first)
    return lambda: f"{next(numbers):032x}"


def row(
    seq: int,
    priority: Priority = Priority.ACCESS,
    *,
    kind: str = "",
    body: str | None = None,
    at_ms: int | None = None,
) -> Row:
    """A row as the loop would number it."""
    body = body if body is not None else f'{{"service":"door","holder":"{seq:032x}","text":"开门 {seq}"}}'
    at_ms = at_ms if at_ms is not None else START_MS + seq * 1000
    return Row(seq, at_ms, BOOT, seq * 1000, priority, kind or KINDS[priority], body)


def rows(first_seq: int, count_of_rows: int, priority: Priority = Priority.ACCESS) -> tuple[Row, ...]:
    """Rows in a run."""
    return tuple(row(seq, priority) for seq in range(first_seq, first_seq + count_of_rows))


def snapshot(seq: int) -> Row:
    """A row that recovery may begin with."""
    return row(seq, Priority.ORDER, kind="Snapshot", body=f'{{"state":{{"seq":{seq}}}}}')


def opened(
    folder: Path,
    *,
    new_id: Callable[[], str] | None = None,
    at_ms: int = START_MS,
    expected: bool = False,
    cap_bytes: int = CAP_BYTES,
) -> Journal:
    """The journal of a folder, made when there is none."""
    return Journal.open(folder, new_id=new_id or ids(), at_ms=at_ms, expected=expected, cap_bytes=cap_bytes)


def current(journal: Journal) -> JournalExtent:
    """What the open journal holds."""
    return journal.extents()[-1]


def answer(journal: Journal, command: Command) -> list[Signal]:
    """Everything that comes back for a command."""
    return list(journal.execute(command))


def append(journal: Journal, appended: Iterable[Row]) -> list[Signal]:
    """Append rows, which must succeed. Returns what came besides."""
    first, *others = answer(journal, Append("journal", tuple(appended)))
    assert isinstance(first, Committed), first
    assert first.extents == journal.extents()
    return others


def refuse(journal: Journal, command: Command) -> str:
    """Do a command that must fail. Returns why it did."""
    (failed,) = answer(journal, command)
    assert isinstance(failed, CommitFailed), failed
    return failed.detail


def acknowledge(journal: Journal, seq: int, *, of: str = "") -> None:
    """The office has everything up to `seq`, and the same bytes."""
    of = of or current(journal).journal
    volume = next(volume for volume in journal._volumes() if volume.journal == of)
    (committed,) = answer(journal, MoveCursor("journal", of, seq, volume.chain_at(seq) or b""))
    assert isinstance(committed, Committed), committed


def reopened(
    journal: Journal, *, new_id: Callable[[], str] | None = None, at_ms: int = START_MS, cap_bytes: int = CAP_BYTES
) -> Journal:
    """Close a journal and open its folder again, as after every fault."""
    journal.close()
    return opened(journal._folder, new_id=new_id or ids(10), at_ms=at_ms, cap_bytes=cap_bytes)


def put_aside(journal: Journal, reason: str) -> None:
    """Set the open journal aside and begin the next."""
    assert answer(journal, SetAside("journal", reason)) == [Committed(journal.extents())]
    assert current(journal).tail_seq == 0


def settle(journal: Journal) -> list[Signal]:
    """Let the slow work come to its end."""
    signals: list[Signal] = []
    for _ in range(100_000):
        if journal.rest_ms() is None:
            return signals
        signals.extend(journal.poll())
    raise AssertionError("the slow work does not end")


def everything(journal: Journal, of: str = "", after_seq: int | None = None, limit: int = 100) -> list[Row | Hole]:
    """All items of a journal, read on and on."""
    extent = next(extent for extent in journal.extents() if extent.journal == (of or current(journal).journal))
    after_seq = extent.first_seq - 1 if after_seq is None else after_seq
    items: list[Row | Hole] = []
    while found := journal.read_on(extent.journal, after_seq, limit):
        items.extend(found)
        last = found[-1]
        after_seq = last.seq if isinstance(last, Row) else last.last_seq
    return items


def assert_whole(extent: JournalExtent, items: Iterable[Row | Hole], chain: bytes | None = None) -> None:
    """The items cover the extent without a gap, and every chain follows from the one before."""
    seq = extent.first_seq - 1
    if seq == 0:
        chain = first_chain(extent.journal)
    for item in items:
        if isinstance(item, Hole):
            assert item.first_seq == seq + 1
            assert item.last_seq >= item.first_seq
            seq = item.last_seq
        else:
            assert item.seq == seq + 1
            assert chain is None or next_chain(chain, item) == item.chain
            seq = item.seq
        chain = item.chain
    assert seq == extent.tail_seq
    assert chain is None or chain == extent.head


def rows_of(items: Iterable[Row | Hole]) -> list[Row]:
    """Only the rows."""
    return [item for item in items if isinstance(item, Row)]


def holes_of(items: Iterable[Row | Hole]) -> list[Hole]:
    """Only the hole markers."""
    return [item for item in items if isinstance(item, Hole)]
