"""Bytes of Kerong CU12 and CU16 lock boards (02 .. 03 SUM). Pure.

A request is 02, address, command, 03 and the sum of all of them; the address has the board in its high and the lock
(from 0) in its low half. Source: Kerong's examples in several integrations.
"""

from __future__ import annotations

from collections.abc import Iterator

START, END = 0x02, 0x03
READ, UNLOCK, STATUS, READ_TIME = 0x30, 0x31, 0x35, 0x38
LOCKS = 16
STATUS_BYTES = 9


def _summed(data: bytes) -> bytes:
    return data + bytes((sum(data) & 0xFF,))


def unlock(board: int, lock: int) -> bytes:
    """Open lock 0 to 15 of a board. There is none for all at once here."""
    return _summed(bytes((START, board << 4 | lock, UNLOCK, END)))


def read(board: int) -> bytes:
    """Read all hooks of a board."""
    return _summed(bytes((START, board << 4, READ, END)))


def read_time(board: int) -> bytes:
    """Read the unlock time: harmless, and some boards stay busy after an unlock until they have been asked."""
    return _summed(bytes((START, board << 4, READ_TIME, END)))


def statuses(data: bytes) -> Iterator[tuple[int, tuple[bool, ...]]]:
    """Every valid status in `data`: of which board, and for each of 16 locks whether its hook is closed."""
    at = data.find(START)
    while 0 <= at <= len(data) - STATUS_BYTES:
        frame = data[at : at + STATUS_BYTES]
        is_status = frame[2] == STATUS and frame[7] == END and _summed(frame[:-1]) == frame
        if is_status:
            hooks = int.from_bytes(frame[3:5], "little")
            yield frame[1] >> 4, tuple(bool(hooks >> lock & 1) for lock in range(LOCKS))
        at = data.find(START, at + (STATUS_BYTES if is_status else 1))
