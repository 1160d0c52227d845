"""A few short worlds with everything that can go wrong; `simulator run --seed N` runs any other."""

import pytest

from simulator.world import run


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_promise_is_kept_whatever_goes_wrong(seed: int) -> None:
    report = run(seed, 0.02, 1_200)
    assert report.broken == ()
    assert report.counts["row AccessGranted"] > 0


def test_a_seed_replays() -> None:
    first, again = run(3, 0.02, 1_200), run(3, 0.02, 1_200)
    assert (first.journal_hash, first.steps, first.counts) == (again.journal_hash, again.steps, again.counts)
