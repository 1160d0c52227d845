"""An HLK-LD2410 radar, written from the protocol notes: ten reports a second, and a configuration mode without any.

A still person is seen only after the radar has seen them move.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.faults import Sent

REPORT_EVERY_MS = 100
RESTART_MS = 600
OVERRUN_MS = 5_000
REPLY_DELAY_MS = 5
ENGINEERING_ON = 0x62
COMMAND_BYTES = 2
MAX_HELD = 256
FIRMWARE = bytes.fromhex("00 01 07 01 16 15 09 22".replace(" ", ""))


@dataclass(slots=True)
class Person:
    """Somebody before the radar."""

    distance_cm: int
    moving: bool
    noticed: bool  # has been seen moving


class Ld2410:
    """State machine of one module."""

    def __init__(self, *, now_ms: int = 0) -> None:
        self.bluetooth = True
        self.engineering = False
        self.configuring = False
        self.silent = False
        self.restarts = 0
        self._bluetooth_after_restart = True
        self._person: Person | None = None
        self._next_report_ms = now_ms + REPORT_EVERY_MS
        self._gap_until = 0
        self._held = b""

    @property
    def baud(self) -> int:
        return 256_000

    # ------------------------------------------------------------ the line

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        if self.silent or now_ms < self._gap_until:
            return []
        self._held = (self._held + data)[-MAX_HELD:]
        sent: list[Sent] = []
        while (at := self._held.find(b"\xfd\xfc\xfb\xfa")) >= 0:
            frame = self._held[at:]
            length = int.from_bytes(frame[4:6], "little")
            if len(frame) < 10 + length:
                break
            self._held = frame[10 + length :]
            if frame[6 + length : 10 + length] == b"\x04\x03\x02\x01" and length >= COMMAND_BYTES:
                sent += self._do(int.from_bytes(frame[6:8], "little"), frame[8 : 6 + length], now_ms)
        return sent

    def _do(self, word: int, data: bytes, now_ms: int) -> list[Sent]:
        answer = b"\x00\x00"
        match word:
            case 0xFF:
                self.configuring = True
                answer += b"\x01\x00\x40\x00"
            case _ if not self.configuring:
                answer = b"\x01\x00"
            case 0xFE:
                self.configuring = False
                self._next_report_ms = now_ms + REPORT_EVERY_MS
            case 0xA0:
                answer += FIRMWARE
            case 0x62 | 0x63:
                self.engineering = word == ENGINEERING_ON
            case 0xA4:
                self._bluetooth_after_restart = data != b"\x00\x00"
            case 0xA3:
                self._restart(now_ms)
            case _:
                answer = b"\x01\x00"
        body = bytes((word & 0xFF, 0x01)) + answer
        frame = b"\xfd\xfc\xfb\xfa" + len(body).to_bytes(2, "little") + body + b"\x04\x03\x02\x01"
        return [(now_ms + REPLY_DELAY_MS, frame)]

    def _restart(self, now_ms: int) -> None:
        self.restarts += 1
        self.bluetooth = self._bluetooth_after_restart
        self.configuring = False
        self.engineering = False
        self._next_report_ms = now_ms + RESTART_MS
        if self._person is not None:
            self._person.noticed = self._person.moving

    def due_ms(self) -> int | None:
        return None if self.configuring or self.silent else max(self._next_report_ms, self._gap_until)

    def tick(self, now_ms: int) -> list[Sent]:
        sent: list[Sent] = []
        if not self.configuring and now_ms - self._next_report_ms > OVERRUN_MS:
            self._next_report_ms = now_ms - OVERRUN_MS  # nobody listened for long: those reports are lost
        while (due := self.due_ms()) is not None and due <= now_ms:
            sent.append((due, self._report()))
            self._next_report_ms = due + REPORT_EVERY_MS
        return sent

    def _report(self) -> bytes:
        seen = self._person if self._person is not None and self._person.noticed else None
        fields = basic_fields(0, 0, 0, 0, 0, 0)
        if seen is not None and seen.moving:
            fields = basic_fields(3, seen.distance_cm, 60, seen.distance_cm, 55, seen.distance_cm)
        elif seen is not None:
            fields = basic_fields(2, seen.distance_cm, 0, seen.distance_cm, 30, seen.distance_cm)
        gates = b"\x08\x08" + bytes(18) + b"\x80\x01" if self.engineering else b""
        return report(b"\x01" if self.engineering else b"\x02", fields + gates)

    # ------------------------------------------------------------ what people and the mains do

    def person(self, distance_cm: int, *, moving: bool) -> None:
        """Somebody is there, at this distance."""
        noticed = moving or (self._person is not None and self._person.noticed)
        self._person = Person(distance_cm, moving, noticed)

    def leave(self) -> None:
        """Nobody is there."""
        self._person = None

    def gap(self, until_ms: int) -> None:
        """Neither hear nor speak until then."""
        self._gap_until = until_ms

    def power_cycle(self, now_ms: int) -> None:
        """Bluetooth stays as it was saved."""
        self._restart(now_ms)
        self._held = b""


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
