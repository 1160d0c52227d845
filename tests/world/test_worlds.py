"""Twenty short worlds with everything that can go wrong, and what they must have met to mean something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest

from simulator.world import Report, run

DAYS, VISITS_A_DAY = 0.02, 1_000
SEEDS = range(1, 21)


@cache
def short_world(seed: int) -> Report:
    """Half an hour with twenty visits and a dozen misfortunes, then quiet."""
    return run(seed, DAYS, VISITS_A_DAY)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_is_kept_whatever_goes_wrong(seed: int) -> None:
    assert short_world(seed).broken == ()


@pytest.mark.parametrize("seed", [102, 104])
def test_without_faults_whoever_has_a_right_comes_in_at_once(seed: int) -> None:
    report = run(seed, DAYS, VISITS_A_DAY, faults=False)
    assert report.broken == ()
    assert report.counts.get("power cut", 0) == 0
    assert any(name.endswith(": came in") for name in report.counts)


def test_these_worlds_meet_what_they_promise_to_meet() -> None:
    met = Counter[str]()
    for seed in SEEDS:
        met.update(short_world(seed).counts)
    cuts = {"before", "torn", "after", "act", "pulse", "opened", "anywhere", "again"}
    assert {f"power cut {place}" for place in cuts} <= met.keys()
    troubles = ("cut_network", "kill_network", "make_hostile", "office_restore", "fill_card", "slow_card", "unplug")
    assert {f"misfortune {trouble}" for trouble in troubles} <= met.keys()
    assert {"misfortune damage_card", "misfortune lose_journal", "misfortune old_card"} <= met.keys()
    people = ("order: came in", "bound pass: came in", "static pass: came in", "one-time pass: came in", "burglary")
    assert {*people, "order shown to the scanner", "forgery shown", "junk shown", "alarm sos"} <= met.keys()
    assert {"two at once: both came in", "operator: hold_open", "operator's order without asking"} <= met.keys()
    kinds = ("AccessGranted", "AccessRefused", "DoorForced", "AlarmRaised", "MessageForged", "RecordingResumed")
    assert {f"row {kind}" for kind in (*kinds, "JournalBegun", "Snapshot", "AmnesiaDated")} <= met.keys()
    assert met["row JournalBegun"] > len(SEEDS), "no journal was ever set aside"


REPLAY = """
import json, sys
from tests.world.test_worlds import short_world
report = short_world(int(sys.argv[1]))
print(json.dumps([report.journal_hash, report.steps, report.counts]))
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_gives_the_same_world_in_every_process(seed: int) -> None:
    told = []
    for hash_seed in ("1", "271828"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", REPLAY, str(seed)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told.append(json.loads(done.stdout))
    report = short_world(seed)
    assert told[0] == told[1] == [report.journal_hash, report.steps, report.counts]


def test_two_seeds_are_two_worlds() -> None:
    assert short_world(1).journal_hash != short_world(2).journal_hash
