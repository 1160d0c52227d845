"""The full station: short worlds with everything that can go wrong, and bugs of its services that they must find."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from simulator.world import FULL_STATION, Report, World, run
from tests.world import planted_services
from tests.world.busy import busy
from tests.world.planted_services import Plant

DAYS, VISITS_A_DAY = 0.01, 4_000
SEEDS = (11, 13)
MORE_SEEDS = range(100, 130)


@cache
def short_world(seed: int) -> Report:
    """A quarter of an hour with forty visits and half a dozen misfortunes, then quiet."""
    return run(seed, DAYS, VISITS_A_DAY, station=FULL_STATION)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_is_kept_whatever_goes_wrong(seed: int) -> None:
    assert short_world(seed).broken == ()


def test_these_worlds_meet_what_they_promise_to_meet() -> None:
    met = Counter[str]()
    for seed in SEEDS:
        met.update(short_world(seed).counts)
    kinds = ("ThingTaken", "ThingGivenBack", "CellOpened", "CellShut", "DeviceLost", "RunBegan")
    assert {f"row {kind}" for kind in kinds} <= met.keys()
    assert {"lockers take: done", "charging start: done", "umbrellas take: done", "power cut"} <= met.keys()


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", MORE_SEEDS)
def test_many_seeds_keep_every_promise(seed: int) -> None:
    assert short_world(seed).broken == ()


def test_what_is_skipped_on_the_wires_changes_nothing() -> None:
    skipped, lived = busy(1), busy(1, skips=False)
    assert skipped.broken == lived.broken == ()
    assert skipped.journal_hash == lived.journal_hash
    assert skipped.skipped > 1_000
    assert lived.skipped == 0


@pytest.mark.parametrize(("plant", "words"), planted_services.BUGS, ids=lambda one: getattr(one, "__name__", None))
def test_a_planted_bug_is_found(plant: Plant, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    broken = busy(1).broken
    assert any(words in promise for promise in broken), broken


def test_every_device_answers_as_long_as_nothing_goes_wrong(tmp_path: Path) -> None:
    world = World(1, tmp_path, faults=False, station=FULL_STATION)
    try:
        world.begin()
        world.agenda.run_to(world.agenda.now_ms + 60_000)
        devices = world.pi.loop.state.observed.devices
        assert [name for name, one in devices.items() if not one.up] == []
        assert "socket_heat" in devices
    finally:
        world.close()
