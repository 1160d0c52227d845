"""Bytes of the "8A/80" lock boards (Guangzhou Shuoming and clones, 2 to 50 channels). Pure.

A frame is head, board, channel, function or status, and the XOR of all of them. Read-all replies hold one status byte
for eight channels in place of the last two. Source: the maker's 485 lock board protocol, 2024A1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor

UNLOCK, READ = 0x8A, 0x80
CHANGED = (0x82, 0x81)
"""Heads of what a board says by itself when a cell moves; a hint only."""
OPEN_IT, READ_IT = 0x11, 0x33
ALL = 0x00
ZERO, ONE = 0x00, 0x11
MAX_STATUS_BYTES = 7
_HEADS = frozenset({UNLOCK, READ, *CHANGED})
_FRAME_BYTES = 5
_LONGEST_BYTES = MAX_STATUS_BYTES + 4


@dataclass(frozen=True, slots=True)
class One:
    """The status of one channel. `bit` is True for 11: what that means depends on the lock's contact."""

    head: int
    channel: int
    bit: bool


@dataclass(frozen=True, slots=True)
class All:
    """The status of every channel, from channel 1 on."""

    bits: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A frame of some board in a piece of data, and its length."""

    board: int
    frame: One | All
    size: int


def checked(data: bytes) -> bytes:
    """With the XOR of all bytes behind them."""
    return data + bytes((reduce(xor, data, 0),))


def unlock(board: int, channel: int) -> bytes:
    """Open one cell. There is none for all at once here: nobody needs it, and it would empty a locker."""
    return checked(bytes((UNLOCK, board, channel, OPEN_IT)))


def read_one(board: int, channel: int) -> bytes:
    """Read one channel."""
    return checked(bytes((READ, board, channel, READ_IT)))


def read_all(board: int) -> bytes:
    """Read every channel."""
    return checked(bytes((READ, board, ALL, READ_IT)))


def frames(data: bytes, *, high_first: bool = True) -> Iterator[Found]:
    """The valid frames of all boards in `data`, in order, without overlap. `high_first`: highest channels first."""
    at = 0
    while at + _FRAME_BYTES <= len(data):
        found = _at(data[at : at + _LONGEST_BYTES], high_first) if data[at] in _HEADS else None
        if found is not None:
            yield found
        at += found.size if found is not None else 1


def _at(data: bytes, high_first: bool) -> Found | None:
    head, board, channel, status, _ = frame = data[:_FRAME_BYTES]
    if head == READ and (found := _read_all_at(data, high_first)) is not None:
        return found
    if status not in (ZERO, ONE) or channel == ALL:
        return None
    return Found(board, One(head, channel, status == ONE), _FRAME_BYTES) if checked(frame[:-1]) == frame else None


def _read_all_at(data: bytes, high_first: bool) -> Found | None:
    """How many status bytes there are is told by the frame, not by the channels: small boards may send three."""
    for count in range(MAX_STATUS_BYTES, 0, -1):
        frame = data[: count + 4]
        if len(frame) == count + 4 and frame[-2] == READ_IT and checked(frame[:-1]) == frame:
            status = frame[2:-2][::-1] if high_first else frame[2:-2]
            bits = tuple(bool(byte >> bit & 1) for byte in status for bit in range(8))
            return Found(frame[1], All(bits), len(frame))
    return None
