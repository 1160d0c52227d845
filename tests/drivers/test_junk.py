from __future__ import annotations

from drivers.contract import JunkReceived
from drivers.junk import TOLD_EVERY_MS, Junk


class Clock:
    now_ms = 5

    def steady_ms(self) -> int:
        return self.now_ms

    def rest(self, milliseconds: int) -> None:
        self.now_ms += milliseconds


def test_the_first_is_told_at_once_and_then_once_a_second_with_its_count() -> None:
    clock = Clock()
    junk = Junk("scanner", clock)
    assert junk.told() == []
    junk.note("noise")
    assert junk.told() == [JunkReceived("scanner", "noise", 1)]
    junk.note("noise")
    junk.note("noise", 3)
    junk.note("a bad frame")
    clock.rest(TOLD_EVERY_MS - 1)
    assert junk.told() == []
    clock.rest(1)
    assert junk.told() == [JunkReceived("scanner", "noise", 4), JunkReceived("scanner", "a bad frame", 1)]
    assert junk.told() == []


def test_none_is_nothing_to_tell() -> None:
    junk = Junk("scanner", Clock())
    junk.note("noise", 0)
    assert (len(junk), junk.told()) == (0, [])
