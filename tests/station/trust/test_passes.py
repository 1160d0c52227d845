"""What a pass promises: this station, these services, this window, this phone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from station.trust.holders import ROLE_NUMBERS, ROLES, holder_id
from station.trust.keys import Purpose, Ring
from station.trust.passes import (
    EARLY_SKEW_SECONDS,
    LATE_SKEW_SECONDS,
    SHORT_LIVED_SECONDS,
    STEP_SKEW_SECONDS,
    Pass,
    Role,
    ShownPass,
    Uses,
    bytes_to_sign,
    must_be_later,
    present_pass,
    read_pass,
    write_bound_pass,
    write_pass,
)
from station.trust.refusal import Reason, Refused
from station.trust.ring import Revocations
from tests.station.trust.vectors import (
    BOUND,
    DAY_S,
    FOR_GROUP,
    GROUP,
    NOW_S,
    OFFICE,
    ONE_TIME,
    PHONE,
    RING,
    STATIC,
    STATION,
    name_id,
    p256_sign,
)

KEY = OFFICE[Purpose.PASS]


def shown(
    pass_: Pass,
    *,
    wall_s: int | None = NOW_S,
    step_s: int = NOW_S,
    station: str = STATION,
    groups: tuple[str, ...] = (GROUP,),
    revoked: Revocations | None = None,
    floor_s: int = 0,
    ring: Ring = RING,
) -> ShownPass:
    """The pass as a phone shows it in second `step_s` and a station reads it at `wall_s`."""
    if pass_.holder_key is None:
        text = write_pass(pass_, KEY)
    else:
        static = write_bound_pass(pass_, KEY).static
        text = present_pass(static, step_s, p256_sign(PHONE, bytes_to_sign(static, step_s)))
    return read_pass(
        text.encode(), ring, station=station, groups=groups, wall_s=wall_s, revoked=revoked, floor_s=floor_s
    )


def must_be_taken(pass_: Pass, **how: object) -> None:
    assert shown(pass_, **how).pass_ == pass_  # type: ignore[arg-type]


def refusal_of(pass_: Pass, **how: object) -> Reason:
    with pytest.raises(Refused) as refused:
        shown(pass_, **how)  # type: ignore[arg-type]
    return refused.value.reason


@pytest.mark.parametrize("pass_", [STATIC, ONE_TIME, FOR_GROUP, BOUND])
def test_what_was_written_is_read(pass_: Pass) -> None:
    must_be_taken(pass_)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("uses", list(Uses))
def test_every_role_and_use_comes_back(role: Role, uses: Uses) -> None:
    pass_ = replace(STATIC, role=role, uses=uses)
    must_be_taken(pass_)
    assert ROLES[ROLE_NUMBERS[role]] is role


def test_a_pass_for_another_station_is_refused() -> None:
    assert refusal_of(STATIC, station="fumin-pod-2") is Reason.WRONG_AUDIENCE
    assert refusal_of(BOUND, station="fumin-pod-2") is Reason.WRONG_AUDIENCE


def test_a_pass_for_a_group_is_taken_in_that_group_only() -> None:
    must_be_taken(FOR_GROUP, station="fumin-pod-2", groups=("nan-shan", GROUP))
    assert refusal_of(FOR_GROUP, groups=()) is Reason.WRONG_AUDIENCE
    assert refusal_of(FOR_GROUP, groups=("nan-shan",)) is Reason.WRONG_AUDIENCE


def test_a_group_and_a_station_of_one_name_are_two_things() -> None:
    assert refusal_of(replace(FOR_GROUP, audience="@" + STATION), groups=(GROUP,)) is Reason.WRONG_AUDIENCE
    assert refusal_of(replace(STATIC, audience=GROUP)) is Reason.WRONG_AUDIENCE


def test_a_one_time_pass_for_a_group_cannot_be_written() -> None:
    with pytest.raises(Refused) as refused:
        write_pass(replace(FOR_GROUP, uses=Uses.ONE), KEY)
    assert refused.value.reason is Reason.ONE_TIME_FOR_GROUP


@pytest.mark.parametrize("pass_", [STATIC, BOUND, ONE_TIME])
def test_the_window_with_its_skews(pass_: Pass) -> None:
    first_s, last_s = pass_.nbf_s - EARLY_SKEW_SECONDS, pass_.exp_s + LATE_SKEW_SECONDS - 1
    must_be_taken(pass_, wall_s=first_s, step_s=first_s)
    must_be_taken(pass_, wall_s=last_s, step_s=last_s)
    assert refusal_of(pass_, wall_s=first_s - 1, step_s=first_s - 1) is Reason.NOT_YET_VALID
    assert refusal_of(pass_, wall_s=last_s + 1, step_s=last_s + 1) is Reason.EXPIRED


def test_the_skews_are_small() -> None:
    assert EARLY_SKEW_SECONDS <= 60
    assert LATE_SKEW_SECONDS <= 60
    assert STEP_SKEW_SECONDS <= 30


def test_without_the_time_a_short_lived_pass_is_refused() -> None:
    assert refusal_of(STATIC, wall_s=None, floor_s=NOW_S) is Reason.CLOCK_UNKNOWN
    just_short = replace(STATIC, exp_s=STATIC.nbf_s + SHORT_LIVED_SECONDS)
    assert refusal_of(just_short, wall_s=None, floor_s=NOW_S) is Reason.CLOCK_UNKNOWN
    must_be_taken(replace(just_short, exp_s=just_short.exp_s + 1), wall_s=None, floor_s=NOW_S)


def test_without_the_time_a_long_lived_pass_must_have_begun_for_certain() -> None:
    must_be_taken(FOR_GROUP, wall_s=None, floor_s=FOR_GROUP.nbf_s)
    assert refusal_of(FOR_GROUP, wall_s=None, floor_s=FOR_GROUP.nbf_s - DAY_S) is Reason.CLOCK_UNKNOWN
    assert refusal_of(FOR_GROUP, wall_s=None) is Reason.CLOCK_UNKNOWN


def test_without_the_time_a_pass_that_ended_before_the_floor_is_refused() -> None:
    floor_s = FOR_GROUP.exp_s + LATE_SKEW_SECONDS
    assert refusal_of(FOR_GROUP, wall_s=None, floor_s=floor_s) is Reason.EXPIRED
    must_be_taken(FOR_GROUP, wall_s=None, floor_s=floor_s - 1)


def test_with_the_time_the_floor_does_not_matter() -> None:
    must_be_taken(STATIC, floor_s=NOW_S + 30 * DAY_S)


def test_without_the_time_a_bound_pass_is_refused() -> None:
    assert refusal_of(BOUND, wall_s=None, floor_s=NOW_S) is Reason.CLOCK_UNKNOWN


@pytest.mark.parametrize("direction", [1, -1])
def test_a_photograph_of_a_bound_pass_dies_within_a_minute(direction: int) -> None:
    assert shown(BOUND, step_s=NOW_S + direction * STEP_SKEW_SECONDS).step_s == NOW_S + direction * STEP_SKEW_SECONDS
    assert refusal_of(BOUND, step_s=NOW_S + direction * (STEP_SKEW_SECONDS + 1)) is Reason.STALE_STEP


def test_a_step_far_in_the_future_is_refused() -> None:
    assert refusal_of(BOUND, step_s=2**64 - 1) is Reason.STALE_STEP
    assert refusal_of(BOUND, step_s=0) is Reason.STALE_STEP


def test_steps_of_one_pass_must_rise() -> None:
    must_be_later(NOW_S, None)
    must_be_later(NOW_S, NOW_S - 1)
    for seen_s in (NOW_S, NOW_S + 1):
        with pytest.raises(Refused) as refused:
            must_be_later(NOW_S, seen_s)
        assert refused.value.reason is Reason.REPEATED_STEP


def test_a_withdrawn_pass_is_refused() -> None:
    assert refusal_of(STATIC, revoked=Revocations(1, frozenset({STATIC.id}))) is Reason.REVOKED
    must_be_taken(STATIC, revoked=Revocations(1, frozenset({name_id("another")})))


def test_a_pass_of_the_next_key_counts_from_its_window_on() -> None:
    ring = RING
    key = replace(ring.key(KEY.kid, Purpose.PASS, NOW_S), not_before_s=NOW_S + 10, not_after_s=NOW_S + 20)
    ring = Ring(8, tuple(key if other.kid == KEY.kid else other for other in ring.keys))
    assert refusal_of(STATIC, ring=ring, wall_s=NOW_S + 9) is Reason.KEY_NOT_YET_VALID
    must_be_taken(STATIC, ring=ring, wall_s=NOW_S + 10)
    must_be_taken(STATIC, ring=ring, wall_s=NOW_S + 19)
    assert refusal_of(STATIC, ring=ring, wall_s=NOW_S + 20) is Reason.KEY_EXPIRED
    must_be_taken(FOR_GROUP, ring=ring, wall_s=None, floor_s=NOW_S)


def test_mass_revocation_by_the_time_of_issue() -> None:
    key = replace(RING.key(KEY.kid, Purpose.PASS, NOW_S), min_iat_s=STATIC.iat_s)
    ring = Ring(8, (key,))
    must_be_taken(STATIC, ring=ring)
    ring = Ring(8, (replace(key, min_iat_s=STATIC.iat_s + 1),))
    assert refusal_of(STATIC, ring=ring) is Reason.ISSUED_BEFORE_MINIMUM
    assert refusal_of(FOR_GROUP, ring=ring, wall_s=None, floor_s=NOW_S) is Reason.ISSUED_BEFORE_MINIMUM


@pytest.mark.parametrize(
    ("pass_", "reason"),
    [
        (replace(STATIC, exp_s=STATIC.nbf_s), Reason.EXPIRED),
        (replace(STATIC, id=b"short"), Reason.WRONG_TYPE),
        (replace(STATIC, holder=bytes(17)), Reason.WRONG_TYPE),
        (replace(STATIC, audience="Fumin"), Reason.WRONG_TYPE),
        (replace(STATIC, audience=""), Reason.WRONG_TYPE),
        (replace(STATIC, audience="fumin-pod-1\n"), Reason.WRONG_TYPE),
        (replace(STATIC, services=()), Reason.WRONG_TYPE),
        (replace(STATIC, services=("door", "door")), Reason.WRONG_TYPE),
        (replace(STATIC, services=("door lockers",)), Reason.WRONG_TYPE),
        (replace(STATIC, services=tuple(f"s{number}" for number in range(9))), Reason.WRONG_TYPE),
        (replace(STATIC, iat_s=-1, nbf_s=NOW_S), Reason.WRONG_TYPE),
        (replace(STATIC, exp_s=2**50), Reason.WRONG_TYPE),
        (replace(STATIC, services=tuple(f"{number}" + "s" * 31 for number in range(8))), Reason.TOO_LONG),
        (BOUND, Reason.UNKNOWN_FIELD),
    ],
)
def test_no_pass_is_written_that_no_station_would_read(pass_: Pass, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        write_pass(pass_, KEY)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("holder_key", "reason"),
    [
        (None, Reason.MISSING_FIELD),
        (b"", Reason.WRONG_TYPE),
        (b"\x02" + b"\xff" * 32, Reason.WRONG_TYPE),  # not below the prime
        (b"\x02" + bytes(31) + b"\x01", Reason.WRONG_TYPE),  # no point has this x
        (b"\x04" + bytes(64), Reason.WRONG_TYPE),
        (b"\x05" + bytes(32), Reason.WRONG_TYPE),
    ],
)
def test_no_bound_pass_is_written_for_a_key_that_is_none(holder_key: bytes | None, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        write_bound_pass(replace(BOUND, holder_key=holder_key), KEY)
    assert refused.value.reason is reason


def test_a_bound_pass_too_long_to_be_shown_is_not_written() -> None:
    services = tuple(f"{number}" + "s" * 31 for number in range(3))
    with pytest.raises(Refused) as refused:
        write_bound_pass(replace(BOUND, services=services), KEY)
    assert refused.value.reason is Reason.TOO_LONG


def test_a_refusal_never_repeats_the_token() -> None:
    text = write_pass(STATIC, KEY)
    with pytest.raises(Refused) as refused:
        read_pass(text.encode(), Ring(1, ()), station=STATION, groups=(), wall_s=NOW_S, revoked=None)
    assert text[10:30] not in str(refused.value)
    assert str(refused.value).startswith("unknown_key: ")


def test_holders_differ_from_station_to_station_and_cannot_be_guessed() -> None:
    key = bytes(32)
    assert len(holder_id(key, "person", STATION)) == 16
    ids = {
        holder_id(key, "person", STATION),
        holder_id(key, "person", "fumin-pod-2"),
        holder_id(key, "another", STATION),
        holder_id(b"\x01" + bytes(31), "person", STATION),
        holder_id(key, "personf", STATION[1:]),  # the border between the two fields counts
    }
    assert len(ids) == 5
