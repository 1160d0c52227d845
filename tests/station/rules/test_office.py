"""Hellos, acknowledgements and documents: what the office may do to a station, and what nobody else may."""

import json
from dataclasses import replace

import pytest

from drivers.contract import (
    Answer,
    Asked,
    Committed,
    DeviceDown,
    Drain,
    Greet,
    JournalDiverged,
    JournalExtent,
    KeepDocument,
    LinkDown,
    LinkUp,
    MoveCursor,
    SendHealth,
    SetAside,
    SetClock,
    TimePassed,
)
from station.events import DocumentsConfirmed, DocumentTaken, MessageForged
from station.rules.health import LOOK_EVERY_MS
from station.state import Recorded, Recovered
from station.trust.refusal import Reason
from station.trust.ring import Purpose, Ring, write_ring
from tests.station.rules.desk import (
    JOURNAL,
    KEYS,
    RING,
    RING_DOCUMENT,
    ROOTS,
    SECRET,
    WALL_MS,
    Desk,
    at_once,
    private,
    revoked,
    waiting,
)

HEAD = bytes(range(16))


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.begin()
    desk.feed(Committed((JournalExtent(JOURNAL, 1, 50, HEAD, 10),)))
    desk.events.clear()
    return desk


def stored(desk: Desk, seq: int, *, key: Purpose = Purpose.STORED, retained: bool = False) -> list[object]:
    payload = json.dumps({"journal": JOURNAL, "seq": seq, "head": HEAD.hex(), "alarms_seen": []}).encode()
    return list(at_once(desk.send("stored", payload, key=KEYS[key], retained=retained), MoveCursor))


# ---------------------------------------------------------------- acknowledgements


def test_an_acknowledgement_moves_the_cursor_up(desk: Desk) -> None:
    assert stored(desk, 40) == [MoveCursor("journal", JOURNAL, 40, HEAD)]


@pytest.mark.parametrize("seq", [0, 5, 10, 51, 10_000])
def test_never_down_and_never_beyond_what_is_here(desk: Desk, seq: int) -> None:
    assert stored(desk, seq) == []


@pytest.mark.parametrize("key", [Purpose.HELLO, Purpose.ORDER, Purpose.PASS, Purpose.OPERATE])
def test_a_key_of_another_purpose_acknowledges_nothing(desk: Desk, key: Purpose) -> None:
    assert stored(desk, 40, key=key) == []
    assert [event.reason for event in desk.told(MessageForged)] == [Reason.WRONG_PURPOSE]


def test_a_retained_acknowledgement_is_refused(desk: Desk) -> None:
    assert stored(desk, 40, retained=True) == []


def test_an_unsigned_one_is_told_once_and_then_counted(desk: Desk) -> None:
    for _ in range(5):
        assert at_once(desk.send("stored", b"{}"), MoveCursor) == []
    assert [event.reason for event in desk.told(MessageForged)] == [Reason.UNSIGNED]


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"journal": 5}', b'{"seq": "x"}', b"\xff", b"[" * 5_000])
def test_what_does_not_fit_is_refused_although_it_is_signed(desk: Desk, payload: bytes) -> None:
    decision = desk.send("stored", payload, key=KEYS[Purpose.STORED])
    assert at_once(decision, MoveCursor) == []
    assert len(desk.told(MessageForged)) == 1


def test_an_office_that_suddenly_knows_less_is_asked_soon(desk: Desk) -> None:
    desk.hello(journals=[{"journal": JOURNAL, "stored_seq": 10, "head": HEAD.hex()}])
    stored(desk, 5)
    desk.wait(1_999)
    assert desk.state.volatile.greeting is None
    desk.wait(1)
    assert desk.state.volatile.greeting is not None


# ---------------------------------------------------------------- hello


def test_a_station_greets_on_connection_and_every_ten_minutes(desk: Desk) -> None:
    desk.hello()
    desk.feed(LinkDown("link", "cable"))
    decision = desk.feed(LinkUp("link"))
    assert len(at_once(decision, Greet)) == 1
    desk.hello()
    desk.wait(599_999)
    assert desk.state.volatile.greeting is None
    desk.wait(1)
    assert desk.state.volatile.greeting is not None


def test_a_hello_sets_the_clock_to_the_middle_of_its_round_trip(desk: Desk) -> None:
    desk.feed(LinkDown("link", "cable"))
    desk.feed(LinkUp("link"))
    desk.steady_ms += 200
    decision = desk.hello(office_ms=WALL_MS + 5_000_000)
    assert at_once(decision, SetClock) == [SetClock("clock", WALL_MS + 5_000_100, floor_only=False)]


def test_a_slow_hello_raises_the_floor_only(desk: Desk) -> None:
    desk.feed(LinkDown("link", "cable"))
    desk.feed(LinkUp("link"))
    desk.steady_ms += 5_001
    decision = desk.hello(office_ms=WALL_MS + 5_000_000)
    assert at_once(decision, SetClock) == [SetClock("clock", WALL_MS + 5_000_000, floor_only=True)]


def test_the_answer_to_another_hello_does_nothing(desk: Desk) -> None:
    decision = desk.hello(nonce="ab" * 10)
    assert at_once(decision, SetClock) == []
    assert at_once(decision, MoveCursor) == []


def test_the_same_answer_twice_does_nothing_twice(desk: Desk) -> None:
    nonce = desk.state.volatile.greeting.nonce if desk.state.volatile.greeting else ""
    desk.hello(nonce=nonce)
    assert at_once(desk.hello(nonce=nonce), SetClock) == []


def test_an_office_that_was_restored_from_a_backup_lowers_the_cursor(desk: Desk) -> None:
    decision = desk.hello(journals=[{"journal": JOURNAL, "stored_seq": 3, "head": HEAD.hex()}])
    assert at_once(decision, MoveCursor) == [MoveCursor("journal", JOURNAL, 3, HEAD)]


def test_an_office_that_does_not_know_the_journal_gets_all_of_it(desk: Desk) -> None:
    decision = desk.hello(journals=[])
    assert at_once(decision, MoveCursor) == [MoveCursor("journal", JOURNAL, 0, b"")]


def test_an_office_that_knows_more_than_we_have_means_that_ours_was_lost(desk: Desk) -> None:
    decision = desk.hello(journals=[{"journal": JOURNAL, "stored_seq": 51, "head": HEAD.hex()}])
    assert [type(one) for one in at_once(decision, SetAside)] == [SetAside]
    assert at_once(decision, MoveCursor) == []


def test_a_closed_journal_is_not_set_aside_again(desk: Desk) -> None:
    desk.feed(Committed((JournalExtent(JOURNAL, 1, 50, HEAD, 10, closed=True),)))
    decision = desk.hello(journals=[{"journal": JOURNAL, "stored_seq": 51, "head": HEAD.hex()}])
    assert at_once(decision, SetAside) == []


def test_other_rows_under_our_numbers_set_the_journal_aside(desk: Desk) -> None:
    decision = desk.feed(JournalDiverged(JOURNAL, "another chain at 7"))
    assert at_once(decision, SetAside) == [SetAside("journal", "another chain at 7")]


def test_the_link_learns_of_every_commit(desk: Desk) -> None:
    extents = (JournalExtent(JOURNAL, 1, 51, HEAD, 10),)
    assert at_once(desk.feed(Committed(extents)), Drain) == [Drain("link", extents)]


@pytest.mark.parametrize("years_off", [-40, 40])
def test_a_clock_that_is_years_off_does_not_keep_the_time_out(desk: Desk, years_off: int) -> None:
    """A battery clock with an empty battery says 2000, and every key would be from the future."""
    right_ms = desk.now.wall_ms
    desk.wall_offset_ms = years_off * 365 * 86_400_000
    desk.feed(LinkUp("link"))
    clock = at_once(desk.hello(office_ms=right_ms), SetClock)
    assert clock == [SetClock("clock", right_ms, floor_only=False)]


def test_a_hello_is_judged_by_its_own_time(desk: Desk) -> None:
    desk.feed(LinkUp("link"))
    too_late_ms = desk.now.wall_ms + 600 * 86_400_000
    assert at_once(desk.hello(office_ms=too_late_ms), SetClock) == []
    assert MessageForged("hello", Reason.KEY_EXPIRED) in desk.events


# ---------------------------------------------------------------- documents


def newer_ring(version: int = 2) -> bytes:
    return write_ring(Ring(version, RING.keys), ROOTS[1])


def test_a_newer_ring_is_taken_recorded_and_kept(desk: Desk) -> None:
    document = newer_ring()
    decision = desk.send("document/ring", document, retained=True)
    assert [(event.name, event.version) for event in desk.told(DocumentTaken)] == [("ring", 2)]
    assert waiting(decision, KeepDocument) == [KeepDocument("vault", "ring", 2, document)]
    assert desk.state.observed.ring == Ring(2, RING.keys)


def test_an_older_ring_is_refused(desk: Desk) -> None:
    desk.send("document/ring", newer_ring(3), retained=True)
    desk.send("document/ring", newer_ring(2), retained=True)
    assert desk.state.observed.ring == Ring(3, RING.keys)
    assert [event.reason for event in desk.told(MessageForged)] == [Reason.VERSION_TOO_OLD]


def test_only_a_root_signs_a_ring(desk: Desk) -> None:
    desk.send("document/ring", write_ring(Ring(9, RING.keys), private(99)), retained=True)
    assert desk.state.observed.ring == RING
    assert [event.reason for event in desk.told(MessageForged)] == [Reason.UNKNOWN_KEY]


def test_the_same_document_again_is_nothing_new(desk: Desk) -> None:
    desk.send("document/ring", RING_DOCUMENT, retained=True)
    assert desk.kinds() == []


def test_documents_that_come_before_the_ring_wait_for_it() -> None:
    desk = Desk()
    extent = JournalExtent(JOURNAL, 1, 0, bytes(16), 0)
    desk.feed(Recovered(Recorded(journal=JOURNAL), (extent,), SECRET, {}, {}))
    desk.feed(LinkUp("link"))
    desk.send("document/revoked", revoked(1, b"p" * 16), retained=True)
    assert desk.told(DocumentTaken) == []
    desk.send("document/ring", RING_DOCUMENT, retained=True)
    assert desk.state.observed.revocations is not None
    assert b"p" * 16 in desk.state.observed.revocations.ids


def test_a_hello_confirms_the_documents_at_most_once_an_hour(desk: Desk) -> None:
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, confirmed_at_ms=0))
    desk.hello()
    desk.wait(600_000)
    desk.hello()
    assert len(desk.told(DocumentsConfirmed)) == 1
    assert desk.state.volatile.confirmed


def test_a_hello_that_knows_a_newer_list_confirms_nothing(desk: Desk) -> None:
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, confirmed_at_ms=0))
    held = desk.state.recorded.documents
    documents = {name: {"version": one.version + 1, "sha256": one.sha256} for name, one in held.items()}
    desk.hello(documents=documents)
    assert desk.told(DocumentsConfirmed) == []


# ---------------------------------------------------------------- health


def test_whoever_asks_on_this_machine_is_answered_at_once(desk: Desk) -> None:
    answers = at_once(desk.feed(Asked("control", 7, "health")), Answer)
    assert isinstance(answers[0], Answer)
    document = json.loads(answers[0].document)
    assert document["light"] == "ok"
    assert {finding["about"] for finding in document["findings"]} >= {"door", "journal", "link", "clock", "strike"}


def test_a_lost_lock_turns_the_light_and_the_office_is_told_at_once(desk: Desk) -> None:
    desk.steady_ms += LOOK_EVERY_MS
    sent = at_once(desk.feed(DeviceDown("strike", "unplugged")), SendHealth)
    assert isinstance(sent[0], SendHealth)
    document = json.loads(sent[0].document)
    assert document["light"] == "act"
    finding = next(one for one in document["findings"] if one["about"] == "strike")
    assert finding["next_zh"]
    assert finding["next_en"] == "Check plug and cable; it is tried again by itself"


def test_what_happens_in_the_same_second_is_told_when_it_is_over(desk: Desk) -> None:
    desk.steady_ms += LOOK_EVERY_MS
    desk.feed(DeviceDown("lamp", "unplugged"))
    assert at_once(desk.feed(DeviceDown("strike", "unplugged")), SendHealth) == []
    desk.steady_ms += LOOK_EVERY_MS
    assert at_once(desk.feed(TimePassed()), SendHealth)
