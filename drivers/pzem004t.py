"""PZEM-004T v3 (100 A) and PZEM-014/016 energy meters.

The module's own side is fed by the mains that it measures: without mains it is silent, which is no fault of the bus.
So it is asked on, and answers within two seconds of the mains' return. The energy counter survives a power cut, wraps
at 9999.99 kWh and may be reset at the module: sessions are measured by difference, and no command resets it from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from drivers import modbus_frames as frames
from drivers.contract import (
    Clock,
    Command,
    DeviceDown,
    DeviceUp,
    LevelChanged,
    Quantity,
    Signal,
    Wires,
)
from drivers.modbus_line import BAUD, MAX_MISSED, Line
from drivers.settings import BusSettings

EVERY_MS, UNUSED_EVERY_MS = 1_000, 3_000
"""Between two readings, and while nothing flows."""
SILENT_EVERY_MS = 2_000
"""While it is silent each question costs the bus 0.3 s."""

FIRST_REGISTER, REGISTERS = 0x0000, 7
"""Voltage, and as low and high word current, power and energy; frequency, power factor and alarm follow."""

VOLTAGE_STEP_V = 1.0
CURRENT_STEP_A = 0.05
POWER_STEP_W = 2.0
ENERGY_STEP_WH = 1

NO_MAINS = "no mains on the measuring side, or the module is not connected"

STEPS: Mapping[Quantity, float] = {
    Quantity.VOLTAGE_V: VOLTAGE_STEP_V,
    Quantity.CURRENT_A: CURRENT_STEP_A,
    Quantity.POWER_W: POWER_STEP_W,
    Quantity.ENERGY_WH: ENERGY_STEP_WH,
}
"""A change worth telling; to zero and from zero is always one."""


class Settings(BusSettings):
    """One meter."""

    language: ClassVar[str] = "Modbus RTU"

    driver: Literal["pzem004t"]
    address: int = Field(1, ge=1, le=247, description="of the meter on its bus")


class Driver:
    """Gives `VOLTAGE_V`, `CURRENT_A`, `POWER_W` and `ENERGY_WH`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset(STEPS)

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._told: dict[Quantity, float] = {}
        self._down = False
        self._request = frames.read_input_registers(settings.address, FIRST_REGISTER, REGISTERS)
        self._line = Line(name, wires.serial(settings.port, BAUD), clock)
        try:
            self._news = self._look()
        except BaseException:
            self._line.close()
            raise

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a meter cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Read it when it is time. `DeviceDown` after three silences in a row, `DeviceUp` when it answers again."""
        self._line.idle()
        signals, self._news = self._news, []
        if self._clock.steady_ms() >= self._next_at:
            signals += self._look()
        return [*signals, *self._line.junk()]

    def _look(self) -> list[Signal]:
        heard = self._line.ask(self._request)
        self._next_at = self._clock.steady_ms() + (SILENT_EVERY_MS if self._down else EVERY_MS)
        if isinstance(heard, frames.Answer):
            signals = [*self._is_back(), *self._changes(heard.registers)]
            if not self._told[Quantity.CURRENT_A]:
                self._next_at += UNUSED_EVERY_MS - EVERY_MS
            return signals
        if self._down or (self._line.missed < MAX_MISSED and not isinstance(heard, frames.Refused)):
            return []
        self._down = True
        if isinstance(heard, frames.Refused):
            return [DeviceDown(self._name, f"this is no PZEM meter: {heard}")]
        return [DeviceDown(self._name, f"{NO_MAINS} ({heard})")]

    def _is_back(self) -> list[Signal]:
        if not self._down:
            return []
        self._down = False
        self._told.clear()
        return [DeviceUp(self._name)]

    def _changes(self, registers: tuple[int, ...]) -> list[Signal]:
        news = {key: value for key, value in _values(registers).items() if self._is_news(key, value)}
        self._told |= news
        return [LevelChanged(self._name, quantity, value) for quantity, value in news.items()]

    def _is_news(self, quantity: Quantity, value: float) -> bool:
        told = self._told.get(quantity)
        return told is None or abs(value - told) >= STEPS[quantity] or (value == 0) != (told == 0)

    def rest_ms(self) -> int:
        return max(1, self._next_at - self._clock.steady_ms())

    def close(self) -> None:
        self._line.close()


def _values(registers: tuple[int, ...]) -> dict[Quantity, float]:
    voltage, *words = registers
    current, power, energy = (low | high << 16 for low, high in zip(words[::2], words[1::2], strict=True))
    return {
        Quantity.VOLTAGE_V: voltage / 10,
        Quantity.CURRENT_A: current / 1_000,
        Quantity.POWER_W: power / 10,
        Quantity.ENERGY_WH: energy,
    }
