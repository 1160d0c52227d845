"""A device on a Modbus RTU line, written from the protocol notes: framing by silence, checksum, exceptions.

It hears everything that is said on its line and answers what is meant for it.
"""

from __future__ import annotations

from typing import TypeVar

from simulator.faults import Sent
from simulator.wires.memory import FOR_EVER_MS

T = TypeVar("T")

BAUD = 9_600
SILENCE_MS = 10
"""Between two frames. The rule is 3.5 characters (4 ms); a pseudo-terminal hands bytes on less regularly."""

THINK_MS = 5
MAX_HELD = 256
EXCEPTION = 0x80
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
READS = range(0x01, 0x05)
MAX_WRITTEN = 1_000
READS_AND_SINGLE_WRITES = range(0x01, 0x07)
WRITES_OF_MANY = (0x0F, 0x10)
FIXED_BYTES = 8
MANY_HEAD_BYTES = 7
SHORTEST_BYTES = 4


QUESTION_BYTES = 8
"""Address, function, first, how many, checksum."""


class RefusedByDevice(Exception):
    """The device answers with an exception: the code is the argument."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ModbusDevice:
    """What all of them have in common. `answer` is the device itself.

    Faults beyond those of the line: `silent` (neither acts nor answers), `answers_as` (another address in the answer),
    `refuses` (an exception for everything), `echo` (the adapter sends back what it was given), `says_before` (a frame
    between request and answer), `think_ms`.
    """

    def __init__(self, address: int) -> None:
        self.address = address
        self.silent = False
        self.answers_as: int | None = None
        self.refuses: int | None = None
        self.echo = False
        self.says_before = b""
        self.think_ms = THINK_MS
        self.written: list[bytes] = []
        """The last requests that were meant for it and write something."""
        self._held = b""
        self._held_at = 0

    @property
    def baud(self) -> int:
        return BAUD

    def due_ms(self) -> int | None:
        """It never speaks by itself."""
        return None

    def tick(self, now_ms: int) -> list[Sent]:  # noqa: ARG002 - the line's form
        return []

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        sent: list[Sent] = [(now_ms, data)] if self.echo else []
        if now_ms - self._held_at > SILENCE_MS:
            self._held = b""
        self._held = (self._held + data)[-MAX_HELD:]
        self._held_at = now_ms
        size = frame_bytes(self._held)
        if size is None or len(self._held) < size:
            return sent
        frame, self._held = self._held[:size], b""
        if self.silent or not self.is_meant(frame[0]) or crc(frame[:-2]) != frame[-2:]:
            return sent
        if frame[1] not in READS:
            self.written = [*self.written[1 - MAX_WRITTEN :], frame]
        if self.says_before:
            sent.append((now_ms, self.says_before))
        return [*sent, (now_ms + self.think_ms, self._answer_to(frame, now_ms))]

    def _answer_to(self, frame: bytes, now_ms: int) -> bytes:
        function = frame[1]
        try:
            if self.refuses is not None:
                raise RefusedByDevice(self.refuses)
            body = bytes((function,)) + self.answer(function, frame[2:-2], now_ms)
        except RefusedByDevice as refused:
            body = bytes((function | EXCEPTION, refused.code))
        address = frame[0] if self.answers_as is None else self.answers_as
        return framed(address, body)

    def constant_until_ms(self, request: bytes, now_ms: int) -> int | None:
        """Until when it answers this request in the same way; None for what is no question to it."""
        is_question = len(request) == QUESTION_BYTES and request[1] in READS and self.is_meant(request[0])
        return self.rests_until_ms(now_ms) if is_question and not self.silent else None

    def rests_until_ms(self, now_ms: int) -> int:  # noqa: ARG002 - what moves by itself says until when it does not
        """Until when nothing that it tells changes by itself."""
        return FOR_EVER_MS

    def is_meant(self, address: int) -> bool:
        return address == self.address

    def answer(self, function: int, body: bytes, now_ms: int) -> bytes:
        """What comes after the function code. Raises `RefusedByDevice`."""
        raise NotImplementedError


def frame_bytes(held: bytes) -> int | None:
    """How long the request at the start of `held` is; None when that is not known yet."""
    if len(held) < SHORTEST_BYTES:
        return None
    function = held[1]
    if function in READS_AND_SINGLE_WRITES:
        return FIXED_BYTES
    if function in WRITES_OF_MANY:
        return MANY_HEAD_BYTES + held[6] + 2 if len(held) >= MANY_HEAD_BYTES else None
    return len(held)


def framed(address: int, body: bytes) -> bytes:
    frame = bytes((address,)) + body
    return frame + crc(frame)


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def word(body: bytes, at: int) -> int:
    """The 16 bits at byte `at`, high byte first."""
    return int.from_bytes(body[at : at + 2], "big")


def some(values: list[T], first: int, count: int) -> list[T]:
    """`count` of them from `first` on. Raises `RefusedByDevice` when there are not so many."""
    if first < 0 or not 1 <= count <= len(values) - first:
        raise RefusedByDevice(ILLEGAL_ADDRESS)
    return values[first : first + count]


def bits(values: list[bool]) -> bytes:
    """A byte count and the bits, the first in the lowest place."""
    packed = sum(1 << place for place, value in enumerate(values) if value)
    count = -(-len(values) // 8)
    return bytes((count,)) + packed.to_bytes(count, "little")


def registers(values: list[int]) -> bytes:
    """A byte count and the registers."""
    return bytes((2 * len(values),)) + b"".join((value & 0xFFFF).to_bytes(2, "big") for value in values)
