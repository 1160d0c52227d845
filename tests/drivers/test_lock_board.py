"""The lock boards' drivers against their twins on virtual time: cells, contacts, echo, late answers, odd boards."""

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Outcome,
    Quantity,
    SwitchOn,
    Unlock,
    WireLost,
)
from drivers.lockboard_8a import Settings
from simulator.devices.lock_board import LockBoard
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.lockboard_cu16 import LockboardCu16
from simulator.devices.lockboard_wkly import LockboardWkly
from simulator.faults import Fault, Faults, Sent
from simulator.wires.virtual import Bench, DriverClock, VirtualPort
from tests.drivers.lock_boards import KINDS, PORT, PULSE_MS, Stand, make_stand
from tests.drivers.rig import maker

HOUR_MS = 3_600_000


def closed(channel: int, shut: bool) -> LevelChanged:
    return LevelChanged(f"cells/{channel}", Quantity.CLOSED, shut)


@pytest.fixture(params=[(driver, echo) for driver in KINDS for echo in (False, True)], ids=str)
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    driver, echo = request.param
    stand = make_stand(driver, echo=echo)
    stand.room.run(1_000)
    yield stand
    assert not stand.room.at(DeviceDown)
    assert not stand.room.at(JunkReceived)
    stand.room.close()


# ---------------------------------------------------------------- cells


def test_every_cell_is_told_at_the_start_and_each_change_once(stand: Stand) -> None:
    first, *rest = [signal for _, signal in stand.room.stamped]
    assert first == DeviceUp("cells")
    assert rest == [closed(channel, True) for channel in range(1, len(rest) + 1)]
    assert len(rest) == stand.board.channels
    assert stand.room.run(5_000) == []
    stand.board.pull(7, stand.room.now_ms)
    assert stand.room.run(1_000) == [closed(7, False)]
    stand.board.push_shut(7, stand.room.now_ms)
    assert stand.room.run(1_000) == [closed(7, True)]


def test_an_unlock_fires_its_coil_once_and_the_contact_shows_it(stand: Stand) -> None:
    for channel in (1, 16):
        signals, done = stand.unlock(channel)
        assert signals == [closed(channel, False)]
        assert done == CommandDone(f"cells/{channel}", "Unlock", Outcome.OBSERVED, "")
        assert stand.board.longest_on_ms(channel) == PULSE_MS
    assert stand.fired() == [1, 16]
    assert stand.room.run(2_000) == []


def test_a_bolt_that_does_not_move_is_fired_once_and_not_told_as_open(stand: Stand) -> None:
    stand.board.stuck.add(3)
    signals, done = stand.unlock(3)
    assert signals == []
    assert done.outcome is (Outcome.UNKNOWN if isinstance(stand.board, LockboardCu16) else Outcome.ACKED)
    assert "shut" in done.detail
    assert stand.fired() == [3]
    assert stand.room.run(5_000) == []


def test_a_channel_that_is_not_there_moves_nothing(stand: Stand) -> None:
    for channel in (0, stand.board.channels + 1):
        signals, done = stand.unlock(channel)
        assert (signals, done.outcome) == ([], Outcome.NOT_SENT)
        assert f"1 to {stand.board.channels}" in done.detail
    assert stand.fired() == []


def test_a_lock_cannot_be_switched_on(stand: Stand) -> None:
    with pytest.raises(TypeError, match="SwitchOn"):
        stand.room.command(SwitchOn("cells/3"))


def test_two_coils_of_one_board_are_never_under_current_together(stand: Stand) -> None:
    for channel in (1, 2, 3, 4):
        stand.unlock(channel)
    fired = stand.board.fired
    assert [one.channel for one in fired] == [1, 2, 3, 4]
    assert all(before.until_ms <= after.at_ms for before, after in pairwise(fired))


def test_a_moved_cell_is_told_sooner_for_some_seconds_after_an_unlock(stand: Stand) -> None:
    stand.unlock(5)
    delays = []
    for _ in range(4):
        stand.room.run(PULSE_MS)
        begin = stand.room.now_ms
        is_open = stand.board.is_open(5)
        (stand.board.push_shut if is_open else stand.board.pull)(5, begin)
        stand.room.run(500)
        at_ms, signal = stand.room.at(LevelChanged)[-1]
        assert signal == closed(5, is_open)
        delays.append(at_ms - begin)
    assert max(delays) < 450


# ---------------------------------------------------------------- echo


def test_the_answer_that_equals_its_question_is_no_echo_and_the_echo_no_answer() -> None:
    """`8A 01 01 11 9B` opens channel 1, and says that it is shut."""
    for echo in (False, True):
        stand = make_stand("lockboard-8a", echo=echo)
        stand.room.run(1_000)
        stand.board.stuck.add(1)
        _, done = stand.unlock(1)
        assert (done.outcome, done.detail) == (Outcome.ACKED, "the board says that it is still shut")
        stand.board.answers_unlock = False
        _, done = stand.unlock(1)
        assert done.outcome is Outcome.UNKNOWN
        assert stand.fired() == [1, 1]


def test_with_open_shorts_the_echo_would_say_that_a_cell_is_open() -> None:
    board = Lockboard8a(feedback="open_shorts")
    stand = make_stand("lockboard-8a", board, echo=True, feedback="open_shorts")
    stand.room.run(1_000)
    board.stuck.add(1)
    board.answers_unlock = False
    signals, done = stand.unlock(1)
    assert signals == []
    assert done.outcome is Outcome.UNKNOWN


def test_an_echo_alone_is_no_device() -> None:
    for driver in KINDS:
        stand = make_stand(driver, echo=True)
        stand.board.silent = True
        stand.room.run(10_000)
        assert not stand.room.at(DeviceUp)
        assert "supply" in stand.room.at(DeviceDown)[0][1].detail


def test_a_damaged_echo_at_the_start_is_not_taken_for_a_board_without_one() -> None:
    """The first question's echo loses a bit: the driver asks again and learns of the echo."""
    for driver in KINDS:
        board = KINDS[driver].make()
        port = _DamagingPort(board)
        bench = Bench()
        bench.ports[PORT] = port
        clock = DriverClock()
        cells = maker("cells", driver, port=PORT)(bench.wires("cells", clock), clock)
        assert port.damaged
        board.silent = True
        clock.rest(1_000)
        assert list(cells.poll()) == [closed(channel, True) for channel in range(1, board.channels + 1)]
        assert port.questions == 4
        cells.close()


class _DamagingPort(VirtualPort):
    """Its adapter echoes, and the first echo has one wrong bit."""

    def __init__(self, board: LockBoard) -> None:
        super().__init__(board)
        self.line.echo = True
        self.damaged = False
        self.questions = 0

    def write(self, data: bytes, now_ms: int) -> None:
        super().write(data, now_ms)
        self.questions += 1
        if not self.damaged:
            self.damaged = True
            at_ms, first = self._arrivals[0]
            self._arrivals[0] = (at_ms, bytes((first[0] ^ 4,)) + first[1:])


def test_a_board_of_eight_with_one_status_byte_is_no_echo_when_all_bits_are_0() -> None:
    """Then "read all" and its answer are the same bytes: 80 01 00 33 B2."""
    board = Lockboard8a(channels=8, groups=1, feedback="open_shorts")
    stand = make_stand("lockboard-8a", board, channels=8, feedback="open_shorts")
    stand.room.run(1_000)
    assert stand.shut() == dict.fromkeys(range(1, 9), True)
    stand.unlock(3)
    assert stand.shut()[3] is False


# ---------------------------------------------------------------- what differs between boards


@pytest.mark.parametrize("feedback", ["closed_shorts", "open_shorts"])
@pytest.mark.parametrize("status_order", ["high_first", "low_first"])
def test_8a_contacts_and_orders(feedback: str, status_order: str) -> None:
    board = Lockboard8a(feedback=feedback, high_first=status_order == "high_first")  # type: ignore[arg-type]
    stand = make_stand("lockboard-8a", board, feedback=feedback, status_order=status_order)
    board.pull(2, 0)
    board.pull(24, 0)
    stand.room.run(1_000)
    assert {channel for channel, shut in stand.shut().items() if not shut} == {2, 24}
    _, done = stand.unlock(9)
    assert (done.outcome, board.is_open(9)) == (Outcome.OBSERVED, True)
    stand.room.run(1_000)
    assert {channel for channel, shut in stand.shut().items() if not shut} == {2, 9, 24}


def test_8a_channels_without_a_bit_are_not_known() -> None:
    board = Lockboard8a(channels=24, groups=1)
    stand = make_stand("lockboard-8a", board)
    stand.room.run(1_000)
    assert sorted(stand.shut()) == list(range(1, 9))
    _, done = stand.unlock(20)
    assert done.outcome is Outcome.OBSERVED  # by the answer to the unlock itself
    board.answers_unlock = False
    _, done = stand.unlock(21)
    assert done.outcome is Outcome.UNKNOWN
    assert "not known" in done.detail
    assert stand.fired() == [20, 21]


def test_wkly_a_board_that_never_answers_an_unlock() -> None:
    stand = make_stand("lockboard-wkly", LockboardWkly(answers_unlock=False))
    stand.room.run(1_000)
    begin = stand.room.now_ms
    signals, done = stand.unlock(7)
    assert signals == [closed(7, False)]
    assert done.outcome is Outcome.OBSERVED
    assert stand.room.now_ms - begin < 1_500
    stand.board.stuck.add(8)
    _, done = stand.unlock(8)
    assert done.outcome is Outcome.UNKNOWN
    assert stand.fired() == [7, 8]


def test_wkly_a_board_that_counts_from_0_and_one_that_fails() -> None:
    stand = make_stand("lockboard-wkly", LockboardWkly(first_channel=0), first_channel=0)
    stand.room.run(1_000)
    assert stand.unlock(1)[1].outcome is Outcome.OBSERVED
    assert stand.board.is_open(1)
    fewer = make_stand("lockboard-wkly", LockboardWkly(channels=4))
    fewer.room.run(1_000)
    assert sorted(fewer.shut()) == [1, 2, 3, 4]
    _, done = fewer.unlock(5)
    assert (done.outcome, done.detail) == (Outcome.UNKNOWN, "the board says that it failed")


@pytest.mark.parametrize("says_its_time", [False, True])
@pytest.mark.parametrize("answers_unlock", [False, True])
def test_cu16_a_board_that_is_busy_until_it_is_asked(says_its_time: bool, answers_unlock: bool) -> None:
    board = LockboardCu16(busy_after_unlock=True, answers_unlock=answers_unlock)
    board.says_its_time = says_its_time
    stand = make_stand("lockboard-cu16", board)
    stand.room.run(1_000)
    for channel in (1, 16):
        assert stand.unlock(channel)[1] == CommandDone(f"cells/{channel}", "Unlock", Outcome.OBSERVED, "")
    assert stand.fired() == [1, 16]
    assert not stand.room.at(DeviceDown)


def test_cu16_another_board_number_and_speed() -> None:
    stand = make_stand(
        "lockboard-cu16", LockboardCu16(address=3, channels=12, baud=9_600), address=3, channels=12, baud=9_600
    )
    stand.room.run(1_000)
    assert sorted(stand.shut()) == list(range(1, 13))
    assert stand.unlock(12)[1].outcome is Outcome.OBSERVED


@pytest.mark.parametrize(
    "board", [Lockboard8a(change_head=0x82), Lockboard8a(change_head=0x81), LockboardWkly(tells_changes=True)]
)
def test_what_a_board_tells_unasked_is_a_hint_and_does_no_harm(board: LockBoard) -> None:
    driver = "lockboard-8a" if isinstance(board, Lockboard8a) else "lockboard-wkly"
    stand = make_stand(driver, board)
    stand.room.run(1_000)
    signals, done = stand.unlock(3)
    assert (signals, done.outcome) == ([closed(3, False)], Outcome.OBSERVED)
    board.pull(9, stand.room.now_ms)
    assert stand.room.run(1_000) == [closed(9, False)]
    board.push_shut(3, stand.room.now_ms)
    assert stand.room.run(1_000) == [closed(3, True)]


# ---------------------------------------------------------------- late answers


@pytest.mark.parametrize("driver", ["lockboard-8a", "lockboard-wkly"])
def test_a_late_answer_is_never_that_of_the_next_command(driver: str) -> None:
    """Cell 3 does not open, and the board says so only when it has been told to open it again."""
    stand = make_stand(driver)
    stand.room.run(1_000)
    stand.board.stuck.add(3)
    patience_ms = {"lockboard-8a": 1_500, "lockboard-wkly": 1_000}[driver]
    stand.board.drift = (patience_ms + 1_300) / 500 - 1
    _, done = stand.unlock(3)
    assert done.outcome is Outcome.UNKNOWN
    assert stand.board.due_ms() is not None  # the answer is still to come
    stand.board.stuck.clear()
    stand.board.drift = 0.0
    _, done = stand.unlock(3)
    assert done.outcome is Outcome.OBSERVED
    assert stand.fired() == [3, 3]


def test_a_late_answer_is_never_that_of_another_cell() -> None:
    stand = make_stand("lockboard-8a")
    stand.room.run(1_000)
    stand.board.drift = 3.0
    stand.unlock(3)  # its contact shows it at once, its answer is still to come
    stand.board.drift = 0.0
    stand.board.stuck.add(5)
    _, done = stand.unlock(5)
    assert done.outcome is not Outcome.OBSERVED
    assert stand.fired() == [3, 5]


def test_a_late_reading_does_not_bring_back_what_was() -> None:
    """The board answers a reading after the next has been asked for: what it shows is older than what is known."""
    stand = make_stand("lockboard-8a")
    stand.room.run(1_000)
    stand.unlock(3)
    stand.board.think_ms = 500  # one reading is late
    told = stand.room.run(300)
    stand.board.think_ms = 20
    told += stand.room.run(3_000)
    assert told == []


class _AnswersSometimes(Lockboard8a):
    """Its contacts are told in every third answer alone."""

    readings = 0

    def obey(self, frame: bytes, now_ms: int) -> None:
        is_reading = frame[:1] == b"\x80" and frame[2] == 0
        self.readings += is_reading
        if not is_reading or self.readings < 3 or self.readings % 3 == 0:
            super().obey(frame, now_ms)


def test_a_board_that_is_read_but_never_for_sure_is_lost() -> None:
    stand = make_stand("lockboard-8a", _AnswersSometimes())
    stand.room.run(6_000)
    assert "no more" in stand.room.at(DeviceDown)[0][1].detail


# ---------------------------------------------------------------- a hostile line


def test_a_line_that_babbles_for_an_hour_costs_no_memory() -> None:
    stand = make_stand("lockboard-8a")
    stand.room.run(1_000)
    stand.board.babble(stand.room.now_ms, on=True)
    stand.room.run(60_000)
    stand.room.stamped.clear()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    stand.room.run(HOUR_MS)
    signals = len(stand.room.stamped)
    stand.room.stamped.clear()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000
    assert signals < 3_600
    stand.board.babble(stand.room.now_ms, on=False)
    stand.room.run(70_000)
    assert [type(signal) for _, signal in stand.room.stamped][-25:-24] == [DeviceUp]


def test_strangers_bytes_are_told_once_a_second_at_most() -> None:
    stand = make_stand("lockboard-8a", faults=Faults(chances={Fault.STRAY_BEFORE: 1.0}))
    stand.room.run(60_000)
    junk = stand.room.at(JunkReceived)
    assert 30 < len(junk) <= 60
    assert all(one.device == "cells" for _, one in junk)
    assert not stand.room.at(DeviceDown)


class _Scripted(Lockboard8a):
    """Answers every question with the next bytes of a script, whatever they are."""

    script: list[bytes]

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:  # noqa: ARG002 - it does not listen
        return [(now_ms + 10, self.script.pop(0))] if self.script else []


ANSWERS = [
    bytes.fromhex(text)
    for text in (
        "80 01 00 33 B2",
        "80 01 01 11 91",
        "80 01 FF FF FF 33 4D",
        "8A 01 03 00 88",
        "8A 01 03 11 99",
        "82 01 03 00 80",
        "57 4B 4C 59 08 00 84 85",
        "57 4B 4C 59 0C 00 84 00 02 01 00 82",
        "57 4B 4C 59 0B 00 82 00 03 00 83",
        "02 00 35 FF 7F 00 00 03 B8",
    )
]


@given(
    st.sampled_from(sorted(KINDS)), st.lists(st.one_of(st.binary(max_size=300), st.sampled_from(ANSWERS)), max_size=12)
)
def test_any_answers_end_in_signals_or_in_a_lost_wire_within_some_seconds(driver: str, script: list[bytes]) -> None:
    board = _Scripted()
    board.script = script
    bench, clock = Bench(), DriverClock()
    bench.ports[PORT] = VirtualPort(board)
    speed = {"baud": board.baud} if driver == "lockboard-cu16" else {}
    with suppress(WireLost):
        cells = maker("cells", driver, port=PORT, **speed)(bench.wires("cells", clock), clock)
        for _ in range(4):
            began_ms = clock.steady_ms()
            signals = [*cells.poll(), *cells.execute(Unlock("cells/3", 3_000))]
            assert all(isinstance(one, LevelChanged | JunkReceived | CommandDone) for one in signals)
            assert clock.steady_ms() - began_ms < 5_000
            clock.rest(1_000)
    assert not board.fired


def test_a_port_that_is_not_there_is_told() -> None:
    clock = DriverClock()
    with pytest.raises(WireLost, match="not there"):
        maker("cells", "lockboard-8a", port=PORT)(Bench().wires("cells", clock), clock)


@pytest.mark.parametrize(
    "wrong", [{"address": 0}, {"address": 32}, {"channels": 51}, {"feedback": "shorted"}, {"colour": 1}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "lockboard-8a", "port": PORT, **wrong})
