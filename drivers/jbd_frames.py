"""Bytes of the JBD battery management system (Jiabaida, in many 12 to 48 V packs), serial protocol. Pure.

    DD A5 03 00 FF FD 77                                  read the basic figures
    DD 03 STATUS LENGTH data CHECK_HIGH CHECK_LOW 77      the answer

The check is 65536 less the sum from the status on (of a request: from the command on). Words have their high byte
first. Source: JBD's serial protocol as read alike in several open-source projects.
"""

from __future__ import annotations

from dataclasses import dataclass

START, READ, END = 0xDD, 0xA5, 0x77
BASIC = 0x03
DONE = 0x00
MAX_ANSWER_BYTES = 7 + 255
TENTHS_AT_ZERO_C = 2731
FULL_PERCENT = 100
COLDEST_C, HOTTEST_C = -40.0, 120.0
"""A sensor that says otherwise is not connected."""
_AROUND_DATA = 7
_CHARGE, _SENSORS, _TEMPERATURES = 19, 22, 23


@dataclass(frozen=True, slots=True)
class Basic:
    """What the pack says of itself. A positive current charges it, a negative one is drawn from it."""

    voltage_v: float
    current_a: float
    charge_percent: int
    temperatures_c: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that is none; `reason` is for a technician."""

    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """The first answer in what has arrived, and how many bytes around it belong to nothing."""

    answer: Basic | Refused
    stray: int


def read(command: int) -> bytes:
    """Ask for figures; nothing is ever written to a pack."""
    body = bytes((command, 0))
    return bytes((START, READ)) + body + _check(body) + bytes((END,))


def find(data: bytes) -> Found | None:
    """The first whole answer to `BASIC` in `data`."""
    head = bytes((START, BASIC))
    at = data.find(head)
    while 0 <= at <= len(data) - _AROUND_DATA:
        size = _AROUND_DATA + data[at + 3]
        frame = data[at : at + size]
        body = frame[2:-3]
        if len(frame) == size and frame[-1] == END and frame[-3:-1] == _check(body):
            return Found(_answer(body[0], body[2:]), len(data) - size)
        at = data.find(head, at + 1)
    return None


def _answer(status: int, data: bytes) -> Basic | Refused:
    if status != DONE:
        return Refused(f"it answers with the error {status:02X}")
    if len(data) < _TEMPERATURES or len(data) < _TEMPERATURES + 2 * data[_SENSORS]:
        return Refused(f"its answer of {len(data)} bytes is too short")
    if data[_CHARGE] > FULL_PERCENT:
        return Refused(f"a charge of {data[_CHARGE]} % cannot be")
    sensors = [_word(data, _TEMPERATURES + 2 * number) for number in range(data[_SENSORS])]
    degrees = ((tenths - TENTHS_AT_ZERO_C) / 10 for tenths in sensors)
    return Basic(
        voltage_v=_word(data, 0) / 100,
        current_a=int.from_bytes(data[2:4], "big", signed=True) / 100,
        charge_percent=data[_CHARGE],
        temperatures_c=tuple(one for one in degrees if COLDEST_C <= one <= HOTTEST_C),
    )


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _check(body: bytes) -> bytes:
    return (-sum(body) & 0xFFFF).to_bytes(2, "big")
