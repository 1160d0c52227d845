"""GPIO pins over a unix socket: the program under test is the real one, its pins end in the simulator.

`SocketFactory` is a gpiozero pin factory (GPIOZERO_PIN_FACTORY=station-sim, the socket in STATION_SIM_PINS) and runs
inside the program under test; `pin_board.PinBoard` is the other end. They speak lines of text: `out PIN LEVEL`,
`in PIN PULL` and `free PIN` one way, `claimed PIN LEVEL` and `level PIN LEVEL` the other.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from gpiozero.pins.pi import PiFactory, PiPin

SOCKET_VARIABLE = "STATION_SIM_PINS"
CLAIM_SECONDS = 2.0
READ_LIMIT = 4096
BOARD_REVISION = 0xA02082
"""A Pi 3B: gpiozero wants to know which header the pins are on."""


class SocketPin(PiPin):  # type: ignore[misc]
    """One pin of the program under test. Keeps its last level and no history."""

    def __init__(self, factory: SocketFactory, info: Any) -> None:
        super().__init__(factory, info)
        self._function, self._pull, self._level = "input", info.pull or "floating", False
        self._edges, self._bounce = "both", None
        self.claimed: SimpleQueue[bool] = SimpleQueue()
        factory.by_number[self._number] = self

    def close(self) -> None:
        with suppress(OSError):
            self.factory.send(f"free {self._number}")
        self._function = "input"

    def output_with_state(self, state: object) -> None:
        self._function, self._level = "output", bool(state)
        self.factory.send(f"out {self._number} {int(self._level)}")

    def arrived(self, level: bool) -> None:
        """The board says that an input has changed."""
        if self._function == "input" and level != self._level:
            self._level = level
            if self._when_changed is not None and self._edges in ("both", "rising" if level else "falling"):
                self._call_when_changed(self.factory.ticks(), int(level))

    def _get_function(self) -> str:
        return self._function

    def _set_function(self, value: str) -> None:
        if value == "output":
            self.output_with_state(False)
        else:
            self._function = "input"
            self._claim()

    def _claim(self) -> None:
        self.factory.send(f"in {self._number} {self._pull}")
        try:
            self._level = self.claimed.get(timeout=CLAIM_SECONDS)
        except Empty:
            raise OSError("the simulator's pin board does not answer") from None

    def _get_state(self) -> int:
        self.factory.check()
        return int(self._level)

    def _set_state(self, value: object) -> None:
        self.output_with_state(value)

    def _get_pull(self) -> str:
        return str(self._pull)

    def _set_pull(self, value: str) -> None:
        self._pull = value
        self._claim()

    def _get_bounce(self) -> float | None:
        return self._bounce

    def _set_bounce(self, value: None) -> None:
        self._bounce = value

    def _get_edges(self) -> str:
        return self._edges

    def _set_edges(self, value: str) -> None:
        self._edges = value

    def _enable_event_detect(self) -> None:
        """Edges come anyway."""

    def _disable_event_detect(self) -> None:
        """Edges come anyway."""


class SocketFactory(PiFactory):  # type: ignore[misc]
    """Pins at the other end of a unix socket. A thread reads what comes back, as lgpio's does."""

    def __init__(self, path: str | None = None) -> None:
        super().__init__()
        self.pin_class = SocketPin
        self.by_number: dict[int, SocketPin] = {}
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(path or os.environ[SOCKET_VARIABLE])
        except BaseException:
            self._socket.close()
            raise
        self._lost = False
        self._reader = Thread(target=self._listen, name="simulated pins", daemon=True)
        self._reader.start()

    def close(self) -> None:
        super().close()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(CLAIM_SECONDS)
        self._socket.close()

    def send(self, line: str) -> None:
        self.check()
        self._socket.sendall(line.encode() + b"\n")

    def check(self) -> None:
        """Raise OSError when the simulator is gone."""
        if self._lost:
            raise OSError("the simulator's pin board is gone")

    def _listen(self) -> None:
        held = b""
        with suppress(OSError):
            while data := self._socket.recv(READ_LIMIT):
                *lines, held = (held + data).split(b"\n")
                for word, number, level in (line.split() for line in lines):
                    pin = self.by_number[int(number)]
                    pin.claimed.put(level == b"1") if word == b"claimed" else pin.arrived(level == b"1")
        self._lost = True

    def _get_revision(self) -> int:
        return BOARD_REVISION

    @staticmethod
    def ticks() -> float:
        return monotonic()

    @staticmethod
    def ticks_diff(later: float, earlier: float) -> float:
        return later - earlier
