from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from central.history import Continued, continue_journal
from drivers.contract import Row
from station.events import DoorClosed, DoorOpened, first_chain
from sync.contract import Events
from sync.outbox import Request, pack
from tests.sync.rows import JOURNAL, Ledger

CHANGES: list[dict[str, Any]] = [
    {"at_ms": 5},
    {"body": '{"a":1}'},
    {"kind": "X"},
    {"boot": "b"},
    {"steady_ms": -1},
    {"priority": 4},
]


def batch_of(ledger: Ledger, after_seq: int, last_seq: int) -> Events:
    items = [item for item in ledger.read_on(after_seq, 500) if not isinstance(item, Row) or item.seq <= last_seq]
    packed = pack(Request(ledger.journal, after_seq, last_seq, 500), items)
    assert packed is not None
    return Events.model_validate_json(packed.payload)


def rows_of(ledger: Ledger) -> dict[int, Row]:
    return {item.seq: item for item in ledger.items if isinstance(item, Row)}


def chain_at(ledger: Ledger, seq: int) -> bytes:
    return rows_of(ledger)[seq].chain if seq else first_chain(JOURNAL)


@given(st.integers(1, 30), st.data())
def test_any_batch_adds_what_is_missing_and_nothing_else(count: int, data: st.DataObject) -> None:
    ledger = Ledger()
    ledger.fill(count)
    stored = data.draw(st.integers(0, ledger.tail))
    after = data.draw(st.integers(0, ledger.tail - 1))
    last = data.draw(st.integers(after + 1, ledger.tail))
    rows = rows_of(ledger)
    known = {seq: row for seq, row in rows.items() if seq <= stored}
    went_on = continue_journal(stored, chain_at(ledger, stored), batch_of(ledger, after, last), known)
    assert went_on.conflict == ""
    if after > stored or last <= stored:
        assert went_on == Continued(stored, chain_at(ledger, stored))
    else:
        assert went_on.stored_seq == last
        assert went_on.head == chain_at(ledger, last)
        assert list(went_on.rows) == [rows[seq] for seq in range(stored + 1, last + 1)]


@given(st.integers(2, 12), st.data())
def test_one_changed_byte_anywhere_is_a_conflict_and_adds_nothing(count: int, data: st.DataObject) -> None:
    ledger = Ledger()
    ledger.fill(count)
    stored = data.draw(st.integers(0, ledger.tail))
    batch = batch_of(ledger, 0, ledger.tail)
    place = data.draw(st.integers(0, len(batch.items) - 1))
    changed = batch.items[place].model_copy(update=data.draw(st.sampled_from(CHANGES)))
    items = [*batch.items[:place], changed, *batch.items[place + 1 :]]
    known = {seq: row for seq, row in rows_of(ledger).items() if seq <= stored}
    went_on = continue_journal(stored, chain_at(ledger, stored), batch.model_copy(update={"items": items}), known)
    assert (went_on.rows, went_on.holes, went_on.stored_seq) == ((), (), stored)
    if place < stored:
        assert (went_on.conflict, went_on.conflict_seq) == ("other_bytes", place + 1)
    else:
        assert (went_on.conflict, went_on.conflict_seq) == ("other_chain", ledger.tail)


def test_a_history_that_parted_before_is_another_chain() -> None:
    ours, theirs = Ledger(), Ledger()
    ours.append(DoorOpened("door", "granted"), DoorOpened("door", "granted"))
    theirs.append(DoorClosed("door", 1), DoorOpened("door", "granted"), DoorOpened("door", "egress"))
    went_on = continue_journal(3, ours.head, batch_of(theirs, 3, 4), {})
    assert (went_on.conflict, went_on.conflict_seq) == ("other_chain", 4)


def test_rows_that_do_not_follow_each_other_are_refused() -> None:
    ledger = Ledger()
    ledger.fill(5)
    batch = batch_of(ledger, 0, 6)
    for items in (
        [batch.items[0], batch.items[2]],
        [batch.items[0], batch.items[0]],
        [batch.items[1], batch.items[0]],
        [batch.items[1]],
    ):
        went_on = continue_journal(0, first_chain(JOURNAL), batch.model_copy(update={"items": items}), {})
        assert (went_on.conflict, went_on.rows) == ("out_of_order", ())


def test_a_hole_carries_the_chain_on() -> None:
    ledger = Ledger()
    ledger.fill(9)
    ledger.drop(3, 6)
    went_on = continue_journal(0, first_chain(JOURNAL), batch_of(ledger, 0, 10), {})
    assert (went_on.stored_seq, went_on.head, len(went_on.rows)) == (10, ledger.head, 6)
    (hole,) = went_on.holes
    assert (hole.first_seq, hole.last_seq, hole.counts) == (3, 6, '{"DoorOpened": 4}')


def test_of_a_hole_over_stored_rows_only_the_rest_is_noted() -> None:
    ledger = Ledger()
    ledger.fill(9)
    rows = rows_of(ledger)
    ledger.drop(3, 6)
    known = {seq: row for seq, row in rows.items() if seq <= 4}
    went_on = continue_journal(4, rows[4].chain, batch_of(ledger, 2, 10), known)
    assert [(hole.first_seq, hole.last_seq) for hole in went_on.holes] == [(5, 6)]
    assert (went_on.stored_seq, went_on.head) == (10, ledger.head)


def test_a_hole_behind_a_gap_adds_nothing() -> None:
    ledger = Ledger()
    ledger.fill(9)
    ledger.drop(5, 6)
    assert continue_journal(2, chain_at(ledger, 2), batch_of(ledger, 4, 10), {}).stored_seq == 2
