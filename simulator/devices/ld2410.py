"""An HLK-LD2410 radar, written from the protocol notes.

A still person is seen only after the radar has seen them move.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.devices.hlk_radar import HlkRadar
from simulator.devices.spot import Spot

ENGINEERING_ON, ENGINEERING_OFF = 0x62, 0x63


@dataclass(slots=True)
class Person:
    """Somebody before the radar."""

    distance_cm: int
    moving: bool
    noticed: bool  # has been seen moving


class Ld2410(HlkRadar):
    """State machine of one module."""

    def __init__(self, *, now_ms: int = 0) -> None:
        super().__init__(now_ms=now_ms)
        self.engineering = False
        self._person: Person | None = None

    def _set(self, word: int) -> bool:
        if word not in (ENGINEERING_ON, ENGINEERING_OFF):
            return False
        self.engineering = word == ENGINEERING_ON
        return True

    def _forget(self) -> None:
        self.engineering = False
        if self._person is not None:
            self._person.noticed = self._person.moving

    def _report(self) -> bytes:
        seen = self._person if self._person is not None and self._person.noticed else None
        fields = basic_fields(0, 0, 0, 0, 0, 0)
        if seen is not None and seen.moving:
            fields = basic_fields(3, seen.distance_cm, 60, seen.distance_cm, 55, seen.distance_cm)
        elif seen is not None:
            fields = basic_fields(2, seen.distance_cm, 0, seen.distance_cm, 30, seen.distance_cm)
        gates = b"\x08\x08" + bytes(18) + b"\x80\x01" if self.engineering else b""
        return report(b"\x01" if self.engineering else b"\x02", fields + gates)

    # ------------------------------------------------------------ what people do

    def person(self, distance_cm: int, *, moving: bool) -> None:
        """Somebody is there, at this distance."""
        noticed = moving or (self._person is not None and self._person.noticed)
        self._person = Person(distance_cm, moving, noticed)

    def leave(self) -> None:
        """Nobody is there."""
        self._person = None


def twin(spot: Spot) -> Ld2410:
    return Ld2410(now_ms=spot.now_ms)


def basic_fields(state: int, moving_cm: int, moving_energy: int, still_cm: int, still_energy: int, at_cm: int) -> bytes:
    """The nine bytes that every report begins with."""
    return (
        bytes((state,))
        + moving_cm.to_bytes(2, "little")
        + bytes((moving_energy,))
        + still_cm.to_bytes(2, "little")
        + bytes((still_energy,))
        + at_cm.to_bytes(2, "little")
    )


def report(kind: bytes, fields: bytes) -> bytes:
    body = kind + b"\xaa" + fields + b"\x55\x00"
    return b"\xf4\xf3\xf2\xf1" + len(body).to_bytes(2, "little") + body + b"\xf8\xf7\xf6\xf5"
