"""Bytes of the "WKLY" lock boards (start bytes 57 4B 4C 59). Pure.

A frame is the start, its whole length, board, command, data, and the XOR of everything before. Source: the vendor's
examples in several deployments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import xor

START = b"WKLY"
MIN_BYTES, MAX_BYTES = 8, 64
DONE = 0x00
OPEN, CLOSED = 0x00, 0x01


class Word(IntEnum):
    """Commands used here, and what a board says by itself."""

    OPEN_ONE = 0x82
    READ_ONE = 0x83
    READ_ALL = 0x84
    CHANGED = 0x85


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of one board."""

    board: int
    word: int
    data: bytes
    size: int


def write(board: int, word: Word, data: bytes = b"") -> bytes:
    """A request."""
    body = START + bytes((len(START) + 4 + len(data), board, word)) + data
    return body + bytes((reduce(xor, body, 0),))


def frames(data: bytes) -> Iterator[Frame]:
    """The valid frames of all boards in `data`, in order."""
    at = data.find(START)
    while 0 <= at <= len(data) - MIN_BYTES:
        size = data[at + 4]
        frame = data[at : at + size]
        whole = MIN_BYTES <= size <= MAX_BYTES and len(frame) == size and reduce(xor, frame, 0) == 0
        if whole:
            yield Frame(frame[5], frame[6], frame[7:-1], size)
        at = data.find(START, at + (size if whole else 1))
