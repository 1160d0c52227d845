"""XY-MD02 temperature and humidity sensor, and its look-alikes with even parity or hundredths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers import modbus_frames as frames
from drivers.contract import Clock, Command, JunkReceived, LevelChanged, Quantity, Signal, WireLost, Wires
from drivers.modbus_line import BAUD, MAX_MISSED, READ_TRIES, Heard, Line
from drivers.settings import BusSettings

EVERY_MS = 10_000
RETRY_MS = 500
FIRST_REGISTER, REGISTERS = 0x0001, 2
"""Temperature (signed) and relative humidity."""

TEMPERATURE_STEP_C = 0.2
HUMIDITY_STEP_PERCENT = 1.0
COLDEST_C, HOTTEST_C = -40.0, 80.0
WETTEST_PERCENT = 100.0
_SIGN = 0x8000


class Settings(BusSettings):
    """One sensor."""

    language: ClassVar[str] = "Modbus RTU"

    driver: Literal["xy-md02"]
    address: int = Field(1, ge=1, le=247, description="of the sensor on its bus")
    parity: Literal["N", "E", "O"] = Field("N", description="some look-alikes have even parity: E")
    scale: Literal["tenths", "hundredths"] = Field("tenths", description="of a degree; compare with a thermometer")

    def line(self) -> str:
        return f"9600 baud 8{self.parity}1"


class Driver:
    """Gives `TEMPERATURE_C` and `HUMIDITY_PERCENT`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.TEMPERATURE_C, Quantity.HUMIDITY_PERCENT})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._counts = 10 if settings.scale == "tenths" else 100
        self._told: dict[Quantity, int] = {}
        self._steps = {
            Quantity.TEMPERATURE_C: round(TEMPERATURE_STEP_C * self._counts),
            Quantity.HUMIDITY_PERCENT: round(HUMIDITY_STEP_PERCENT * self._counts),
        }
        self._request = frames.read_input_registers(settings.address, FIRST_REGISTER, REGISTERS)
        self._line = Line(name, wires.serial(settings.port, BAUD, parity=settings.parity), clock)
        try:
            heard = self._line.read(self._request, READ_TRIES)
            if not isinstance(heard, frames.Answer):
                words = "check its power (5 to 30 V), A and B, address and parity"
                raise WireLost(f"no sensor at address {settings.address} ({heard}): {words}")
            self._news = self._take(heard)
        except BaseException:
            self._line.close()
            raise

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a sensor cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Read it when it is time. `WireLost` after three silences in a row."""
        self._line.idle()
        signals, self._news = self._news, []
        if self._clock.steady_ms() >= self._next_at:
            signals += self._take(self._line.ask(self._request))
        return [*signals, *self._line.junk()]

    def _take(self, heard: Heard) -> list[Signal]:
        self._next_at = self._clock.steady_ms() + EVERY_MS
        if isinstance(heard, frames.Answer):
            return self._changes(*heard.registers)
        if self._line.missed >= MAX_MISSED or isinstance(heard, frames.Refused):
            raise WireLost(f"the sensor answers no more ({heard}): check its power, and A and B")
        self._next_at = self._clock.steady_ms() + RETRY_MS
        return []

    def _changes(self, word: int, humidity: int) -> list[Signal]:
        temperature = word - 2 * (word & _SIGN)
        degrees, percent = temperature / self._counts, humidity / self._counts
        if not COLDEST_C <= degrees <= HOTTEST_C or percent > WETTEST_PERCENT:
            return [JunkReceived(self._name, f"{degrees:g} °C and {percent:g} % cannot be: is scale right?")]
        signals: list[Signal] = []
        for quantity, count in ((Quantity.TEMPERATURE_C, temperature), (Quantity.HUMIDITY_PERCENT, humidity)):
            told = self._told.get(quantity)
            if told is None or abs(count - told) >= self._steps[quantity]:
                self._told[quantity] = count
                signals.append(LevelChanged(self._name, quantity, count / self._counts))
        return signals

    def rest_ms(self) -> int:
        return max(1, self._next_at - self._clock.steady_ms())

    def close(self) -> None:
        self._line.close()
