from dataclasses import replace

import pytest

from drivers.contract import Append, Command, JournalExtent, Now, Priority, Relock, SendAlarm, Unlock
from station import events as e
from station.recorder import LATE_MS, MAX_GATHERED, SNAPSHOT_EVERY_ROWS, TELEMETRY_WAITS_MS, Recorder
from station.rules.turn import Decision, Waiting
from station.state import Recorded, Recovered, State
from tests.station.rules.desk import JOURNAL, Desk, pod

DESK = Desk()
NOW = DESK.now
UNLOCK = Unlock("strike", 3_000)
GRANT = e.AccessGranted("door", "pass_static", "h", "resident", 1_000)
LEVEL = e.LinkChanged(up=True)
FORCED = e.DoorForced("door")


def decided(*events: e.Event, waiting: tuple[Waiting, ...] = ()) -> Decision:
    return Decision(State(), events, waiting, ())


def extent(tail: int) -> tuple[JournalExtent, ...]:
    return (JournalExtent(JOURNAL, 1, tail, bytes(16), 0),)


def later(milliseconds: int) -> Now:
    return replace(NOW, steady_ms=NOW.steady_ms + milliseconds)


def handed(recorder: Recorder, milliseconds: int = 0) -> Append | None:
    return recorder.hand_over(Recorded(), later(milliseconds))


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder(pod())
    recorder.recovered(Recovered(Recorded(), extent(0), bytes(32)), NOW)
    return recorder


def released(recorder: Recorder, tail: int, milliseconds: int = 0) -> tuple[Command, ...]:
    return recorder.committed(extent(tail), later(milliseconds))


def test_a_command_waits_for_its_row(recorder: Recorder) -> None:
    recorder.gather(decided(GRANT, waiting=(Waiting(UNLOCK, None),)), NOW)
    batch = handed(recorder)
    assert batch is not None
    assert [(row.seq, row.kind) for row in batch.rows] == [(1, "AccessGranted")]
    assert released(recorder, 0) == ()
    assert released(recorder, 1) == (UNLOCK,)


def test_while_one_commit_runs_the_next_gathers(recorder: Recorder) -> None:
    recorder.gather(decided(GRANT), NOW)
    handed(recorder)
    for _ in range(20):
        recorder.gather(decided(GRANT), NOW)
        assert handed(recorder) is None
    released(recorder, 1)
    batch = handed(recorder)
    assert batch is not None
    assert [row.seq for row in batch.rows] == list(range(2, 22))


def test_what_comes_too_late_is_not_done(recorder: Recorder) -> None:
    recorder.gather(
        decided(GRANT, waiting=(Waiting(UNLOCK, NOW.steady_ms + 8_000), Waiting(Relock("strike"), None))), NOW
    )
    handed(recorder)
    assert released(recorder, 1, 8_001) == (Relock("strike"),)


def test_telemetry_alone_waits_a_minute_and_goes_along_with_the_first_dear_event(recorder: Recorder) -> None:
    recorder.gather(decided(LEVEL), NOW)
    assert handed(recorder, TELEMETRY_WAITS_MS - 1) is None
    assert recorder.deadline() == NOW.steady_ms + TELEMETRY_WAITS_MS
    recorder.gather(decided(GRANT), NOW)
    batch = handed(recorder)
    assert batch is not None
    assert [row.kind for row in batch.rows] == ["LinkChanged", "AccessGranted"]


def test_a_safety_row_overtakes_the_backlog(recorder: Recorder) -> None:
    recorder.gather(decided(FORCED), NOW)
    batch = handed(recorder)
    assert batch is not None
    assert released(recorder, 1) == (SendAlarm("link", JOURNAL, batch.rows[0]),)


def test_a_slow_card_is_late_after_two_seconds(recorder: Recorder) -> None:
    recorder.gather(decided(GRANT), NOW)
    handed(recorder)
    assert not recorder.late(later(LATE_MS - 1))
    assert recorder.late(later(LATE_MS))
    released(recorder, 1)
    assert not recorder.late(later(LATE_MS))


def test_events_without_a_journal_are_late_too() -> None:
    recorder = Recorder(pod())
    recorder.gather(decided(GRANT), NOW)
    assert handed(recorder) is None
    assert recorder.late(later(LATE_MS))


def test_what_was_not_on_the_card_goes_on_it_after_the_recovery(recorder: Recorder) -> None:
    recorder.gather(decided(FORCED, waiting=(Waiting(UNLOCK, NOW.steady_ms + 8_000),)), NOW)
    handed(recorder)
    recorded = recorder.recovered(Recovered(Recorded(), extent(0), bytes(32), in_process=True), later(1_000))
    assert recorded.doors["door"].forced
    batch = handed(recorder, 1_000)
    assert batch is not None
    assert [(row.seq, row.kind) for row in batch.rows] == [(1, "DoorForced")]
    assert UNLOCK in released(recorder, 1, 2_000)


def test_a_batch_that_was_on_the_card_after_all_is_not_written_twice(recorder: Recorder) -> None:
    recorder.gather(decided(FORCED), NOW)
    handed(recorder)
    recorder.recovered(Recovered(Recorded(), extent(1), bytes(32), in_process=True), NOW)
    assert handed(recorder) is None
    recorder.gather(decided(GRANT), NOW)
    batch = handed(recorder)
    assert batch is not None
    assert [row.seq for row in batch.rows] == [2]


def test_a_new_journal_begins_with_its_beginning_and_a_snapshot() -> None:
    recorder = Recorder(pod())
    recorder.gather(decided(FORCED), NOW)
    begun = e.JournalBegun("22" * 16, parent=JOURNAL, parent_seq=7, reason="damaged", amnesia_at_ms=5)
    fresh = (JournalExtent("22" * 16, 1, 0, bytes(16), 0),)
    recorded = recorder.recovered(Recovered(Recorded(), fresh, bytes(32), begun=begun), NOW)
    batch = handed(recorder)
    assert batch is not None
    assert [row.kind for row in batch.rows] == ["JournalBegun", "Snapshot", "DoorForced"]
    assert (recorded.journal, recorded.amnesia_at_ms) == ("22" * 16, 5)


def test_memory_is_bounded_and_the_least_dear_goes_first(recorder: Recorder) -> None:
    recorder.gather(decided(GRANT), NOW)
    handed(recorder)
    recorder.gather(decided(*[LEVEL] * 10, *[FORCED] * (MAX_GATHERED - 5)), NOW)
    released(recorder, 1)
    kinds: list[str] = []
    tail = 1
    while (batch := handed(recorder)) is not None:
        kinds += [row.kind for row in batch.rows]
        tail += len(batch.rows)
        released(recorder, tail)
    assert kinds.count("DoorForced") == MAX_GATHERED - 5
    assert kinds.count("LinkChanged") == 5
    assert kinds[0] == "EventsLost"
    assert kinds[-1] == "Snapshot"


def test_a_snapshot_bounds_the_replay(recorder: Recorder) -> None:
    kinds: list[str] = []
    for tail in range(1, SNAPSHOT_EVERY_ROWS + 2):
        recorder.gather(decided(LEVEL if tail % 2 else GRANT), NOW)
        batch = handed(recorder, TELEMETRY_WAITS_MS)
        if batch is not None:
            kinds += [row.kind for row in batch.rows]
            released(recorder, batch.rows[-1].seq)
    assert kinds.count("Snapshot") == 1


def test_priorities_are_those_of_the_kinds(recorder: Recorder) -> None:
    recorder.gather(decided(FORCED, GRANT, LEVEL), NOW)
    batch = handed(recorder)
    assert batch is not None
    assert [row.priority for row in batch.rows] == [Priority.SAFETY, Priority.ACCESS, Priority.HEALTH]


def test_a_journal_that_never_opens_is_late_although_nothing_happens() -> None:
    recorder = Recorder(pod())
    recorder.gather(decided(), NOW)
    assert recorder.deadline() == NOW.steady_ms + LATE_MS
    assert recorder.late(later(LATE_MS))


def test_a_station_that_restarts_often_still_writes_a_snapshot() -> None:
    recorder = Recorder(pod())
    recorder.recovered(Recovered(Recorded(), extent(0), bytes(32), replayed=SNAPSHOT_EVERY_ROWS), NOW)
    recorder.gather(decided(GRANT), NOW)
    batch = handed(recorder)
    assert batch is not None
    assert [row.kind for row in batch.rows] == ["AccessGranted", "Snapshot"]
