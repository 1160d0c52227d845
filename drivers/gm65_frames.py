"""Bytes of GM65-family scanners (GM65, GM805, GM812, GM861): requests, replies, and the codes between them.

Source: GM65 user manual, serial command section. Pure: bytes in, values out.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass
from enum import IntEnum

from drivers.contract import MAX_CODE_BYTES

MAX_REPLY_DATA = 16
"""Zones asked for at once are never more; a longer reply is noise or a code that imitates one."""

_HEAD = b"\x7e\x00"
_REPLY_STARTS = (0x02, 0x03)  # 03: the GM812's heartbeat
_REPLY_HEAD_BYTES = 4  # start, 00, status, length
_CRC_BYTES = 2
_ENDS = (0x0D, 0x0A)
_FIRST_PRINTABLE, _LAST_PRINTABLE = 0x20, 0x7E


class Kind(IntEnum):
    """What a request does."""

    READ = 0x07
    WRITE = 0x08
    FLASH = 0x09  # 00 saves the settings


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked of the module. For `READ` the one data byte says how many zones from `zone` on."""

    kind: Kind
    zone: int
    data: bytes

    def encode(self) -> bytes:
        body = bytes((self.kind, len(self.data))) + self.zone.to_bytes(2, "big") + self.data
        return _HEAD + body + crc_hqx(body, 0).to_bytes(2, "big")


def read_zones(zone: int, count: int = 1) -> Request:
    return Request(Kind.READ, zone, bytes((count,)))


def write_zones(zone: int, values: bytes) -> Request:
    return Request(Kind.WRITE, zone, values)


def save() -> Request:
    """Keep the settings over a power cut."""
    return Request(Kind.FLASH, 0, b"\x00")


def baud_divisor(baud: int) -> bytes:
    """The two bytes of zones 002A and 002B."""
    return ((3_000_000 + baud // 2) // baud).to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Reply:
    """The module's answer; its CRC was right."""

    ok: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Code:
    """One record of at most `MAX_CODE_BYTES` printable ASCII bytes."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Junk:
    """One record that cannot be a code."""

    reason: str


class Stream:
    """Separates replies from codes, however the bytes are cut. Holds at most one reply and one code.

    A reply is looked for everywhere; when it stands inside a record the record is junk, because text and a code that
    imitates a reply cannot be told apart there.
    """

    def __init__(self) -> None:
        self._reply = bytearray()
        self._record = bytearray()
        self._fault = ""

    @property
    def partial(self) -> bool:
        """Something has begun whose end has not come."""
        return bool(self._reply or self._record or self._fault)

    def feed(self, data: bytes) -> list[Reply | Code | Junk]:
        """Take what has arrived."""
        found: list[Reply | Code | Junk] = []
        waiting = bytearray(data)
        waiting.reverse()
        while waiting:
            byte = waiting.pop()
            if self._reply or byte in _REPLY_STARTS:
                self._reply.append(byte)
                self._try_reply(waiting, found)
            else:
                self._take(byte, found)
        return found

    def silence(self) -> list[Reply | Code | Junk]:
        """Nothing came for 50 ms: what has begun is over."""
        found: list[Reply | Code | Junk] = []
        if self._reply:
            self._reply.clear()
            self._fault = "bytes that are no text"
        self._end(found)
        return found

    def _try_reply(self, waiting: bytearray, found: list[Reply | Code | Junk]) -> None:
        held = self._reply
        if (len(held) > 1 and held[1] != 0) or (len(held) >= _REPLY_HEAD_BYTES and held[3] > MAX_REPLY_DATA):
            self._no_reply(waiting)
        elif len(held) >= _REPLY_HEAD_BYTES and len(held) == _REPLY_HEAD_BYTES + held[3] + _CRC_BYTES:
            body, check = bytes(held[2:-_CRC_BYTES]), int.from_bytes(held[-_CRC_BYTES:], "big")
            if crc_hqx(body, 0) != check:
                self._no_reply(waiting)
                return
            held.clear()
            if self._record:
                self._fault = "a reply inside a code"
            found.append(Reply(body[0] == 0, body[2:]))

    def _no_reply(self, waiting: bytearray) -> None:
        """The first byte was only noise; the others are looked at again."""
        waiting.extend(reversed(self._reply[1:]))
        self._reply.clear()
        self._fault = "bytes that are no text"

    def _take(self, byte: int, found: list[Reply | Code | Junk]) -> None:
        if byte in _ENDS:
            self._end(found)
        elif self._fault:
            pass
        elif not _FIRST_PRINTABLE <= byte <= _LAST_PRINTABLE:
            self._fault = "bytes that are no text"
        elif len(self._record) == MAX_CODE_BYTES:
            self._fault = f"longer than {MAX_CODE_BYTES} bytes"
        else:
            self._record.append(byte)

    def _end(self, found: list[Reply | Code | Junk]) -> None:
        if self._fault:
            found.append(Junk(self._fault))
        elif self._record:
            found.append(Code(bytes(self._record)))
        self._record.clear()
        self._fault = ""
