"""What the ingest stores: every row exactly once, and what a hello is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central import tables as t
from central.ingest import Received
from central.views import Change
from drivers.contract import Row
from station.events import (
    DoorClosed,
    DoorOpened,
    first_chain,
)
from tests.central.house import NOW_MS, OTHER, POD, House, folded
from tests.sync.rows import JOURNAL, OLD_JOURNAL, Ledger

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
