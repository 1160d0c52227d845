"""Codes that people choose: hashed by a standard, and never the same hash twice."""

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.trust.keypad import CODE_DIGITS, ITERATIONS, SALT_BYTES, code_hash, fits, is_guessable, new_salt

SECRET = bytes(range(32))


def test_it_is_pbkdf2() -> None:
    salt = bytes(16)
    assert code_hash("493817", salt) == hashlib.pbkdf2_hmac("sha256", b"493817", salt, ITERATIONS, 32)


def test_only_the_same_digits_fit() -> None:
    salt = new_salt(SECRET, "lockers", "7", 1)
    kept = code_hash("493817", salt)
    assert fits("493817", salt, kept)
    assert not fits("493818", salt, kept)
    assert not fits("", salt, kept)
    assert not fits("493817", bytes(16), kept)


def test_every_choice_has_its_own_salt() -> None:
    salts = {
        new_salt(secret, service, thing, at_ms)
        for secret in (SECRET, bytes(32))
        for service, thing in (("a", "bc"), ("ab", "c"))
        for at_ms in (0, 1)
    }
    assert len(salts) == 8
    assert {len(salt) for salt in salts} == {SALT_BYTES}


@pytest.mark.parametrize("digits", ["000000", "999999", "012345", "987654"])
def test_guessable(digits: str) -> None:
    assert is_guessable(digits)


@given(st.text("0123456789", min_size=CODE_DIGITS, max_size=CODE_DIGITS))
def test_few_codes_are_guessable(digits: str) -> None:
    assert is_guessable(digits) == (digits in "0123456789" or digits in "9876543210" or len(set(digits)) == 1)


def test_a_try_costs_milliseconds_and_not_the_loop_s_patience() -> None:
    began = time.process_time()
    code_hash("493817", bytes(16))
    assert time.process_time() - began < 0.5
