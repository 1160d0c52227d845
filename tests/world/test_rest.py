"""While the rules rest none of them has anything to do: a station that let every rule look would decide the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from drivers.contract import Now, SendHealth, Show, Signal
from simulator import world
from station import loop as station_loop
from station.rules.decide import decide, rests
from station.rules.site import Site
from station.rules.turn import Decision
from station.state import State, Volatile
from station.state.volatile import ASIDE

TOLD = Show | SendHealth
"""What screens and office are told more often when every rule looks."""


class Doubter:
    """Decides as the loop does, and beside each decision at rest lets every rule look."""

    def __init__(self) -> None:
        self.rested = 0
        self.missed: Counter[str] = Counter()

    def decide(self, state: State, signal: Signal, now: Now, site: Site) -> Decision:
        decision = decide(state, signal, now, site)
        if rests(state, signal, now):
            self.rested += 1
            awake = replace(state, volatile=state.volatile.but(rests_until_ms=0))
            self._compare(decision, decide(awake, signal, now, site))
        return decision

    def _compare(self, rested: Decision, thorough: Decision) -> None:
        self.missed.update(type(one).__name__ for one in thorough.events)
        self.missed.update(f"{type(one.command).__name__} waits" for one in thorough.waiting)
        self.missed.update(type(one).__name__ for one in thorough.at_once if not isinstance(one, TOLD))
        if (rested.state.recorded, rested.state.observed) != (thorough.state.recorded, thorough.state.observed):
            self.missed["recorded or observed"] += 1
        self.missed.update(_others(rested.state.volatile) ^ _others(thorough.state.volatile))


def _others(volatile: Volatile) -> set[str]:
    return {f"{name}={value!r}" for name, value in vars(volatile).items() if name not in ASIDE}


@pytest.mark.parametrize(
    ("seed", "days", "visits", "station"),
    [
        (3, 0.05, 400, ""),
        (4, 0.05, 400, ""),
        (11, 0.01, 4_000, world.FULL_STATION),
        (12, 0.01, 4_000, world.FULL_STATION),
    ],
)
def test_a_rule_at_rest_misses_nothing(
    monkeypatch: pytest.MonkeyPatch, seed: int, days: float, visits: int, station: str
) -> None:
    doubter = Doubter()
    monkeypatch.setattr(station_loop, "decide", doubter.decide)
    report = world.run(seed, days, visits, station=station)
    assert report.broken == ()
    assert doubter.rested > 100, "nearly every second turn of a quiet hour"
    assert doubter.missed == Counter()
