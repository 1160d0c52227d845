"""Card bits, case reports and keys of OSDP readers, by literal values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import MAX_CODE_BYTES
from drivers.osdp_cards import INSTALL_KEY, MAX_CARD_BITS, card_code, case_is_open, read_key


@pytest.mark.parametrize(
    ("bits", "data", "code"),
    [
        (26, b"\xbd\xdb\x26\xc0", b"CARD:26:2F76C9B"),  # 10111101110110110010011011
        (26, b"\x00\x00\x00\x40", b"CARD:26:0000001"),
        (34, b"\x01\x02\x03\x04\x80", b"CARD:34:004080C12"),
        (32, b"\xde\xad\xbe\xef", b"CARD:32:DEADBEEF"),
        (1, b"\x80", b"CARD:1:1"),
        (1, b"\x7f", b"CARD:1:0"),  # the padding says nothing
        (37, b"\x00\x00\x00\x00\x08", b"CARD:37:0000000001"),
    ],
)
def test_the_bits_of_a_card_are_a_number_with_its_length(bits: int, data: bytes, code: bytes) -> None:
    assert card_code(bits, data) == code


@pytest.mark.parametrize(
    ("bits", "data"),
    [(0, b""), (-1, b""), (26, b"\x00" * 3), (26, b"\x00" * 5), (MAX_CARD_BITS + 1, b"\x00" * 33), (8, b"")],
)
def test_a_card_whose_bytes_do_not_fit_its_bits_is_none(bits: int, data: bytes) -> None:
    assert card_code(bits, data) is None


@given(st.integers(-1, MAX_CARD_BITS + 9), st.binary(max_size=40))
def test_any_card_is_a_short_printable_code_or_none(bits: int, data: bytes) -> None:
    code = card_code(bits, data)
    if code is not None:
        assert len(code) <= MAX_CODE_BYTES
        length, number = code.removeprefix(b"CARD:").split(b":")
        assert int(length) == bits
        assert int(number, 16) == int(f"{int.from_bytes(data):0{8 * len(data)}b}"[:bits], 2)


def test_a_longer_card_is_never_a_shorter_one() -> None:
    assert card_code(26, b"\xbd\xdb\x26\xc0") != card_code(27, b"\xbd\xdb\x26\xc0")


def test_the_first_byte_of_a_local_status_is_the_tamper_switch() -> None:
    assert case_is_open(b"\x01\x00") is True
    assert case_is_open(b"\x00\x01") is False  # the second is the power
    assert case_is_open(b"") is None


def test_a_key_is_32_digits_and_not_the_one_of_every_new_reader() -> None:
    assert read_key("000102030405060708090a0b0c0d0e0F\n") == bytes(range(16))
    with pytest.raises(ValueError, match="every new reader"):
        read_key(INSTALL_KEY.hex())
    for text in ("", "00" * 15, "00" * 17, "0g" * 16, "٠١" * 16, "00 " * 16):
        with pytest.raises(ValueError, match="32 hexadecimal digits") as told:
            read_key(text)
        assert not text or text not in str(told.value)
