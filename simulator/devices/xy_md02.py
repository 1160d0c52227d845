"""An XY-MD02 temperature and humidity sensor, written from the protocol notes; a look-alike counts in hundredths."""

from __future__ import annotations

from simulator.devices.modbus import (
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    ModbusDevice,
    RefusedByDevice,
    registers,
    some,
    word,
)
from simulator.devices.spot import Spot

FIRST_INPUT = 0x0001
FIRST_HOLDING = 0x0101
MAX_ADDRESS = 247
COUNTS = {"tenths": 10, "hundredths": 100}


class XyMd02(ModbusDevice):
    """State machine of one sensor. Fault of its own: `stuck` (it keeps saying what it said)."""

    def __init__(self, *, address: int = 1, counts: int = 10) -> None:
        super().__init__(address)
        self.counts = counts
        """Of one degree: 10, or 100 in a look-alike."""
        self.stuck = False
        self._temperature_c = 22.0
        self._humidity_percent = 50.0
        self._corrections = [0, 0]

    def weather(self, temperature_c: float, humidity_percent: float) -> None:
        """What the air is like."""
        if not self.stuck:
            self._temperature_c, self._humidity_percent = temperature_c, humidity_percent

    def measure(self, celsius: float) -> None:
        """From now on it is so warm, and as humid as before."""
        self.weather(celsius, self._humidity_percent)

    def answer(self, function: int, body: bytes, now_ms: int) -> bytes:  # noqa: ARG002 - the device's form
        first, second = word(body, 0), word(body, 2)
        match function:
            case 0x04:
                return registers(some(self._measured(), first - FIRST_INPUT, second))
            case 0x03:
                return registers(some([self.address, 9_600, *self._corrections], first - FIRST_HOLDING, second))
            case 0x06:
                self._write(first - FIRST_HOLDING, second)
                return body
            case _:
                raise RefusedByDevice(ILLEGAL_FUNCTION)

    def _measured(self) -> list[int]:
        temperature = round(self._temperature_c * self.counts) + self._corrections[0]
        humidity = round(self._humidity_percent * self.counts) + self._corrections[1]
        return [temperature, humidity]

    def _write(self, place: int, value: int) -> None:
        match place:
            case 0 if 1 <= value <= MAX_ADDRESS:
                self.address = value
            case 2 | 3:
                self._corrections[place - 2] = value - 2 * (value & 0x8000)
            case _:
                raise RefusedByDevice(ILLEGAL_VALUE)


def twin(spot: Spot) -> XyMd02:
    return XyMd02(**spot.picked("address"), counts=COUNTS[spot.settings.get("scale", "tenths")])
