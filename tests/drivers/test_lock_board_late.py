"""Answers of lock boards that come too late are those of nothing else."""

import pytest

from drivers.contract import DeviceDown, Outcome
from simulator.devices.lock_board import LockBoard
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.lockboard_dc02 import LockboardDc02
from tests.drivers.lock_boards import make_stand


@pytest.mark.parametrize("driver", ["lockboard-8a", "lockboard-wkly", "lockboard-dc02"])
def test_a_late_answer_is_never_that_of_the_next_command(driver: str) -> None:
    """Cell 3 does not open, and the board says so only when it has been told to open it again."""
    stand = make_stand(driver)
    stand.room.run(1_000)
    stand.board.stuck.add(3)
    patience_ms = {"lockboard-8a": 1_500, "lockboard-wkly": 1_000, "lockboard-dc02": 1_500}[driver]
    stand.board.drift = (patience_ms + 1_300) / 500 - 1
    _, done = stand.unlock(3)
    assert done.outcome is Outcome.UNKNOWN
    assert stand.board.due_ms() is not None  # the answer is still to come
    stand.board.stuck.clear()
    stand.board.drift = 0.0
    _, done = stand.unlock(3)
    assert done.outcome is Outcome.OBSERVED
    assert stand.fired() == [3, 3]


@pytest.mark.parametrize(
    ("driver", "board"),
    [
        ("lockboard-8a", Lockboard8a()),
        ("lockboard-dc02", LockboardDc02()),
        ("lockboard-dc02", LockboardDc02(short_answers=True)),
    ],
    ids=["8a", "dc02", "dc02 without numbers"],
)
def test_a_late_answer_is_never_that_of_another_cell(driver: str, board: LockBoard) -> None:
    stand = make_stand(driver, board)
    stand.room.run(1_000)
    stand.board.drift = 3.0
    stand.unlock(3)  # its contact shows it at once, its answer is still to come
    stand.board.drift = 0.0
    stand.board.stuck.add(5)
    _, done = stand.unlock(5)
    assert done.outcome is not Outcome.OBSERVED
    assert stand.fired() == [3, 5]
    assert stand.shut()[5]


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
