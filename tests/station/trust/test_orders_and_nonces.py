"""An order is for this station, from a key for orders, and needs no clock; a nonce lives no longer than its secret."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.trust import nonces
from station.trust.keys import Purpose, Ring
from station.trust.orders import Order, read_order, write_order
from station.trust.refusal import Reason, Refused
from tests.station.trust.vectors import (
    AT_SCREEN,
    BOOT_SECRET,
    BY_KEEPER,
    BY_OPERATOR,
    DROP_OFF,
    NOW_S,
    OFFICE,
    RING,
    STATION,
)

KEY = OFFICE[Purpose.ORDER]


def text_of(order: Order) -> bytes:
    return write_order(order, OFFICE[order.purpose]).encode()


def refusal_of(order: Order, ring: Ring = RING, station: str = STATION, wall_s: int | None = NOW_S) -> Reason:
    text = text_of(order)
    with pytest.raises(Refused) as refused:
        read_order(text, ring, station=station, wall_s=wall_s)
    return refused.value.reason


@pytest.mark.parametrize("order", [AT_SCREEN, BY_OPERATOR, DROP_OFF, BY_KEEPER])
def test_what_was_written_is_read_with_and_without_the_time(order: Order) -> None:
    assert read_order(text_of(order), RING, station=STATION, wall_s=NOW_S) == order
    assert read_order(text_of(order), RING, station=STATION) == order


def test_an_order_for_another_station_is_refused() -> None:
    assert refusal_of(AT_SCREEN, station="fumin-pod-2") is Reason.WRONG_STATION


def test_the_key_says_who_is_behind_an_order() -> None:
    as_operator = replace(AT_SCREEN, purpose=Purpose.OPERATE)
    assert read_order(text_of(as_operator), RING, station=STATION) == as_operator
    forged = write_order(as_operator, KEY).encode()
    with pytest.raises(Refused) as refused:
        read_order(forged, RING, station=STATION)
    assert refused.value.reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("purpose", [one for one in Purpose if one not in (Purpose.ORDER, Purpose.OPERATE)])
def test_no_other_key_signs_orders(purpose: Purpose) -> None:
    with pytest.raises(Refused) as refused:
        write_order(replace(AT_SCREEN, purpose=purpose), OFFICE[purpose])
    assert refused.value.reason is Reason.WRONG_PURPOSE
    with pytest.raises(Refused) as refused:
        read_order(write_order(AT_SCREEN, OFFICE[purpose]).encode(), RING, station=STATION)
    assert refused.value.reason is Reason.WRONG_PURPOSE


def test_windows_of_keys_count_only_while_the_time_is_known() -> None:
    key = RING.find(KEY.kid)
    assert refusal_of(AT_SCREEN, wall_s=key.not_before_s - 1) is Reason.KEY_NOT_YET_VALID
    assert refusal_of(AT_SCREEN, wall_s=key.not_after_s) is Reason.KEY_EXPIRED
    assert read_order(text_of(AT_SCREEN), RING, station=STATION, wall_s=None) == AT_SCREEN


@pytest.mark.parametrize("wall_s", [NOW_S, None])
def test_mass_revocation_needs_no_clock(wall_s: int | None) -> None:
    key = replace(RING.find(KEY.kid), min_iat_s=AT_SCREEN.issued_at_s)
    assert read_order(text_of(AT_SCREEN), Ring(8, (key,)), station=STATION, wall_s=wall_s) == AT_SCREEN
    key = replace(key, min_iat_s=AT_SCREEN.issued_at_s + 1)
    assert refusal_of(AT_SCREEN, ring=Ring(8, (key,)), wall_s=wall_s) is Reason.ISSUED_BEFORE_MINIMUM


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (replace(BY_OPERATOR, duration_s=1801), Reason.HOLD_TOO_LONG),
        (replace(BY_OPERATOR, duration_s=0), Reason.WRONG_TYPE),
        (replace(BY_OPERATOR, duration_s=-1), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, id=bytes(15)), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, nonce=bytes(9)), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, holder=b""), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, screen=""), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, station="@everyone"), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, service="door lockers"), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, action="o" * 33), Reason.WRONG_TYPE),
        (replace(AT_SCREEN, issued_at_s=-1), Reason.WRONG_TYPE),
        (replace(DROP_OFF, thing="cell 7"), Reason.WRONG_TYPE),
        (replace(DROP_OFF, recipient=bytes(15)), Reason.WRONG_TYPE),
        (replace(BY_KEEPER, reason="two\nlines"), Reason.WRONG_TYPE),
        (replace(BY_KEEPER, reason="x" * 41), Reason.WRONG_TYPE),
        (replace(BY_KEEPER, count=0), Reason.WRONG_TYPE),
        (replace(BY_KEEPER, count=1_000), Reason.WRONG_TYPE),
    ],
)
def test_no_order_is_written_that_no_station_would_read(order: Order, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        write_order(order, OFFICE[order.purpose])
    assert refused.value.reason is reason


def test_the_longest_order_still_fits_a_code() -> None:
    name = "n" * 32
    longest = replace(BY_OPERATOR, station=name, screen=name, service=name, action=name)
    assert read_order(text_of(longest), RING, station=name) == longest


def test_a_nonce_belongs_to_its_secret_screen_and_step() -> None:
    shown = nonces.nonce(BOOT_SECRET, "screen", 4711)
    assert len(shown) == nonces.NONCE_BYTES
    others = {
        nonces.nonce(bytes(32), "screen", 4711),
        nonces.nonce(BOOT_SECRET, "screen2", 4711),
        nonces.nonce(BOOT_SECRET, "screen", 4712),
        nonces.asked_nonce(BOOT_SECRET, 4711),
        nonces.asked_nonce(BOOT_SECRET, 4712),
        nonces.asked_nonce(bytes(32), 4711),
    }
    assert len(others) == 6
    assert shown not in others


def test_the_step_of_a_nonce_is_found_among_the_candidates_only() -> None:
    shown = nonces.nonce(BOOT_SECRET, "screen", 4711)
    assert nonces.find_step(BOOT_SECRET, "screen", range(4706, 4712), shown) == 4711
    assert nonces.find_step(BOOT_SECRET, "screen", range(4711, 4716), shown) == 4711
    assert nonces.find_step(BOOT_SECRET, "screen", range(4712, 4716), shown) is None
    assert nonces.find_step(BOOT_SECRET, "other", range(4706, 4716), shown) is None
    assert nonces.find_step(BOOT_SECRET, "screen", (), shown) is None
    assert nonces.find_step(BOOT_SECRET, "screen", (4711,), shown[:-1]) is None


def test_the_numbers_that_were_agreed() -> None:
    assert nonces.NONCE_STEP_SECONDS == 20
    assert nonces.NONCE_VALID_SECONDS == 90
    assert nonces.ASKED_NONCE_VALID_SECONDS == 30
    assert nonces.MAX_ORDERS_PER_NONCE == 32
    assert nonces.SCREEN_BLANK_SECONDS == 25
    assert nonces.MAX_HOLD_SECONDS == 1800


@given(st.binary(min_size=nonces.NONCE_BYTES, max_size=nonces.NONCE_BYTES))
def test_a_nonce_comes_back_from_its_text(value: bytes) -> None:
    text = nonces.nonce_text(value)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert len(text) == 16
    assert nonces.read_nonce_text(text) == value


@given(st.text(alphabet="AZaz27018= é", max_size=18))
def test_any_other_text_is_no_nonce(text: str) -> None:
    if re.fullmatch("[A-Z2-7]{16}", text):
        assert nonces.nonce_text(nonces.read_nonce_text(text)) == text
        return
    with pytest.raises(Refused) as refused:
        nonces.read_nonce_text(text)
    assert refused.value.reason is Reason.WRONG_TYPE
