"""How a locker board is talked to: a question, its answer, and the pauses between, on a line that others may share.

An adapter that hears its own transmitter is found out at the start, and what it adds is taken away from every answer:
some answers of some boards are the very bytes of the question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol, TypeGuard, TypeVar

from drivers.contract import Clock, JunkReceived, SerialWire
from drivers.junk import Junk

GAP_MS = 5
"""Before every question: 3.5 characters at 9600 baud are 4 ms."""
QUIET_MS = 25
"""Silence that ends an answer: adapters hand one over in several pieces."""
GATHER_MS = 8
"""Before each look at what has come: who looks at once is woken for every single byte."""
MAX_QUIET_MS = 200
"""A line that never falls silent is left to the next question."""
MAX_ANSWER_BYTES = 256
PROBE_TRIES = 3
READINGS_KEPT = 16
"""Boards say the same again and again: what it means is worked out once."""
STRAY = "bytes that are no frame of a lock board"


@dataclass(frozen=True, slots=True)
class Status:
    """What a board says of its cells: True where the door is shut. A channel that it does not name is not known."""

    shut: Mapping[int, bool]


@dataclass(frozen=True, slots=True)
class Opened:
    """A board's answer to an unlock. `open` is what its contact says, None where the answer does not tell.

    Nor do some answers tell of which channel they are: then `channel` is None.
    """

    channel: int | None
    open: bool | None
    failed: bool = False


Answer = Status | Opened
A = TypeVar("A", Status, Opened)


@dataclass(frozen=True, slots=True)
class Heard:
    """The answers of this board in what has arrived, in order, and how many bytes belong to no frame of any board.

    `told`: some board has said by itself that a cell moved.
    """

    answers: tuple[Answer, ...]
    stray: int
    told: bool = False


class Language(Protocol):
    """The bytes of one family of boards, for one board with its settings. Pure."""

    unlock_answer_ms: int
    """How long an answer to an unlock may take; 0: this board gives none."""
    status_answer_ms: int

    def unlock(self, channel: int) -> bytes:
        """Open one cell."""
        ...

    def after_unlock(self) -> bytes:
        """What a board wants to be asked after an unlock; nothing for most."""
        ...

    def status(self) -> bytes:
        """Read all cells."""
        ...

    def probe(self) -> bytes:
        """A question that no board answers with the question's own bytes."""
        ...

    def find(self, data: bytes) -> Heard:
        """What of this board is in `data`. What it says by itself is no answer, and not stray."""
        ...


class Line:
    """Questions to one board. Every call raises `WireLost` when the port is gone."""

    def __init__(self, name: str, language: Language, wire: SerialWire, clock: Clock) -> None:
        self._language = language
        self._find = lru_cache(maxsize=READINGS_KEPT)(language.find)
        self._wire = wire
        self._clock = clock
        self._echo: bool | None = None
        self._junk = Junk(name, clock)

    def find_echo(self) -> bool:
        """Find out whether the adapter hears itself. False: nothing answers.

        As many bytes before the answer as the question has may be its damaged echo: then it is asked again.
        """
        probe, answer_ms = self._language.probe(), self._language.status_answer_ms
        for _ in range(PROBE_TRIES):
            data = self._exchange(probe, answer_ms, lambda data: self._has_frame(data.removeprefix(probe)))
            self._echo = data.startswith(probe)
            answer = data.removeprefix(probe)
            if not answer:
                return False
            if self._echo or self._find(answer).stray < len(probe):
                return True
        return True

    def _has_frame(self, data: bytes) -> bool:
        return self._find(data).stray < len(data)

    def ask(self, request: bytes, answer_ms: int, fits: Callable[[Answer], TypeGuard[A]]) -> list[A]:
        """Ask once; the fitting answers that came within this time. Noise, hints and others' words end no wait."""
        data = self._exchange(request, answer_ms, lambda data: any(map(fits, self._heard(request, data).answers)))
        heard = self._heard(request, data)
        self._junk.note(STRAY, heard.stray)
        return [one for one in heard.answers if fits(one)]

    def say(self, request: bytes, answer_ms: int) -> None:
        """Ask what has an answer of no known form, or none."""
        self._exchange(request, answer_ms, lambda data: len(data) > len(request))

    def _heard(self, request: bytes, data: bytes) -> Heard:
        """Without the echo, before which a late answer may have come."""
        before, echo, after = data.partition(request) if self._echo else (b"", b"", data)
        if not echo:
            return self._find(before or after)
        return replace(heard := self._find(after), stray=heard.stray + self._find(before).stray)

    def _exchange(self, request: bytes, answer_ms: int, is_there: Callable[[bytes], bool]) -> bytes:
        """Ask once; what came until the line fell silent after the answer was there, or the time was over."""
        self._clock.rest(GAP_MS)
        self._wire.discard_input()
        self._wire.write(request)
        if not answer_ms:
            return b""  # what comes now is the echo at most, and is discarded before the next question
        data = b""
        until = self._clock.steady_ms() + answer_ms
        while len(data) < MAX_ANSWER_BYTES and (now := self._clock.steady_ms()) < until + MAX_QUIET_MS:
            wait_ms = QUIET_MS if is_there(data) else until - now
            self._clock.rest(min(GATHER_MS, wait_ms))
            piece = self._wire.read(MAX_ANSWER_BYTES - len(data), max(0, wait_ms - GATHER_MS))
            if not piece:
                break
            data += piece
        return data

    def idle(self) -> bool:
        """Take what came between two questions. True: a board says by itself that a cell has moved."""
        data = piece = self._wire.read(MAX_ANSWER_BYTES, 0)
        until = self._clock.steady_ms() + MAX_QUIET_MS
        while piece and len(data) < MAX_ANSWER_BYTES and self._clock.steady_ms() < until:
            piece = self._wire.read(MAX_ANSWER_BYTES - len(data), QUIET_MS)
            data += piece
        heard = self._find(data)
        self._junk.note(STRAY, heard.stray)
        return heard.told

    def fall_silent(self) -> None:
        """What is still being said must not be taken for the next question's answer."""
        until = self._clock.steady_ms() + MAX_QUIET_MS
        while self._clock.steady_ms() < until and self._wire.read(MAX_ANSWER_BYTES, QUIET_MS):
            pass

    def junk(self) -> list[JunkReceived]:
        """What came and was no frame, told at most once a second."""
        return self._junk.told()

    def close(self) -> None:
        self._wire.close()
