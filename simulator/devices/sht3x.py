"""An SHT3x sensor on its bus, written from the maker's data sheet."""

from __future__ import annotations

from simulator.devices.spot import Spot

MEASURE_MS = 15
RESET_MS = 1  # and a half
SINGLE_SHOT = b"\x24\x00"
SOFT_RESET = b"\x30\xa2"
PERIODIC = b"\x27\x37"


class Sht3x:
    """State machine of one sensor: a command, a while without an acknowledgement, six bytes once."""

    def __init__(
        self, *, bus: int = 1, address: int = 0x44, temperature_c: float = 23.5, humidity_percent: float = 61.2
    ) -> None:
        self.bus = bus
        self.address = address
        self.temperature_c = temperature_c
        self.humidity_percent = humidity_percent
        self.plugged = True
        self.stuck = False  # the bus is held low: nobody acknowledges anything
        self.damage = 0  # so many answers arrive with a flipped bit
        self.deaf = 0  # so many commands are not acknowledged
        self.resets = 0
        self.measurements = 0
        self.periodic = False
        self._ready_ms: int | None = None
        self._busy_until_ms = 0

    def measure(self, celsius: float) -> None:
        """From now on it is so warm."""
        self.temperature_c = celsius

    def write(self, data: bytes, now_ms: int) -> bool:
        if not self._hears(now_ms):
            return False
        if self.deaf:
            self.deaf -= 1
            return False
        if data == SOFT_RESET:
            self.resets += 1
            self.periodic = False
            self._ready_ms = None
            self._busy_until_ms = now_ms + RESET_MS
            return True
        if self.periodic:
            return False  # only a break or a reset ends that mode
        if data == SINGLE_SHOT:
            self._ready_ms = self._busy_until_ms = now_ms + MEASURE_MS
        self.periodic = data == PERIODIC
        return data in (SINGLE_SHOT, PERIODIC)

    def read(self, count: int, now_ms: int) -> bytes:
        if not self._hears(now_ms) or self._ready_ms is None:
            return b""
        self._ready_ms = None
        self.measurements += 1
        answer = self._words()
        if self.damage:
            self.damage -= 1
            at = self.damage % len(answer)
            answer = answer[:at] + bytes((answer[at] ^ 0x10,)) + answer[at + 1 :]
        return answer[:count].ljust(count, b"\xff")

    def _hears(self, now_ms: int) -> bool:
        return self.plugged and not self.stuck and now_ms >= self._busy_until_ms

    def _words(self) -> bytes:
        temperature = round((self.temperature_c + 45) * 65_535 / 175)
        humidity = round(self.humidity_percent * 65_535 / 100)
        return word(temperature) + word(humidity)


def twin(spot: Spot) -> Sht3x:
    return Sht3x(**spot.picked("bus", "address"))


def word(value: int) -> bytes:
    """Two bytes, high one first, and their checksum."""
    data = value.to_bytes(2, "big")
    check = 0xFF
    for bit in range(16):
        top = (check >> 7) ^ (value >> (15 - bit) & 1)
        check = (check << 1 & 0xFF) ^ (0x31 if top else 0)
    return data + bytes((check,))
