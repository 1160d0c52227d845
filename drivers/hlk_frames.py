"""Bytes that Hi-Link's LD2410 and LD2450 radars have in common: commands, acknowledgements, and frames in a stream.

Sources: HLK-LD2410 serial communication protocol V1.02 and HLK-LD2450 communication protocol; their command frames are
the same to the byte. There is no checksum: header, length and footer are all that tells a frame from noise. Numbers
are little-endian. Pure: bytes in, values out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

COMMAND_HEAD = b"\xfd\xfc\xfb\xfa"
COMMAND_FOOT = b"\x04\x03\x02\x01"
MAX_BODY = 64
"""The module's own buffer (40 hex) limits every frame with a length."""

HEAD_BYTES = 4
FOOT_BYTES = 4
_BODY_AT = 6
_MIN_ACK = 4

R = TypeVar("R")


class Word(IntEnum):
    """Commands used here."""

    ENTER = 0x00FF
    LEAVE = 0x00FE
    MULTI_TARGET = 0x0090  # LD2450 only
    BLUETOOTH = 0x00A4
    RESTART = 0x00A3


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer to one command."""

    word: int
    ok: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no frame."""

    count: int


def command(word: Word, data: bytes = b"") -> bytes:
    body = word.to_bytes(2, "little") + data
    return COMMAND_HEAD + len(body).to_bytes(2, "little") + body + COMMAND_FOOT


def size_by_length(held: bytes) -> int | None:
    """Of the frame at the start, by the length in it: None when more bytes are needed, 0 when it is impossible."""
    if len(held) < _BODY_AT:
        return None
    length = int.from_bytes(held[HEAD_BYTES:_BODY_AT], "little")
    return _BODY_AT + length + FOOT_BYTES if length <= MAX_BODY else 0


def body_of(frame: bytes) -> bytes:
    """What stands between length and footer."""
    return frame[_BODY_AT:-FOOT_BYTES]


class Stream(Generic[R]):
    """Finds reports and acknowledgements in a stream, however it is cut. Holds at most one frame.

    A report begins with `head`; `size` is how long it is (see `size_by_length`), `read` gives None for what is none.
    """

    def __init__(self, head: bytes, size: Callable[[bytes], int | None], read: Callable[[bytes], R | None]) -> None:
        self._head = head
        self._size = size
        self._read = read
        self._held = bytearray()

    def feed(self, data: bytes) -> list[R | Ack | Noise]:
        """Take what has arrived."""
        found: list[R | Ack | Noise] = []
        noise = 0
        self._held += data
        while self._held:
            skip = self._noise_before_head()
            if skip:
                noise += skip
                del self._held[:skip]
                continue
            is_report = self._held.startswith(self._head)
            size = (self._size if is_report else size_by_length)(bytes(self._held))
            if size is None or len(self._held) < size:
                break
            frame = (self._read if is_report else _read_ack)(bytes(self._held[:size])) if size else None
            if frame is None:
                noise += 1
                del self._held[:1]
            else:
                found.append(frame)
                del self._held[:size]
        if noise:
            found.append(Noise(noise))
        return found

    def _noise_before_head(self) -> int:
        """How many bytes stand before the first place where a frame may begin."""
        for at in range(len(self._held)):
            start = bytes(self._held[at : at + HEAD_BYTES])
            if self._head.startswith(start) or COMMAND_HEAD.startswith(start):
                return at
        return len(self._held)


def _read_ack(frame: bytes) -> Ack | None:
    body = body_of(frame)
    if not frame.endswith(COMMAND_FOOT) or len(body) < _MIN_ACK or body[1] != 1:
        return None
    return Ack(body[0], int.from_bytes(body[2:4], "little") == 0, body[4:])
