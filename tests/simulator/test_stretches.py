"""From when to when something was so."""

import pytest

from simulator.stretches import stretches


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        ([], []),
        ([(5, False)], []),
        ([(5, True), (9, False)], [(5, 9)]),
        ([(5, True), (7, True), (9, False), (11, False)], [(5, 9)]),
        ([(5, True), (9, False), (9, True)], [(5, 9), (9, 20)]),
        ([(5, True)], [(5, 20)]),
    ],
)
def test_a_stretch_goes_from_the_first_beginning_to_the_next_end(
    moves: list[tuple[int, bool]], found: list[tuple[int, int]]
) -> None:
    assert list(stretches(moves, 20)) == found
