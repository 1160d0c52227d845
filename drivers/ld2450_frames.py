"""Reports of HLK-LD2450 trackers; their commands and acknowledgements are in `hlk_frames`.

Source: HLK-LD2450 communication protocol. A report has a fixed size and no length, which is why its four first bytes
and two last ones are all that tells it from noise. Numbers are little-endian, positions and speed sign-magnitude with
bit 15 set meaning **positive**. Pure: bytes in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers import hlk_frames

HEAD = b"\xaa\xff\x03\x00"
FOOT = b"\x55\xcc"
MAX_TARGETS = 3

_TARGET_BYTES = 8
_NO_TARGET = bytes(_TARGET_BYTES)
_SIZE = len(HEAD) + MAX_TARGETS * _TARGET_BYTES + len(FOOT)
_POSITIVE = 0x8000


@dataclass(frozen=True, slots=True)
class Target:
    """One person, seen from the radar: `x_mm` to its right, `y_mm` before it, `speed_cm_s` positive when coming."""

    x_mm: int
    y_mm: int
    speed_cm_s: int
    resolution_mm: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everybody whom the radar tracks now, at most `MAX_TARGETS`."""

    targets: tuple[Target, ...]


def stream() -> hlk_frames.Stream[Report]:
    return hlk_frames.Stream(HEAD, lambda _held: _SIZE, _read)


def _read(frame: bytes) -> Report | None:
    if not frame.endswith(FOOT):
        return None
    places = range(len(HEAD), _SIZE - len(FOOT), _TARGET_BYTES)
    fields = [frame[at : at + _TARGET_BYTES] for at in places]
    return Report(tuple(_target(field) for field in fields if field != _NO_TARGET))


def _target(field: bytes) -> Target:
    return Target(
        x_mm=_signed(field[0:2]),
        y_mm=_signed(field[2:4]),
        speed_cm_s=_signed(field[4:6]),
        resolution_mm=int.from_bytes(field[6:8], "little"),
    )


def _signed(field: bytes) -> int:
    word = int.from_bytes(field, "little")
    return word - _POSITIVE if word & _POSITIVE else -word
