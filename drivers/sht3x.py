"""SHT3x temperature and humidity sensor on an I2C bus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers import sht3x_frames as frames
from drivers.contract import Clock, Command, LevelChanged, Quantity, Signal, WireLost, Wires
from drivers.settings import DeviceSettings

READ_EVERY_MS = 10_000
MEASURE_MS = 16
"""15 ms for the longest measurement, and one for the clock that counts whole ones."""

RESET_MS = 2
TRIES = 3
RETRY_MS = 100
STEP_C = 0.2
STEP_PERCENT = 1.0


class Settings(DeviceSettings):
    """One sensor."""

    driver: Literal["sht3x"]
    bus: int = Field(1, ge=0, le=31, description="number of the bus: 1 is /dev/i2c-1, on the header")
    address: Literal[0x44, 0x45] = Field(0x44, description="0x44 with the ADDR pin low, 0x45 with it high")

    def wires(self) -> tuple[str, ...]:
        return (f"I2C {self.bus} address {self.address:#x}",)


class Driver:
    """Gives `TEMPERATURE_C` in tenths and `HUMIDITY_PERCENT` in whole percent, both as floats."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.TEMPERATURE_C, Quantity.HUMIDITY_PERCENT})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._place = f"address {settings.address:#x} of I2C bus {settings.bus}"
        self._told: dict[Quantity, float] = {}
        self._next_ms = clock.steady_ms()
        self._wire = wires.i2c(settings.bus, settings.address)
        try:
            self._news = self._measure()
        except BaseException:
            self._wire.close()
            raise

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a sensor cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """One measurement, when its time has come. `WireLost` after three that failed."""
        signals, self._news = self._news, []
        return [*signals, *self._measure()] if self._clock.steady_ms() >= self._next_ms else signals

    def _measure(self) -> list[Signal]:
        self._next_ms = self._clock.steady_ms() + READ_EVERY_MS
        fresh = not self._told
        for attempt in range(TRIES):
            if attempt or fresh:
                self._reset()
            found = self._ask()
            if found is not None:
                return [
                    *self._level(Quantity.TEMPERATURE_C, found.temperature_c, STEP_C, digits=1),
                    *self._level(Quantity.HUMIDITY_PERCENT, found.humidity_percent, STEP_PERCENT, digits=0),
                ]
            self._clock.rest(RETRY_MS)
        raise WireLost(
            f"no sensor answers at {self._place}: check its four wires and ADDR pin (i2cdetect -y BUS shows it)"
        )

    def _reset(self) -> None:
        """It may be in another mode from an earlier program, or half-way through a command."""
        self._wire.write(frames.SOFT_RESET)
        self._clock.rest(RESET_MS)

    def _ask(self) -> frames.Measurement | None:
        if not self._wire.write(frames.MEASURE):
            return None
        self._clock.rest(MEASURE_MS)
        return frames.read(self._wire.read(frames.REPLY_BYTES))

    def _level(self, quantity: Quantity, value: float, step: float, *, digits: int) -> list[Signal]:
        told = self._told.get(quantity)
        if told is not None and abs(value - told) < step:
            return []
        self._told[quantity] = value
        return [LevelChanged(self._name, quantity, round(value, digits))]

    def rest_ms(self) -> int:
        return 0 if self._news else max(1, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        self._wire.close()
