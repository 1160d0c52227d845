"""What Hi-Link's LD2410 and LD2450 have in common as devices on a serial port.

A radar keeps its vote on presence only while it reports (about ten times a second): values can stick when frames stop.
It ships with Bluetooth on and a known password, so Bluetooth is turned off at every start.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from drivers.contract import Clock, Command, DeviceDown, DeviceUp, JunkReceived, Signal, WireLost, Wires
from drivers.hlk_frames import Ack, Noise, Stream, Word, command
from drivers.junk import Junk

BAUD = 256_000
READ_MS = 1_000
READ_LIMIT = 512
GATHER_MS = 500
"""Between two reads: five reports at once cost little more than one, and people are no faster."""

ACK_MS = 500
VOTE_MS = 2_000
"""Without a report for this long nothing is known of people."""

LOST_MS = 10_000
"""Without a report for this long the radar is opened and set up anew."""

OFF = b"\x00\x00"
CONFIGURE = b"\x01\x00"

R = TypeVar("R")


class Radar(ABC, Generic[R]):
    """One radar. A driver adds what its reports (`R`) say of people; `settings` are sent at every start."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()

    def __init__(
        self, name: str, port: str, wires: Wires, clock: Clock, *, stream: Stream[R], settings: tuple[Word, ...] = ()
    ) -> None:
        self._name = name
        self._clock = clock
        self._stream = stream
        self._junk = Junk(name, clock)
        self._down = False
        self._heard = False
        self._heard_now = False
        self._wire = wires.serial(port, BAUD)
        try:
            self._news: list[Signal] = self._set_up(settings)
        except BaseException:
            self._wire.close()
            raise
        self._report_at = clock.steady_ms()

    @abstractmethod
    def _levels(self, report: R) -> list[Signal] | None:
        """What has changed with this report; None when it says nothing of people."""

    @abstractmethod
    def _forget(self) -> None:
        """The radar was silent: the next report tells its levels again."""

    def _set_up(self, settings: tuple[Word, ...]) -> list[Signal]:
        """It takes effect with the restart. A radar of which only the reports arrive is used all the same."""
        entered = self._ask(Word.ENTER, CONFIGURE)
        taken = [self._ask(word) for word in settings] if entered else []
        done = entered and self._ask(Word.BLUETOOTH, OFF) and self._ask(Word.RESTART) and all(taken)
        if not self._heard:
            raise WireLost("no radar is heard: check its power (5 V, 200 mA) and that its TX goes to our RX")
        return [] if done else [JunkReceived(self._name, "the radar takes no settings: its Bluetooth may be on")]

    def _ask(self, word: Word, data: bytes = b"") -> bool:
        """Whether the radar acknowledged; asked twice, for a report may run into the first."""
        for _ in range(2):
            self._wire.write(command(word, data))
            until = self._clock.steady_ms() + ACK_MS
            while (left := until - self._clock.steady_ms()) > 0:
                for found in self._stream.feed(self._wire.read(READ_LIMIT, left)):
                    self._heard = self._heard or not isinstance(found, Noise)
                    if isinstance(found, Ack) and found.word == word & 0xFF:
                        return found.ok
        return False

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a radar cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Read what has come. `DeviceDown` after 2 s without a report, `WireLost` after 10 s."""
        signals, self._news = self._news, []
        now = self._clock.steady_ms()
        deadline = self._report_at + (LOST_MS if self._down else VOTE_MS)
        data = self._wire.read(READ_LIMIT, max(0, min(READ_MS, deadline - now)))
        self._heard_now = bool(data)
        for found in self._stream.feed(data):
            if isinstance(found, Noise):
                self._junk.note("bytes outside of any frame", found.count)
            elif not isinstance(found, Ack):
                signals += self._take(found)
        return [*signals, *self._vote(), *self._junk.told()]

    def _take(self, report: R) -> list[Signal]:
        if self._down:
            self._forget()
        levels = self._levels(report)
        if levels is None:
            return []
        self._report_at = self._clock.steady_ms()
        if not self._down:
            return levels
        self._down = False
        return [DeviceUp(self._name), *levels]

    def _vote(self) -> list[Signal]:
        silent_ms = self._clock.steady_ms() - self._report_at
        if silent_ms >= LOST_MS:
            raise WireLost("the radar reports no more: check its power (5 V, 200 mA) and its TX line")
        if silent_ms < VOTE_MS or self._down:
            return []
        self._down = True
        return [DeviceDown(self._name, "no reports for 2 s: the radar has no vote on presence")]

    def rest_ms(self) -> int:
        return GATHER_MS if self._heard_now else 0

    def close(self) -> None:
        self._wire.close()
