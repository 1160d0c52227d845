"""Pulses and limits of the relay board on virtual time: timed by the board, never beyond the cap."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import modbus_frames as frames
from drivers.contract import LevelChanged, Outcome, Relock, SwitchOff, SwitchOn, Unlock
from tests.drivers.waveshare_stand import LAMP, LOCK, PORT, Stand, done, levels, make_stand, settled


@pytest.fixture
def stand() -> Iterator[Stand]:
    yield from settled()


def test_a_pulse_is_timed_by_the_board_and_its_end_is_seen_soon(stand: Stand) -> None:
    changes, answer = stand.command(Unlock(LOCK, 3_000))
    assert (changes, answer) == (levels(LOCK, True), done("Unlock", Outcome.ACKED))
    assert stand.writes() == [frames.pulse_coil(1, 2, 30).frame]
    assert stand.room.run(10_000) == levels(LOCK, False)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 3_000
    assert len(stand.writes()) == 1, "the board ended it by itself"
    ended_ms = stand.board.edges[-1][0]
    assert 0 <= stand.room.at(LevelChanged)[-1][0] - ended_ms < 100


def test_a_command_takes_less_than_a_tenth_of_a_second(stand: Stand) -> None:
    began_ms = stand.room.now_ms
    stand.command(Unlock(LOCK, 3_000))
    assert stand.board.edges[-1][0] - began_ms <= 15, "until the relay moves"
    assert stand.room.now_ms - began_ms < 70, "until it was read back"


def test_a_pulse_is_rounded_up_to_tenths_of_a_second(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 301))
    stand.room.run(1_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 400


def test_a_pulse_is_cut_to_the_cap_and_the_answer_says_so() -> None:
    stand = make_stand(pulse_max_ms=1_000)
    stand.room.run(500)
    _, answer = stand.command(Unlock(LOCK, 60_000))
    assert answer == done("Unlock", Outcome.ACKED, "cut to 1000 ms by pulse_max_ms")
    stand.room.run(60_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 1_000


@pytest.mark.parametrize("pulse_ms", [0, -5])
def test_no_pulse_sends_nothing(stand: Stand, pulse_ms: int) -> None:
    assert stand.command(Unlock(LOCK, pulse_ms)) == ([], done("Unlock", Outcome.NOT_SENT, f"a pulse of {pulse_ms} ms"))
    assert stand.writes() == []


def test_a_second_person_makes_the_pulse_longer_but_never_beyond_the_cap(stand: Stand) -> None:
    answers = []
    for _ in range(6):
        answers.append(stand.command(Unlock(LOCK, 3_000))[1])
        stand.room.run(900)
    stand.room.run(10_000)
    assert 4_800 <= stand.board.longest_on_ms(3, stand.room.now_ms) <= 5_000
    assert {answer.outcome for answer in answers[:5]} == {Outcome.ACKED}


def test_what_the_cap_leaves_no_room_for_is_not_sent(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 5_000))
    stand.room.run(4_900)
    _, answer = stand.command(Unlock(LOCK, 5_000))
    assert answer.outcome is Outcome.NOT_SENT
    assert "no more before it has locked (pulse_max_ms)" in answer.detail
    stand.room.run(1_000)
    assert stand.command(Unlock(LOCK, 500))[1].outcome is Outcome.ACKED


@pytest.mark.parametrize("drift", [-0.01, 0.0, 0.01])
@pytest.mark.parametrize("after_ms", range(4_940, 5_100, 15))
def test_an_unlock_at_the_very_end_of_a_pulse_never_joins_two_pulses(stand: Stand, drift: float, after_ms: int) -> None:
    stand.board.drift = drift
    began_ms = stand.room.now_ms
    stand.command(Unlock(LOCK, 5_000))
    stand.room.run(began_ms + after_ms - stand.room.now_ms)
    _, answer = stand.command(Unlock(LOCK, 3_000))
    stand.room.run(10_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 5_000 * (1 + max(0, drift))
    assert answer.outcome is (Outcome.ACKED if len(stand.board.edges) == 4 else Outcome.NOT_SENT)


def test_a_pulse_is_granted_in_full_as_soon_as_the_board_has_locked(stand: Stand) -> None:
    began_ms = stand.room.now_ms
    stand.command(Unlock(LOCK, 5_000))
    stand.room.run(began_ms + 5_020 - stand.room.now_ms)
    assert stand.command(Unlock(LOCK, 3_000))[1] == done("Unlock", Outcome.ACKED)


def test_a_shorter_pulse_takes_nothing_from_a_longer_one(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 4_000))
    stand.room.run(500)
    stand.command(Unlock(LOCK, 100))
    stand.room.run(3_000)
    assert stand.on()
    stand.room.run(1_000)
    assert not stand.on()


def test_relock_cuts_a_pulse(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 3_000))
    assert stand.command(Relock(LOCK)) == (levels(LOCK, False), done("Relock", Outcome.ACKED))
    assert not stand.on()
    assert stand.room.run(10_000) == []


def test_a_relay_that_is_on_without_a_limit_is_released_already(stand: Stand) -> None:
    stand.command(SwitchOn(LOCK))
    assert stand.command(Unlock(LOCK, 1_000)) == ([], done("Unlock", Outcome.ACKED, "held released already"))
    stand.room.run(5_000)
    assert stand.on()


def test_on_stays_on_until_off(stand: Stand) -> None:
    assert stand.command(SwitchOn(LAMP)) == (levels(LAMP, True), done("SwitchOn", Outcome.ACKED, point=LAMP))
    assert stand.room.run(1_000_000) == []
    assert stand.on(LAMP)
    assert stand.command(SwitchOff(LAMP)) == (levels(LAMP, False), done("SwitchOff", Outcome.ACKED, point=LAMP))
    assert not stand.on(LAMP)


def test_a_limit_that_the_board_can_time_is_a_pulse_of_the_board(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP, limit_ms=3_276_700))
    assert stand.writes() == [frames.pulse_coil(1, 4, 32_767).frame]
    assert stand.room.run(3_277_000) == levels(LAMP, False)
    assert stand.board.longest_on_ms(5, stand.room.now_ms) == 3_276_700


def test_a_longer_limit_is_ended_by_the_driver(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP, limit_ms=3_276_701))
    assert stand.room.run(3_278_000) == levels(LAMP, False)
    assert stand.writes() == [frames.write_coil(1, 4, on=True).frame, frames.write_coil(1, 4, on=False).frame]
    assert 3_276_701 <= stand.board.longest_on_ms(5, stand.room.now_ms) <= 3_276_901


def test_a_newer_word_replaces_a_limit(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP, limit_ms=5_000_000))
    stand.command(SwitchOn(LAMP))
    stand.room.run(6_000_000)
    assert stand.on(LAMP)
    assert stand.command(SwitchOn(LAMP, limit_ms=0))[1].outcome is Outcome.NOT_SENT
    stand.command(SwitchOn(LAMP, limit_ms=1_000))
    stand.room.run(1_500)
    assert not stand.on(LAMP)


def test_the_pulse_ends_although_the_driver_is_dead(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 3_000))
    stand.room.bench.plug(PORT, plugged=False)
    stand.room.run(10_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 3_000


@given(st.lists(st.tuples(st.integers(-100, 20_000), st.integers(0, 8_000), st.booleans()), max_size=12))
def test_no_sequence_of_unlocks_keeps_a_strike_on_for_longer_than_its_cap(
    steps: list[tuple[int, int, bool]],
) -> None:
    stand = make_stand(pulse_max_ms=2_000)
    stand.room.run(500)
    for pulse_ms, wait_ms, relock in steps:
        stand.command(Relock(LOCK) if relock else Unlock(LOCK, pulse_ms))
        stand.room.run(wait_ms)
    stand.room.run(5_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 2_000
    assert not stand.on()
    stand.room.close()
