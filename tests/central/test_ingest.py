from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    read_event,
)
from station.state import Recorded, fold, recorded_document
from station.trust.keys import Purpose, signing_key
from sync import contract
from sync.contract import Health, HoleSent, Status
from tests.central.house import ABOUT, NOW_MS, OTHER, POD, House
from tests.sync.rows import JOURNAL, OLD_JOURNAL, Ledger


def folded(ledger: Ledger) -> Recorded:
    recorded = Recorded()
    for row in ledger.items:
        assert isinstance(row, Row)
        event = read_event(row.kind, row.body)
        assert event is not None
        recorded = fold(recorded, event, row)
    return recorded


# ---------------------------------------------------------------- exactly once


def test_rows_are_stored_and_acknowledged_with_their_head(house: House) -> None:
    ledger = Ledger()
    ledger.fill(9)
    (word,) = house.words(house.take(house.batch(ledger)))
    assert (word.journal, word.seq, word.head, word.alarms_seen) == (JOURNAL, 10, ledger.head.hex(), [])
    assert house.stored(ledger) == ledger.items


def test_what_is_stored_already_is_passed_over(house: House) -> None:
    ledger = Ledger()
    ledger.fill(9)
    house.take(house.batch(ledger, last_seq=6))
    messages = house.batch(ledger, last_seq=6), house.batch(ledger, 2, 4), house.batch(ledger, 4)
    assert [house.words(house.take(message))[0].seq for message in messages] == [6, 6, 10]
    assert house.stored(ledger) == ledger.items
    assert house.conflicts() == []


def test_a_gap_is_never_acknowledged(house: House) -> None:
    ledger = Ledger()
    ledger.fill(9)
    house.take(house.batch(ledger, last_seq=3))
    (word,) = house.words(house.take(house.batch(ledger, 5)))
    assert word.seq == 3
    assert [row.seq for row in house.stored(ledger)] == [1, 2, 3]


def test_a_hole_is_stored_in_the_place_of_its_rows(house: House) -> None:
    ledger = Ledger()
    ledger.fill(9)
    ledger.drop(3, 6)
    (word,) = house.words(house.take(house.batch(ledger)))
    assert (word.seq, word.head) == (10, ledger.head.hex())
    assert [row.seq for row in house.stored(ledger)] == [1, 2, 7, 8, 9, 10]
    with house.store.read() as connection:
        (hole,) = connection.execute(sa.select(t.holes)).all()
    assert (hole.first_seq, hole.last_seq, json.loads(hole.counts)) == (3, 6, {"DoorOpened": 4})


def test_the_same_number_with_other_bytes_is_kept_apart_and_nothing_is_overwritten(house: House) -> None:
    ours, theirs = Ledger(), Ledger()
    ours.append(DoorOpened("door", "granted"), DoorOpened("door", "granted"))
    theirs.append(DoorOpened("door", "granted"), DoorClosed("door", 5), DoorOpened("door", "granted"))
    house.take(house.batch(ours))
    (word,) = house.words(house.take(house.batch(theirs)))
    assert (word.seq, word.head) == (3, ours.head.hex())
    assert house.stored(ours) == ours.items
    assert house.conflicts() == [(3, "other_bytes")]
    assert Change(POD, "conflict") in house.changes
    house.take(house.batch(theirs))
    assert len(house.conflicts()) == 1


def test_a_history_that_parted_is_a_conflict(house: House) -> None:
    ours, theirs = Ledger(), Ledger()
    ours.append(DoorOpened("door", "granted"))
    theirs.append(DoorClosed("door", 5), DoorOpened("door", "granted"))
    house.take(house.batch(ours))
    (word,) = house.words(house.take(house.batch(theirs, 2)))
    assert (word.seq, word.head) == (2, ours.head.hex())
    assert house.conflicts() == [(3, "other_chain")]


def test_many_messages_of_many_stations_are_one_commit(house: House) -> None:
    first, second = Ledger(), Ledger(OLD_JOURNAL)
    first.fill(99)
    second.fill(49)
    messages = [house.batch(first, after, after + 10) for after in range(0, 100, 10)]
    messages += [house.batch(second, after, after + 10, OTHER) for after in range(0, 50, 10)]
    answers = house.take(*messages[::2], *messages[1::2], *messages)
    assert [word.seq for word in house.words(answers)] == [100]
    assert [word.seq for word in house.words(answers, OTHER)] == [50]
    assert house.stored(first) == first.items
    assert house.stored(second, OTHER) == second.items


def test_the_same_journal_id_at_two_stations_is_two_journals(house: House) -> None:
    ledger = Ledger()
    house.take(house.batch(ledger))
    assert house.stored(ledger, OTHER) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 29), st.integers(1, 30), st.booleans()), max_size=12))
def test_in_whatever_order_batches_come_every_row_is_stored_once(
    small_house: House, batches: list[tuple[int, int, bool]]
) -> None:
    ledger = Ledger(f"{len(small_house.changes):032x}")  # a new journal for each example
    ledger.fill(29)
    waiting: list[Received] = []
    for after, count, together in batches:
        waiting.append(small_house.batch(ledger, after, min(30, after + count)))
        if not together:
            small_house.take(*waiting)
            waiting = []
    small_house.take(*waiting)
    stored = small_house.stored(ledger)
    assert stored == ledger.items[: len(stored)]
    small_house.take(small_house.batch(ledger))
    assert small_house.stored(ledger) == ledger.items


def test_nothing_is_acknowledged_that_was_not_committed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()
    ledger.fill(4)

    def fail(*_: Any) -> None:
        raise sa.exc.OperationalError("commit", {}, OSError("disk full"))

    with monkeypatch.context() as broken:
        broken.setattr("sqlalchemy.engine.Transaction.commit", fail)
        broken.setattr("sqlalchemy.engine.base.RootTransaction._do_commit", fail)
        with pytest.raises(sa.exc.OperationalError, match="disk full"):
            house.take(house.batch(ledger))
    assert house.stored(ledger) == []
    (word,) = house.words(house.take(house.batch(ledger)))
    assert word.seq == 5
    assert house.office.station(POD).state == folded(ledger)


# ---------------------------------------------------------------- signatures and shapes


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"signed_for": {"station": OTHER}}, "forged"),
        ({"signed_for": {"name": "up/alarm"}}, "forged"),
        ({"signed_for": {"purpose": "stored"}}, "forged"),
        ({"key": signing_key(bytes(32))}, "unknown_key"),
    ],
    ids=["for another station", "for another topic", "for another purpose", "by another key"],
)
def test_what_the_station_did_not_sign_for_this_is_counted_and_not_taken(
    small_house: House, wrong: dict[str, Any], reason: str
) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    assert small_house.take(small_house.signed(contract.EVENTS, good.payload, **wrong)) == []
    assert small_house.stored(ledger) == []
    assert small_house.faults() == {(POD, "up/events", reason): 1}


def test_without_its_signature_a_message_is_unsigned_and_changed_it_is_forged(small_house: House) -> None:
    good = small_house.batch(Ledger())
    changed = good.payload.replace(b'"seq":1', b'"seq":2')
    assert changed != good.payload
    for message in (
        replace(good, properties=()),
        replace(good, properties=good.properties[:1]),
        replace(good, properties=good.properties * 2),
        replace(good, payload=changed),
    ):
        assert small_house.take(message) == []
    assert small_house.faults() == {(POD, "up/events", "unsigned"): 3, (POD, "up/events", "forged"): 1}


def test_a_station_cannot_speak_for_another(small_house: House) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    moved = replace(good, topic=contract.address(OTHER, "up/events"))
    assert small_house.take(moved) == []
    assert small_house.faults() == {(OTHER, "up/events", "unknown_key"): 1}


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b"\xff", b'{"journal":"x"}', b"[" * 10_000])
def test_signed_nonsense_is_counted(small_house: House, payload: bytes) -> None:
    assert small_house.take(small_house.signed(contract.EVENTS, payload)) == []
    assert small_house.faults() == {(POD, "up/events", "bad_json"): 1}


def test_what_is_too_long_is_not_even_verified(small_house: House) -> None:
    long = small_house.signed(contract.HELLO, b"x" * (contract.HELLO.max_bytes + 1))
    assert small_house.take(long) == []
    assert small_house.faults() == {(POD, "up/hello", "too_long"): 1}


def test_one_bad_message_does_not_spoil_the_others(small_house: House) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    answers = small_house.take(replace(good, properties=()), good, replace(good, topic="nonsense"))
    assert [word.seq for word in small_house.words(answers)] == [1]


def test_unknown_and_removed_stations_are_not_taken(small_house: House) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    assert small_house.take(replace(good, topic=contract.address("pod-9", "up/events"))) == []
    with small_house.store.write() as transaction:
        transaction.connection.execute(sa.update(t.stations).values(removed_ms=1))
    assert small_house.take(good) == []
    assert small_house.faults() == {("", "", "unknown_station"): 2}


def test_a_removed_station_is_believed_for_a_few_seconds_at_most(small_house: House) -> None:
    ledger = Ledger()
    small_house.take(small_house.batch(ledger))
    with small_house.store.write() as transaction:
        transaction.connection.execute(sa.update(t.stations).values(removed_ms=1))
    small_house.now_ms += 10_000
    assert small_house.take(small_house.batch(ledger)) == []


def test_topics_of_the_desk_and_down_topics_are_not_taken(small_house: House) -> None:
    ledger = Ledger()
    for name in ("down/stored", "down/hello", "up/now/radar", "up/x"):
        message = replace(small_house.batch(ledger), topic=contract.address(POD, name))
        assert small_house.take(message) == []
    assert small_house.stored(ledger) == []


def test_the_ingest_holds_no_key_that_opens_a_door(small_house: House) -> None:
    signer = read_signer(small_house.folder.keys, [INGEST], small_house.ring)
    purposes = {small_house.ring.find(key.kid).purpose for key in signer.keys}
    assert purposes == {Purpose.STORED, Purpose.HELLO}


# ---------------------------------------------------------------- hello


def test_a_hello_is_answered_with_its_nonce_the_time_and_what_is_known(house: House) -> None:
    ledger, other = Ledger(), Ledger(OLD_JOURNAL, closed=True)
    ledger.fill(4)
    house.take(house.batch(ledger, last_seq=3))
    answer = house.hello_answer(house.take(house.hello(ledger, other, nonce="NONCE")))
    assert (answer.nonce, answer.office_ms) == ("NONCE", NOW_MS)
    known = {one.journal: (one.stored_seq, one.head) for one in answer.journals}
    third = ledger.items[2]
    assert isinstance(third, Row)
    assert known == {JOURNAL: (3, third.chain.hex()), OLD_JOURNAL: (0, first_chain(OLD_JOURNAL).hex())}
    assert answer.documents["ring"].version == 1
    assert set(answer.documents) == {"ring", "revoked"}
    view = house.office.station(POD)
    assert (view.journal, view.stored_seq, view.tail_seq, view.seen_ms) == (JOURNAL, 3, 5, NOW_MS)


def test_what_a_hello_says_counts_with_the_batch_before_it_in_the_same_commit(house: House) -> None:
    ledger = Ledger()
    answer = house.hello_answer(house.take(house.batch(ledger), house.hello(ledger)))
    assert answer.journals[0].stored_seq == 1


def test_an_old_hello_sent_again_does_not_turn_back_the_journal(house: House) -> None:
    old = Ledger(OLD_JOURNAL)
    before = house.hello(old)
    house.take(before)
    new = Ledger(parent=OLD_JOURNAL)
    old.closed = True
    house.take(house.hello(new, old))
    assert house.office.station(POD).journal == JOURNAL
    house.take(before)
    assert house.office.station(POD).journal == JOURNAL


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


def test_a_hole_over_nothing_is_refused(small_house: House) -> None:
    hole = HoleSent(first_seq=5, last_seq=4, counts={}, chain="0" * 32)
    payload = contract.Events(journal=JOURNAL, first_seq=5, items=[hole], head="0" * 32)
    (word,) = small_house.words(small_house.take(small_house.signed(contract.EVENTS, payload)))
    assert word.seq == 0
    assert small_house.conflicts() == [(5, "out_of_order")]
