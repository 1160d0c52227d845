"""HLK-LD2410 presence radar on a serial port.

It keeps its vote on presence only while it reports (about ten times a second): values can stick when frames stop. It
ships with Bluetooth on and a known password, so Bluetooth is turned off at every start.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from drivers import ld2410_frames as frames
from drivers.contract import (
    Clock,
    Command,
    DeviceDown,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Quantity,
    Signal,
    WireLost,
    Wires,
)
from drivers.settings import PortSettings

BAUD = 256_000
READ_MS = 1_000
READ_LIMIT = 512
GATHER_MS = 200
"""Between two reads: two reports at once cost half as much as each on its own."""

ACK_MS = 500
VOTE_MS = 2_000
"""Without a report for this long nothing is known of people."""

LOST_MS = 10_000
"""Without a report for this long the radar is opened and set up anew."""

DISTANCE_EVERY_MS = 500
NOISE_EVERY_MS = 1_000
OFF = b"\x00\x00"
CONFIGURE = b"\x01\x00"


class Settings(PortSettings):
    """One radar."""

    driver: Literal["ld2410"]


class Driver:
    """Gives `PRESENT` and `DISTANCE_CM`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.PRESENT, Quantity.DISTANCE_CM})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._stream = frames.Stream()
        self._present: bool | None = None
        self._distance_cm: int | None = None
        self._distance_at = clock.steady_ms() - DISTANCE_EVERY_MS
        self._noise = 0
        self._noise_at = self._distance_at
        self._down = False
        self._heard = False
        self._heard_now = False
        self._wire = wires.serial(settings.port, BAUD)
        try:
            self._news: list[Signal] = self._turn_bluetooth_off()
        except BaseException:
            self._wire.close()
            raise
        self._report_at = clock.steady_ms()

    def _turn_bluetooth_off(self) -> list[Signal]:
        """It takes effect with the restart. A radar of which only the reports arrive is used all the same."""
        done = (
            self._ask(frames.Word.ENTER, CONFIGURE)
            and self._ask(frames.Word.BLUETOOTH, OFF)
            and self._ask(frames.Word.RESTART)
        )
        if not self._heard:
            raise WireLost("no radar is heard: check its power (5 V, 200 mA) and that its TX goes to our RX")
        return [] if done else [JunkReceived(self._name, "the radar takes no settings: its Bluetooth may be on")]

    def _ask(self, word: frames.Word, data: bytes = b"") -> bool:
        """Whether the radar acknowledged; asked twice, for a report may run into the first."""
        for _ in range(2):
            self._wire.write(frames.command(word, data))
            until = self._clock.steady_ms() + ACK_MS
            while (left := until - self._clock.steady_ms()) > 0:
                for found in self._stream.feed(self._wire.read(READ_LIMIT, left)):
                    self._heard = self._heard or not isinstance(found, frames.Noise)
                    if isinstance(found, frames.Ack) and found.word == word & 0xFF:
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
            match found:
                case frames.Report(state=frames.State()):
                    signals += self._take(found)
                case frames.Noise(count):
                    self._noise += count
        return [*signals, *self._vote(), *self._tell_noise()]

    def _take(self, report: frames.Report) -> list[Signal]:
        now = self._report_at = self._clock.steady_ms()
        signals: list[Signal] = []
        if self._down:
            self._down = False
            self._present = None
            signals.append(DeviceUp(self._name))
        present = report.state is not frames.State.NOBODY
        if present != self._present:
            self._present = present
            signals.append(LevelChanged(self._name, Quantity.PRESENT, present))
        distance_is_news = present and report.distance_cm != self._distance_cm
        if distance_is_news and now >= self._distance_at + DISTANCE_EVERY_MS:
            self._distance_cm, self._distance_at = report.distance_cm, now
            signals.append(LevelChanged(self._name, Quantity.DISTANCE_CM, report.distance_cm))
        return signals

    def _vote(self) -> list[Signal]:
        silent_ms = self._clock.steady_ms() - self._report_at
        if silent_ms >= LOST_MS:
            raise WireLost("the radar reports no more: check its power (5 V, 200 mA) and its TX line")
        if silent_ms < VOTE_MS or self._down:
            return []
        self._down = True
        return [DeviceDown(self._name, "no reports for 2 s: the radar has no vote on presence")]

    def _tell_noise(self) -> list[Signal]:
        now = self._clock.steady_ms()
        if not self._noise or now < self._noise_at + NOISE_EVERY_MS:
            return []
        count, self._noise, self._noise_at = self._noise, 0, now
        return [JunkReceived(self._name, "bytes outside of any frame", count)]

    def rest_ms(self) -> int:
        return GATHER_MS if self._heard_now else 0

    def close(self) -> None:
        self._wire.close()
