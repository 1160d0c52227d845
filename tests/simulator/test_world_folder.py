"""A seed gives the same journal wherever its files lie for the time being."""

import pytest

from simulator.world import Report, World, run


def a_world_that_starts_with_a_full_card(patch: pytest.MonkeyPatch) -> Report:
    begin = World.begin

    def begins(world: World) -> None:
        world.card.full = True
        begin(world)

    patch.setattr(World, "begin", begins)
    try:
        return run(1, days=0.0005, visits=1)
    finally:
        patch.undo()


def test_a_row_that_names_a_file_is_the_same_row_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (a_world_that_starts_with_a_full_card(monkeypatch) for _ in range(2))
    assert one.counts["row RecordingResumed"] > 0
    assert one.broken == other.broken == ()
    assert one.journal_hash == other.journal_hash
