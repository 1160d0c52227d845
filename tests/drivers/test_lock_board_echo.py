"""Lock boards behind an adapter that hears itself: the echo is no answer, and no answer is taken for the echo."""

from drivers.contract import DeviceDown, DeviceUp, Outcome
from simulator.devices.lock_board import LockBoard
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.wires.virtual import Bench, DriverClock, VirtualPort
from tests.drivers.lock_boards import KINDS, PORT, closed, make_stand
from tests.drivers.rig import maker


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
