"""A load on a relay: lamp, fan, siren. Off at the start and at the end of the program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    SwitchOff,
    SwitchOn,
    Wires,
)
from drivers.settings import PinSettings


class Settings(PinSettings):
    """One relay."""

    driver: Literal["gpio-switch"]
    active_high: bool = Field(default=True, description="false: the relay board switches on at low level")


class Driver:
    """Gives `ON`. The newest `SwitchOn` says when it goes off by itself."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({SwitchOn, SwitchOff})
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.ON})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._on = False
        self._off_at: int | None = None
        self._announced = False
        self._pin = wires.output(settings.pin, active_high=settings.active_high, active=False)

    def execute(self, command: Command) -> Iterable[Signal]:
        """Switch; the relay has no reply, so `ACKED` means that the line was driven."""
        match command:
            case SwitchOn(limit_ms=limit_ms):
                self._off_at = None if limit_ms is None else self._clock.steady_ms() + max(0, limit_ms)
                changes = self._switch(on=True)
            case SwitchOff():
                self._off_at = None
                changes = self._switch(on=False)
            case _:
                raise TypeError(f"a switch cannot do {type(command).__name__}")
        return [*changes, CommandDone(self._name, type(command).__name__, Outcome.ACKED)]

    def poll(self) -> Iterable[Signal]:
        """Switch off when the limit has come."""
        if not self._announced:
            self._announced = True
            return [LevelChanged(self._name, Quantity.ON, self._on)]
        if self._off_at is None or self._clock.steady_ms() < self._off_at:
            return []
        self._off_at = None
        return self._switch(on=False)

    def _switch(self, *, on: bool) -> list[Signal]:
        self._pin.set(on)
        if on == self._on:
            return []
        self._on = on
        return [LevelChanged(self._name, Quantity.ON, on)]

    def rest_ms(self) -> int | None:
        if not self._announced:
            return 0
        return None if self._off_at is None else max(0, self._off_at - self._clock.steady_ms())

    def close(self) -> None:
        self._pin.close()
