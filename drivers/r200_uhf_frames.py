"""Bytes of UHF tag readers of the M100, QM100, R200, JRD-4035 family: requests, tags, and frames in a stream.

Source: M100/R200 user protocol. A frame is `BB`, type, command, length (two bytes, high first), data, the sum of all
from type to data, `7E`. Pure: bytes in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass

INVENTORY = 0x22
INVENTORIES = 0x27
STOP = 0x28

MAX_EPC_BYTES = 62
"""A tag tells the length of its number in five bits, in words of two bytes."""

MAX_DATA = 5 + MAX_EPC_BYTES
"""Signal strength, the tag's control word and its checksum stand around the number; nothing longer is asked for."""

_HEAD, _END = 0xBB, 0x7E
_REQUEST, _RESPONSE, _NOTICE = 0x00, 0x01, 0x02
_FAILED = 0xFF
_NO_TAG = 0x15
_DATA_AT = 5
_AROUND = 7  # head, type, command, length, sum, end
_EPC_AT = 3  # strength, control word
_TAG_CRC_BYTES = 2


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag answered. `epc` is its number, `dbm` how strongly it was heard."""

    epc: bytes
    dbm: int


@dataclass(frozen=True, slots=True)
class NoTag:
    """One look is over, and no tag answered."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The reader could not look, for this reason of its own."""

    code: int


@dataclass(frozen=True, slots=True)
class Other:
    """Any other answer of a reader."""

    command: int


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no frame."""

    count: int


Found = Tag | NoTag | Failed | Other | Noise


def request(command: int, data: bytes = b"") -> bytes:
    body = bytes((_REQUEST, command)) + len(data).to_bytes(2, "big") + data
    return bytes((_HEAD,)) + body + bytes((sum(body) & 0xFF, _END))


class Stream:
    """Finds frames in a stream, however it is cut. Holds less than one frame."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Found]:
        """Take what has arrived."""
        self._held += data
        return self._cut(more_comes=True)

    def silence(self) -> list[Found]:
        """Nothing more comes: what had begun was no frame, and one may stand in it."""
        return self._cut(more_comes=False)

    def _cut(self, *, more_comes: bool) -> list[Found]:
        found: list[Found] = []
        noise = 0
        while self._held:
            size = _size(self._held)
            if more_comes and (size is None or len(self._held) < size):
                break
            frame = _read(bytes(self._held[:size])) if size else None
            if frame is None:
                noise += 1
            else:
                found.append(frame)
            del self._held[: size if frame is not None else 1]
        if noise:
            found.append(Noise(noise))
        return found


def _size(held: bytearray) -> int | None:
    """Of the frame at the start: None when more bytes are needed, 0 when there is none."""
    if held[0] != _HEAD or (len(held) > 1 and held[1] not in (_RESPONSE, _NOTICE)):
        return 0
    if len(held) < _DATA_AT:
        return None
    length = int.from_bytes(held[3:_DATA_AT], "big")
    return _AROUND + length if length <= MAX_DATA else 0


def _read(frame: bytes) -> Found | None:
    if len(frame) < _AROUND or frame[-1] != _END or sum(frame[1:-2]) & 0xFF != frame[-2]:
        return None
    kind, command, data = frame[1], frame[2], frame[_DATA_AT:-2]
    if kind == _NOTICE:
        return _tag(data) if command == INVENTORY else None
    if command == _FAILED and data:
        return NoTag() if data[0] == _NO_TAG else Failed(data[0])
    return Other(command)


def _tag(data: bytes) -> Tag | None:
    """None when the number is not as long as its control word says."""
    if len(data) <= _EPC_AT:
        return None
    epc = data[_EPC_AT:-_TAG_CRC_BYTES]
    words = data[1] >> 3
    if not epc or len(epc) != 2 * words:
        return None
    return Tag(epc, int.from_bytes(data[:1], "big", signed=True))
