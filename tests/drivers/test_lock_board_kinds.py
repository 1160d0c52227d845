"""What differs between lock boards, on virtual time: contacts, orders of bits, counting, boards that are busy."""

import pytest

from drivers.contract import CommandDone, DeviceDown, Outcome
from simulator.devices.lock_board import LockBoard
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.lockboard_cu16 import LockboardCu16
from simulator.devices.lockboard_dc02 import LockboardDc02
from simulator.devices.lockboard_wkly import LockboardWkly
from tests.drivers.lock_boards import closed, make_stand


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
    assert stand.room.now_ms - begin < 1_600
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


@pytest.mark.parametrize("short_answers", [False, True])
def test_dc02_answers_with_and_without_the_number_of_the_lock(short_answers: bool) -> None:
    stand = make_stand("lockboard-dc02", LockboardDc02(address=15, short_answers=short_answers), address=15)
    stand.room.run(1_000)
    stand.board.stuck.add(12)
    assert stand.unlock(9) == ([closed(9, False)], CommandDone("cells/9", "Unlock", Outcome.OBSERVED, ""))
    _, done = stand.unlock(12)
    assert (done.outcome, done.detail) == (Outcome.ACKED, "the board says that it is still shut")
    assert stand.fired() == [9, 12]


def test_dc02_a_board_that_never_answers_an_unlock() -> None:
    stand = make_stand("lockboard-dc02", LockboardDc02(answers_unlock=False))
    stand.room.run(1_000)
    signals, done = stand.unlock(7)
    assert (signals, done.outcome) == ([closed(7, False)], Outcome.OBSERVED)
    stand.board.stuck.add(8)
    assert stand.unlock(8)[1].outcome is Outcome.UNKNOWN
    assert stand.fired() == [7, 8]


def test_dc02_fewer_cells_than_the_board_has_places() -> None:
    stand = make_stand("lockboard-dc02", channels=8)
    stand.board.pull(12, 0)
    stand.room.run(1_000)
    assert stand.shut() == dict.fromkeys(range(1, 9), True)


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
