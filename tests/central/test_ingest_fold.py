"""The station's own fold at the office, and what is only shown: alarms, health, status."""

from __future__ import annotations

import json
from dataclasses import replace

import sqlalchemy as sa

from central import tables as t
from central.ingest import Received
from central.keys import INGEST, read_signer
from central.views import Change
from drivers.contract import Row
from station.events import (
    AlarmRaised,
    DoorClosed,
    DoorForced,
    DoorOpened,
    JournalBegun,
    Snapshot,
    first_chain,
    next_chain,
)
from station.state import Recorded, recorded_document
from sync import contract
from sync.contract import Health, Status
from tests.central.house import ABOUT, NOW_MS, OTHER, POD, House, folded
from tests.sync.rows import JOURNAL, OLD_JOURNAL, Ledger

# ---------------------------------------------------------------- the fold


def test_the_office_sees_the_station_s_own_fold(house: House) -> None:
    ledger = Ledger()
    ledger.append(DoorOpened("door", "granted"), AlarmRaised("sos", "sos", "button"))
    house.take(house.batch(ledger))
    ledger.append(DoorClosed("door", 900))
    house.take(house.batch(ledger, 3))
    state = house.office.station(POD).state
    assert state == folded(ledger)
    assert state is not None
    assert (state.doors["door"].open, set(state.alarms)) == (False, {"sos"})


def test_a_new_ingest_goes_on_from_the_database(house: House) -> None:
    ledger = Ledger()
    ledger.fill(3)
    house.take(house.batch(ledger, last_seq=2))
    house.ingest = type(house.ingest)(house.store, read_signer(house.folder.keys, [INGEST], house.ring))
    house.take(house.batch(ledger, 2))
    assert house.office.station(POD).state == folded(ledger)


def test_a_state_of_another_version_is_folded_anew(house: House) -> None:
    ledger = Ledger()
    ledger.fill(3)
    house.take(house.batch(ledger, last_seq=2))
    with house.store.write() as transaction:
        transaction.connection.execute(sa.update(t.states).values(state='{"no":"such"}', shape="other"))
    assert house.office.station(POD).state is None
    house.take(house.batch(ledger, 2))
    assert house.office.station(POD).state == folded(ledger)


def test_with_another_version_a_draining_journal_is_not_mistaken_for_the_open_one(house: House) -> None:
    old, new = Ledger(OLD_JOURNAL), Ledger()
    old.fill(3)
    new.fill(1)
    house.take(house.batch(old, last_seq=2))
    house.take(house.batch(new), house.hello(new))
    with house.store.write() as transaction:
        transaction.connection.execute(sa.update(t.states).values(shape="other"))
    house.take(house.batch(old, 2))
    assert house.office.station(POD).state == folded(new)
    with house.store.write() as transaction:
        transaction.connection.execute(sa.update(t.states).values(shape="other"))
    house.take(house.hello(new))
    assert house.office.station(POD).state == folded(new)


def test_an_unknown_kind_and_an_unreadable_row_are_stored_and_not_folded(house: House) -> None:
    ledger = Ledger()
    ledger.append(DoorOpened("door", "granted"))
    good = house.batch(ledger)
    for old, new in ((b'"DoorOpened"', b'"SomethingNew"'), (rb"\"service\":\"door\"", rb"\"service\":[1]")):
        events = json.loads(good.payload.replace(old, new))
        items = [contract.RowSent.model_validate(item) for item in events["items"]]
        changed = Ledger(f"{len(house.changes):032x}")
        changed.items, changed.head = [], first_chain(changed.journal)
        for item in items:
            raw(changed, item.kind, item.body)
        house.take(house.batch(changed))
        assert house.stored(changed) == changed.items


def raw(ledger: Ledger, kind: str, body: str) -> None:
    """Append a row that no event of this version gives."""
    ledger.fill(1)
    row = ledger.items.pop()
    assert isinstance(row, Row)
    before = ledger.items[-1].chain if ledger.items else first_chain(ledger.journal)
    row = replace(row, kind=kind, body=body, chain=b"")
    ledger.head = next_chain(before, row)
    ledger.items.append(replace(row, chain=ledger.head))


def test_a_new_journal_takes_over_and_the_old_one_drains_beside_it(house: House) -> None:
    old = Ledger(OLD_JOURNAL)
    old.append(DoorOpened("door", "granted"), DoorClosed("door", 1), DoorOpened("door", "granted"))
    house.take(house.batch(old, last_seq=2))
    new = Ledger()
    new.items, new.head = [], first_chain(JOURNAL)
    begun = JournalBegun(JOURNAL, OLD_JOURNAL, 4, old.head.hex(), "damaged", amnesia_at_ms=NOW_MS)
    new.append(begun, Snapshot(recorded_document(Recorded(journal=JOURNAL, amnesia_at_ms=NOW_MS))))
    house.take(house.batch(new))
    assert house.office.station(POD).state == folded(new)
    (word,) = house.words(house.take(house.batch(old, 2)))
    assert (word.journal, word.seq) == (OLD_JOURNAL, 4)
    assert house.office.station(POD).state == folded(new)
    new.append(DoorOpened("door", "granted"))
    house.take(house.batch(new, 2))
    assert house.office.station(POD).state == folded(new)


def test_a_journal_without_its_parent_takes_over_with_the_hello(house: House) -> None:
    old, new = Ledger(OLD_JOURNAL), Ledger()
    old.fill(2)
    new.fill(1)
    house.take(house.batch(old), house.hello(old))
    house.take(house.batch(new))
    assert house.office.station(POD).state == folded(old)
    house.take(house.hello(new))
    assert house.office.station(POD).state == folded(new)


# ---------------------------------------------------------------- alarms and hints


def test_an_alarm_is_shown_at_once_and_never_folded_or_counted(house: House) -> None:
    ledger = Ledger()
    ledger.fill(5)
    row = ledger.append(DoorForced("door"))
    (word,) = house.words(house.take(house.alarm(ledger, row)))
    assert (word.seq, word.alarms_seen) == (0, [7])
    (shown,) = house.office.alarms()
    assert (shown.station, shown.seq, shown.kind, shown.stored, shown.body) == (
        POD,
        7,
        "DoorForced",
        False,
        {"service": "door"},
    )
    assert house.office.last_events(None) == []
    assert house.office.station(POD).state is None
    assert Change(POD, "alarm") in house.changes


def test_an_alarm_repeated_or_stored_is_shown_once(house: House) -> None:
    ledger = Ledger()
    row = ledger.append(DoorForced("door"))
    house.take(house.alarm(ledger, row))
    house.take(house.alarm(ledger, row))
    (word,) = house.words(house.take(house.batch(ledger)))
    assert word.alarms_seen == []
    house.take(house.alarm(ledger, row))
    shown = [(view.seq, view.stored) for view in house.office.alarms() if view.kind == "DoorForced"]
    assert shown == [(2, True)]


def test_health_is_kept_unless_it_is_older(house: House) -> None:
    def tell(tail_seq: int, counter: int, light: str, journal: str = JOURNAL) -> None:
        told = Health(journal=journal, tail_seq=tail_seq, counter=counter, document={"light": light})
        house.take(house.signed(contract.HEALTH, told))

    for tail_seq, counter, light, journal, seen in (
        (5, 1, "ok", JOURNAL, "ok"),
        (5, 2, "look", JOURNAL, "look"),
        (5, 1, "ok", JOURNAL, "look"),
        (4, 9, "ok", JOURNAL, "look"),
        (6, 1, "act", JOURNAL, "act"),
        (1, 1, "ok", OLD_JOURNAL, "ok"),
    ):
        tell(tail_seq, counter, light, journal)
        health = house.office.station(POD).health
        assert health is not None
        assert health["light"] == seen


def test_status_is_a_hint_and_a_station_that_comes_back_is_told_where_the_office_stands(house: House) -> None:
    def status(*, online: bool) -> Received:
        payload = Status(online=online).model_dump_json().encode()
        return Received(contract.address(POD, "up/status"), payload, (), NOW_MS)

    assert house.take(status(online=True)) == []
    assert house.office.station(POD).online is True
    assert house.office.station(POD).seen_ms is None
    ledger = Ledger()
    house.take(house.batch(ledger), house.hello(ledger))
    assert house.take(status(online=False)) == []
    assert house.office.station(POD).online is False
    (word,) = house.words(house.take(status(online=True)))
    assert word.seq == 1


def test_the_newest_rows_come_first_for_one_station_and_for_all(house: House) -> None:
    first, second = Ledger(), Ledger(OLD_JOURNAL)
    house.take(house.batch(first))
    house.take(house.batch(second, station=OTHER))
    first.append(DoorOpened("door", "granted"))
    house.take(house.batch(first, 1))
    assert [(view.station, view.seq) for view in house.office.last_events(None)] == [(POD, 2), (OTHER, 1), (POD, 1)]
    assert [view.seq for view in house.office.last_events(POD)] == [2, 1]
    newest = house.office.last_events(POD, 1)[0]
    assert (newest.kind, newest.body) == ("DoorOpened", {"service": "door", "cause": "granted"})


def test_stations_are_listed_with_what_people_read(house: House) -> None:
    views = house.office.stations()
    assert [view.id for view in views] == [POD, OTHER]
    assert (views[0].name.zh, views[0].colour, views[0].help_phone) == ("阅山房", "orange", "0760-1")
    assert [service.name for service in views[0].services] == [service.name for service in ABOUT.services]
