"""Barcodes of books: the example of protocols.md, wrong digits, and whatever else a reader may read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.rules.isbn import read_isbn

BOOK = b"9787115546081"


def test_the_example() -> None:
    assert read_isbn(BOOK) == "9787115546081"


@pytest.mark.parametrize("place", range(13))
@pytest.mark.parametrize("more", range(1, 10))
def test_every_single_wrong_digit_is_found(place: int, more: int) -> None:
    wrong = (BOOK[place] - ord("0") + more) % 10
    assert read_isbn(BOOK[:place] + b"%d" % wrong + BOOK[place + 1 :]) is None


@pytest.mark.parametrize(
    "code",
    [
        b"",
        BOOK[:-1],
        BOOK + b"0",
        b"6901234567892",
        b"978-7-115-54608-1",
        BOOK + b"\n",
        "９７８７１１５５４６０８１".encode(),
    ],
)
def test_what_is_no_isbn(code: bytes) -> None:
    assert read_isbn(code) is None


@given(st.binary(max_size=20))
def test_any_bytes_never_raise(code: bytes) -> None:
    isbn = read_isbn(code)
    assert isbn is None or isbn.encode() == code


@given(st.sampled_from(["978", "979"]), st.integers(0, 10**9 - 1))
def test_one_of_ten_check_digits_fits(prefix: str, number: int) -> None:
    fitting = [read_isbn(f"{prefix}{number:09}{check}".encode()) for check in range(10)]
    assert sum(one is not None for one in fitting) == 1
