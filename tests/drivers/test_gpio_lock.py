"""The lock's driver on virtual pins: pulses, caps, holding, and which side is safe."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.contract import (
    Command,
    CommandDone,
    DeviceUp,
    HoldReleased,
    LevelChanged,
    Outcome,
    Quantity,
    Relock,
    Show,
    Signal,
    Unlock,
    WireLost,
)
from drivers.gpio_lock import Settings
from simulator.devices.gpio_lock import GpioLock
from tests.drivers.rig import VirtualRoom, only

PIN = 17


def released(*values: bool) -> list[LevelChanged]:
    return [LevelChanged("strike", Quantity.RELEASED, value) for value in values]


@dataclass
class Stand:
    """A lock on its pin, with its driver."""

    room: VirtualRoom
    lock: GpioLock

    def is_released(self) -> bool:
        return self.lock.released


def make_stand(*, active_high: bool = True, fail: Literal["secure", "safe"] = "secure", **settings: Any) -> Stand:
    room = VirtualRoom()
    lock = GpioLock(active_high=active_high, fail=fail)
    room.bench.outputs[PIN] = lock
    room.add("strike", "gpio-lock", pin=PIN, active_high=active_high, fail=fail, **settings)
    return Stand(room, lock)


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = make_stand()
    stand.room.run(0)
    yield stand
    stand.room.close()


def test_it_starts_locked_and_says_so(stand: Stand) -> None:
    assert [signal for _, signal in stand.room.stamped] == [DeviceUp("strike"), *released(False)]
    assert not stand.is_released()
    assert [level for _, level in stand.lock.edges] == [False]


def test_a_pulse_releases_the_lock_for_exactly_its_length(stand: Stand) -> None:
    assert stand.room.command(Unlock("strike", 3_000)) == [
        *released(True),
        CommandDone("strike", "Unlock", Outcome.ACKED),
    ]
    assert stand.is_released()
    assert stand.room.run(2_999) == []
    assert stand.room.run(1) == released(False)
    assert not stand.is_released()
    assert stand.lock.coil_on_ms(stand.room.now_ms) == 3_000
    assert stand.room.run(100_000) == []


def test_a_pulse_is_cut_to_the_cap_and_the_answer_says_so() -> None:
    stand = make_stand(pulse_max_ms=1_000)
    stand.room.run(0)
    done = stand.room.command(Unlock("strike", 60_000))[-1]
    assert done == CommandDone("strike", "Unlock", Outcome.ACKED, "cut to 1000 ms by pulse_max_ms")
    stand.room.run(60_000)
    assert stand.lock.coil_on_ms(stand.room.now_ms) == 1_000


def test_a_second_person_makes_the_pulse_longer_but_never_beyond_the_cap(stand: Stand) -> None:
    for _ in range(20):
        stand.room.command(Unlock("strike", 3_000))
        stand.room.run(1_000)
    assert stand.lock.coil_on_ms(stand.room.now_ms) == 5_000


def test_a_shorter_pulse_takes_nothing_from_a_longer_one(stand: Stand) -> None:
    stand.room.command(Unlock("strike", 4_000))
    stand.room.run(500)
    stand.room.command(Unlock("strike", 100))
    stand.room.run(3_000)
    assert stand.is_released()
    stand.room.run(500)
    assert not stand.is_released()


def test_relock_ends_a_pulse_at_once(stand: Stand) -> None:
    stand.room.command(Unlock("strike", 3_000))
    assert stand.room.command(Relock("strike")) == [*released(False), CommandDone("strike", "Relock", Outcome.ACKED)]
    assert not stand.is_released()
    assert stand.room.run(10_000) == []


@pytest.mark.parametrize("pulse_ms", [0, -5])
def test_no_pulse_moves_nothing(stand: Stand, pulse_ms: int) -> None:
    (done,) = stand.room.command(Unlock("strike", pulse_ms))
    assert done == CommandDone("strike", "Unlock", Outcome.NOT_SENT, f"a pulse of {pulse_ms} ms")
    assert len(stand.lock.edges) == 1


def test_a_pulse_lock_is_not_held_and_the_answer_says_why(stand: Stand) -> None:
    (done,) = stand.room.command(HoldReleased("strike"))
    assert isinstance(done, CommandDone)
    assert done.outcome is Outcome.NOT_SENT
    assert "made for pulses" in done.detail
    assert not stand.is_released()


def test_a_continuous_lock_is_held_until_relock_and_a_pulse_does_not_end_it() -> None:
    stand = make_stand(continuous=True)
    stand.room.run(0)
    assert stand.room.command(HoldReleased("strike"))[-1] == CommandDone("strike", "HoldReleased", Outcome.ACKED)
    stand.room.run(1_800_000)
    assert stand.is_released()
    assert stand.room.command(Unlock("strike", 1_000)) == [
        CommandDone("strike", "Unlock", Outcome.ACKED, "held released already")
    ]
    stand.room.run(10_000)
    assert stand.is_released()
    stand.room.command(Relock("strike"))
    assert not stand.is_released()


@pytest.mark.parametrize("active_high", [True, False])
def test_the_line_never_has_the_wrong_level_at_start_and_ends_inactive(active_high: bool) -> None:
    stand = make_stand(active_high=active_high)
    stand.room.run(1_000)
    stand.room.command(Unlock("strike", 3_000))
    stand.room.close()
    levels = [level for _, level in stand.lock.edges]
    assert levels == [not active_high, active_high, not active_high, None]
    assert not stand.is_released()


def test_a_fail_safe_lock_is_held_by_current_released_without_and_released_when_the_program_ends() -> None:
    stand = make_stand(fail="safe")
    assert stand.is_released()
    stand.room.run(0)
    assert not stand.is_released()
    stand.room.command(Unlock("strike", 3_000))
    assert stand.is_released()
    stand.room.run(3_000)
    assert not stand.is_released()
    assert stand.room.command(HoldReleased("strike"))[-1] == CommandDone("strike", "HoldReleased", Outcome.ACKED)
    stand.room.command(Relock("strike"))
    stand.room.close()
    assert stand.is_released()


def test_after_its_end_the_driver_moves_nothing(stand: Stand) -> None:
    driver = stand.room._timelines["strike"].driver
    assert driver is not None
    driver.close()
    driver.close()
    with pytest.raises(WireLost):
        driver.execute(Unlock("strike", 1_000))
    assert [level for _, level in stand.lock.edges][-1] is None


def test_what_a_lock_cannot_do_is_refused(stand: Stand) -> None:
    driver = stand.room._timelines["strike"].driver
    assert driver is not None
    assert Show not in driver.accepts
    with pytest.raises(TypeError, match="a lock cannot do Command"):
        driver.execute(Command("strike"))


@pytest.mark.parametrize("wrong", [{"pin": 1}, {"pin": 28}, {"pulse_max_ms": 10_001}, {"fail": "open"}, {"port": "x"}])
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "gpio-lock", "pin": PIN, **wrong})


COMMANDS = st.one_of(
    st.integers(-10, 20_000).map(lambda ms: Unlock("strike", ms)),
    st.just(Relock("strike")),
    st.just(HoldReleased("strike")),
)


@given(st.lists(st.tuples(COMMANDS, st.integers(0, 8_000)), max_size=25))
def test_no_sequence_of_commands_keeps_a_pulse_lock_on_beyond_its_cap(steps: list[tuple[Command, int]]) -> None:
    stand = make_stand(pulse_max_ms=2_000)
    stand.room.run(0)
    for command, wait_ms in steps:
        signals: list[Signal] = stand.room.command(command)
        assert len(only(CommandDone, signals)) == 1
        stand.room.run(wait_ms)
        assert stand.lock.coil_on_ms(stand.room.now_ms) <= 2_000
    stand.room.run(20_000)
    assert not stand.is_released()
