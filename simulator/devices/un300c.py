"""A UN300C blood pressure module with its cuff and an arm in it or none, written from the protocol notes.

It hears `02 "NN;;" SUM 03` and a bare X. The cuff tightens, lets go slowly, and tells its pressure five times a second.
"""

from __future__ import annotations

import re

from simulator.devices.spot import Spot
from simulator.faults import Sent

BAUD = 4_800
THINK_MS = 30
MAX_HELD = 64
CUFF_EVERY_MS = 200
TIGHT_MMHG, OPEN_MMHG = 180, 40
UP_MMHG_PER_S, DOWN_MMHG_PER_S = 30, 6
LOOSE_MS = 8_000
"""A cuff with nothing in it gets no tighter for so long."""
BUSY, RESTS, FAILED = 3, 1, 2
FINE, LOOSE, MOVED = 0, 6, 11
COMMAND = re.compile(rb"\x02(\d\d);;([0-9A-F]{2})\x03|X", re.ASCII)


class Un300c:
    """State machine of one module.

    Faults of its own: `silent`, `deaf` (tightens no cuff), `stuck` (its valve: the cuff stays tight until X),
    `forgets_end` (never tells 999), `old_figures` (those of the measurement before, as if they were new), `deaf_to_x`
    (how many X it does not hear).
    """

    def __init__(self) -> None:
        self.arm: tuple[int, int, int] | None = None
        """Systolic and diastolic pressure and pulse of whoever has an arm in the cuff."""
        self.silent = False
        self.deaf = False
        self.stuck = False
        self.forgets_end = False
        self.old_figures = False
        self.deaf_to_x = 0
        self.tightened: list[int] = []
        """When the cuff began to tighten, each time."""
        self.manual = False
        self._figures = "P---------;R---"
        self._message = FINE
        self._state = RESTS
        self._began_ms = 0
        self._told_ms = 0
        self._moved = False
        self._coming: list[Sent] = []
        self._held = b""

    # ------------------------------------------------------------ what people do

    def move(self) -> None:
        """Whoever is measured moves."""
        self._moved = True

    def press(self, now_ms: int) -> None:
        """Its own button."""
        self._start(now_ms)

    def power_cycle(self, now_ms: int) -> None:
        """The cuff opens, what was measured is forgotten, and it tells its state by itself."""
        self._state, self._message, self._figures = RESTS, FINE, "P---------;R---"
        self._held = b""
        self._coming = [(now_ms + THINK_MS, self._status())]

    @property
    def is_tight(self) -> bool:
        return self._state == BUSY

    # ------------------------------------------------------------ the line

    @property
    def baud(self) -> int:
        return BAUD

    def due_ms(self) -> int | None:
        known = [at for at, _ in self._coming]
        if self.is_tight:
            known.append(self._told_ms + CUFF_EVERY_MS)
        return min(known, default=None)

    def tick(self, now_ms: int) -> list[Sent]:
        while self.is_tight and self._told_ms + CUFF_EVERY_MS <= now_ms:
            self._told_ms += CUFF_EVERY_MS
            self._go_on(self._told_ms)
        sent = sorted(one for one in self._coming if one[0] <= now_ms)
        self._coming = [one for one in self._coming if one[0] > now_ms]
        return [] if self.silent else sent

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        sent = self.tick(now_ms)
        self._held = (self._held + data)[-MAX_HELD:]
        while (found := COMMAND.search(self._held)) is not None:
            self._held = self._held[found.end() :]
            if not self.silent:
                self._obey(found, now_ms)
        return sent

    def _obey(self, found: re.Match[bytes], now_ms: int) -> None:
        if found[0] == b"X":
            self._abort(now_ms)
        elif found[2] == summed(found[1] + b";;"):
            match found[1]:
                case b"01" if not self.deaf:
                    self._start(now_ms)
                case b"03":
                    self.manual = True
                case b"18":
                    self._coming.append((now_ms + THINK_MS, self._status()))

    # ------------------------------------------------------------ a measurement

    def _start(self, now_ms: int) -> None:
        if not self.is_tight:
            self._state, self._moved = BUSY, False
            self._began_ms = self._told_ms = now_ms
            self.tightened = [*self.tightened, now_ms]

    def _abort(self, now_ms: int) -> None:
        if self.deaf_to_x:
            self.deaf_to_x -= 1
        elif self.is_tight:
            self._end(RESTS, FINE, now_ms)

    def _go_on(self, now_ms: int) -> None:
        """One more pressure, or the end."""
        mmhg = self._pressure(now_ms)
        if self.arm is None and now_ms - self._began_ms >= LOOSE_MS and not self.stuck:
            self._end(FAILED, LOOSE, now_ms)
        elif self._moved and not self.stuck:
            self._end(FAILED, MOVED, now_ms)
        elif self.arm is not None and mmhg <= OPEN_MMHG and now_ms - self._began_ms > LOOSE_MS and not self.stuck:
            systolic, diastolic, pulse = self.arm
            if not self.old_figures:
                mean = diastolic + (systolic - diastolic) // 3
                self._figures = f"P{systolic:03}{diastolic:03}{mean:03};R{pulse:03}"
            self._end(RESTS, FINE, now_ms)
        else:
            self._coming.append((now_ms, framed(f"{mmhg:03}C0S3".encode())))

    def _pressure(self, now_ms: int) -> int:
        if self.arm is None:
            return 2
        up_s = TIGHT_MMHG / UP_MMHG_PER_S
        past_s = (now_ms - self._began_ms) / 1_000
        if past_s <= up_s or self.stuck:
            return round(min(TIGHT_MMHG, past_s * UP_MMHG_PER_S))
        return round(max(0, TIGHT_MMHG - (past_s - up_s) * DOWN_MMHG_PER_S))

    def _end(self, state: int, message: int, now_ms: int) -> None:
        """Figures stay until there are others: also when this measurement has none."""
        self._state, self._message = state, message
        if not self.forgets_end:
            self._coming.append((now_ms, framed(b"999")))

    def _status(self) -> bytes:
        text = f"S{self._state};A0;C00;M{self._message:02};{self._figures};T    ;;".encode()
        return framed(text + summed(text))


def framed(text: bytes) -> bytes:
    return b"\x02" + text + b"\x03\r"


def summed(text: bytes) -> bytes:
    """The sum as two hexadecimal digits."""
    return f"{sum(text) & 0xFF:02X}".encode()


def twin(_spot: Spot) -> Un300c:
    return Un300c()
