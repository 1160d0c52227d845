"""Minutes worked and points spent are counted with the rows that tell of them: each exactly once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from central import tables as t
from central.ingest import Ingest
from central.keys import INGEST, read_signer
from central.points import FILLED, MAX_ROW_POINTS, MAX_SHIFT_MINUTES
from central.store import open_store
from station.events import Event
from tests.central.house import OTHER, POD, House
from tests.central.points_told import ANNA, returned, spent, table, worked
from tests.sync.rows import OLD_JOURNAL, Ledger

BERT = "b" * 32
ORDER = "0f" * 16
ROWS: tuple[Event, ...] = (worked(ANNA, 95), spent(ANNA, 4), spent(ANNA, 3, ORDER), returned(ANNA, 3, ORDER))


def forget(house: House, *, tables: bool = True) -> None:
    """Make the database one of before there were points."""
    with house.store.write() as transaction:
        transaction.connection.execute(sa.delete(t.meta).where(t.meta.c.name == FILLED))
        if tables:
            for name in (t.points, t.reserved_points):
                name.drop(transaction.connection)
            t.passes_by_person.drop(transaction.connection)


def test_what_was_worked_and_spent_is_summed_by_station_and_holder(house: House) -> None:
    ledger, elsewhere = Ledger(), Ledger(OLD_JOURNAL)
    ledger.append(*ROWS, worked(ANNA, 30), worked(ANNA, 480, "forgotten"), spent(BERT, 1))
    elsewhere.append(worked(ANNA, 7))
    house.take(house.batch(ledger, last_seq=3), house.batch(elsewhere, station=OTHER))
    house.take(house.batch(ledger, 3))
    assert table(house.store) == {(POD, ANNA): (125, 4), (POD, BERT): (0, 1), (OTHER, ANNA): (7, 0)}


def test_rows_that_come_again_count_once(house: House) -> None:
    ledger = Ledger()
    ledger.append(*ROWS)
    house.take(house.batch(ledger, last_seq=3), house.batch(ledger))
    house.take(house.batch(ledger), house.batch(ledger, 2))
    assert table(house.store) == {(POD, ANNA): (95, 4)}


def test_a_journal_that_was_set_aside_counts_too(house: House) -> None:
    old, new = Ledger(OLD_JOURNAL, closed=True), Ledger(parent=OLD_JOURNAL)
    old.append(worked(ANNA, 60))
    new.append(worked(ANNA, 30))
    house.take(house.batch(new), house.hello(old, new))
    house.take(house.batch(old))
    assert table(house.store) == {(POD, ANNA): (90, 0)}


def test_what_was_not_stored_is_not_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()
    ledger.append(*ROWS)
    with monkeypatch.context() as broken:
        broken.setattr(house.ingest, "_say_stored", lambda _group: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.take(house.batch(ledger))
    assert table(house.store) == {}
    house.take(house.batch(ledger))
    assert table(house.store) == {(POD, ANNA): (95, 4)}


@pytest.mark.parametrize(
    "bad",
    [
        worked(ANNA, -60),
        worked(ANNA, MAX_SHIFT_MINUTES + 1),
        spent(ANNA, -5),
        spent(ANNA, MAX_ROW_POINTS + 1),
        spent(ANNA, 2**80),
        returned(ANNA, -5),
        worked("an\0na", 60),
        worked("", 60),
    ],
)
def test_a_row_that_cannot_be_is_stored_and_not_counted(
    house: House, bad: Event, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    ledger.append(bad, spent(BERT, 1, "an\0order"))
    (word,) = house.words(house.take(house.batch(ledger)))
    assert word.seq == 3
    assert table(house.store) == {(POD, BERT): (0, 1)}
    assert f"{POD}: a row of kind {type(bad).__name__} cannot be" in caplog.text


# ---------------------------------------------------------------- older databases


def test_an_older_copy_of_the_database_loses_and_doubles_nothing(small_house: House) -> None:
    house, ledger = small_house, Ledger()
    ledger.append(*ROWS)
    house.take(house.batch(ledger, last_seq=3))
    copy = house.folder.path / "copy.db"
    with closing(sqlite3.connect(house.folder.path / "office.db")) as now, closing(sqlite3.connect(copy)) as kept:
        now.backup(kept)
    ledger.append(worked(ANNA, 5), spent(BERT, 2))
    house.take(house.batch(ledger, 3))
    with closing(open_store(f"sqlite:///{copy}")) as store:
        assert table(store) == {(POD, ANNA): (95, 4)}
        Ingest(store, read_signer(house.folder.keys, [INGEST], house.ring)).receive_all([house.batch(ledger, 1)])
        assert table(store) == table(house.store) == {(POD, ANNA): (100, 4), (POD, BERT): (0, 2)}


def test_a_database_of_before_is_counted_once(house: House) -> None:
    ledger = Ledger()
    ledger.append(*ROWS, worked(ANNA, -1))
    house.take(house.batch(ledger))
    forget(house)
    for _ in range(2):
        with closing(open_store(house.url)) as store:
            assert table(store) == {(POD, ANNA): (95, 4)}
            with store.read() as connection:
                indexes = sa.inspect(connection).get_indexes("passes")
            assert t.passes_by_person.name in {index["name"] for index in indexes}
    ledger.append(worked(ANNA, 10))
    house.take(house.batch(ledger, 6))
    assert table(house.store) == {(POD, ANNA): (105, 4)}


def test_two_processes_that_open_a_database_of_before_count_it_once(house: House) -> None:
    ledger = Ledger()
    ledger.append(*ROWS)
    house.take(house.batch(ledger))
    forget(house, tables=False)
    begin = Barrier(4)

    def open_it() -> None:
        begin.wait()
        open_store(house.url).close()

    threads = [Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert table(house.store) == {(POD, ANNA): (95, 4)}
