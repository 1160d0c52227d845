"""Base45 and CBOR have one form for each value, and no other is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.trust import base45, cbor
from station.trust.refusal import Reason, Refused
from tests.station.trust.layout import base45_decode, base45_encode, strict_loads

plain = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.booleans() | st.binary(max_size=40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-(2**64), 2**64 - 1), inner, max_size=4),
    max_leaves=8,
)


def refusal_of(data: bytes, max_bytes: int = cbor.MAX_CODE_BYTES) -> Reason:
    with pytest.raises(Refused) as refused:
        cbor.decode(data, max_bytes)
    return refused.value.reason


@given(st.binary(max_size=80))
def test_base45_comes_back(data: bytes) -> None:
    text = base45.encode(data)
    assert text == base45_encode(data)
    assert base45.decode(text.encode()) == data


@given(st.text(alphabet="0123456789AZ $%*+-./:az!", max_size=12))
def test_base45_takes_what_the_rfc_takes_and_writes_it_again(text: str) -> None:
    try:
        expected = base45_decode(text)
    except ValueError:
        with pytest.raises(Refused) as refused:
            base45.decode(text.encode())
        assert refused.value.reason is Reason.BAD_BASE45
    else:
        assert base45.decode(text.encode()) == expected
        assert base45.encode(expected) == text


@pytest.mark.parametrize("text", ["GGW", ":::", "::", "5R", "A", "AAAA", "aaa", "A\x00A", "AB\xff"])
def test_base45_refuses_what_the_rfc_forbids(text: str) -> None:
    with pytest.raises(Refused) as refused:
        base45.decode(text.encode("latin-1"))
    assert refused.value.reason is Reason.BAD_BASE45


@given(plain)
def test_cbor_comes_back(value: cbor.Cbor) -> None:
    data = cbor.encode(value)
    assert cbor.decode(data, 4096) == value


@given(st.binary(max_size=24))
def test_any_bytes_are_one_value_or_refused(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except Refused:
        with pytest.raises(ValueError, match=r"no CBOR|not deterministic"):
            strict_loads(data)
    else:
        assert strict_loads(data) == value


def test_keys_stand_in_bytewise_order() -> None:
    # RFC 8949, 4.2.1 has 24 before -1; the older "length first" order has it behind.
    assert cbor.encode({-1: 0, 24: 0, 10: 0}).hex() == "a30a001818002000"
    assert refusal_of(bytes.fromhex("a30a002000181800")) is Reason.NOT_CANONICAL


@pytest.mark.parametrize(
    ("hexed", "reason"),
    [
        ("", Reason.BAD_CBOR),
        ("1801", Reason.NOT_CANONICAL),  # 1 in two bytes
        ("1900ff", Reason.NOT_CANONICAL),
        ("5801ff", Reason.NOT_CANONICAL),
        ("7801 61", Reason.NOT_CANONICAL),
        ("0000", Reason.NOT_CANONICAL),  # something behind the end
        ("a201000100", Reason.NOT_CANONICAL),  # a key twice
        ("a202000100", Reason.NOT_CANONICAL),  # keys out of order
        ("a2f500 0100", Reason.WRONG_TYPE),  # true is no key, nor the same as 1
        ("a1616100", Reason.WRONG_TYPE),  # a text as a key
        ("a1a00000", Reason.WRONG_TYPE),
        ("a1800000", Reason.WRONG_TYPE),
        ("9fff", Reason.NOT_CANONICAL),
        ("bfff", Reason.NOT_CANONICAL),
        ("5f4100ff", Reason.NOT_CANONICAL),
        ("7f6161ff", Reason.NOT_CANONICAL),
        ("ff", Reason.NOT_CANONICAL),
        ("f6", Reason.WRONG_TYPE),  # null
        ("f7", Reason.WRONG_TYPE),
        ("e0", Reason.WRONG_TYPE),
        ("f818", Reason.WRONG_TYPE),
        ("f97e00", Reason.WRONG_TYPE),  # NaN
        ("f93c00", Reason.WRONG_TYPE),  # 1.0
        ("fb3ff0000000000000", Reason.WRONG_TYPE),
        ("c11a00000000", Reason.WRONG_TYPE),  # a date
        ("c24101", Reason.WRONG_TYPE),  # a big number
        ("c5821b7fffffffffffffff03", Reason.WRONG_TYPE),  # a decoder of decimals would compute for ages
        ("d81c80", Reason.WRONG_TYPE),  # shared references
        ("d2844040a040", Reason.WRONG_TYPE),
        ("1c", Reason.BAD_CBOR),
        ("9e", Reason.BAD_CBOR),
        ("18", Reason.BAD_CBOR),
        ("1b0000", Reason.BAD_CBOR),
        ("43aabb", Reason.BAD_CBOR),
        ("8200", Reason.BAD_CBOR),
        ("a100", Reason.BAD_CBOR),
        ("9bffffffffffffffff00", Reason.BAD_CBOR),
        ("bb7fffffffffffffff00", Reason.BAD_CBOR),
        ("5bffffffffffffffff00", Reason.BAD_CBOR),
        ("61ff", Reason.BAD_CBOR),  # no UTF-8
        ("81" * 9 + "00", Reason.BAD_CBOR),  # too deep
    ],
)
def test_cbor_in_any_other_form_is_refused(hexed: str, reason: Reason) -> None:
    assert refusal_of(bytes.fromhex(hexed)) is reason


def test_depth_and_length_have_a_limit() -> None:
    deepest = b"\x81" * cbor.MAX_DEPTH + b"\x00"
    assert cbor.decode(deepest)
    assert refusal_of(b"\x81" + deepest) is Reason.BAD_CBOR
    longest = cbor.encode(bytes(cbor.MAX_CODE_BYTES - 3))
    assert len(longest) == cbor.MAX_CODE_BYTES
    assert cbor.decode(longest)
    assert refusal_of(cbor.encode(bytes(cbor.MAX_CODE_BYTES - 2))) is Reason.TOO_LONG


@pytest.mark.parametrize("value", [1.5, None, {"a": 1}, {True: 1}, 2**64, -(2**64) - 1, (1, 2), {1: None}])
def test_only_what_the_formats_hold_is_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"know|integer"):
        cbor.encode(value)  # type: ignore[arg-type]
