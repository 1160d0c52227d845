"""The lock boards' drivers against their twins on virtual time: cells and contacts."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from pydantic import ValidationError

from drivers.contract import CommandDone, DeviceDown, DeviceUp, JunkReceived, LevelChanged, Outcome, SwitchOn, WireLost
from drivers.lockboard_8a import Settings
from simulator.devices.lockboard_cu16 import LockboardCu16
from simulator.wires.virtual import Bench, DriverClock
from tests.drivers.lock_boards import KINDS, PORT, PULSE_MS, Stand, closed, make_stand
from tests.drivers.rig import maker


@pytest.fixture(params=[(driver, echo) for driver in KINDS for echo in (False, True)], ids=str)
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    driver, echo = request.param
    stand = make_stand(driver, echo=echo)
    stand.room.run(1_000)
    yield stand
    assert not stand.room.at(DeviceDown)
    assert not stand.room.at(JunkReceived)
    stand.room.close()


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
    last = stand.board.channels
    for channel in (1, last):
        signals, done = stand.unlock(channel)
        assert signals == [closed(channel, False)]
        assert done == CommandDone(f"cells/{channel}", "Unlock", Outcome.OBSERVED, "")
        assert stand.board.longest_on_ms(channel) == PULSE_MS
    assert stand.fired() == [1, last]
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
