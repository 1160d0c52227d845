"""How far the wall clock can be trusted, and that nothing unsigned moves it."""

from __future__ import annotations

import pytest

from drivers.contract import ClockTrust, Relock, SetClock
from station.clock import SYNCED_FOR_MS, StationClock, SteadyClock

OFFICE_MS = 1_790_000_000_000


class Hands:
    """A steady clock, a machine's clock and its time service, set by hand."""

    def __init__(self) -> None:
        self.steady = 1_000
        self.wall = OFFICE_MS - 5_000
        self.synchronised = False

    def steady_ms(self) -> int:
        return self.steady

    def rest(self, milliseconds: int) -> None:
        self.steady += milliseconds

    def clock(self, *, battery: bool = False) -> StationClock:
        return StationClock(
            "b" * 16, self, battery=battery, wall_ms=lambda: self.wall, synchronised=lambda: self.synchronised
        )


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_without_anything_only_the_floor_is_known(hands: Hands) -> None:
    now = hands.clock().now()
    assert (now.boot, now.steady_ms, now.wall_ms, now.trust) == ("b" * 16, 1_000, hands.wall, ClockTrust.FLOOR)


def test_a_battery_keeps_the_time(hands: Hands) -> None:
    assert hands.clock(battery=True).now().trust is ClockTrust.HOLDOVER


def test_the_machines_time_service_is_believed_and_asked_again(hands: Hands) -> None:
    clock = hands.clock()
    hands.synchronised = True
    assert clock.now().trust is ClockTrust.SYNCED
    hands.synchronised = False
    hands.steady += 10_000
    assert clock.now().trust is ClockTrust.FLOOR


def test_a_battery_that_is_behind_what_was_signed_is_empty(hands: Hands) -> None:
    clock = hands.clock(battery=True)
    clock.raise_floor(OFFICE_MS)
    assert (clock.now().wall_ms, clock.now().trust) == (OFFICE_MS, ClockTrust.FLOOR)
    hands.wall = OFFICE_MS + 1
    assert (clock.now().wall_ms, clock.now().trust) == (OFFICE_MS + 1, ClockTrust.HOLDOVER)


def test_a_floor_never_sinks(hands: Hands) -> None:
    clock = hands.clock()
    clock.raise_floor(OFFICE_MS)
    clock.raise_floor(OFFICE_MS - 1_000_000)
    assert clock.now().wall_ms == OFFICE_MS


def test_a_hello_sets_the_time_and_the_steady_clock_carries_it_on(hands: Hands) -> None:
    clock = hands.clock()
    assert not list(clock.execute(SetClock("clock", OFFICE_MS, floor_only=False)))
    hands.steady += 60_000
    assert (clock.now().wall_ms, clock.now().trust) == (OFFICE_MS + 60_000, ClockTrust.SYNCED)


@pytest.mark.parametrize("jump_ms", [-(10**12), -1, 3_600_000, 10**12])
def test_after_a_hello_the_machines_clock_may_jump(hands: Hands, jump_ms: int) -> None:
    clock = hands.clock()
    clock.execute(SetClock("clock", OFFICE_MS, floor_only=False))
    hands.wall += jump_ms
    hands.synchronised = not hands.synchronised
    hands.steady += 1
    assert (clock.now().wall_ms, clock.now().trust) == (OFFICE_MS + 1, ClockTrust.SYNCED)


def test_a_day_after_the_hello_the_time_is_only_carried_over(hands: Hands) -> None:
    clock = hands.clock()
    clock.execute(SetClock("clock", OFFICE_MS, floor_only=False))
    hands.steady += SYNCED_FOR_MS
    assert clock.now().trust is ClockTrust.SYNCED
    hands.steady += 1
    assert (clock.now().wall_ms, clock.now().trust) == (OFFICE_MS + SYNCED_FOR_MS + 1, ClockTrust.HOLDOVER)
    clock.execute(SetClock("clock", OFFICE_MS + SYNCED_FOR_MS, floor_only=False))
    assert clock.now().trust is ClockTrust.SYNCED


def test_a_hello_that_took_too_long_raises_the_floor_only(hands: Hands) -> None:
    clock = hands.clock()
    clock.execute(SetClock("clock", OFFICE_MS, floor_only=True))
    assert (clock.now().wall_ms, clock.now().trust) == (OFFICE_MS, ClockTrust.FLOOR)


def test_other_commands_change_nothing(hands: Hands) -> None:
    clock = hands.clock()
    before = clock.now()
    assert not list(clock.execute(Relock("strike")))
    assert clock.now() == before


def test_the_steady_clock_counts_from_the_start_and_never_goes_back() -> None:
    clock = SteadyClock()
    seen = [clock.steady_ms() for _ in range(1_000)]
    assert 0 <= seen[0] < 1_000
    assert seen == sorted(seen)
    clock.rest(5)
    assert clock.steady_ms() >= seen[-1] + 5
