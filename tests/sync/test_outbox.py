from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.history import continue_journal
from drivers.contract import Hole, Row
from station.events import DoorForced, DoorOpened, first_chain
from sync.contract import MAX_BATCH_BYTES, MAX_ROWS, Alarm, Events
from sync.outbox import (
    FIRST_PATIENCE_MS,
    HURRY_MS,
    MAX_ALARMS,
    MAX_CLOSED_LANES,
    MAX_PATIENCE_MS,
    OPEN_WINDOW,
    OVERDUE_MS,
    Alarms,
    Batch,
    Outbox,
    Request,
    pack,
)
from tests.sync.rows import JOURNAL, OLD_JOURNAL, Ledger


def send(outbox: Outbox, ledgers: list[Ledger], now_ms: int) -> list[Batch]:
    """Everything that the outbox lets go now."""
    by_name = {ledger.journal: ledger for ledger in ledgers}
    sent = []
    while request := outbox.wanted(now_ms):
        batch = pack(request, by_name[request.journal].read_on(request.after_seq, request.limit))
        assert batch is not None
        outbox.sent(batch, now_ms)
        sent.append(batch)
    return sent


def spans(batches: list[Batch]) -> list[tuple[int, int]]:
    return [(batch.first_seq, batch.last_seq) for batch in batches]


# ---------------------------------------------------------------- a batch


def test_a_batch_names_its_rows_and_the_chain_behind_them() -> None:
    ledger = Ledger()
    ledger.fill(4)
    batch = pack(Request(JOURNAL, 1, 5, 3), ledger.read_on(1, 3))
    assert batch is not None
    events = Events.model_validate_json(batch.payload)
    assert (events.first_seq, batch.last_seq) == (2, 4)
    fourth = ledger.items[3]
    assert isinstance(fourth, Row)
    assert events.head == fourth.chain.hex()
    assert json.loads(batch.payload) == json.loads(events.model_dump_json())


def test_a_batch_is_bounded_by_rows_and_bytes() -> None:
    ledger = Ledger()
    ledger.fill(2 * MAX_ROWS)
    many = pack(Request(JOURNAL, 0, ledger.tail, MAX_ROWS), ledger.items[:MAX_ROWS])
    assert many is not None
    assert many.last_seq <= MAX_ROWS
    assert len(many.payload) <= MAX_BATCH_BYTES

    wide = Ledger()
    wide.append(*(DoorOpened("door", "x" * 20_000) for _ in range(5)))
    some = pack(Request(JOURNAL, 0, wide.tail, MAX_ROWS), wide.items)
    assert some is not None
    assert some.last_seq == 4  # the first is small
    assert len(some.payload) <= MAX_BATCH_BYTES


def test_a_row_longer_than_a_batch_travels_alone() -> None:
    ledger = Ledger()
    ledger.append(DoorOpened("door", "门" * 40_000), DoorOpened("door", "granted"))
    batch = pack(Request(JOURNAL, 1, 3, MAX_ROWS), ledger.read_on(1, MAX_ROWS))
    assert batch is not None
    assert batch.first_seq == batch.last_seq == 2
    assert len(Events.model_validate_json(batch.payload).items) == 1


def test_holes_take_the_place_of_their_rows_even_where_the_cursor_stands_inside() -> None:
    ledger = Ledger()
    ledger.fill(9)
    ledger.drop(3, 6)
    whole = pack(Request(JOURNAL, 0, 10, MAX_ROWS), ledger.read_on(0, MAX_ROWS))
    inside = pack(Request(JOURNAL, 4, 10, MAX_ROWS), ledger.read_on(4, MAX_ROWS))
    assert whole is not None
    assert inside is not None
    assert spans([whole, inside]) == [(1, 10), (3, 10)]


@pytest.mark.parametrize("wrong", ["gap", "from the past", "past the tail", "double"])
def test_what_was_read_wrongly_is_never_sent(wrong: str) -> None:
    ledger = Ledger()
    ledger.fill(9)
    rows = {
        "gap": ledger.items[3:5],
        "from the past": ledger.items[0:5],
        "past the tail": ledger.items[2:10],
        "double": [ledger.items[2], ledger.items[2]],
    }[wrong]
    with pytest.raises(ValueError, match="was read after"):
        pack(Request(JOURNAL, 2, 9, MAX_ROWS), rows)


def test_nothing_read_is_no_batch() -> None:
    assert pack(Request(JOURNAL, 0, 5, 5), []) is None


# ---------------------------------------------------------------- windows, cursors, patience


def test_few_batches_are_in_flight_and_go_in_order() -> None:
    ledger = Ledger()
    ledger.fill(10 * MAX_ROWS)
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    first = send(outbox, [ledger], 0)
    assert len(first) == OPEN_WINDOW
    assert all(one.last_seq + 1 == other.first_seq for one, other in pairwise(first))
    assert outbox.wanted(1) is None

    ledger.cursor = first[1].last_seq  # a cumulative word about two of them
    outbox.learn([ledger.extent()])
    more = send(outbox, [ledger], 2)
    assert len(more) == 2
    assert more[0].first_seq == first[-1].last_seq + 1


def test_a_word_about_half_a_batch_counts() -> None:
    ledger = Ledger()
    ledger.fill(99)
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    assert spans(send(outbox, [ledger], 0)) == [(1, 100)]
    ledger.cursor = 60
    outbox.learn([ledger.extent()])
    assert outbox.waiting_rows() == 40
    assert send(outbox, [ledger], 1) == []
    assert spans(send(outbox, [ledger], FIRST_PATIENCE_MS)) == [(61, 100)]


def test_after_a_reconnect_everything_behind_the_cursor_goes_again() -> None:
    ledger = Ledger()
    ledger.fill(49)
    ledger.cursor = 20
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    assert spans(send(outbox, [ledger], 0)) == [(21, 50)]
    outbox.disconnected()
    assert spans(send(outbox, [ledger], 1)) == [(21, 50)]


def test_a_hello_may_lower_the_cursor() -> None:
    ledger = Ledger()
    ledger.fill(49)
    ledger.cursor = 50
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    assert send(outbox, [ledger], 0) == []
    ledger.cursor = 10
    outbox.learn([ledger.extent()])
    assert spans(send(outbox, [ledger], 1)) == [(11, 50)]


def test_patience_grows_and_a_sign_of_life_ends_that() -> None:
    ledger = Ledger()
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    now_ms, pauses = 0, []
    send(outbox, [ledger], now_ms)
    for _ in range(8):
        before = now_ms
        while not send(outbox, [ledger], now_ms):
            now_ms += 1_000
        pauses.append(now_ms - before)
    assert pauses[:3] == [FIRST_PATIENCE_MS, 2 * FIRST_PATIENCE_MS, 4 * FIRST_PATIENCE_MS]
    assert pauses[-1] == MAX_PATIENCE_MS
    now_ms += 60_000
    outbox.nudge(now_ms)
    assert not send(outbox, [ledger], now_ms + HURRY_MS - 1)
    assert send(outbox, [ledger], now_ms + HURRY_MS)
    assert send(outbox, [ledger], now_ms + HURRY_MS + FIRST_PATIENCE_MS)


def test_a_sign_of_life_does_not_send_again_what_is_just_being_stored() -> None:
    ledger = Ledger()
    ledger.fill(10 * MAX_ROWS)
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    now_ms = 0
    batches = send(outbox, [ledger], now_ms)
    sent = list(batches)
    while batches:  # every word takes two seconds
        now_ms += 2_000
        outbox.nudge(now_ms)
        ledger.cursor = batches[0].last_seq
        outbox.learn([ledger.extent()])
        more = send(outbox, [ledger], now_ms + HURRY_MS)
        sent += more
        batches = batches[1:] + more
    assert spans(sent) == sorted(set(spans(sent)))
    assert ledger.cursor == ledger.tail


@pytest.mark.parametrize("back_ms", [0, 1, OVERDUE_MS - 1, OVERDUE_MS])
def test_what_was_sent_just_before_a_sign_of_life_has_its_time_and_then_goes_again(back_ms: int) -> None:
    ledger = Ledger()
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    send(outbox, [ledger], 0)
    outbox.nudge(back_ms)
    assert not send(outbox, [ledger], OVERDUE_MS + HURRY_MS - 1)
    assert send(outbox, [ledger], OVERDUE_MS + HURRY_MS)


def test_what_was_sent_after_a_sign_of_life_is_not_hurried() -> None:
    ledger = Ledger()
    outbox = Outbox()
    outbox.learn([ledger.extent()])
    outbox.nudge(0)
    send(outbox, [ledger], 1)
    assert not send(outbox, [ledger], FIRST_PATIENCE_MS)
    assert send(outbox, [ledger], FIRST_PATIENCE_MS + 1)


def test_a_journal_that_cannot_be_read_is_left_alone_for_a_moment() -> None:
    old, ledger = Ledger(OLD_JOURNAL, closed=True), Ledger()
    outbox = Outbox()
    outbox.learn([old.extent(), ledger.extent()])
    request = outbox.wanted(0)
    assert request is not None
    outbox.unreadable(request, 0)
    other = outbox.wanted(0)
    assert other is not None
    assert other.journal != request.journal


def test_a_closed_journal_drains_beside_the_open_one() -> None:
    old, ledger = Ledger(OLD_JOURNAL, closed=True), Ledger(parent=OLD_JOURNAL)
    old.fill(5 * MAX_ROWS)
    ledger.fill(5 * MAX_ROWS)
    outbox = Outbox()
    outbox.learn([old.extent(), ledger.extent()])
    sent = send(outbox, [old, ledger], 0)
    assert [batch.journal for batch in sent].count(OLD_JOURNAL) == 1
    assert [batch.journal for batch in sent].count(JOURNAL) == OPEN_WINDOW


def test_an_old_journal_that_never_gets_through_holds_nothing_up() -> None:
    stuck, ledger = Ledger(OLD_JOURNAL, closed=True), Ledger()
    outbox = Outbox()
    now_ms = 0
    for _ in range(50):
        ledger.fill(10)
        outbox.learn([stuck.extent(), ledger.extent()])
        for batch in send(outbox, [stuck, ledger], now_ms):
            if batch.journal == JOURNAL:
                ledger.cursor = batch.last_seq
        now_ms += 1_000
    assert ledger.cursor == ledger.tail


def test_of_many_closed_journals_a_few_drain_at_a_time_and_all_in_the_end() -> None:
    many = [Ledger(f"{number:032x}", closed=True) for number in range(20)]
    outbox = Outbox()
    drained: set[str] = set()
    for now_ms in range(40):
        outbox.learn([ledger.extent() for ledger in many if ledger.cursor < ledger.tail])
        batches = send(outbox, many, now_ms)
        assert len(batches) <= MAX_CLOSED_LANES
        for batch in batches:
            next(ledger for ledger in many if ledger.journal == batch.journal).cursor = batch.last_seq
            drained.add(batch.journal)
    assert len(drained) == 20


def test_nothing_goes_past_the_tail_that_was_told() -> None:
    ledger = Ledger()
    ledger.fill(5)
    outbox = Outbox()
    outbox.learn([replace(ledger.extent(), tail_seq=3)])
    request = outbox.wanted(0)
    assert request == Request(JOURNAL, 0, 3, 3)
    with pytest.raises(ValueError, match="tail 3"):
        outbox.sent(Batch(JOURNAL, 1, 6, b""), 0)


# ---------------------------------------------------------------- against a wire that loses, doubles and reorders

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 40)),
        st.tuples(st.just("hole"), st.integers(0, 30)),
        st.tuples(st.just("send"), st.integers(0, 20_000)),
        st.tuples(st.just("deliver"), st.integers(0, 5)),
        st.tuples(st.just("double"), st.integers(0, 5)),
        st.tuples(st.just("lose"), st.integers(0, 5)),
        st.tuples(st.just("word"), st.just(0)),
        st.tuples(st.just("reconnect"), st.just(0)),
        st.tuples(st.just("restore"), st.integers(0, 60)),
    ),
    max_size=40,
)


def span(item: Row | Hole) -> tuple[int, int]:
    return (item.seq, item.seq) if isinstance(item, Row) else (item.first_seq, item.last_seq)


class Model:
    """A station with one journal, an office that stores it, and a wire between them."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.outbox = Outbox()
        self.now_ms = 0
        self.wire: list[bytes] = []
        self.history: list[tuple[int, bytes, list[Row | Hole]]] = [(0, first_chain(JOURNAL), [])]
        self.outbox.learn([self.ledger.extent()])

    def step(self, what: str, amount: int) -> None:
        match what:
            case "append":
                self.ledger.fill(amount)
                self.outbox.learn([self.ledger.extent()])
            case "hole":
                self.hole(amount)
            case "send":
                self.now_ms += amount
                batches = send(self.outbox, [self.ledger], self.now_ms)
                assert len(batches) <= OPEN_WINDOW
                self.wire += [batch.payload for batch in batches]
            case "deliver" if amount < len(self.wire):
                self.deliver(self.wire.pop(amount))
            case "double" if amount < len(self.wire):
                self.deliver(self.wire[amount])
            case "lose" if amount < len(self.wire):
                del self.wire[amount]
            case "word":
                self.ledger.cursor = max(self.ledger.cursor, self.stored[0])
                self.outbox.learn([self.ledger.extent()])
            case "reconnect":
                self.hello()
            case "restore":
                # The office comes back from an older copy; only a hello tells the station.
                self.history = self.history[: max(1, len(self.history) - amount)]
                self.hello()
            case _:
                pass

    @property
    def stored(self) -> tuple[int, bytes, list[Row | Hole]]:
        return self.history[-1]

    def hello(self) -> None:
        self.wire.clear()
        self.outbox.disconnected()
        self.ledger.cursor = self.stored[0]
        self.outbox.learn([self.ledger.extent()])

    def hole(self, amount: int) -> None:
        first = next((item.seq for item in self.ledger.items if isinstance(item, Row) and item.seq > 1), None)
        if first is not None:
            last = first
            while last < first + amount and last + 1 <= self.ledger.tail:
                last += 1
            self.ledger.drop(first, last)

    def deliver(self, payload: bytes) -> None:
        batch = Events.model_validate_json(payload)
        seq, head, items = self.stored
        rows = {item.seq: item for item in items if isinstance(item, Row)}
        went_on = continue_journal(seq, head, batch, rows)
        assert went_on.conflict == ""
        new: list[Row | Hole] = [*went_on.rows]
        new += [Hole(hole.first_seq, hole.last_seq, {}, hole.chain) for hole in went_on.holes]
        self.history.append((went_on.stored_seq, went_on.head, [*items, *new]))


@settings(max_examples=300)
@given(STEPS)
def test_nothing_is_lost_doubled_or_reordered_whatever_the_wire_does(steps: list[tuple[str, int]]) -> None:
    model = Model()
    for what, amount in steps:
        model.step(what, amount)
        assert model.stored[0] <= model.ledger.tail
    for _ in range(20):  # a wire that works again
        model.step("reconnect", 0)
        model.step("send", 1)
        while model.wire:
            model.step("deliver", 0)
        model.step("word", 0)
    seq, head, items = model.stored
    assert (seq, head) == (model.ledger.tail, model.ledger.head)
    places = sorted(
        (item.seq, item.seq) if isinstance(item, Row) else (item.first_seq, item.last_seq) for item in items
    )
    assert places[0][0] == 1
    assert all(one[1] + 1 == other[0] for one, other in pairwise(places))
    kept = {item.seq: item for item in model.ledger.items if isinstance(item, Row)}
    assert all(kept[item.seq] == item for item in items if isinstance(item, Row) and item.seq in kept)


# ---------------------------------------------------------------- alarms


def test_an_alarm_goes_at_once_and_again_until_its_row_is_stored() -> None:
    ledger = Ledger()
    row = ledger.append(DoorForced("door"))
    alarms = Alarms()
    alarms.add(JOURNAL, row, 0)
    payload = alarms.due(0)
    assert payload is not None
    assert Alarm.model_validate_json(payload).row.row() == replace(row, chain=b"")
    assert alarms.due(1) is None
    assert [now_ms for now_ms in range(0, 200_000, 1_000) if alarms.due(now_ms)] == [
        5_000,
        15_000,
        35_000,
        75_000,
        135_000,
        195_000,
    ]

    ledger.cursor = row.seq
    alarms.learn([ledger.extent()])
    assert alarms.due(10**9) is None


def test_alarms_are_bounded_and_the_newest_stay() -> None:
    ledger = Ledger()
    alarms = Alarms()
    for _ in range(MAX_ALARMS + 10):
        alarms.add(JOURNAL, ledger.append(DoorForced("door")), 0)
    seqs = []
    while payload := alarms.due(0):
        seqs.append(Alarm.model_validate_json(payload).row.seq)
    assert seqs == list(range(12, MAX_ALARMS + 12))


def test_a_new_connection_tells_every_alarm_again() -> None:
    ledger = Ledger()
    alarms = Alarms()
    alarms.add(JOURNAL, ledger.append(DoorForced("door")), 0)
    assert alarms.due(0)
    alarms.connected(10)
    assert alarms.due(10)
