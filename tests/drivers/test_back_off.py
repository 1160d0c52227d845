"""The pauses before a driver is opened again."""

from drivers.contract.back_off import FIRST_PAUSE_MS, LONGEST_PAUSE_MS, STEADY_MS, BackOff


def test_each_pause_is_twice_the_one_before_up_to_a_minute() -> None:
    back_off = BackOff()
    assert [back_off.pause_ms(0) for _ in range(8)] == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]


def test_a_driver_that_lived_for_a_minute_begins_with_the_shortest_again() -> None:
    back_off = BackOff()
    for _ in range(8):
        back_off.pause_ms(STEADY_MS - 1)
    assert back_off.pause_ms(STEADY_MS - 1) == LONGEST_PAUSE_MS
    assert [back_off.pause_ms(STEADY_MS), back_off.pause_ms(0)] == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS]
