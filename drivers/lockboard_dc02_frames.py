"""Bytes of the "DC 02" lock boards (Guangzhou Dingchang, 12 channels). Pure.

The host begins with DC 02, the board with DC FE; address, command, how many bytes of data, data, and the sum from the
address to the end of the data. A mask has channels 9 to 12 in its first and 1 to 8 in its second byte; 1 is open.
Source: the maker's manual. Its table says that a lock's state comes with the lock's number, its printed examples lack
the number: both are taken, by the length that they state themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

HOST, BOARD = b"\xdc\x02", b"\xdc\xfe"
LOCKS = 12
OPEN, CLOSED = 0x01, 0x00
MAX_DATA_BYTES = 2
"""A board never says more in one frame."""
_AROUND_DATA = len(BOARD) + 4


class Word(IntEnum):
    """Commands used here. There are others that open several or all locks, or hold a coil on."""

    OPEN_ONE = 0x10
    READ_ALL = 0x12


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of one board."""

    board: int
    word: int
    data: bytes
    size: int


def write(board: int, word: Word, data: bytes = b"") -> bytes:
    """A request."""
    body = bytes((board, word, len(data))) + data
    return HOST + body + bytes((sum(body) & 0xFF,))


def frames(data: bytes) -> Iterator[Frame]:
    """The valid frames of all boards in `data`, in order."""
    at = data.find(BOARD)
    while 0 <= at <= len(data) - _AROUND_DATA:
        size = _AROUND_DATA + data[at + 4]
        frame = data[at : at + size]
        whole = size <= _AROUND_DATA + MAX_DATA_BYTES and len(frame) == size and sum(frame[2:-1]) & 0xFF == frame[-1]
        if whole:
            yield Frame(frame[2], frame[3], frame[5:-1], size)
        at = data.find(BOARD, at + (size if whole else 1))


def open_locks(mask: bytes) -> tuple[bool, ...]:
    """For each of 12 locks whether it is open, from the two bytes of a mask."""
    bits = int.from_bytes(mask, "big")
    return tuple(bool(bits >> lock & 1) for lock in range(LOCKS))
