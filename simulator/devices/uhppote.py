"""A UHPPOTE UT0311-L0x door controller, written from the protocol notes.

It times its locks itself and answers on UDP port 60000 in packets of 64 bytes. Where the fields of a status stand is
known from the package `uhppoted` alone.
"""

from __future__ import annotations

from simulator.devices.spot import Spot
from simulator.faults import Sent

START = 0x17
PACKET_BYTES = 64
DOORS = 4
OPEN_FOR_GOOD, SHUT_FOR_GOOD, CONTROLLED = 1, 2, 3
ANSWER_DELAY_MS = 5


class Uhppote:
    """State machine of one controller. Doors count from 1; times are in milliseconds of whoever drives it."""

    def __init__(self, serial: int) -> None:
        self.serial = serial
        self.modes = dict.fromkeys(range(1, DOORS + 1), CONTROLLED)
        self.delays_s = dict.fromkeys(range(1, DOORS + 1), 5)
        self.opened: list[tuple[int, int]] = []
        """Every time that a lock was let go: door and time."""
        self.written = 0
        """Settings that it was told."""
        self.silent = False
        self.deaf_to: set[int] = set()
        """Functions that it does not know."""
        self.swallows_answer_to: set[int] = set()
        """Functions that it carries out and does not answer."""
        self.keeps_settings = False
        """It answers with its own in place of what it was told."""
        self.answers_as: int | None = None
        self.answers_function: int | None = None
        self._open_doors: set[int] = set()
        self._pressed: set[int] = set()
        self._released_until = dict.fromkeys(range(1, DOORS + 1), 0)

    # ------------------------------------------------------------ what people and the mains do

    def is_released(self, door: int, now_ms: int) -> bool:
        return self.modes[door] == OPEN_FOR_GOOD or now_ms < self._released_until[door]

    def pull(self, door: int, now_ms: int) -> bool:
        """True when it opens."""
        if self.is_released(door, now_ms):
            self._open_doors.add(door)
        return door in self._open_doors

    def force(self, door: int) -> None:
        """Broken open."""
        self._open_doors.add(door)

    def push_shut(self, door: int) -> None:
        self._open_doors.discard(door)

    def press(self, door: int, now_ms: int) -> None:
        """The button beside the door opens it."""
        self._pressed.add(door)
        self._open(door, now_ms)

    def let_go(self, door: int) -> None:
        self._pressed.discard(door)

    def power_cycle(self) -> None:
        """Settings and cards stay; the locks lock."""
        self._released_until = dict.fromkeys(self._released_until, 0)

    # ------------------------------------------------------------ the line

    def receive(self, packet: bytes, now_ms: int) -> list[Sent]:
        if len(packet) != PACKET_BYTES or packet[0] != START:
            return []
        if int.from_bytes(packet[4:8], "little") != self.serial or self.silent or packet[1] in self.deaf_to:
            return []
        body = self._do(packet[1], packet[8:], now_ms)
        if body is None or packet[1] in self.swallows_answer_to:
            return []
        function = packet[1] if self.answers_function is None else self.answers_function
        serial = self.serial if self.answers_as is None else self.answers_as
        head = bytes((START, function, 0, 0)) + serial.to_bytes(4, "little")
        return [(now_ms + ANSWER_DELAY_MS, (head + body).ljust(PACKET_BYTES, b"\0"))]

    def _do(self, function: int, data: bytes, now_ms: int) -> bytes | None:
        door = data[0]
        match function:
            case 0x20:
                return self._status(now_ms)
            case 0x40 if door in self.modes:
                return bytes((self._open(door, now_ms),))
            case 0x80 if door in self.modes:
                self.written += 1
                if not self.keeps_settings:
                    self.modes[door], self.delays_s[door] = data[1], data[2]
                return bytes((door, self.modes[door], self.delays_s[door]))
            case 0x82 if door in self.modes:
                return bytes((door, self.modes[door], self.delays_s[door]))
        return None

    def _open(self, door: int, now_ms: int) -> bool:
        if self.modes[door] == SHUT_FOR_GOOD:
            return False
        self.opened.append((door, now_ms))
        self._released_until[door] = now_ms + 1_000 * self.delays_s[door]
        return True

    def _status(self, now_ms: int) -> bytes:
        """Bytes 8 to 27 are the last event, of which there is none."""
        doors = range(1, DOORS + 1)
        relays = sum(1 << door - 1 for door in doors if self.is_released(door, now_ms))
        flags = bytes(door in self._open_doors for door in doors) + bytes(door in self._pressed for door in doors)
        clock = bytes((0x26, 0x11, 0x25))
        return bytes(20) + flags + bytes(1) + bytes(3) + bytes(8) + bytes((0, relays, 0)) + clock


def twin(spot: Spot) -> Uhppote:
    return Uhppote(spot.settings["serial"])
