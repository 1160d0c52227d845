"""A contact on a GPIO pin: door reed, egress button, break-glass, fire relay, lock monitor, SOS button.

It tells whether the circuit is closed, nothing more; what that means is said in the station file. Wire safety loops
normally closed between the pin and ground, so that a cut wire reads open.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers.contract import Clock, Command, JunkReceived, LevelChanged, Quantity, Signal, Wires
from drivers.settings import PinSettings
from drivers.steady_input import SteadyInput

PULL_UP = {"up": True, "down": False, "none": None}


class Settings(PinSettings):
    """One contact."""

    driver: Literal["gpio-contact"]
    closed_is: Literal["low", "high"] = Field("low", description="level of the pin while the circuit is closed")
    pull: Literal["up", "down", "none"] = Field("up", description="the pin's own resistor; none: there is one outside")
    debounce_ms: int = Field(50, ge=0, le=1000, description="how long the level must hold")
    first_edge: bool = Field(default=False, description="an SOS button: the first edge counts, bounces come after")


class Driver:
    """Gives `CLOSED`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.CLOSED})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._closed_level = settings.closed_is == "high"
        self._pin = wires.input(settings.pin, pull_up=PULL_UP[settings.pull])
        try:
            self._input = SteadyInput(
                self._pin, clock, debounce_ms=settings.debounce_ms, first_edge=settings.first_edge
            )
        except BaseException:
            self._pin.close()
            raise
        self._announced = False

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a contact cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """The level at start and whenever it has changed; `JunkReceived` for flapping and missed edges."""
        if not self._announced:
            self._announced = True
            return [self._signal(self._input.level)]
        return [self._signal(seen) for seen in self._input.poll()]

    def _signal(self, seen: bool | str) -> Signal:
        if isinstance(seen, str):
            return JunkReceived(self._name, seen)
        return LevelChanged(self._name, Quantity.CLOSED, seen == self._closed_level)

    def rest_ms(self) -> int:
        return 0

    def close(self) -> None:
        self._pin.close()
