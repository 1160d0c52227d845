"""What goes wrong on a wire: a pure function of the bytes, their time and a seed, so that a failing run replays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

Sent = tuple[int, bytes]
"""Bytes and the millisecond at which they leave the device (or arrive, on the other side of a line)."""

MAX_STRAY = 4


class Fault(StrEnum):
    """One kind of damage to one message."""

    SILENT = "silent"  # it never comes
    LATE = "late"  # it comes after whoever asked has given up
    SPLIT = "split"  # every byte on its own
    JOINED = "joined"  # held back until the next one comes, as USB adapters do
    STRAY_BEFORE = "stray_before"
    STRAY_AFTER = "stray_after"
    WRONG_CHECKSUM = "wrong_checksum"  # a bit in the last two bytes
    FLIPPED_BIT = "flipped_bit"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Faults:
    """How likely each fault is for one message; none at all by default."""

    seed: int = 0
    chances: Mapping[Fault, float] = field(default_factory=dict)
    late_ms: int = 1_500
    split_gap_ms: int = 5
    joined_every_ms: int = 200

    def apply(self, at_ms: int, data: bytes) -> list[Sent]:
        """What becomes of one message."""
        if not self.chances or not data:
            return [(at_ms, data)]
        random = Random(f"{self.seed}:{at_ms}:{data.hex()}")  # noqa: S311 - play, not secrets
        struck = {fault for fault in Fault if random.random() < self.chances.get(fault, 0.0)}
        if Fault.SILENT in struck:
            return []
        data = _damage(data, struck, random)
        if Fault.LATE in struck:
            at_ms += self.late_ms
        if Fault.JOINED in struck:
            at_ms = -(-at_ms // self.joined_every_ms) * self.joined_every_ms
        if Fault.SPLIT not in struck:
            return [(at_ms, data)]
        pieces = []
        for byte in data:
            pieces.append((at_ms, bytes((byte,))))
            at_ms += random.randint(1, self.split_gap_ms)
        return pieces


def _damage(data: bytes, struck: set[Fault], random: Random) -> bytes:
    damaged = bytearray(data)
    if Fault.FLIPPED_BIT in struck:
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    if Fault.WRONG_CHECKSUM in struck:
        damaged[-random.randint(1, min(2, len(damaged)))] ^= 1 << random.randrange(8)
    if Fault.TRUNCATED in struck:
        del damaged[random.randrange(len(damaged)) :]
    if Fault.STRAY_BEFORE in struck:
        damaged[:0] = random.randbytes(random.randint(1, MAX_STRAY))
    if Fault.STRAY_AFTER in struck:
        damaged += random.randbytes(random.randint(1, MAX_STRAY))
    return bytes(damaged)
