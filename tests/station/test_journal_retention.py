from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import pytest

from drivers.contract import Hole, JournalFull, Priority, Row, Signal
from station.journal import Journal
from station.journal_retention import STEP_ROWS
from tests.station.journals import (
    KINDS,
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
    rows,
    rows_of,
    settle,
    snapshot,
)

DAY_MS = 24 * 3600 * 1000
CAP_BYTES = 128 * 1024


@pytest.fixture
def journal(card: Path) -> Iterator[Journal]:
    journal = opened(card, cap_bytes=CAP_BYTES)
    yield journal
    journal.close()


def fill(journal: Journal, batches: int, of: tuple[Priority, ...] = tuple(Priority)) -> list[Signal]:
    """Append rows of these priorities in turn, with a snapshot before each batch."""
    signals: list[Signal] = []
    for _ in range(batches):
        first = current(journal).tail_seq + 1
        batch = [snapshot(first), *(row(first + index, of[index % len(of)]) for index in range(1, 51))]
        signals += append(journal, batch)
        signals += settle(journal)
    return signals


def dropped_of(signals: list[Signal]) -> Counter[str]:
    """Rows that went unacknowledged, by kind."""
    return sum((Counter(signal.dropped) for signal in signals if isinstance(signal, JournalFull)), Counter())


def fill_until_telemetry_is_gone(journal: Journal, count_of_rows: int) -> None:
    """Append health rows until so much telemetry had to go."""
    dropped: Counter[str] = Counter()
    while dropped["LevelNoted"] < count_of_rows:
        dropped += dropped_of(fill(journal, 1, (Priority.HEALTH,)))
    assert dropped["LevelNoted"] == count_of_rows


def kept_of(items: Iterable[Row | Hole]) -> Counter[Priority]:
    """Rows that are still here by priority, snapshots aside."""
    return Counter(item.priority for item in rows_of(items) if item.kind != "Snapshot")


# ---------------------------------------------------------------- age


def test_rows_that_the_office_has_stay_for_days_and_then_leave_without_a_trace(journal: Journal) -> None:
    append(journal, [row(seq, at_ms=START_MS + seq) for seq in range(1, 301)])
    append(journal, [snapshot(301)])
    acknowledge(journal, 200)
    append(journal, [row(302, at_ms=START_MS + 14 * DAY_MS)])
    settle(journal)
    assert current(journal).first_seq == 1
    append(journal, [row(303, at_ms=START_MS + 14 * DAY_MS + 51)])
    assert settle(journal) == []
    assert current(journal).first_seq == 51
    append(journal, [row(304, at_ms=START_MS + 15 * DAY_MS)])
    settle(journal)
    assert current(journal).first_seq == 201
    assert holes_of(everything(journal)) == []
    assert_whole(current(journal), everything(journal))


def test_old_rows_that_the_office_does_not_have_stay(journal: Journal) -> None:
    append(journal, [*rows(1, 50), snapshot(51), row(52, at_ms=START_MS + 1000 * DAY_MS)])
    settle(journal)
    assert len(rows_of(everything(journal))) == 52


def test_what_recovery_needs_stays_however_old(journal: Journal) -> None:
    append(journal, [*rows(1, 50), snapshot(51), *rows(52, 20), row(72, at_ms=START_MS + 1000 * DAY_MS)])
    acknowledge(journal, 72)
    settle(journal)
    assert current(journal).first_seq == 51
    assert [item.seq for item in rows_of(journal.recover())] == list(range(51, 73))


def test_a_clock_that_jumps_ahead_and_back_takes_nothing_that_the_office_does_not_have(journal: Journal) -> None:
    append(journal, [*rows(1, 10), snapshot(11), row(12, at_ms=START_MS + 10_000 * DAY_MS), row(13, at_ms=5)])
    acknowledge(journal, 5)
    settle(journal)
    assert [item.seq for item in rows_of(everything(journal, after_seq=5))] == list(range(6, 14))
    append(journal, [replace(snapshot(14), at_ms=START_MS)])
    acknowledge(journal, 14)
    settle(journal)
    assert current(journal).first_seq == 1  # by the clock as it is now nothing is old


def test_after_a_lowered_cursor_what_is_gone_is_told_as_a_hole(journal: Journal) -> None:
    append(journal, [*rows(1, 50), snapshot(51), row(52, at_ms=START_MS + 20 * DAY_MS)])
    acknowledge(journal, 52)
    settle(journal)
    acknowledge(journal, 20)
    assert current(journal).cursor_seq == 20
    first, *others = journal.read_on(current(journal).journal, 20, 100)
    assert isinstance(first, Hole)
    assert (first.first_seq, first.last_seq, first.counts) == (21, 50, {})
    assert [item.seq for item in rows_of(others)] == [51, 52]
    assert_whole(current(journal), [first, *others][1:])


# ---------------------------------------------------------------- the cap


def test_at_the_cap_rows_that_the_office_has_leave_first_and_oldest_first(journal: Journal) -> None:
    for _ in range(40):
        fill(journal, 1)
        acknowledge(journal, current(journal).tail_seq)
    assert settle(journal) == []
    assert journal._current.used_bytes() <= CAP_BYTES
    assert current(journal).first_seq > 1
    assert holes_of(everything(journal)) == []
    assert_whole(current(journal), everything(journal))


def test_past_the_cap_telemetry_goes_then_health_then_orders_then_access_then_safety(journal: Journal) -> None:
    priority_of = {kind: priority for priority, kind in KINDS.items()}
    order: list[Priority] = []
    for _ in range(90):
        dropped = {priority_of[kind] for kind in dropped_of(fill(journal, 1)) if kind in priority_of}
        items = everything(journal, after_seq=0)
        newest = max(item.seq for item in rows_of(items) if item.kind == "Snapshot")
        might_go = kept_of(item for item in items if isinstance(item, Row) and item.seq < newest)
        for priority in dropped:
            assert all(might_go[cheaper] == 0 for cheaper in Priority if cheaper > priority)
        order += [priority for priority in sorted(dropped, reverse=True) if priority not in order]
        assert journal._current.used_bytes() <= CAP_BYTES
        assert_whole(current(journal), items)
    assert order == list(reversed(Priority))


def test_what_was_dropped_is_counted_by_kind_in_its_place(journal: Journal) -> None:
    signals = fill(journal, 60)
    items = everything(journal, after_seq=0)
    in_holes = sum((Counter(hole.counts) for hole in holes_of(items)), Counter())
    assert in_holes == dropped_of(signals)
    assert in_holes["LevelNoted"] > 100
    for hole in holes_of(items):
        assert sum(hole.counts.values()) == hole.last_seq - hole.first_seq + 1
    assert len(rows_of(items)) + in_holes.total() == current(journal).tail_seq


def test_holes_side_by_side_become_one(journal: Journal) -> None:
    fill(journal, 150)
    items = everything(journal, after_seq=0)
    assert holes_of(items)
    for before, after in pairwise(items):
        assert isinstance(before, Row) or isinstance(after, Row)


def test_a_hole_ends_where_the_office_stands(journal: Journal) -> None:
    append(journal, [row(seq, Priority.TELEMETRY) for seq in range(1, 301)])
    append(journal, [row(301, Priority.SAFETY)])
    acknowledge(journal, 150)
    fill_until_telemetry_is_gone(journal, 150)
    ends = [(hole.first_seq, hole.last_seq) for hole in holes_of(everything(journal, after_seq=0))]
    assert ends[:2] == [(1, 150), (151, 300)]
    (first, *_) = journal.read_on(current(journal).journal, 150, 10)
    assert isinstance(first, Hole)
    assert (first.first_seq, first.last_seq, first.counts) == (151, 300, {"LevelNoted": 150})


def test_a_hole_that_begins_before_is_cut_and_its_kinds_are_not_known(journal: Journal) -> None:
    append(journal, [row(seq, Priority.TELEMETRY) for seq in range(1, 301)])
    append(journal, [row(301, Priority.SAFETY)])
    fill_until_telemetry_is_gone(journal, 300)
    (whole, *_) = journal.read_on(current(journal).journal, 0, 1)
    (cut, *_) = journal.read_on(current(journal).journal, 100, 1)
    assert isinstance(whole, Hole)
    assert (whole.first_seq, whole.last_seq, whole.counts) == (1, 300, {"LevelNoted": 300})
    assert cut == Hole(101, 300, {}, whole.chain)


def test_a_full_snapshot_follows_every_hole_in_the_state(journal: Journal) -> None:
    fill(journal, 150)
    items = everything(journal, after_seq=0)
    last_hole = max(hole.last_seq for hole in holes_of(items) if set(hole.counts) - {"LevelNoted", "LinkChanged"})
    newest = max(item.seq for item in rows_of(items) if item.kind == "Snapshot")
    assert last_hole < newest
    state = rows_of(journal.recover())
    assert [item.seq for item in state] == [
        item.seq for item in rows_of(items) if item.seq >= newest and item.priority <= Priority.ORDER
    ]


def test_without_a_snapshot_nothing_of_the_state_goes_and_one_is_asked_for(journal: Journal) -> None:
    append(journal, [snapshot(1)])
    signals: list[Signal] = []
    while not signals:
        signals += append(journal, rows(current(journal).tail_seq + 1, 50))
        signals += settle(journal)
    assert signals[-1] == JournalFull(current(journal).journal, {}, snapshot_wanted=True)
    assert len(rows_of(everything(journal))) == current(journal).tail_seq
    assert len(rows_of(journal.recover())) == current(journal).tail_seq
    append(journal, [snapshot(current(journal).tail_seq + 1)])
    after = settle(journal)
    assert dropped_of(after)["AccessGranted"] > 0
    assert not any(signal.snapshot_wanted for signal in after if isinstance(signal, JournalFull))
    assert journal._current.used_bytes() <= CAP_BYTES


def test_one_step_is_short_however_much_there_is_to_do(card: Path) -> None:
    journal = opened(card)
    for start in range(1, 5_001, 1000):
        batch = [row(seq, list(Priority)[seq % 5]) for seq in range(start, start + 1000)]
        append(journal, [*batch[:-1], snapshot(start + 999)])
    settle(journal)
    journal = reopened(journal, cap_bytes=CAP_BYTES)
    before = len(rows_of(everything(journal)))
    began = perf_counter()
    append(journal, rows(5_001, 1))
    took = perf_counter() - began
    assert before - len(rows_of(everything(journal))) <= STEP_ROWS
    assert took < 1.0  # milliseconds where nothing else runs
    settle(journal)
    assert journal._current.used_bytes() <= CAP_BYTES
    assert_whole(current(journal), everything(journal, after_seq=0))
    journal.close()


def test_retention_goes_on_after_a_restart(journal: Journal) -> None:
    fill(journal, 60)
    journal = reopened(journal, cap_bytes=CAP_BYTES)
    settle(journal)
    fill(journal, 20)
    assert journal._current.used_bytes() <= CAP_BYTES
    assert_whole(current(journal), everything(journal, after_seq=0))
    journal.close()


def test_the_file_itself_stays_near_the_cap(journal: Journal, card: Path) -> None:
    fill(journal, 200)
    assert (card / "journal.db").stat().st_size <= CAP_BYTES + CAP_BYTES // 4
