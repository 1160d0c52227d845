"""Bytes of the UN300C blood pressure module and its kin (PAR NIBP2010, NIBP2020). Pure.

    02 "01;;D7" 03                                                  a command: its number and the sum of what is before
    02 "120C0S3" 03 0D                                              the cuff's pressure, five times a second
    02 "999" 03 0D                                                  the end of a measurement
    02 "S1;A0;C00;M00;P125080090;R075;T0005;;3D" 03 0D              the state, and what was measured last

The last is the answer to command 18, and comes by itself when the module starts. M is a message: with another than 00
and 03 the figures are none, or those of whoever was measured before. Source: several projects that agree with each
other and with the sum; the example that the maker prints has a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

START, END, RETURN = 0x02, 0x03, 0x0D
ABORT = b"X"
"""Opens the cuff at once; no frame."""
MAX_TEXT_BYTES = 48
FINE = frozenset({0, 3})
MEASURES = frozenset({3, 8, 9})
"""States in which the cuff is tight."""

_CUFF = re.compile(rb"(\d{3})C\dS\d", re.ASCII)
_FINISHED = b"999"
_STATUS = re.compile(rb"S(\d);A\d;C(?:\d\d|--);M(\d\d|--);P([\d-]{9});R([\d-]{3});T[\d -]{4};;([0-9A-F]{2})", re.ASCII)
_FIGURES = re.compile(rb"(\d{3})(\d{3})(\d{3})", re.ASCII)
_LOWEST, _HIGHEST = 20, 300
"""In mmHg, and beats a minute: nobody who presses a button has less or more."""


class Word(IntEnum):
    """Commands used here."""

    START = 1
    MANUAL = 3  # never by itself, every few minutes
    STATUS = 18


@dataclass(frozen=True, slots=True)
class Cuff:
    """The cuff is tight."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A measurement has ended, well or not."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Blood pressure in mmHg, and pulse a minute."""

    systolic: int = field(repr=False)
    diastolic: int = field(repr=False)
    mean: int = field(repr=False)
    pulse: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Status:
    """What the module is doing. `figures` None: the last measurement has none, and `why` says why."""

    state: int
    figures: Figures | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no frame."""

    count: int


Found = Cuff | Finished | Status | Noise


def command(word: Word) -> bytes:
    """A request."""
    text = f"{word:02};;".encode()
    return bytes((START,)) + text + _sum(text) + bytes((END,))


class Reader:
    """Finds frames in a stream, however it is cut. Holds at most one."""

    def __init__(self) -> None:
        self._held = b""

    def clear(self) -> None:
        """Forget half a frame."""
        self._held = b""

    def feed(self, data: bytes) -> Iterator[Found]:
        """What is whole now. Raises nothing."""
        self._held += data
        noise = 0
        while self._held:
            at = self._held.find(START)
            skipped = self._held if at < 0 else self._held[:at]
            noise += len(skipped.replace(bytes((RETURN,)), b""))
            self._held = self._held[len(skipped) :]
            end = self._held.find(END)
            if end < 0 and len(self._held) <= MAX_TEXT_BYTES:
                break
            found = _read(self._held[1:end]) if 0 < end <= MAX_TEXT_BYTES else None
            noise += 0 if found else 1
            self._held = self._held[end + 1 if found else 1 :]
            if found:
                yield found
        if noise:
            yield Noise(noise)


def _read(text: bytes) -> Cuff | Finished | Status | None:
    if text == _FINISHED:
        return Finished()
    if _CUFF.fullmatch(text):
        return Cuff()
    parts = _STATUS.fullmatch(text)
    if parts is None or parts[5] != _sum(text[:-2]):
        return None
    state, message = int(parts[1]), parts[2].decode()
    if not message.isdecimal() or int(message) not in FINE:
        return Status(state, None, f"message {message}")
    figures = _FIGURES.fullmatch(parts[3])
    if figures is None or not parts[4].isdigit():
        return Status(state, None, "no figures")
    systolic, diastolic, mean = map(int, figures.groups())
    pulse = int(parts[4])
    if not _LOWEST <= diastolic <= mean <= systolic <= _HIGHEST or not _LOWEST <= pulse <= _HIGHEST:
        return Status(state, None, "figures that cannot be")
    return Status(state, Figures(systolic, diastolic, mean, pulse))


def _sum(text: bytes) -> bytes:
    return f"{sum(text) & 0xFF:02X}".encode()
