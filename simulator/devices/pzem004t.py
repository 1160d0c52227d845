"""A PZEM-004T v3 energy meter, written from the protocol notes.

It is fed by the mains that it measures and silent without them; its energy counter survives that. It measures anew
every 200 ms, and the last digit of what flows is never quite still.
"""

from __future__ import annotations

from collections.abc import Callable

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
from simulator.faults import Sent

GENERAL_ADDRESS = 0xF8
MEASURES_EVERY_MS = 200
WRAP_WH = 10_000_000
MS_PER_HOUR = 3_600_000
ALARM_ON = 0xFFFF
MAX_ADDRESS = 0xF7


class Pzem004t(ModbusDevice):
    """State machine of one meter, with the load behind it.

    `feed` is called with the time before anything is measured: whatever switches its mains or its load is brought up
    to that time first (a relay board's `advance`).
    """

    def __init__(self, *, address: int = 1, load_w: float = 0.0, on: bool = True) -> None:
        super().__init__(address)
        self.voltage_v = 230.1
        self.frequency_hz = 50.0
        self.power_factor = 0.98
        self.noise = True
        self.alarm_w = 23_000
        self.feed: Callable[[int], object] = lambda now_ms: None  # noqa: ARG005 - nothing feeds it by default
        self.energy_mws = 0.0
        """What has flowed, in milliwatt seconds."""
        self._load_w = load_w
        self._on = on
        self._mains = True
        self._counted_ms = 0

    # ------------------------------------------------------------ what people and the mains do

    def set_load(self, watts: float, now_ms: int) -> None:
        """Something else is plugged in."""
        self._count(now_ms)
        self._load_w = watts

    def switch(self, on: bool, now_ms: int) -> None:
        """The load is switched behind the meter."""
        self._count(now_ms)
        self._on = on

    def mains(self, on: bool, now_ms: int) -> None:
        """The mains before the meter."""
        self._count(now_ms)
        self._mains = on

    def energy_wh(self, now_ms: int) -> int:
        self.advance(now_ms)
        return int(self.energy_mws / MS_PER_HOUR) % WRAP_WH

    def advance(self, now_ms: int) -> None:
        """Count what has flowed up to now."""
        self.feed(now_ms)
        self._count(now_ms)

    @property
    def flowing_w(self) -> float:
        """What flows now."""
        return self._load_w if self._on and self._mains else 0.0

    def _count(self, now_ms: int) -> None:
        self.energy_mws += self.flowing_w * max(0, now_ms - self._counted_ms)
        self._counted_ms = max(self._counted_ms, now_ms)

    def rests_until_ms(self, now_ms: int) -> int:
        """While something flows, or the last digit trembles, every answer is another one."""
        self.advance(now_ms)
        return now_ms if self.noise or self.flowing_w else super().rests_until_ms(now_ms)

    # ------------------------------------------------------------ the line

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        self.advance(now_ms)
        return super().receive(data, now_ms) if self._mains else []

    def is_meant(self, address: int) -> bool:
        return address in (self.address, GENERAL_ADDRESS)

    def answer(self, function: int, body: bytes, now_ms: int) -> bytes:
        match function:
            case 0x04:
                return registers(some(self._measured(now_ms), word(body, 0), word(body, 2)))
            case 0x03:
                return registers(some([0, self.alarm_w, self.address], word(body, 0), word(body, 2)))
            case 0x06:
                self._write(word(body, 0), word(body, 2))
                return body
            case 0x42:
                self.energy_mws = 0.0
                return body
            case _:
                raise RefusedByDevice(ILLEGAL_FUNCTION)

    def _write(self, register: int, value: int) -> None:
        if register == 1:
            self.alarm_w = value
        elif register == 2 and 1 <= value <= MAX_ADDRESS:  # noqa: PLR2004 - the register of the address
            self.address = value
        else:
            raise RefusedByDevice(ILLEGAL_VALUE)

    def _measured(self, now_ms: int) -> list[int]:
        watts = self.flowing_w
        amperes = watts / self.voltage_v / self.power_factor
        wobble = now_ms // MEASURES_EVERY_MS * 7 % 3 - 1 if self.noise else 0
        flow_wobble = wobble if watts else 0
        milliamperes, tenths_w = round(amperes * 1_000) + flow_wobble, round(watts * 10) + flow_wobble
        energy_wh = self.energy_wh(now_ms)
        return [
            round(self.voltage_v * 10) + wobble,
            *_low_first(milliamperes),
            *_low_first(tenths_w),
            *_low_first(energy_wh),
            round(self.frequency_hz * 10),
            round(self.power_factor * 100) if watts else 0,
            ALARM_ON if watts > self.alarm_w else 0,
        ]


def twin(spot: Spot) -> Pzem004t:
    return Pzem004t(**spot.picked("address"))


def _low_first(value: int) -> tuple[int, int]:
    return value & 0xFFFF, value >> 16
