"""What Hi-Link's LD2410 and LD2450 have in common, written from the protocol notes.

Ten reports a second, a configuration mode without any, and Bluetooth that stays on until it is turned off.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from simulator.faults import Sent

REPORT_EVERY_MS = 100
RESTART_MS = 600
OVERRUN_MS = 5_000
REPLY_DELAY_MS = 5
COMMAND_BYTES = 2
MAX_HELD = 256

DONE = b"\x00\x00"
REFUSED = b"\x01\x00"


class HlkRadar(ABC):
    """State machine of one module."""

    firmware = bytes.fromhex("00 01 07 01 16 15 09 22".replace(" ", ""))

    def __init__(self, *, now_ms: int = 0) -> None:
        self.bluetooth = True
        self.configuring = False
        self.silent = False
        self.restarts = 0
        self._bluetooth_after_restart = True
        self._next_report_ms = now_ms + REPORT_EVERY_MS
        self._gap_until = 0
        self._held = b""

    @property
    def baud(self) -> int:
        return 256_000

    @abstractmethod
    def _report(self) -> bytes:
        """What it says now."""

    @abstractmethod
    def _set(self, word: int) -> bool:
        """A command that only this kind of radar has."""

    @abstractmethod
    def _forget(self) -> None:
        """What a restart makes it forget."""

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
        answer = DONE
        match word:
            case 0xFF:
                self.configuring = True
                answer += b"\x01\x00\x40\x00"
            case _ if not self.configuring:
                answer = REFUSED
            case 0xFE:
                self.configuring = False
                self._next_report_ms = now_ms + REPORT_EVERY_MS
            case 0xA0:
                answer += self.firmware
            case 0xA4:
                self._bluetooth_after_restart = data != b"\x00\x00"
            case 0xA3:
                self._restart(now_ms)
            case _ if not self._set(word):
                answer = REFUSED
        body = bytes((word & 0xFF, 0x01)) + answer
        frame = b"\xfd\xfc\xfb\xfa" + len(body).to_bytes(2, "little") + body + b"\x04\x03\x02\x01"
        return [(now_ms + REPLY_DELAY_MS, frame)]

    def _restart(self, now_ms: int) -> None:
        self.restarts += 1
        self.bluetooth = self._bluetooth_after_restart
        self.configuring = False
        self._next_report_ms = now_ms + RESTART_MS
        self._forget()

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

    # ------------------------------------------------------------ what the mains do

    def gap(self, until_ms: int) -> None:
        """Neither hear nor speak until then."""
        self._gap_until = until_ms

    def power_cycle(self, now_ms: int) -> None:
        """Bluetooth stays as it was saved."""
        self._restart(now_ms)
        self._held = b""
