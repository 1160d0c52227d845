"""A UHF tag reader of the M100, QM100, R200, JRD-4035 family, written from the protocol notes.

It looks when it is asked, once or many times in a row, and tells each tag that answers. In a crowd of tags some are
missed in each look.
"""

from __future__ import annotations

from random import Random

from simulator.devices.spot import Spot
from simulator.faults import Sent

SINGLE, MANY, STOP = 0x22, 0x27, 0x28
REQUEST, ANSWER, NOTICE = 0x00, 0x01, 0x02
FAILED = 0xFF
NO_TAG = 0x15
LOOK_MS = 20
"""One look, and between two of many."""

BABBLE_EVERY_MS = 20
HEAD_BYTES = 5  # BB, type, command, length
AROUND_BYTES = 7
MAX_HELD = 256
USUAL_DBM = -55
HAS_USER_MEMORY = 0x0400


class R200Uhf:
    """State machine of one module. Times are in milliseconds of whoever drives it."""

    def __init__(self, tags: tuple[str, ...] = (), *, seed: int = 0) -> None:
        self.near = {bytes.fromhex(epc): USUAL_DBM for epc in tags}
        """How strongly each tag is heard, in dBm."""
        self.silent = False
        self.think_ms = 0
        self.misses = 0.0
        """How likely a tag is missed in one look."""
        self.cannot_look: int | None = None
        """It tells this error instead."""
        self.looks_left = 0
        self._babbles = False
        self._random = Random(seed)  # noqa: S311 - play, not secrets
        self._next_ms = 0
        self._held = b""

    @property
    def baud(self) -> int:
        return 115_200

    # ------------------------------------------------------------ what people and the mains do

    def put(self, epc: str, dbm: int = USUAL_DBM) -> None:
        """A tagged thing is laid before the antenna, or moved."""
        self.near[bytes.fromhex(epc)] = dbm

    def take(self, epc: str) -> None:
        """A tagged thing is taken away."""
        del self.near[bytes.fromhex(epc)]

    def power_cycle(self, _now_ms: int = 0) -> None:
        self.looks_left = 0
        self._held = b""

    def babble(self, now_ms: int, *, on: bool) -> None:
        """A transmitter that never stops."""
        self._babbles, self._next_ms = on, now_ms

    # ------------------------------------------------------------ the line

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        self._held = (self._held + data)[-MAX_HELD:]
        sent: list[Sent] = []
        while (at := self._held.find(b"\xbb")) >= 0:
            held = self._held[at:]
            size = AROUND_BYTES + int.from_bytes(held[3:HEAD_BYTES], "big")
            if len(held) < HEAD_BYTES or (len(held) < size <= MAX_HELD):
                break
            if held[size - 1 : size] == b"\x7e" and held[size - 2] == _sum(held[1 : size - 2]):
                self._held = held[size:]
                sent += self._do(held[1], held[2], held[HEAD_BYTES : size - 2], now_ms)
            else:
                self._held = held[1:]
        return [] if self.silent else sent

    def _do(self, kind: int, command: int, data: bytes, now_ms: int) -> list[Sent]:
        if kind != REQUEST:
            return []
        if command == SINGLE:
            return self._look(now_ms + LOOK_MS + self.think_ms)
        if command == MANY and data[:1] == b"\x22":
            self.looks_left, self._next_ms = int.from_bytes(data[1:3], "big"), now_ms + LOOK_MS
        elif command == STOP:
            self.looks_left = 0
            return [(now_ms + self.think_ms, frame(ANSWER, STOP, b"\x00"))]
        return []

    def _look(self, at_ms: int) -> list[Sent]:
        if self.cannot_look is not None:
            return [(at_ms, frame(ANSWER, FAILED, bytes((self.cannot_look,))))]
        heard = [(epc, dbm) for epc, dbm in self.near.items() if self._random.random() >= self.misses]
        return [(at_ms, notice(epc, dbm)) for epc, dbm in heard] or [
            (at_ms, frame(ANSWER, FAILED, bytes((NO_TAG,)))),
        ]

    def due_ms(self) -> int | None:
        return self._next_ms if (self.looks_left or self._babbles) and not self.silent else None

    def tick(self, now_ms: int) -> list[Sent]:
        sent: list[Sent] = []
        while (due := self.due_ms()) is not None and due <= now_ms:
            if self._babbles:
                sent.append((due, b"\xbb\x02\x22\x00\x11\xc9" * 8))
                self._next_ms = due + BABBLE_EVERY_MS
            else:
                self.looks_left -= 1
                sent += self._look(due)
                self._next_ms = due + LOOK_MS
        return sent


def twin(spot: Spot) -> R200Uhf:
    """Every thing is in its place at first."""
    return R200Uhf(tuple(spot.settings["tags"].values()), seed=spot.seed)


def frame(kind: int, command: int, data: bytes = b"") -> bytes:
    body = bytes((kind, command)) + len(data).to_bytes(2, "big") + data
    return b"\xbb" + body + bytes((_sum(body), 0x7E))


def notice(epc: bytes, dbm: int) -> bytes:
    """One tag: strength, control word with the length of its number, number, the checksum that the tag sent."""
    told = (len(epc) // 2 << 11 | HAS_USER_MEMORY).to_bytes(2, "big") + epc
    return frame(NOTICE, SINGLE, dbm.to_bytes(1, "big", signed=True) + told + _tag_crc(told))


def _sum(body: bytes) -> int:
    return sum(body) & 0xFF


def _tag_crc(told: bytes) -> bytes:
    """CRC-16 of a tag, bit by bit: polynomial 1021, from FFFF, inverted."""
    crc = 0xFFFF
    for byte in told:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return (crc ^ 0xFFFF).to_bytes(2, "big")
