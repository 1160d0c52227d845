"""One Modbus RTU device on a serial line that others may share: a question, its answer, and the pauses between.

What moves is asked once, whatever comes back; reads may be asked up to `READ_TRIES` times.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers import modbus_frames as frames
from drivers.contract import Clock, JunkReceived, SerialWire
from drivers.junk import Junk

BAUD = 9_600
CHARACTER_BITS = 11
"""With a parity bit; without one the pauses are a little longer than they need be."""

LEAST_BITS = 10
"""Without one; nothing is on the line for less."""

GAP_MS = max(-(-35 * CHARACTER_BITS * 1_000 // (10 * BAUD)), 5)
"""Before every question: 3.5 characters, and 5 ms for adapters that hand on bytes late."""

SILENCE_MS = -(-35 * LEAST_BITS * 1_000 // (10 * BAUD))
"""A device answers after 3.5 characters at the earliest (MODBUS over Serial Line V1.02, 2.5.1.1)."""

ANSWER_MS = 300
"""The longest answer takes 26 ms on the line, and the devices think for a few milliseconds more."""

QUIET_MS = 25
"""After a timeout or a bad frame: silence for so long ends whatever is still being said."""

MAX_QUIET_MS = 200
"""A line that never falls silent is left to the next question."""

READ_TRIES = 3
MAX_MISSED = 3
"""Questions in a row without an answer; then the device is lost."""


@dataclass(frozen=True, slots=True)
class Missing:
    """No answer came; why, for a technician."""

    reason: str

    def __str__(self) -> str:
        return self.reason


Heard = frames.Answer | frames.Refused | Missing


class Line:
    """Questions to one device. Every call raises `WireLost` when the port is gone."""

    def __init__(self, name: str, wire: SerialWire, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock
        self._junk = Junk(name, clock)
        self.missed = 0
        """Questions in a row to which no answer came."""

    def read(self, request: frames.Request, tries: int = 1) -> Heard:
        """Ask what moves nothing, again when no answer comes."""
        heard = self.ask(request)
        for _ in range(tries - 1):
            if not isinstance(heard, Missing):
                break
            heard = self.ask(request)
        return heard

    def idle(self) -> None:
        """What came between two questions belongs to nothing."""
        if self._wire.read(frames.MAX_FRAME_BYTES, 0):
            self._junk.note("bytes outside of any frame")

    def ask(self, request: frames.Request) -> Heard:
        """Ask once. A shared line may have been used since: the pause comes before each question."""
        self._clock.rest(GAP_MS)
        self._wire.discard_input()
        self._wire.write(request.frame)
        found, data = self._listen(request)
        if found is not None:
            self.missed = 0
            if found.stray:
                self._junk.note("bytes outside of any frame")
            return found.answer
        self.missed += 1
        self._fall_silent()
        reason = frames.what_is_wrong(request, data)
        if data:
            self._junk.note(reason)
        return Missing(reason)

    def _listen(self, request: frames.Request) -> tuple[frames.Found | None, bytes]:
        data = b""
        until = self._clock.steady_ms() + ANSWER_MS
        # Bytes take their time on the line: who looks earlier is woken once for every one of them.
        self._clock.rest(_line_ms(len(request.frame) + request.answer_bytes) + SILENCE_MS)
        while len(data) < frames.MAX_FRAME_BYTES and (left := until - self._clock.steady_ms()) > 0:
            piece = self._wire.read(frames.MAX_FRAME_BYTES - len(data), left)
            if not piece:
                break
            data += piece
            found = frames.find(request, data)
            if found is not None:
                return found, data
            self._clock.rest(_line_ms(request.answer_bytes - len(data)))
        return None, data

    def _fall_silent(self) -> None:
        until = self._clock.steady_ms() + MAX_QUIET_MS
        while self._clock.steady_ms() < until and self._wire.read(frames.MAX_FRAME_BYTES, QUIET_MS):
            pass
        self._wire.discard_input()

    def junk(self) -> list[JunkReceived]:
        """What came and was no answer, told at most once a second."""
        return self._junk.told()

    def close(self) -> None:
        self._wire.close()


def _line_ms(count: int) -> int:
    """How long so many bytes are on the line at least."""
    return max(0, count) * LEAST_BITS * 1_000 // BAUD
