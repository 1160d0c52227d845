"""What is left of a damaged database file, read without SQLite, which gives up at the first broken page.

The format is https://www.sqlite.org/fileformat2.html (sections 1.6, 2.1 and 4): pages of a fixed size, of which the
leaves of a table hold its records, and a write-ahead log of frames, each a page and a checksum over all before it.
What comes out of here may be nonsense; the journal's chain tells.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from station.journal_schema import PAGE_BYTES

LOG_HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
LOG_MAGIC = 0x377F0682  # with the last bit set the checksums are taken over big-endian words
TABLE_LEAF = 0x0D
MAX_RECORD_BYTES = 1024 * 1024

FIXED_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a column by its serial type: nothing, six integers, a float, the constants 0 and 1; above come texts."""

FLOAT = 7
VARINT_GOES_ON = 0x80

Value = int | str | bytes | float | None


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was found. `sure` is False in the part of the log that SQLite would not look at."""

    rowid: int
    values: tuple[Value, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One page in the write-ahead log. `commit` marks the end of a transaction."""

    number: int
    data: bytes
    commit: bool
    sure: bool


@dataclass(frozen=True, slots=True)
class Log:
    """A write-ahead log. `damage` says what is broken in it, empty when a power cut explains everything."""

    frames: tuple[Frame, ...] = ()
    damage: str = ""


def read_at(file: FileIO, offset: int) -> bytes:
    """One page's bytes; empty where the card cannot read them any more."""
    try:
        return os.pread(file.fileno(), PAGE_BYTES, offset)
    except OSError:
        return b""


def checksum(before: tuple[int, int], data: bytes, *, big_endian: bool) -> tuple[int, int]:
    """SQLite's running checksum over 32-bit words, two at a time."""
    first, second = before
    words = struct.unpack(f"{'>' if big_endian else '<'}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second


def read_log(path: Path) -> Log:
    """Read a write-ahead log; one that does not exist is empty.

    Each commit is on the card before the next one begins. So a power cut can tear the last transaction only: when two
    or more ends of transactions stand behind the first bad frame, frames were damaged later.
    """
    data = path.read_bytes() if path.exists() else b""
    header = data[:LOG_HEADER_BYTES]
    if not any(header) or len(data) < LOG_HEADER_BYTES + FRAME_HEADER_BYTES + PAGE_BYTES:
        return Log()
    magic, _, _, _, salt_1, salt_2, *sums = struct.unpack(">8I", header)
    big_endian = bool(magic & 1)
    running = checksum((0, 0), header[:24], big_endian=big_endian)
    header_holds = magic & ~1 == LOG_MAGIC and running == tuple(sums)
    if not header_holds:  # the first frame belongs to the same round and names the same salts
        salt_1, salt_2 = struct.unpack_from(">2I", data, LOG_HEADER_BYTES + 8)
    frames: list[Frame] = []
    holds, committed = header_holds, 0
    for offset in range(
        LOG_HEADER_BYTES, len(data) - FRAME_HEADER_BYTES - PAGE_BYTES + 1, FRAME_HEADER_BYTES + PAGE_BYTES
    ):
        number, size_after, frame_salt_1, frame_salt_2, *sums = struct.unpack_from(">6I", data, offset)
        page = data[offset + FRAME_HEADER_BYTES : offset + FRAME_HEADER_BYTES + PAGE_BYTES]
        if (frame_salt_1, frame_salt_2) != (salt_1, salt_2):
            holds = False
            continue
        if holds:
            running = checksum(running, data[offset : offset + 8] + page, big_endian=big_endian)
            holds = running == tuple(sums)
        frames.append(Frame(number, page, size_after > 0, holds))
        if holds and size_after:
            committed = len(frames)
    return Log(*judged(frames, committed, header_holds=header_holds))


def judged(frames: list[Frame], committed: int, *, header_holds: bool) -> tuple[tuple[Frame, ...], str]:
    """Only whole transactions are sure; more than one unsure one is damage."""
    unsure = [Frame(frame.number, frame.data, frame.commit, sure=False) for frame in frames[committed:]]
    ends = sum(frame.commit for frame in unsure)
    damage = ""
    if not header_holds and frames:
        damage = "the header of the write-ahead log is damaged"
    elif ends > 1:
        damage = f"the write-ahead log is damaged at frame {committed + 1}, {ends} commits stand behind it"
    return (*frames[:committed], *unsure), damage


def records(database: Path, log: Log) -> Iterator[Record]:
    """Every record in every readable leaf page of any table: the database's, then the log's in the order of writing."""
    newest: dict[int, bytes] = {}
    with FileIO(database) as file:

        def page_at(number: int) -> bytes:
            return newest.get(number) or read_at(file, (number - 1) * PAGE_BYTES)

        for number in range(1, os.fstat(file.fileno()).st_size // PAGE_BYTES + 1):
            yield from records_of(page_at(number), number, page_at, sure=True)
        for frame in log.frames:
            newest[frame.number] = frame.data
            yield from records_of(frame.data, frame.number, page_at, sure=frame.sure)


def records_of(page: bytes, number: int, page_at: Callable[[int], bytes], *, sure: bool) -> Iterator[Record]:
    """The records of one page; none when it is not a leaf of a table."""
    at = 100 if number == 1 else 0
    if len(page) < PAGE_BYTES or page[at] != TABLE_LEAF:
        return
    (count,) = struct.unpack_from(">H", page, at + 3)
    for index in range(min(count, (PAGE_BYTES - at - 8) // 2)):
        (offset,) = struct.unpack_from(">H", page, at + 8 + 2 * index)
        try:
            yield record_at(page, offset, page_at, sure=sure)
        except (IndexError, ValueError, struct.error):
            continue  # a broken record among good ones


def record_at(page: bytes, offset: int, page_at: Callable[[int], bytes], *, sure: bool) -> Record:
    """The record that begins at `offset`. Raises IndexError, ValueError or struct.error when it is broken."""
    size, offset = varint(page, offset)
    rowid, offset = varint(page, offset)
    if size > MAX_RECORD_BYTES:
        raise ValueError("too long")
    usable = PAGE_BYTES
    here = size
    if size > usable - 35:
        least = (usable - 12) * 32 // 255 - 23
        here = least + (size - least) % (usable - 4)
        here = here if here <= usable - 35 else least
    payload = page[offset : offset + here]
    if here < size:
        (following,) = struct.unpack_from(">I", page, offset + here)
        while len(payload) < size and following:
            further = page_at(following)
            (following,) = struct.unpack_from(">I", further)
            payload += further[4:]
    if len(payload) < size:
        raise ValueError("cut short")
    return Record(rowid, tuple(values_of(payload[:size])), sure)


def values_of(payload: bytes) -> Iterator[Value]:
    """The columns of a record."""
    header_size, at = varint(payload, 0)
    offset = header_size
    while at < header_size:
        kind, at = varint(payload, at)
        size = FIXED_SIZES[kind] if 0 <= kind < len(FIXED_SIZES) else (kind - 12) // 2
        field = payload[offset : offset + size]
        if size < 0 or len(field) < size:
            raise ValueError("cut short")
        offset += size
        yield value_of(kind, field)


def value_of(kind: int, field: bytes) -> Value:
    """One column by its serial type."""
    if kind == 0:
        return None
    if kind < FLOAT:
        return int.from_bytes(field, "big", signed=True)
    if kind == FLOAT:
        return float(struct.unpack(">d", field)[0])
    if kind < len(FIXED_SIZES):
        return kind - len(FIXED_SIZES) + 2
    return field.decode() if kind % 2 else field


def varint(data: bytes, offset: int) -> tuple[int, int]:
    """SQLite's variable-length integer and the place after it."""
    value = 0
    for index in range(8):
        byte = data[offset + index]
        value = value << 7 | byte & 0x7F
        if byte < VARINT_GOES_ON:
            return value, offset + index + 1
    value = value << 8 | data[offset + 8]
    return value - (1 << 64) if value >> 63 else value, offset + 9
