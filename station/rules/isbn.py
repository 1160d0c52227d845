"""ISBN-13 on the back of a book: an EAN-13 barcode that begins with 978 or 979 (ISO 2108)."""

from __future__ import annotations

import re

_ISBN = re.compile(rb"97[89][0-9]{10}")


def read_isbn(code: bytes) -> str | None:
    """The 13 digits; None for anything else, and when the check digit is wrong."""
    if not _ISBN.fullmatch(code):
        return None
    digits = [int(digit) for digit in code.decode("ascii")]
    weighted = sum(digits[0::2]) + 3 * sum(digits[1::2])
    return code.decode("ascii") if weighted % 10 == 0 else None
