"""The invariants are no decoration: a bug that is planted in the product breaks a promise in some world."""

from __future__ import annotations

import pytest

from simulator.world import run
from tests.world import planted
from tests.world.planted import Plant

DAYS, VISITS_A_DAY = 0.02, 1_000
QUICKLY_FOUND = (
    planted.visits_are_not_checked,
    planted.openings_do_not_end_a_visit,
    planted.unlocks_before_the_commit,
    planted.order_signatures_are_not_verified,
    planted.withdrawn_passes_are_taken,
    planted.the_coil_stays_on,
    planted.the_siren_waits_for_the_card,
    planted.a_hold_lasts_an_hour_longer,
    planted.rows_are_written_differently,
    planted.the_link_forgets_what_was_not_stored,
    planted.a_burglary_is_taken_for_an_exit,
    planted.the_secret_stands_in_the_journal,
    planted.the_office_folds_otherwise,
)


def first_seed_that_finds(seeds: int) -> int | None:
    """The first seed in which a promise is broken."""
    return next((seed for seed in range(1, seeds + 1) if run(seed, DAYS, VISITS_A_DAY).broken), None)


@pytest.mark.parametrize("plant", QUICKLY_FOUND, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert first_seed_that_finds(16) is not None


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("plant", planted.BUGS, ids=lambda plant: plant.__name__)
def test_every_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert first_seed_that_finds(60) is not None
