"""One question at a time: the pauses, the tries, what is thrown away."""

from collections.abc import Iterator

import pytest

from drivers import modbus_frames as frames
from drivers.contract import JunkReceived
from drivers.modbus_line import ANSWER_MS, GAP_MS, MAX_QUIET_MS, QUIET_MS, READ_TRIES, Line, Missing
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.wires.virtual import Bench, DriverClock, VirtualPort

PORT = "sim://bus"
READ = frames.read_coils(1, 8)
ANSWER = frames.Answer(bits=(False,) * 8)
QUESTION_MS, ANSWER_BYTES_MS = 9, 7


class Recorder(WaveshareRelay):
    """A board that notes when each question had arrived, and may babble."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_ms: list[int] = []
        self.babbles_until = 0

    def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
        self.asked_ms.append(now_ms)
        return super().receive(data, now_ms) + [
            (at_ms, b"\x55") for at_ms in range(now_ms, self.babbles_until, QUIET_MS - 5)
        ]


class Stand:
    """A line to a board, with its clock."""

    def __init__(self) -> None:
        self.board = Recorder()
        self.clock = DriverClock()
        bench = Bench()
        self.port = bench.ports[PORT] = VirtualPort(self.board)
        self.line = Line("relays", bench.wires("relays", self.clock).serial(PORT, 9_600), self.clock)


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = Stand()
    yield stand
    stand.line.close()


def test_the_gap_is_five_milliseconds_at_9600_baud() -> None:
    assert GAP_MS == 5


def test_every_question_waits_for_the_gap(stand: Stand) -> None:
    ends = []
    for _ in range(5):
        assert stand.line.ask(READ) == ANSWER
        ends.append(stand.clock.steady_ms())
    for asked_ms, ended_ms in zip(stand.board.asked_ms[1:], ends, strict=False):
        assert asked_ms - QUESTION_MS - ended_ms >= GAP_MS
    assert ends[0] < 2 * GAP_MS + QUESTION_MS + ANSWER_BYTES_MS + 2


def test_a_silence_takes_its_time_and_the_quiet_and_is_no_junk(stand: Stand) -> None:
    stand.board.silent = True
    assert stand.line.ask(READ) == Missing("no answer")
    assert stand.clock.steady_ms() == GAP_MS + ANSWER_MS + QUIET_MS
    assert stand.line.missed == 1
    assert stand.line.junk() == []


def test_only_reads_are_asked_again_and_at_most_twice(stand: Stand) -> None:
    stand.board.silent = True
    stand.line.ask(READ)
    assert len(stand.board.asked_ms) == 1
    stand.line.read(READ, READ_TRIES)
    assert len(stand.board.asked_ms) == 4
    assert stand.line.missed == 4


def test_a_reading_that_comes_at_the_second_try_ends_the_misses(stand: Stand) -> None:
    stand.board.answers_as = 9
    stand.line.ask(READ)
    stand.board.answers_as = None
    assert stand.line.read(READ, READ_TRIES) == ANSWER
    assert len(stand.board.asked_ms) == 2
    assert stand.line.missed == 0


def test_a_refusal_is_an_answer_and_not_asked_again(stand: Stand) -> None:
    stand.board.refuses = 2
    assert stand.line.read(READ, READ_TRIES) == frames.Refused(2)
    assert len(stand.board.asked_ms) == 1


def test_a_late_answer_is_not_taken_for_the_next_one(stand: Stand) -> None:
    stand.board.think_ms = 300
    assert isinstance(stand.line.ask(READ), Missing)
    stand.board.think_ms = 5
    stand.board._on[0] = True
    assert stand.line.ask(READ) == frames.Answer(bits=(True, *(False,) * 7))


def test_what_somebody_else_on_the_line_was_told_is_not_taken_for_the_answer(stand: Stand) -> None:
    stand.board._on[0] = True
    stale = stand.board._answer_to(READ.frame, 0)
    stand.board._on[0] = False
    stand.port._arrivals.append((0, stale))
    assert stand.line.ask(READ) == ANSWER


def test_a_line_that_never_falls_silent_holds_nobody_up(stand: Stand) -> None:
    stand.board.silent = True
    stand.board.babbles_until = 100_000
    stand.line.ask(READ)
    assert stand.clock.steady_ms() <= GAP_MS + ANSWER_MS + MAX_QUIET_MS + QUIET_MS
    assert stand.line.junk()


def test_junk_is_counted_and_told_once_a_second(stand: Stand) -> None:
    stand.board.answers_as = 7
    stand.line.ask(READ)
    words = "an answer from address 7 instead of 1"
    assert stand.line.junk() == [JunkReceived("relays", words)]
    for _ in range(2):
        stand.line.ask(READ)
    assert stand.line.junk() == []
    stand.clock.rest(1_000)
    assert stand.line.junk() == [JunkReceived("relays", words, 2)]
    assert stand.line.junk() == []


def test_what_comes_unasked_is_thrown_away_and_counted(stand: Stand) -> None:
    stand.port._arrivals.append((0, b"\x01\x02"))
    stand.line.idle()
    assert stand.line.junk() == [JunkReceived("relays", "bytes outside of any frame")]
    assert stand.line.ask(READ) == ANSWER
