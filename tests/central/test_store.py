from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from central import tables as t
from central.store import HoleRecord, JournalRecord, StateRecord, Store, StoreFault, open_store
from drivers.contract import Row
from station.events import DoorForced, first_chain
from tests.central.house import NOW_MS, OTHER, POD, House
from tests.sync.rows import JOURNAL, Ledger


def add_stations(store: Store) -> None:
    with store.write() as transaction:
        for station in (POD, OTHER):
            values = {"public_key": b"k", "about": "{}", "added_ms": 0}
            transaction.put(t.stations, {"station": station, **values}, keys=("station",))


def test_rows_come_back_byte_for_byte(house: House) -> None:
    ledger = Ledger()
    body = '{"zh":"门 \\u0000 \\"","n":1.0,"e":1e2}'
    row = Row(2, -5, "b", 2**52, ledger.items[0].priority, "Кind", body, bytes(range(16)))  # type: ignore[union-attr]
    with house.store.write() as transaction:
        journal = transaction.journals([(POD, JOURNAL)])[POD, JOURNAL]
        transaction.append([(journal.id, row)], [], [], NOW_MS)
    assert house.stored(ledger) == [row]


def test_a_new_journal_begins_empty_and_stays_itself(house: House) -> None:
    keys = [(station, journal) for station in (POD, OTHER) for journal in (JOURNAL, "0" * 32)]
    with house.store.write() as transaction:
        first = transaction.journals(keys)
    assert len({record.id for record in first.values()}) == 4
    assert first[POD, JOURNAL].head == first_chain(JOURNAL)
    with house.store.write() as transaction:
        assert transaction.journals(reversed(keys)) == first


def test_the_same_row_is_never_stored_twice(house: House) -> None:
    row = Ledger().append(DoorForced("door"))
    with house.store.write() as transaction:
        journal = transaction.journals([(POD, JOURNAL)])[POD, JOURNAL]
        transaction.append([(journal.id, row)], [], [], NOW_MS)
    with pytest.raises(sa.exc.IntegrityError), house.store.write() as transaction:
        transaction.append([(journal.id, row)], [], [], NOW_MS)


def test_what_fails_leaves_nothing(house: House) -> None:
    row = Ledger().append(DoorForced("door"))

    def fail() -> None:
        with house.store.write() as transaction:
            journal = transaction.journals([(POD, JOURNAL)])[POD, JOURNAL]
            transaction.append([(journal.id, row)], [], [], NOW_MS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert house.stored(Ledger()) == []


def test_a_copy_of_an_alarm_goes_when_its_row_is_stored_and_stays_in_a_hole(house: House) -> None:
    ledger = Ledger()
    first, second = ledger.append(DoorForced("door")), ledger.append(DoorForced("door"))
    with house.store.write() as transaction:
        journal = transaction.journals([(POD, JOURNAL)])[POD, JOURNAL]
        assert transaction.alarm(journal.id, first, NOW_MS)
        assert not transaction.alarm(journal.id, first, NOW_MS + 5)
        assert transaction.alarm(journal.id, second, NOW_MS)
        assert transaction.alarms_seen([journal.id], 10) == {journal.id: [2, 3]}
        assert transaction.alarms_seen([journal.id], 1) == {journal.id: [2]}
        hole = HoleRecord(1, 2, "{}", bytes(16))
        done = JournalRecord(journal.id, POD, JOURNAL, 3, bytes(16), 3, closed=False)
        transaction.append([(journal.id, second)], [(journal.id, hole)], [done], NOW_MS)
        assert transaction.alarms_seen([journal.id], 10) == {journal.id: [2]}
        assert transaction.journals([(POD, JOURNAL)])[POD, JOURNAL].stored_seq == 3


def test_conflicts_are_bounded_and_never_overwritten(house: House) -> None:
    with house.store.write() as transaction:
        journal = transaction.journals([(POD, JOURNAL)])[POD, JOURNAL]
        assert transaction.conflict(journal.id, 5, "other_bytes", "first", "a", NOW_MS)
        assert not transaction.conflict(journal.id, 5, "other_bytes", "again", "a", NOW_MS)
        new = [transaction.conflict(journal.id, 5, "other_bytes", "", str(number), NOW_MS) for number in range(200)]
        assert new.count(True) == 99
        came = transaction.connection.execute(sa.select(t.conflicts.c.came).where(t.conflicts.c.sha256 == "a")).scalar()
        assert came == "first"


def test_hints_and_states_are_overwritten_field_by_field(house: House) -> None:
    with house.store.write() as transaction:
        journal = transaction.journals([(POD, JOURNAL)])[POD, JOURNAL]
        assert transaction.hints(POD) == {}
        transaction.hint(POD, online=True)
        transaction.seen([POD, OTHER], NOW_MS)
        transaction.hint(POD, open_journal=journal.id)
        hints = transaction.hints(POD)
        assert (hints["online"], hints["seen_ms"], hints["open_journal"]) == (True, NOW_MS, journal.id)
        assert transaction.hints(OTHER)["online"] is None
        assert transaction.state_place(POD) is None
        for seq in (1, 9):
            transaction.keep_state(POD, StateRecord(journal.id, seq, f'{{"n":{seq}}}', "shape"))
        assert transaction.state_place(POD) == (journal.id, 9, "shape")
        assert transaction.state_text(POD) == '{"n":9}'


def test_a_database_of_another_version_is_not_touched(database_url: str) -> None:
    open_store(database_url).close()
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.update(t.meta).values(value="99"))
    engine.dispose()
    with pytest.raises(StoreFault, match="schema 99"):
        open_store(database_url)


def test_a_database_that_is_not_there_says_so_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="cannot be used"):
        open_store(f"sqlite:///{tmp_path}/no/such/folder/office.db")
    with pytest.raises(StoreFault) as told:
        open_store("postgresql+psycopg://office:secret@127.0.0.1:1/office?connect_timeout=2")
    assert "secret" not in str(told.value)
    with pytest.raises(StoreFault, match="unreadable URL"):
        open_store("nonsense")


def test_sqlite_keeps_what_it_has_committed(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/office.db")
    add_stations(store)
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()
    again = open_store(f"sqlite:///{tmp_path}/office.db")
    with again.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.stations)).scalar() == 2
    again.close()
