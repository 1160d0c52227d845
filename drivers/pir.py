"""A passive infrared sensor on a GPIO pin: high for some seconds after each movement, blind to people who sit still.

It sees ghosts while it warms up (30 to 60 s after power-up), so its first word comes after that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers.contract import Clock, Command, JunkReceived, LevelChanged, Quantity, Signal, Wires
from drivers.settings import PinSettings
from drivers.steady_input import SteadyInput

DEBOUNCE_MS = 50


class Settings(PinSettings):
    """One sensor."""

    driver: Literal["pir"]
    warm_up_seconds: int = Field(60, ge=0, le=300, description="how long it says nothing after the start")


class Driver:
    """Gives `PRESENT`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.PRESENT})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._warm_at: int | None = clock.steady_ms() + settings.warm_up_seconds * 1000
        self._pin = wires.input(settings.pin, pull_up=False)
        try:
            self._input = SteadyInput(self._pin, clock, debounce_ms=DEBOUNCE_MS)
        except BaseException:
            self._pin.close()
            raise

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a PIR sensor cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Whether somebody moves: first when the sensor is warm, then whenever that changes."""
        if self._warm_at is None:
            return [self._signal(seen) for seen in self._input.poll()]
        if self._clock.steady_ms() < self._warm_at:
            self._input.poll()
            return []
        self._warm_at = None
        return [self._signal(self._input.level)]

    def _signal(self, seen: bool | str) -> Signal:
        if isinstance(seen, str):
            return JunkReceived(self._name, seen)
        return LevelChanged(self._name, Quantity.PRESENT, seen)

    def rest_ms(self) -> int:
        return 0

    def close(self) -> None:
        self._pin.close()
