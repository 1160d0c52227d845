"""Who goes through two beams: the order of breaks and their times, without any pin."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.beam_passages import (
    BLOCKED_MS,
    PASSAGE_MS,
    SETTLE_MS,
    Beam,
    Blocked,
    Free,
    News,
    Occupied,
    Passages,
    Passed,
)

A, B = Beam.OUTER, Beam.INNER
Change = tuple[int, Beam, bool]

INWARD: list[Change] = [(0, A, True), (80, B, True), (200, A, False), (280, B, False)]
OUTWARD: list[Change] = [(0, B, True), (80, A, True), (200, B, False), (280, A, False)]


def seen(changes: Iterable[Change], until_ms: int = 100_000) -> list[News]:
    passages = Passages(0, outer=False, inner=False)
    news = [item for at, beam, broken in changes for item in passages.change(beam, broken=broken, at_ms=at)]
    return news + passages.pass_time(until_ms)


def passed(changes: Iterable[Change]) -> list[bool]:
    return [item.inward for item in seen(changes) if isinstance(item, Passed)]


def test_outer_both_inner_clear_is_in_and_the_reverse_is_out() -> None:
    assert seen(INWARD) == [Occupied(True), Occupied(False), Passed(inward=True)]
    assert seen(OUTWARD) == [Occupied(True), Occupied(False), Passed(inward=False)]


@pytest.mark.parametrize(
    "changes",
    [
        [(0, A, True), (200, A, False)],
        [(0, A, True), (200, A, False), (300, B, True), (500, B, False)],
        [(0, A, True), (100, B, True), (300, B, False), (400, A, False)],
        [(0, A, True), (100, B, True), (200, A, False), (300, A, True), (400, B, False), (500, A, False)],
        [(0, A, True), (100, B, True), (200, A, False), (300, A, True), (400, A, False), (500, B, False)],
    ],
    ids=["only one beam", "never both", "turned round", "turned round late", "two at once"],
)
def test_any_other_order_is_nobody(changes: list[Change]) -> None:
    assert passed(changes) == []


@pytest.mark.parametrize(("took_ms", "counted"), [(PASSAGE_MS, [True]), (PASSAGE_MS + 1, [])])
def test_more_than_three_seconds_is_nobody(took_ms: int, counted: list[bool]) -> None:
    assert passed([(0, A, True), (500, B, True), (2_500, A, False), (took_ms, B, False)]) == counted


def test_after_nobody_the_next_one_counts() -> None:
    turned = [(0, A, True), (100, B, True), (200, B, False), (300, A, False)]
    assert passed([*turned, *((at + 400, beam, broken) for at, beam, broken in INWARD)]) == [True]


def test_flicker_shorter_than_the_settling_time_changes_nothing() -> None:
    flicker = [(at + late, beam, broken != (late == 7)) for at, beam, broken in INWARD for late in (0, 7, 12)]
    assert passed(flicker) == [True]
    assert seen([(0, A, True), (SETTLE_MS - 1, A, False)]) == []
    assert seen([(0, A, True), (SETTLE_MS, A, False)]) == [Occupied(True), Occupied(False)]


@pytest.mark.parametrize("beam", list(Beam))
def test_a_beam_broken_for_ten_seconds_is_a_fault_until_it_is_clear(beam: Beam) -> None:
    assert seen([(0, beam, True), (BLOCKED_MS - 1, beam, False)]) == [Occupied(True), Occupied(False)]
    blocked = [Occupied(True), Blocked(beam), Free(), Occupied(False)]
    assert seen([(0, beam, True), (BLOCKED_MS + 5_000, beam, False)]) == blocked


def test_two_blocked_beams_are_one_fault_that_ends_when_both_are_clear() -> None:
    changes = [(0, A, True), (100, B, True), (20_000, A, False), (30_000, B, False)]
    assert seen(changes) == [Occupied(True), Blocked(A), Free(), Occupied(False)]


def test_while_one_beam_is_blocked_nobody_is_counted_and_afterwards_everybody_is() -> None:
    through = [(at + 15_000, beam, broken) for at, beam, broken in INWARD if beam is B]
    after = [(at + 41_000, beam, broken) for at, beam, broken in OUTWARD]
    assert passed([(0, A, True), *through, (40_000, A, False), *after]) == [False]


def test_a_beam_that_is_broken_at_the_start_makes_no_passage_but_a_fault() -> None:
    passages = Passages(0, outer=True, inner=False)
    assert passages.present
    assert passages.change(B, broken=True, at_ms=50) == []
    assert passages.change(A, broken=False, at_ms=100) == []
    assert passages.change(B, broken=False, at_ms=200) == []
    assert passages.pass_time(1_000) == [Occupied(False)]
    assert Passages(0, outer=False, inner=True).pass_time(BLOCKED_MS) == [Blocked(B)]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Change], list[bool]]:
    """People one after the other, as fast and as slow as people are, each beam flickering at will."""
    at_ms, changes, inward = 0, [], []
    for _ in range(draw(st.integers(0, 12))):
        goes_in = draw(st.booleans())
        first, second = (A, B) if goes_in else (B, A)
        broken_ms = draw(st.integers(2 * SETTLE_MS, 900))
        apart_ms = draw(st.integers(1, broken_ms - 1))
        tail_ms = draw(st.integers(1, 500))
        own = [
            (0, first, True),
            (apart_ms, second, True),
            (broken_ms, first, False),
            (broken_ms + tail_ms, second, False),
        ]
        if apart_ms + SETTLE_MS <= broken_ms + tail_ms:
            changes += [(at_ms + at, beam, broken) for at, beam, broken in own]
            at_ms += broken_ms + tail_ms + draw(st.integers(SETTLE_MS + 1, 2_000))
            inward.append(goes_in)
    return changes, inward


@given(crowds())
def test_everybody_who_walks_through_is_counted_once_and_the_right_way(crowd: tuple[list[Change], list[bool]]) -> None:
    changes, inward = crowd
    assert passed(changes) == inward


@given(st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from(Beam), st.booleans()), max_size=80))
def test_whatever_the_beams_show_presence_is_right_in_the_end_and_nothing_grows(moves: list[Change]) -> None:
    passages = Passages(0, outer=False, inner=False)
    at_ms, shown, news = 0, {A: False, B: False}, []
    for later_ms, beam, broken in moves:
        at_ms += later_ms
        shown[beam] = broken
        news += passages.change(beam, broken=broken, at_ms=at_ms)
        assert len(passages._steps) <= 4
    news += passages.pass_time(at_ms + SETTLE_MS)
    told = [item.present for item in news if isinstance(item, Occupied)]
    assert passages.present == any(shown.values()) == (told[-1] if told else False)
    assert all(earlier != later for earlier, later in pairwise(told))
