"""`kill -9` at random moments: nothing acknowledged is lost, no visit is doubled, no door opens by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.scenarios.killing import kill_rounds

ROUNDS = 6


@pytest.mark.broker
@pytest.mark.timeout(240)
def test_a_station_that_is_killed_while_people_come(tmp_path: Path) -> None:
    assert asyncio.run(kill_rounds(tmp_path, seed=20, rounds=ROUNDS)) > ROUNDS
