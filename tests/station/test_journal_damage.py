import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.contract import Append, CommitFailed, Hole, Priority, Row
from station.journal import Journal, JournalUnusableError
from station.journal_pages import read_log
from station.journal_schema import PAGE_BYTES
from tests.station.journals import (
    START_MS,
    acknowledge,
    append,
    assert_whole,
    current,
    everything,
    holes_of,
    ids,
    opened,
    reopened,
    row,
    rows,
    rows_of,
    settle,
    snapshot,
)

OLD = f"{1:032x}"
NEXT = f"{2:032x}"


@pytest.fixture
def folder(card: Path) -> Path:
    return card / "state"


@pytest.fixture
def written(folder: Path) -> list[Row]:
    """A journal of 300 rows, closed; a long snapshot among them lies on overflow pages."""
    journal = opened(folder)
    for first in range(1, 301, 20):
        append(journal, [row(seq, Priority(seq % 5)) for seq in range(first, first + 19)])
        append(journal, [row(first + 19, Priority.ORDER, kind="Snapshot", body=f'{{"state":"{"x" * 5000}"}}')])
    acknowledge(journal, 120)
    found = rows_of(everything(journal))
    journal.close()
    return found


def flip(path: Path, offset: int, bit: int = 0) -> None:
    """Turn one bit over."""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << bit)]))


def place_of(path: Path, text: str) -> int:
    """Where a text stands in a file."""
    return path.read_bytes().index(text.encode())


def closed_items(journal: Journal) -> list[Row | Hole]:
    """What drains of the journal that was set aside."""
    return everything(journal, OLD, after_seq=0)


# ---------------------------------------------------------------- found while it runs


def test_a_flipped_bit_far_back_ends_the_journal_and_the_rest_drains(folder: Path, written: list[Row]) -> None:
    append_many(folder, 2500)
    path = folder / "journal.db"
    flip(path, place_of(path, f'"{33:032x}"') + 5)
    journal = opened(folder)
    assert journal.begun is None  # the start looks at the end of it only
    with pytest.raises(JournalUnusableError, match="row 33 is not what was written"):
        settle(journal)
    journal = reopened(journal, new_id=ids(2))
    assert journal.begun is not None
    assert (journal.begun.parent, journal.begun.reason) == (
        OLD,
        "damaged: after row 32: row 33 is not what was written",
    )
    assert journal.begun.amnesia_at_ms is not None
    items = closed_items(journal)
    assert holes_of(items) == [Hole(33, 33, {}, written[32].chain)]
    assert len(rows_of(items)) == journal.extents()[0].tail_seq - 1
    assert_whole(journal.extents()[0], items)
    assert journal.extents()[0].cursor_seq == 120
    assert (folder / "journal-damaged-1.db").exists()
    append(journal, rows(1, 3))
    journal.close()


def append_many(folder: Path, count: int) -> None:
    """Make the journal longer than what the start checks, with a snapshot at its end."""
    journal = opened(folder)
    first = current(journal).tail_seq + 1
    append(journal, [*rows(first, count), snapshot(first + count)])
    journal.close()


def test_a_broken_row_is_never_handed_to_the_link(folder: Path, written: list[Row]) -> None:
    append_many(folder, 2500)
    path = folder / "journal.db"
    flip(path, place_of(path, f'"{33:032x}"') + 5)
    journal = opened(folder)
    assert journal.read_on(OLD, 0, 100) == written[:32]
    assert journal.rest_ms() != 0
    assert journal.read_on(OLD, 32, 100) == []
    assert journal.rest_ms() == 0
    with pytest.raises(JournalUnusableError, match="row 33"):
        journal.poll()
    journal.close()


def test_damage_that_sqlite_finds_while_rows_have_to_go_ends_the_journal(
    folder: Path, written: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(folder)

    def broken() -> None:
        raise sqlite_fault(sqlite3.SQLITE_CORRUPT, "database disk image is malformed")

    monkeypatch.setattr(journal._upkeep, "step", broken)
    assert list(journal.poll()) == []
    with pytest.raises(JournalUnusableError, match="malformed"):
        journal.poll()
    journal = reopened(journal, new_id=ids(2))
    assert journal.begun is not None
    assert journal.begun.reason == "damaged: database disk image is malformed"
    assert rows_of(closed_items(journal)) == written
    journal.close()


def test_a_card_that_is_full_for_a_while_does_not_end_the_journal(
    folder: Path, written: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(folder)

    def full() -> None:
        raise sqlite_fault(sqlite3.SQLITE_FULL, "database or disk is full")

    with monkeypatch.context() as while_full:
        while_full.setattr(journal._upkeep, "step", full)
        assert list(journal.poll()) == []
    append(journal, rows(301, 1))
    assert settle(journal) == []
    assert rows_of(everything(journal))[:300] == written
    journal.close()


def sqlite_fault(code: int, text: str) -> sqlite3.OperationalError:
    """An error as SQLite raises it."""
    fault = sqlite3.OperationalError(text)
    fault.sqlite_errorcode = code
    return fault


def test_a_check_of_a_sound_journal_comes_to_its_end(folder: Path, written: list[Row]) -> None:
    append_many(folder, 2500)
    journal = opened(folder)
    assert journal.rest_ms() is not None
    assert settle(journal) == []
    assert journal.rest_ms() is None
    assert rows_of(everything(journal))[:300] == written
    journal.close()


# ---------------------------------------------------------------- found at the start


def test_damage_near_the_end_is_found_before_the_station_starts(folder: Path, written: list[Row]) -> None:
    path = folder / "journal.db"
    flip(path, place_of(path, f'"{299:032x}"') + 5)
    journal = opened(folder, new_id=ids(2), at_ms=START_MS + 900_000)
    assert journal.begun is not None
    assert journal.begun.reason.startswith("damaged: after row")
    assert journal.begun.amnesia_at_ms == START_MS + 900_000
    assert (journal.begun.parent_seq, journal.begun.parent_head) == (300, written[-1].chain.hex())
    assert rows_of(closed_items(journal)) == [row for row in written if row.seq != 299]
    state = journal.recover()
    assert rows_of(state) == [written[299]]
    journal.close()


def test_whatever_page_is_lost_everything_else_is_kept(folder: Path, written: list[Row], card: Path) -> None:
    path = folder / "journal.db"
    pages = path.stat().st_size // PAGE_BYTES
    lost_most = 0
    for number in {1, 2, 3, 4, 5, *range(6, pages + 1, 7), pages}:
        copy = card / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        with (copy / "journal.db").open("r+b") as file:
            file.seek((number - 1) * PAGE_BYTES)
            file.write(os.urandom(PAGE_BYTES))
        journal = opened(copy, new_id=ids(2))
        settle(journal)
        of = journal.extents()[0].journal
        items = everything(journal, of, after_seq=0)
        kept = rows_of(items)
        assert set(kept) <= set(written), f"page {number}"
        lost_most = max(lost_most, len(written) - len(kept))
        assert_whole(journal.extents()[0], items)
        journal.close()
    assert 0 < lost_most <= 8  # what stood on that page, and the row after it


@pytest.mark.parametrize(
    "contents", [b"", b"\x00" * 4096, b"SQLite format 3\x00", os.urandom(8192), "开门".encode() * 5000]
)
def test_a_file_that_is_no_journal_is_put_away_for_a_look(folder: Path, contents: bytes) -> None:
    folder.mkdir()
    (folder / "journal.db").write_bytes(contents)
    journal = opened(folder)
    assert journal.begun is not None
    assert journal.begun.parent == ""
    assert journal.begun.reason.startswith("damaged: ")
    assert journal.begun.amnesia_at_ms == START_MS
    append(journal, rows(1, 2))
    journal.close()
    kept = (folder / "journal-damaged-1.db").read_bytes()
    assert not contents or kept == contents


def test_a_journal_cut_short_keeps_what_is_left(folder: Path, written: list[Row]) -> None:
    path = folder / "journal.db"
    os.truncate(path, path.stat().st_size // 2)
    journal = opened(folder, new_id=ids(2))
    items = closed_items(journal)
    assert_whole(journal.extents()[0], items)
    assert set(rows_of(items)) < set(written)
    assert 100 < len(rows_of(items)) < 200
    journal.close()


def test_a_journal_that_lost_the_line_about_itself_still_has_its_name(folder: Path, written: list[Row]) -> None:
    path = folder / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM about")
        connection.commit()
    journal = opened(folder, new_id=ids(2))
    assert journal.begun is not None
    assert journal.begun.parent == OLD
    assert rows_of(closed_items(journal)) == written
    assert journal.extents()[0].cursor_seq == 0
    journal.close()


def test_a_journal_whose_id_has_a_flipped_bit_is_not_taken_for_another(folder: Path, written: list[Row]) -> None:
    path = folder / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE about SET journal = ?", (f"{3:032x}",))
        connection.commit()
    journal = opened(folder, new_id=ids(2))
    assert journal.begun is not None
    assert (journal.begun.parent, journal.begun.reason) == (OLD, "damaged: the journal's id is damaged")
    assert rows_of(closed_items(journal)) == written
    journal.close()


def test_a_journal_whose_id_is_lost_does_not_drain_and_is_kept_for_a_look(folder: Path, written: list[Row]) -> None:
    path = folder / "journal.db"
    before = path.stat().st_size
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DELETE FROM about; DELETE FROM spare")
    journal = opened(folder, new_id=ids(2))
    assert journal.begun is not None
    assert (journal.begun.parent, journal.begun.reason) == ("", "damaged: the journal does not say which one it is")
    assert len(journal.extents()) == 1
    assert journal.recover() == []
    assert (folder / "journal-damaged-1.db").stat().st_size == before
    assert len(written) == 300
    journal.close()


@pytest.mark.parametrize(("column", "value"), [("start_seq", 250), ("start_chain", b"x" * 16), ("start_seq", -1)])
def test_a_broken_beginning_costs_no_row(folder: Path, written: list[Row], column: str, value: object) -> None:
    path = folder / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE about SET {column} = ?, damage = 'test'", (value,))
        connection.commit()
    journal = opened(folder, new_id=ids(2))
    assert rows_of(closed_items(journal)) == written
    journal.close()


def test_holes_come_through_salvage_with_their_counts(folder: Path) -> None:
    cap_bytes = 64 * 1024
    journal = opened(folder, cap_bytes=cap_bytes)
    for first in range(1, 1201, 60):
        append(journal, [*(row(seq, Priority(seq % 5)) for seq in range(first, first + 59)), snapshot(first + 59)])
        settle(journal)
    before = everything(journal, after_seq=0)
    assert len(holes_of(before)) > 2
    journal.close()
    path = folder / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE about SET damage = 'test'")
        connection.commit()
    again = opened(folder, new_id=ids(2))
    assert closed_items(again) == before
    again.close()


# ---------------------------------------------------------------- the write-ahead log


def cut_off(journal: Journal, to: Path) -> None:
    """What the folder looks like when the power goes now."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(journal._folder, to)


@pytest.fixture
def with_log(folder: Path, card: Path) -> tuple[Path, list[Row]]:
    """A folder as a power cut leaves it: 10 rows in the database, 30 commits of one row each in the log."""
    journal = opened(folder)
    append(journal, rows(1, 10))
    journal = reopened(journal)
    for seq in range(11, 41):
        append(journal, [row(seq, body="x" * 150)])
    cut_off(journal, card / "cut")
    found = rows_of(everything(journal))
    journal.close()
    return card / "cut", found


def test_a_log_is_not_damaged_by_a_power_cut(with_log: tuple[Path, list[Row]]) -> None:
    folder, found = with_log
    assert len(read_log(folder / "journal.db-wal").frames) > 30
    journal = opened(folder)
    assert journal.begun is None
    assert rows_of(everything(journal)) == found
    assert (folder / "journal.db-wal").stat().st_size == 0
    journal.close()


def test_a_log_that_ends_anywhere_loses_only_what_was_cut_off(with_log: tuple[Path, list[Row]], card: Path) -> None:
    folder, found = with_log
    size = (folder / "journal.db-wal").stat().st_size
    for length in range(0, size, 1999):
        copy = card / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        os.truncate(copy / "journal.db-wal", length)
        journal = opened(copy)
        assert journal.begun is None
        kept = rows_of(everything(journal))
        assert kept == found[: len(kept)]
        journal.close()


def test_a_flipped_bit_in_the_log_costs_no_more_than_the_row_it_hits_and_the_next(
    with_log: tuple[Path, list[Row]], card: Path
) -> None:
    """SQLite itself would drop every commit from the flipped bit on, and call the database sound."""
    folder, found = with_log
    size = (folder / "journal.db-wal").stat().st_size
    last_commit = size - 4 * (PAGE_BYTES + 24)
    set_aside = lost = costly = 0
    flips = 0
    for index, offset in enumerate([*range(32), *range(32, last_commit, 997)]):
        copy = card / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        flip(copy / "journal.db-wal", offset, index % 8)
        journal = opened(copy, new_id=ids(2))
        settle(journal)
        of = journal.extents()[0]
        items = everything(journal, of.journal, after_seq=0)
        assert_whole(of, items)
        set_aside += of.closed
        missing = len(set(found) - set(rows_of(items)))
        lost, costly, flips = max(lost, missing), costly + (missing > 0), flips + 1
        if journal.begun is not None:
            assert "write-ahead log" in journal.begun.reason
        journal.close()
    assert set_aside > 50
    assert lost <= 2
    assert costly < flips / 4


# ---------------------------------------------------------------- journals that were set aside before


def test_an_older_journal_that_breaks_later_drains_around_the_break(folder: Path, written: list[Row]) -> None:
    path = folder / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE about SET set_aside = 'test'")
        connection.commit()
    journal = opened(folder, new_id=ids(2))
    append(journal, rows(1, 1))
    acknowledge(journal, 40, of=OLD)
    journal.close()
    older = folder / f"journal-{OLD}.db"
    older.chmod(0o644)
    flip(older, place_of(older, f'"{77:032x}"') + 5)
    again = opened(folder)
    items = closed_items(again)
    assert rows_of(items) == written[:76]  # the reader came to the break
    items += everything(again, OLD, after_seq=76)
    assert rows_of(items) == [row for row in written if row.seq != 77]
    assert again.extents()[0].cursor_seq == 40
    again.close()


def test_an_older_journal_that_cannot_be_opened_is_made_anew(folder: Path, written: list[Row]) -> None:
    path = folder / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE about SET set_aside = 'test'")
        connection.commit()
    opened(folder, new_id=ids(2)).close()
    older = folder / f"journal-{OLD}.db"
    older.chmod(0o644)
    with older.open("r+b") as file:
        file.write(b"\xff" * PAGE_BYTES)
    again = opened(folder)
    assert [extent.journal for extent in again.extents()] == [OLD, NEXT]
    assert rows_of(closed_items(again)) == written
    again.close()


def test_only_so_many_broken_files_are_kept(folder: Path) -> None:
    for number in range(1, 6):
        folder.mkdir(exist_ok=True)
        (folder / "journal.db").write_bytes(b"broken" * 1000 + bytes([number]))
        opened(folder, new_id=ids(number)).close()
    assert sorted(path.name for path in folder.glob("journal-damaged-*")) == [
        "journal-damaged-4.db",
        "journal-damaged-5.db",
    ]


# ---------------------------------------------------------------- a power cut while a journal is set aside


def test_a_power_cut_at_any_step_of_setting_aside_leaves_one_journal_and_its_next(
    folder: Path, written: list[Row], card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "journal.db"
    flip(path, place_of(path, f'"{33:032x}"') + 5)
    steps = cut_at_each_rename(folder, card / "copy", monkeypatch)
    assert steps >= 3
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE about SET set_aside = 'test'")
        connection.commit()
    assert cut_at_each_rename(folder, card / "copy", monkeypatch) >= 2
    assert len(written) == 300


def cut_at_each_rename(folder: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Open a copy of the folder and fail before its nth rename, for every n. Returns how many there were."""
    rename: Callable[[Path, Path], Path] = Path.replace
    for cut in range(100):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        left = [cut]

        def failing(source: Path, target: Path, left: list[int] = left) -> Path:
            if left[0] == 0:
                raise OSError(5, "the power is gone")
            left[0] -= 1
            return rename(source, target)

        monkeypatch.setattr(Path, "replace", failing)
        try:
            opened(copy, new_id=ids(2)).close()
        except JournalUnusableError:
            uncut = False
        else:
            uncut = True
        monkeypatch.setattr(Path, "replace", rename)
        journal = opened(copy, new_id=ids(3))
        assert journal.begun is not None
        assert (journal.begun.parent, journal.begun.parent_seq) == (OLD, 300)
        assert journal.extents()[0].journal == OLD
        assert len(rows_of(closed_items(journal))) == 299
        assert not list(copy.glob("*.part*"))
        journal.close()
        if uncut:
            return cut
    raise AssertionError("it renames for ever")


# ---------------------------------------------------------------- the card


def mounted(folder: Path, options: str) -> bool:
    """Mount a small file system; False where that is not allowed."""
    folder.mkdir()
    return os.system(f"mount -t tmpfs -o {options} tmpfs {folder} 2>/dev/null") == 0


@pytest.fixture
def small_card(card: Path) -> Iterator[Path]:
    """A card of 400 kB."""
    small = card / "small"
    if not mounted(small, "size=400k"):
        pytest.skip("only root may mount a small file system")
    yield small
    assert os.system(f"mount -o remount,rw {small} && umount {small}") == 0


def test_a_full_card_fails_the_commit_and_loses_nothing(small_card: Path, card: Path) -> None:
    journal = opened(small_card)
    seq = 0
    detail = ""
    while not detail:
        batch = rows(seq + 1, 10)
        detail = append_or_detail(journal, batch)
        seq += 0 if detail else 10
    assert "the disk is full" in detail
    assert str(small_card) in detail
    assert current(journal).tail_seq == seq > 100
    with pytest.raises(JournalUnusableError, match="the disk is full"):
        journal.poll()
    journal = reopened(journal)  # as the runner does, again and again, while the card is full
    assert journal.begun is None
    assert len(rows_of(everything(journal))) == seq
    acknowledged = seq
    journal.close()
    other = small_card / "other"
    # Other programs fill the rest, then make room again.
    with pytest.raises(OSError, match="No space"):
        other.write_bytes(b"x" * 400_000)
    journal = opened(small_card)
    failed = append_or_detail(journal, rows(seq + 1, 200))
    assert "the disk is full" in failed
    journal.close()
    other.unlink()
    journal = opened(small_card)
    assert len(rows_of(everything(journal))) == acknowledged
    journal.close()
    shutil.copytree(small_card, card / "larger")
    journal = opened(card / "larger")
    append(journal, rows(acknowledged + 1, 50))
    assert_whole(current(journal), everything(journal))
    journal.close()


def append_or_detail(journal: Journal, batch: tuple[Row, ...]) -> str:
    """Append; why it failed, or nothing."""
    (first, *_) = journal.execute(Append("journal", batch))
    return first.detail if isinstance(first, CommitFailed) else ""


def test_a_card_that_is_read_only_is_told(small_card: Path) -> None:
    journal = opened(small_card)
    append(journal, rows(1, 3))
    journal.close()
    assert os.system(f"mount -o remount,ro {small_card}") == 0
    with pytest.raises(JournalUnusableError, match="full, read-only or worn out"):
        opened(small_card)


def test_a_damaged_journal_on_a_full_card_waits_untouched(small_card: Path) -> None:
    journal = opened(small_card)
    append(journal, rows(1, 500))
    journal.close()
    path = small_card / "journal.db"
    flip(path, place_of(path, f'"{33:032x}"') + 5)
    before = path.read_bytes()
    blocker = small_card / "other"
    with pytest.raises(OSError, match="No space"):
        blocker.write_bytes(b"x" * 400_000)
    with pytest.raises(JournalUnusableError):
        opened(small_card)
    assert path.read_bytes() == before
    blocker.unlink()
    journal = opened(small_card, new_id=ids(2))
    assert len(rows_of(closed_items(journal))) == 499
    journal.close()
