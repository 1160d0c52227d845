"""UN300C blood pressure module and its kin (PAR NIBP2010, NIBP2020), 4800 8N1: measures once when it is told to.

What it measures belongs to the person whose arm is in the cuff: it leaves this driver in one signal and stays nowhere.
The module holds it until the next measurement, and may give it out again for one that failed: it is believed only
after a measurement was seen to run to its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import ClassVar, Literal

from drivers import un300c_frames as frames
from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    Measure,
    Outcome,
    PressureMeasured,
    PressureNotMeasured,
    Quantity,
    Signal,
    StopMeasuring,
    WireLost,
    Wires,
)
from drivers.junk import Junk
from drivers.settings import PortSettings
from drivers.un300c_frames import Word

BAUD = 4_800
READ_LIMIT = 256
ANSWER_MS = 1_000
"""An answer takes 90 ms on the line."""
TRIES = 3
RETRY_MS = 500
BEGIN_MS = 5_000
"""By then a cuff that was told to tighten has told its first pressure."""
QUIET_MS = 600
"""A cuff that is tight tells its pressure five times a second: silence for so long is the end of that."""
ABORT_MS = 1_500
LOST_CUFF_MS = 5_000
LONGEST_MS = 150_000
"""No measurement takes so long: the cuff is opened."""
READ_MS = 200
"""So long an order may wait."""
IDLE_MS = 800
LOOK_EVERY_MS = 30_000
STRAY = "bytes that are no frame of a blood pressure module"


class Settings(PortSettings):
    """One module."""

    driver: Literal["un300c"]


class Driver:
    """Gives `PressureMeasured` and `PressureNotMeasured`. At the start and at the end the cuff is opened."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Measure, StopMeasuring})
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.BLOOD_PRESSURE})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._junk = Junk(name, clock)
        self._reader = frames.Reader()
        self._began_ms: int | None = None
        self._cuff_ms = 0
        self._before: frames.Figures | None = None
        self._next_ms = clock.steady_ms() + LOOK_EVERY_MS
        self._missed = 0
        self._wire = wires.serial(settings.port, BAUD)
        try:
            self._set_up()
        except BaseException:
            self._wire.close()
            raise

    def _set_up(self) -> None:
        if self._stop() is None:
            raise WireLost("no blood pressure module answers: check its supply, TX to RX and RX to TX")
        self._wire.write(frames.command(Word.MANUAL))
        self._listen_until_quiet()

    # ------------------------------------------------------------ the driver

    def execute(self, command: Command) -> Iterable[Signal]:
        """Begin or end a measurement. `ACKED`: the cuff tells its pressure, or the module says that it rests."""
        match command:
            case Measure():
                outcome, detail = self._begin()
            case StopMeasuring():
                status = self._stop()
                rests = status is not None and status.state not in frames.MEASURES
                outcome = Outcome.ACKED if rests else Outcome.UNKNOWN
                detail = "" if rests else "the module does not say that it has stopped"
            case _:
                raise TypeError(f"a blood pressure module cannot do {type(command).__name__}")
        return [CommandDone(command.device, type(command).__name__, outcome, detail), *self._junk.told()]

    def _begin(self) -> tuple[Outcome, str]:
        """A cuff is never told twice to tighten."""
        if self._began_ms is not None:
            return Outcome.NOT_SENT, "it is measuring already"
        self._wire.discard_input()
        self._reader.clear()
        self._wire.write(frames.command(Word.START))
        until = self._clock.steady_ms() + BEGIN_MS
        while (left := until - self._clock.steady_ms()) > 0:
            if any(isinstance(one, frames.Cuff) for one in self._hear(left)):
                self._began_ms = self._cuff_ms = self._clock.steady_ms()
                return Outcome.ACKED, ""
        self._stop()
        return Outcome.UNKNOWN, "the cuff told no pressure, and was opened again"

    def poll(self) -> Iterable[Signal]:
        """Follow a measurement. `WireLost` when the module answers no more."""
        signals = [signal for one in self._hear(READ_MS) for signal in self._take(one)]
        now = self._clock.steady_ms()
        if self._began_ms is not None:
            signals += self._watch(self._began_ms, now)
        elif now >= self._next_ms:
            self._look()
        return [*signals, *self._junk.told()]

    def rest_ms(self) -> int:
        return 0 if self._began_ms is not None else IDLE_MS

    def close(self) -> None:
        with suppress(WireLost):
            if self._began_ms is not None:
                self._wire.write(frames.ABORT)
        self._wire.close()

    # ------------------------------------------------------------ a measurement

    def _take(self, found: frames.Found) -> list[Signal]:
        """Somebody may have pressed the module's own button: that is a measurement, too."""
        match found:
            case frames.Cuff():
                self._cuff_ms = self._clock.steady_ms()
                self._began_ms = self._cuff_ms if self._began_ms is None else self._began_ms
            case frames.Finished() if self._began_ms is not None:
                return [self._result()]
        return []

    def _watch(self, began_ms: int, now_ms: int) -> list[Signal]:
        if now_ms >= began_ms + LONGEST_MS:
            self._stop()
            return [self._failed("it took too long, and the cuff was opened")]
        if now_ms >= self._cuff_ms + LOST_CUFF_MS:
            self._stop()
            return [self._failed("the cuff told its pressure no more, and was opened")]
        return []

    def _result(self) -> Signal:
        status = self._status(resting=True)
        if status is None:
            self._stop()
            return self._failed("the module did not tell its result")
        if status.figures is None:
            return self._failed(status.why)
        if status.figures == self._before:
            return self._failed("the figures are those of the measurement before")
        self._began_ms, self._before = None, status.figures
        return PressureMeasured(self._name, status.figures.systolic, status.figures.diastolic, status.figures.pulse)

    def _failed(self, detail: str) -> Signal:
        self._began_ms = None
        return PressureNotMeasured(self._name, detail)

    # ------------------------------------------------------------ the line

    def _look(self) -> None:
        """Nothing happens here for hours: is it still there?"""
        status = self._status()
        self._missed = 0 if status else self._missed + 1
        if self._missed >= TRIES:
            raise WireLost("the blood pressure module answers no more: check its supply and its cable")
        self._next_ms = self._clock.steady_ms() + (LOOK_EVERY_MS if status else RETRY_MS)

    def _status(self, *, resting: bool = False) -> frames.Status | None:
        """Ask what it does; with `resting` until it has done with measuring."""
        for _ in range(TRIES):
            self._wire.discard_input()
            self._reader.clear()
            self._wire.write(frames.command(Word.STATUS))
            until = self._clock.steady_ms() + ANSWER_MS
            while (left := until - self._clock.steady_ms()) > 0:
                for one in self._hear(left):
                    if isinstance(one, frames.Status) and not (resting and one.state in frames.MEASURES):
                        return one
        return None

    def _stop(self) -> frames.Status | None:
        """Open the cuff, as often as it takes. What the module says then; None: it says nothing."""
        self._began_ms = None
        status = None
        for _ in range(TRIES):
            self._wire.write(frames.ABORT)
            self._listen_until_quiet()
            status = self._status()
            if status is not None and status.state not in frames.MEASURES:
                self._before = status.figures or self._before
                break
        return status

    def _listen_until_quiet(self) -> None:
        until = self._clock.steady_ms() + ABORT_MS
        while self._clock.steady_ms() < until and self._wire.read(READ_LIMIT, QUIET_MS):
            pass
        self._reader.clear()

    def _hear(self, timeout_ms: int) -> list[frames.Found]:
        """The frames that are whole now, waiting so long for more bytes; noise is counted."""
        found = list(self._reader.feed(self._wire.read(READ_LIMIT, timeout_ms)))
        self._junk.note(STRAY, sum(one.count for one in found if isinstance(one, frames.Noise)))
        return found
