import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.contract import Append, Committed, JournalDiverged, MoveCursor, Priority, Row, Unlock
from station.events import JournalBegun, first_chain, next_chain
from station.journal import Journal, JournalUnusableError
from station.journal_closed import MAX_CLOSED
from station.journal_volume import MAX_BODY_BYTES, MAX_READ_BYTES, MAX_READ_ROWS
from tests.station.journals import (
    START_MS,
    acknowledge,
    answer,
    append,
    assert_whole,
    current,
    everything,
    opened,
    put_aside,
    refuse,
    reopened,
    row,
    rows,
    rows_of,
    settle,
    snapshot,
)


@pytest.fixture
def folder(card: Path) -> Path:
    return card / "state"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    journal = opened(folder)
    yield journal
    journal.close()


# ---------------------------------------------------------------- append


def test_a_new_station_begins_its_first_journal(journal: Journal) -> None:
    first = f"{1:032x}"
    assert journal.begun == JournalBegun(first)
    (extent,) = journal.extents()
    assert (extent.journal, extent.first_seq, extent.tail_seq, extent.head) == (first, 1, 0, first_chain(first))


def test_committed_tells_the_new_tail_and_head(journal: Journal) -> None:
    (committed,) = answer(journal, Append("journal", (row(1), row(2))))
    chain = next_chain(next_chain(first_chain(f"{1:032x}"), row(1)), row(2))
    assert isinstance(committed, Committed)
    assert (committed.extents[-1].tail_seq, committed.extents[-1].head) == (2, chain)
    assert journal.begun is None


def test_rows_come_back_byte_for_byte(journal: Journal, folder: Path) -> None:
    bodies = [
        '{"a": 1.0 , "b":"\\u5f00"}',
        '{"zh":"开门 \U0001f6aa"}',
        "",
        '"quote\'s \\n"',
        "x" * MAX_BODY_BYTES,
        "\x00",
    ]
    append(journal, [row(seq, body=body) for seq, body in enumerate(bodies, 1)])
    journal.close()
    again = opened(folder)
    assert [item.body for item in rows_of(everything(again))] == bodies
    again.close()


@pytest.mark.parametrize("first", [0, 1, 3, 4, 100, -1])
def test_rows_that_do_not_follow_the_tail_are_refused_as_a_whole(journal: Journal, first: int) -> None:
    append(journal, rows(1, 2))
    if first == 3:
        detail = refuse(journal, Append("journal", (row(3), row(5))))
        assert "row 5 cannot follow row 3" in detail
    else:
        detail = refuse(journal, Append("journal", rows(first, 3)))
        assert f"row {first} cannot follow row 2" in detail
    assert current(journal).tail_seq == 2
    append(journal, rows(3, 1))
    assert_whole(current(journal), everything(journal))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (row(2, body="x" * (MAX_BODY_BYTES + 1)), f"more than {MAX_BODY_BYTES}"),
        (row(2, body="开" * (MAX_BODY_BYTES // 3 + 1)), f"more than {MAX_BODY_BYTES}"),
        (row(2, body="\ud800"), "cannot be written down"),
        (row(2, at_ms=2**63), "cannot be written down"),
    ],
)
def test_a_row_that_cannot_be_written_down_is_refused_and_nothing_is_written(
    journal: Journal, bad: Row, why: str
) -> None:
    assert why in refuse(journal, Append("journal", (row(1), bad)))
    assert current(journal).tail_seq == 0
    append(journal, rows(1, 2))


def test_a_command_that_is_not_the_journals_is_a_fault_of_the_program(journal: Journal) -> None:
    with pytest.raises(TypeError, match="Unlock"):
        answer(journal, Unlock("strike", 3000))


def test_the_file_is_as_safe_as_the_design_says(journal: Journal, folder: Path) -> None:
    connection = journal._current.connection
    told = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "locking_mode", "page_size")
    }
    assert told == {"journal_mode": "wal", "synchronous": 2, "locking_mode": "exclusive", "page_size": 1024}
    strict = connection.execute("SELECT name, strict FROM pragma_table_list WHERE name IN ('rows', 'holes')").fetchall()
    assert sorted(strict) == [("holes", 1), ("rows", 1)]
    append(journal, rows(1, 1))
    assert not (folder / "journal.db-shm").exists()  # nobody else may look in


def test_a_second_program_is_told_that_the_journal_is_in_use(journal: Journal, folder: Path) -> None:
    append(journal, rows(1, 1))
    code = (
        "import sys; from pathlib import Path; from station.journal import Journal, JournalUnusableError\n"
        "try: Journal.open(Path(sys.argv[1]), new_id=str, at_ms=0)\n"
        "except JournalUnusableError as fault: print(fault)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=60, check=True
    )
    assert "cannot be used" in told.stdout
    assert "another program has it open" in told.stdout
    append(journal, rows(2, 1))


# ---------------------------------------------------------------- read on


def test_read_on_is_bounded_by_rows(journal: Journal) -> None:
    append(journal, rows(1, MAX_READ_ROWS + 10))
    of = current(journal).journal
    assert [item.seq for item in rows_of(journal.read_on(of, 0, 3))] == [1, 2, 3]
    assert [item.seq for item in rows_of(journal.read_on(of, 3, 2))] == [4, 5]
    assert len(journal.read_on(of, 0, 10**9)) == MAX_READ_ROWS
    assert journal.read_on(of, MAX_READ_ROWS + 10, 5) == []
    assert journal.read_on(of, 10**9, 5) == []


def test_read_on_is_bounded_by_bytes_and_gives_at_least_one(journal: Journal) -> None:
    append(journal, [row(seq, body="x" * 100_000) for seq in range(1, 6)])
    append(journal, [row(seq, body="x" * MAX_BODY_BYTES) for seq in range(6, 8)])
    of = current(journal).journal
    assert [len(journal.read_on(of, after, 100)) for after in (0, 3, 5, 6)] == [3, 3, 1, 1]
    assert MAX_READ_BYTES == MAX_BODY_BYTES


def test_a_journal_that_is_not_here_reads_as_empty(journal: Journal) -> None:
    assert journal.read_on("f" * 32, 0, 10) == []
    assert answer(journal, MoveCursor("journal", "f" * 32, 5, b"")) == [Committed(journal.extents())]


def test_rows_can_be_read_between_two_commands_without_holding_the_file(journal: Journal) -> None:
    append(journal, rows(1, 50))
    reader = journal.read_on(current(journal).journal, 0, 10)
    append(journal, rows(51, 50))
    assert len(reader) == 10
    assert journal._current.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


# ---------------------------------------------------------------- the cursor


def test_the_office_moves_a_cursor_and_deletes_nothing(journal: Journal, folder: Path) -> None:
    append(journal, rows(1, 10))
    acknowledge(journal, 7)
    settle(journal)
    assert current(journal).cursor_seq == 7
    assert len(everything(journal)) == 10
    journal.close()
    again = opened(folder)
    assert current(again).cursor_seq == 7
    again.close()


def test_a_hello_may_lower_the_cursor(journal: Journal, folder: Path) -> None:
    append(journal, rows(1, 10))
    acknowledge(journal, 10)
    acknowledge(journal, 4)
    assert current(journal).cursor_seq == 4
    journal.close()
    again = opened(folder)
    assert [item.seq for item in rows_of(everything(again, after_seq=4))] == [5, 6, 7, 8, 9, 10]
    again.close()


def test_an_office_with_more_rows_or_other_bytes_is_told_apart(journal: Journal) -> None:
    append(journal, rows(1, 10))
    of = current(journal).journal
    acknowledge(journal, 5)
    assert answer(journal, MoveCursor("journal", of, 11, b"x" * 16)) == [
        JournalDiverged(of, f"the office has 11 rows of journal {of}, this station has 10")
    ]
    assert answer(journal, MoveCursor("journal", of, 7, b"x" * 16)) == [
        JournalDiverged(of, f"the office has other bytes up to row 7 of journal {of}")
    ]
    assert current(journal).cursor_seq == 5
    assert answer(journal, MoveCursor("journal", of, 0, b"")) == [Committed(journal.extents())]
    assert current(journal).cursor_seq == 0


def test_an_older_journal_never_diverges_it_only_drains(journal: Journal) -> None:
    append(journal, rows(1, 4))
    put_aside(journal, "test")
    of = journal.extents()[0].journal
    for seq, taken in ((99, 4), (2, 2), (-1, 0), (2**70, 4)):
        assert answer(journal, MoveCursor("journal", of, seq, b"other")) == [Committed(journal.extents())]
        assert journal.extents()[0].cursor_seq == taken


# ---------------------------------------------------------------- recovery


def test_recovery_begins_with_the_newest_snapshot_and_leaves_telemetry_out(journal: Journal, folder: Path) -> None:
    append(journal, [*rows(1, 5), snapshot(6), *rows(7, 2), snapshot(9), row(10)])
    append(journal, [row(11, Priority.TELEMETRY), row(12, Priority.HEALTH), row(13, Priority.SAFETY)])
    journal.close()
    again = opened(folder)
    found = rows_of(again.recover())
    assert [item.seq for item in found] == [9, 10, 13]
    assert found[0].kind == "Snapshot"
    assert again.begun is None
    again.close()


def test_recovery_without_a_snapshot_begins_with_the_first_row(journal: Journal) -> None:
    assert journal.recover() == []
    append(journal, rows(1, 3))
    assert [item.seq for item in rows_of(journal.recover())] == [1, 2, 3]


# ---------------------------------------------------------------- set aside


def test_a_journal_that_was_set_aside_drains_under_its_own_id(journal: Journal, folder: Path) -> None:
    append(journal, [*rows(1, 4), snapshot(5), *rows(6, 5)])
    acknowledge(journal, 3)
    before, (old,) = everything(journal), journal.extents()
    put_aside(journal, "the office has more rows than we have")
    closed, new = journal.extents()
    assert closed.closed
    assert (closed.journal, closed.tail_seq, closed.head, closed.cursor_seq) == (old.journal, 10, old.head, 3)
    assert (new.journal, new.tail_seq, new.closed) == (f"{2:032x}", 0, False)
    assert everything(journal, closed.journal) == before
    assert journal.begun == JournalBegun(
        new.journal,
        old.journal,
        10,
        old.head.hex(),
        "the office has more rows than we have",
        amnesia_at_ms=START_MS + 10_000,
    )
    assert [item.seq for item in rows_of(journal.recover())] == [5, 6, 7, 8, 9, 10]
    assert (folder / f"journal-{old.journal}.db").stat().st_mode & 0o222 == 0


def test_a_journal_that_is_damaged_far_back_is_set_aside_with_what_can_be_proved(journal: Journal) -> None:
    append(journal, [*rows(1, 100), snapshot(101), *rows(102, 5000)])
    journal._current.connection.execute("UPDATE rows SET body = 'other' WHERE seq = 33")
    put_aside(journal, "the office has other rows")
    assert journal.begun is not None
    assert journal.begun.reason == (
        "damaged: after row 32: row 33 is not what was written; it was being set aside: the office has other rows"
    )
    kept = [item.seq for item in rows_of(everything(journal, f"{1:032x}"))]
    assert kept == [*range(1, 33), *range(34, 5102)]


def test_what_begins_is_told_until_it_has_been_recorded(journal: Journal) -> None:
    append(journal, rows(1, 4))
    put_aside(journal, "the office has other rows")
    assert journal.begun is not None
    expected = replace(journal.begun, amnesia_at_ms=START_MS + 60_000)
    third = reopened(journal, at_ms=START_MS + 60_000)
    assert third.begun == expected
    append(third, [row(1), snapshot(2)])
    assert [item.seq for item in rows_of(third.recover())] == [2]
    fourth = reopened(third)
    assert fourth.begun is None
    fourth.close()


def test_the_cursor_of_an_older_journal_survives_a_restart_and_the_next_setting_aside(journal: Journal) -> None:
    append(journal, rows(1, 4))
    put_aside(journal, "first")
    append(journal, rows(1, 2))
    acknowledge(journal, 3, of=f"{1:032x}")
    put_aside(journal, "second")
    acknowledge(journal, 1, of=f"{2:032x}")
    journal = reopened(journal)
    assert [(extent.journal[-1], extent.cursor_seq) for extent in journal.extents()] == [("1", 3), ("2", 1), ("3", 0)]
    acknowledge(journal, 1, of=f"{1:032x}")
    assert journal.extents()[0].cursor_seq == 1
    journal.close()


def test_an_older_journal_goes_when_the_office_has_it_and_nobody_needs_it(journal: Journal, folder: Path) -> None:
    append(journal, rows(1, 4))
    put_aside(journal, "test")
    late_ms = START_MS + 15 * 24 * 3600 * 1000
    append(journal, [row(1, at_ms=late_ms)])
    acknowledge(journal, 3, of=f"{1:032x}")
    settle(journal)
    acknowledge(journal, 4, of=f"{1:032x}")
    settle(journal)
    assert len(journal.extents()) == 2  # recovery still begins there
    append(journal, [replace(snapshot(2), at_ms=late_ms)])
    settle(journal)
    assert len(journal.extents()) == 1
    assert not list(folder.glob("journal-*"))
    last = reopened(journal)
    assert len(last.extents()) == 1
    last.close()


def test_an_older_journal_stays_for_days_after_the_office_has_it(journal: Journal) -> None:
    append(journal, rows(1, 4))
    put_aside(journal, "test")
    append(journal, [replace(snapshot(1), at_ms=START_MS + 13 * 24 * 3600 * 1000)])
    acknowledge(journal, 4, of=f"{1:032x}")
    settle(journal)
    assert len(journal.extents()) == 2
    journal.close()


def test_when_one_must_go_it_is_one_that_the_office_has(journal: Journal) -> None:
    for number in range(1, 10):
        append(journal, rows(1, 2))
        if number == 6:
            acknowledge(journal, 2, of=f"{4:032x}")
        put_aside(journal, f"number {number}")
    assert [int(extent.journal, 16) for extent in journal.extents()] == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    journal.close()


def test_only_so_many_older_journals_are_kept(journal: Journal, folder: Path) -> None:
    for number in range(1, 13):
        append(journal, rows(1, 2))
        put_aside(journal, f"number {number}")
    kept = [int(extent.journal, 16) for extent in journal.extents()]
    journal.close()
    assert kept == [5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert len(list(folder.glob("journal-*.db"))) == MAX_CLOSED == 8


def test_a_journal_file_that_went_missing_is_amnesia(journal: Journal, folder: Path) -> None:
    append(journal, rows(1, 4))
    journal.close()
    (folder / "journal.db").unlink()
    again = opened(folder, new_id=lambda: "e" * 32, expected=True)
    assert again.begun == JournalBegun("e" * 32, reason="journal.db was missing", amnesia_at_ms=START_MS)
    again.close()


# ---------------------------------------------------------------- the card


def test_a_folder_that_cannot_be_made_is_told_with_what_to_do(card: Path) -> None:
    (card / "file").write_text("in the way")
    with pytest.raises(JournalUnusableError, match="full, read-only or worn out"):
        opened(card / "file" / "state")


def test_leftovers_of_a_cut_start_are_cleared_away(folder: Path) -> None:
    folder.mkdir()
    (folder / "journal.db.part").write_bytes(b"half")
    (folder / "journal.db.part-journal").write_bytes(b"half")
    (folder / "journal.db-wal").write_bytes(b"of another journal")
    (folder / "floors.json.part").write_bytes(b"not ours")
    journal = opened(folder)
    append(journal, rows(1, 1))
    journal.close()
    assert sorted(path.name for path in folder.iterdir()) == ["floors.json.part", "journal.db"]


def test_the_tables_are_made_by_migrations_and_made_once(journal: Journal, folder: Path) -> None:
    append(journal, rows(1, 1))
    journal.close()
    opened(folder).close()
    connection = sqlite3.connect(folder / "journal.db")
    assert connection.execute("SELECT migration_set, name FROM _sqlite_migrations").fetchall() == [
        ("journal", "1: rows, holes, about, spare, drains")
    ]
    connection.close()


def test_an_empty_append_is_committed(journal: Journal) -> None:
    append(journal, [])
    assert current(journal).tail_seq == 0
