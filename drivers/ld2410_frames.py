"""Bytes of HLK-LD2410 radars: reports, commands and their acknowledgements.

Source: HLK-LD2410 serial communication protocol V1.02 and later. There is no checksum: header, length and footer are
all that tells a frame from noise. Numbers are little-endian. Pure: bytes in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

REPORT_HEAD = b"\xf4\xf3\xf2\xf1"
REPORT_FOOT = b"\xf8\xf7\xf6\xf5"
COMMAND_HEAD = b"\xfd\xfc\xfb\xfa"
COMMAND_FOOT = b"\x04\x03\x02\x01"
MAX_BODY = 64
"""The module's own buffer (40 hex) limits every frame."""

_LENGTH_AT = 4
_BODY_AT = 6
_FOOT_BYTES = 4
_BASIC, _ENGINEERING = 0x02, 0x01
_REPORT_BYTES = 9  # state, moving cm and energy, still cm and energy, detection cm
_MIN_ACK = 4


class Word(IntEnum):
    """Commands used here."""

    ENTER = 0x00FF
    LEAVE = 0x00FE
    BLUETOOTH = 0x00A4
    RESTART = 0x00A3


class State(IntEnum):
    """What the radar sees."""

    NOBODY = 0
    MOVING = 1
    STILL = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Report:
    """One report. Distances in cm, energies in percent. `state` None: the radar measures its background now."""

    state: State | None
    moving_cm: int
    moving_energy: int
    still_cm: int
    still_energy: int
    detection_cm: int

    @property
    def distance_cm(self) -> int:
        """How far away the nearest person is; some firmware leaves the detection distance at 0."""
        if self.state is State.MOVING:
            return self.detection_cm or self.moving_cm
        return self.detection_cm or self.still_cm or self.moving_cm


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


class Stream:
    """Finds frames in a stream, however it is cut. Holds at most one frame."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Report | Ack | Noise]:
        """Take what has arrived."""
        found: list[Report | Ack | Noise] = []
        noise = 0
        self._held += data
        while self._held:
            skip = self._noise_before_head()
            if skip:
                noise += skip
                del self._held[:skip]
                continue
            size = self._frame_size()
            if size is None:
                break
            frame = _read(bytes(self._held[:size])) if size else None
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
            start = bytes(self._held[at : at + _LENGTH_AT])
            if REPORT_HEAD.startswith(start) or COMMAND_HEAD.startswith(start):
                return at
        return len(self._held)

    def _frame_size(self) -> int | None:
        """Of the frame at the start: None when more bytes are needed, 0 when it is impossible."""
        if len(self._held) < _BODY_AT:
            return None
        length = int.from_bytes(self._held[_LENGTH_AT:_BODY_AT], "little")
        if length > MAX_BODY:
            return 0
        size = _BODY_AT + length + _FOOT_BYTES
        return size if len(self._held) >= size else None


def _read(frame: bytes) -> Report | Ack | None:
    body, foot = frame[_BODY_AT:-_FOOT_BYTES], frame[-_FOOT_BYTES:]
    if frame.startswith(REPORT_HEAD):
        return _read_report(body) if foot == REPORT_FOOT else None
    if foot != COMMAND_FOOT or len(body) < _MIN_ACK or body[1] != 1:
        return None
    return Ack(body[0], int.from_bytes(body[2:4], "little") == 0, body[4:])


def _read_report(body: bytes) -> Report | None:
    well_formed = (
        len(body) >= 2 + _REPORT_BYTES + 2
        and body[0] in (_BASIC, _ENGINEERING)
        and body[1] == 0xAA  # noqa: PLR2004 - marks of the protocol, with 55 00 at the end
        and body[-2:] == b"\x55\x00"
    )
    if not well_formed:
        return None
    fields = body[2 : 2 + _REPORT_BYTES]
    return Report(
        state=State(fields[0]) if fields[0] <= State.BOTH else None,
        moving_cm=int.from_bytes(fields[1:3], "little"),
        moving_energy=fields[3],
        still_cm=int.from_bytes(fields[4:6], "little"),
        still_energy=fields[6],
        detection_cm=int.from_bytes(fields[7:9], "little"),
    )
