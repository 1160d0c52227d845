"""A battery pack with a JBD (Jiabaida) battery management system, on its serial port, 9600 8N1. It is only read.

It stands where a UPS stands: the pack feeds the station, and a charger carries the load while the mains are there. So a
current that is drawn from it for some readings in a row means that the mains are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from drivers import jbd_frames as frames
from drivers.contract import Clock, Command, Level, LevelChanged, Quantity, Signal, WireLost, Wires
from drivers.junk import Junk
from drivers.settings import PortSettings

BAUD = 9_600
EVERY_MS = 2_000
ANSWER_MS = 500
"""Its answer of some 40 bytes takes 45 ms on the line."""
TRIES = 3
"""One that has slept for want of a question often does not answer the first."""
RETRY_MS = 500
QUIET_MS = 25
MAX_QUIET_MS = 200

DRAWN_A = 0.1
"""Less than this is taken for nothing: the smallest station draws more from 12 V."""
STEADY_READINGS = 3
"""A lock's pulse, for which a charger may be too weak for a moment, is no power cut."""

STEPS: Mapping[Quantity, float] = {
    Quantity.VOLTAGE_V: 0.1,
    Quantity.CURRENT_A: 0.5,
    Quantity.CHARGE_PERCENT: 1,
    Quantity.TEMPERATURE_C: 1.0,
}
"""A change worth telling."""
STRAY = "bytes outside of any frame"


class Settings(PortSettings):
    """One pack."""

    driver: Literal["jbd"]


class Driver:
    """Gives `ON_BATTERY`, `CHARGE_PERCENT`, `VOLTAGE_V`, `CURRENT_A` and, of its warmest sensor, `TEMPERATURE_C`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.ON_BATTERY, *STEPS})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._junk = Junk(name, clock)
        self._told: dict[Quantity, float] = {}
        self._on_battery: bool | None = None
        self._drawn = self._drawn_for = 0
        self._failed = 0
        self._next_ms = clock.steady_ms()
        self._wire = wires.serial(settings.port, BAUD)
        try:
            self._news = self._first()
        except BaseException:
            self._wire.close()
            raise

    def _first(self) -> list[Signal]:
        signals = self._look()
        while self._failed:
            self._clock.rest(RETRY_MS)
            signals = self._look()
        return signals

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a battery cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Read it when it is time. `WireLost` after three tries in a row without a usable answer."""
        self._junk.note(STRAY, len(self._wire.read(frames.MAX_ANSWER_BYTES, 0)))
        signals, self._news = self._news, []
        if self._clock.steady_ms() >= self._next_ms:
            signals += self._look()
        return [*signals, *self._junk.told()]

    # ------------------------------------------------------------ one question

    def _look(self) -> list[Signal]:
        answer = self._ask()
        if isinstance(answer, frames.Basic):
            self._failed = 0
            self._next_ms = self._clock.steady_ms() + EVERY_MS
            return [*self._changes(answer), *self._mains(answer.current_a)]
        self._failed += 1
        if self._failed >= TRIES:
            words = "check its cable (TX to RX, RX to TX, ground) and that the pack is switched on"
            raise WireLost(f"no battery is read ({answer.reason}): {words}")
        self._next_ms = self._clock.steady_ms() + RETRY_MS
        return []

    def _ask(self) -> frames.Basic | frames.Refused:
        request = frames.read(frames.BASIC)
        self._wire.discard_input()
        self._wire.write(request)
        data = b""
        until = self._clock.steady_ms() + ANSWER_MS
        while len(data) < frames.MAX_ANSWER_BYTES and (left := until - self._clock.steady_ms()) > 0:
            data += self._wire.read(frames.MAX_ANSWER_BYTES - len(data), left)
            data = data.removeprefix(request)  # an adapter may hear what it sends
            if (found := frames.find(data)) is not None:
                self._junk.note(STRAY, found.stray)
                return self._usable(found.answer)
        self._junk.note(STRAY, len(data))
        self._fall_silent()
        return frames.Refused("no right answer" if data else "no answer")

    def _usable(self, answer: frames.Basic | frames.Refused) -> frames.Basic | frames.Refused:
        if isinstance(answer, frames.Refused):
            self._junk.note(answer.reason)
        return answer

    def _fall_silent(self) -> None:
        """What is still being said must not be taken for the next question's answer."""
        until = self._clock.steady_ms() + MAX_QUIET_MS
        while self._clock.steady_ms() < until and self._wire.read(frames.MAX_ANSWER_BYTES, QUIET_MS):
            pass

    # ------------------------------------------------------------ what it means

    def _changes(self, answer: frames.Basic) -> list[Signal]:
        values: dict[Quantity, float] = {
            Quantity.VOLTAGE_V: answer.voltage_v,
            Quantity.CURRENT_A: answer.current_a,
            Quantity.CHARGE_PERCENT: answer.charge_percent,
        }
        if answer.temperatures_c:
            values[Quantity.TEMPERATURE_C] = max(answer.temperatures_c)
        news = {quantity: value for quantity, value in values.items() if self._is_news(quantity, value)}
        self._told |= news
        return [self._level(quantity, value) for quantity, value in news.items()]

    def _is_news(self, quantity: Quantity, value: float) -> bool:
        told = self._told.get(quantity)
        return told is None or round(abs(value - told), 2) >= STEPS[quantity]

    def _mains(self, current_a: float) -> list[Signal]:
        """Whether the pack feeds the station, once some readings in a row say the same."""
        drawn = current_a <= -DRAWN_A
        self._drawn_for = self._drawn_for + 1 if drawn == self._drawn else 1
        self._drawn = drawn
        if self._drawn_for < STEADY_READINGS or drawn == self._on_battery:
            return []
        self._on_battery = drawn
        return [self._level(Quantity.ON_BATTERY, drawn)]

    def _level(self, quantity: Quantity, value: Level) -> Signal:
        return LevelChanged(self._name, quantity, value)

    def rest_ms(self) -> int:
        return 0 if self._news else max(1, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        self._wire.close()
