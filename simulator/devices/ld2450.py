"""An HLK-LD2450 tracker, written from the maker's protocol: up to three people with their places.

One who sits still is lost after a while.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.devices.hlk_radar import HlkRadar
from simulator.devices.spot import Spot

SINGLE_TARGET, MULTI_TARGET = 0x80, 0x90
SEEN_AT_ONCE = 3
STILL_REPORTS = 300
"""So many reports (30 s) a person who does not move is still seen."""

RESOLUTION_MM = 360


@dataclass(slots=True)
class Walker:
    """Somebody before the tracker; `speed_cm_s` 0: stands or sits still."""

    x_mm: int
    y_mm: int
    speed_cm_s: int
    still_reports: int = 0


class Ld2450(HlkRadar):
    """State machine of one module."""

    firmware = bytes.fromhex("00 00 02 01 16 24 06 22".replace(" ", ""))

    def __init__(self, *, now_ms: int = 0) -> None:
        super().__init__(now_ms=now_ms)
        self.single_target = False
        self._walkers: list[Walker] = []

    def _set(self, word: int) -> bool:
        if word not in (SINGLE_TARGET, MULTI_TARGET):
            return False
        self.single_target = word == SINGLE_TARGET
        return True

    def _forget(self) -> None:
        for walker in self._walkers:
            walker.still_reports = STILL_REPORTS if walker.speed_cm_s == 0 else 0

    def _report(self) -> bytes:
        seen = [walker for walker in self._walkers if walker.still_reports < STILL_REPORTS]
        for walker in self._walkers:
            walker.still_reports += walker.speed_cm_s == 0
        return report([target(walker.x_mm, walker.y_mm, walker.speed_cm_s) for walker in seen[: self._most()]])

    def _most(self) -> int:
        return 1 if self.single_target else SEEN_AT_ONCE

    # ------------------------------------------------------------ what people do

    def people(self, *places: tuple[int, int], speed_cm_s: int = 30) -> None:
        """These people are there, at (x, y) in mm."""
        self._walkers = [Walker(x_mm, y_mm, speed_cm_s) for x_mm, y_mm in places]


def twin(spot: Spot) -> Ld2450:
    return Ld2450(now_ms=spot.now_ms)


def target(x_mm: int, y_mm: int, speed_cm_s: int, resolution_mm: int = RESOLUTION_MM) -> bytes:
    """The eight bytes of one person."""
    signed = [(abs(value) | (0x8000 if value >= 0 else 0)).to_bytes(2, "little") for value in (x_mm, y_mm, speed_cm_s)]
    return b"".join(signed) + resolution_mm.to_bytes(2, "little")


def report(targets: list[bytes]) -> bytes:
    return b"\xaa\xff\x03\x00" + b"".join(targets).ljust(24, b"\x00") + b"\x55\xcc"
