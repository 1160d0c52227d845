"""What an OSDP reader tells of cards and of its own case; the pure half of `drivers.osdp`.

Source: IEC 60839-11-5 (OSDP 2.2), replies RAW (50) and LSTATR (48).
"""

from __future__ import annotations

import re

MAX_CARD_BITS = 256
"""The longest number of a card that is handed on; formats in use have 26 to 200 bits."""

INSTALL_KEY = bytes(range(0x30, 0x40))
"""The key that every reader has when it is new: everybody knows it."""

_KEY = re.compile(r"[0-9A-Fa-f]{32}")


def card_code(bits: int, data: bytes) -> bytes | None:
    """The text that stands for a card: `CARD:26:2F76C9B`, the bits in decimal, their value in hexadecimal.

    On the wire the bits begin at the highest bit of the first byte; in the text they end at the lowest of the last
    digit. None when there are not as many bytes as `bits` need.
    """
    if not 0 < bits <= MAX_CARD_BITS or len(data) != (bits + 7) // 8:
        return None
    number = int.from_bytes(data) >> (-bits % 8)
    return f"CARD:{bits}:{number:0{(bits + 3) // 4}X}".encode()


def case_is_open(report: bytes) -> bool | None:
    """Whether a local status report says that the reader's case is open (its tamper switch); None for no report."""
    return bool(report[0]) if report else None


def read_key(text: str) -> bytes:
    """A reader's secure channel key from 32 hexadecimal digits. Raises ValueError, which never repeats the key."""
    if not _KEY.fullmatch(text.strip()):
        raise ValueError("a reader's key is 32 hexadecimal digits")
    key = bytes.fromhex(text.strip())
    if key == INSTALL_KEY:
        raise ValueError("this is the key of every new reader: give the reader one of its own")
    return key
