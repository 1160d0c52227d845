"""A Waveshare Modbus RTU relay board (V2 protocol, D model with inputs), written from the protocol notes.

Its pulse timers run on whatever becomes of the host. A plain write ends the pulse of its relay, a new pulse begins
anew. The board computes when it is looked at: `advance` brings it up to a time.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.devices.modbus import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    ModbusDevice,
    RefusedByDevice,
    bits,
    registers,
    some,
    word,
)
from simulator.devices.spot import Spot
from simulator.stretches import Stretch, stretches

ALL = 0x00FF
PULSE_ON, PULSE_OFF = 0x0200, 0x0400
ON, OFF, TOGGLE = 0xFF00, 0x0000, 0x5500
ADDRESS_REGISTER = 0x4000
MODE_REGISTER = 0x1000
MODES = range(4)
NORMAL, LINKED = 0, 1
MAX_EDGES = 100_000

Watcher = Callable[[int, bool, int], object]


class WaveshareRelay(ModbusDevice):
    """State machine of one board. Relays and inputs count from 1.

    Faults of its own: `stuck` relays keep their state whatever is written; `knows_all` False: a clone that has no
    "all relays"; `overdue` relays do not end their pulses; `drift` is by how much its clock is slow (0.02: 2 %).
    """

    def __init__(self, *, address: int = 1, channels: int = 8, inputs: int = 0) -> None:
        super().__init__(address)
        self.channels = channels
        self.closed = [False] * inputs
        self.stuck: set[int] = set()
        self.overdue: set[int] = set()
        self.drift = 0.0
        self.knows_all = True
        self.edges: list[tuple[int, int, bool]] = []
        """When which relay moved to which side."""
        self.watchers: list[Watcher] = []
        """Called with relay, on, and the time of each edge: a lamp, a lock, a meter behind it."""
        self._on = [False] * channels
        self._pulse_ends: dict[int, int] = {}
        self._modes = [NORMAL] * channels

    # ------------------------------------------------------------ relays

    def is_on(self, relay: int, now_ms: int) -> bool:
        self.advance(now_ms)
        return self._on[relay - 1]

    def last_on_ms(self, relay: int, now_ms: int) -> int:
        """When it last went on; -1: never."""
        self.advance(now_ms)
        return next((at_ms for at_ms, moved, on in reversed(self.edges) if moved == relay and on), -1)

    def longest_on_ms(self, relay: int, now_ms: int) -> int:
        """Its longest stretch under current."""
        return max((ends_ms - begins_ms for begins_ms, ends_ms in self.on_stretches(relay, now_ms)), default=0)

    def on_stretches(self, relay: int, now_ms: int) -> list[Stretch]:
        """When it was on."""
        self.advance(now_ms)
        return list(stretches(((at_ms, on) for at_ms, moved, on in self.edges if moved == relay), now_ms))

    def advance(self, now_ms: int) -> None:
        """End the pulses that were over by now, each at its own time."""
        due = sorted((ends, relay) for relay, ends in self._pulse_ends.items() if ends <= now_ms)
        for ends_ms, relay in due:
            del self._pulse_ends[relay]
            if relay not in self.overdue:
                self._set(relay, not self._on[relay - 1], ends_ms)

    def _set(self, relay: int, on: bool, now_ms: int) -> None:
        if relay in self.stuck or self._on[relay - 1] == on:
            return
        self._on[relay - 1] = on
        self.edges = [*self.edges[-MAX_EDGES:], (now_ms, relay, on)]
        for watcher in self.watchers:
            watcher(relay, on, now_ms)

    def _move(self, relay: int, value: int, now_ms: int) -> None:
        self._pulse_ends.pop(relay, None)
        self._set(relay, not self._on[relay - 1] if value == TOGGLE else value == ON, now_ms)

    def rests_until_ms(self, now_ms: int) -> int:
        """Until the next pulse ends."""
        self.advance(now_ms)
        return min(self._pulse_ends.values(), default=super().rests_until_ms(now_ms))

    # ------------------------------------------------------------ the line

    def is_meant(self, address: int) -> bool:
        return address in (self.address, 0)

    def answer(self, function: int, body: bytes, now_ms: int) -> bytes:
        self.advance(now_ms)
        first, second = word(body, 0), word(body, 2)
        match function:
            case 0x01:
                return bits(some(self._on, first, second))
            case 0x02 if self.closed:
                return bits(some(self.closed, first, second))
            case 0x03:
                return registers([self._register(first + place) for place in range(second)])
            case 0x05:
                self._write_coil(first, second, now_ms)
            case 0x06:
                self._write_register(first, second)
            case 0x0F:
                self._write_mask(first, second, body[5:], now_ms)
            case _:
                raise RefusedByDevice(ILLEGAL_FUNCTION)
        return body[:4]

    def _write_coil(self, coil: int, value: int, now_ms: int) -> None:
        if coil < ALL or coil == ALL:
            relays = range(1, self.channels + 1) if coil == ALL and self.knows_all else (self._relay(coil),)
            if value not in (ON, OFF, TOGGLE):
                raise RefusedByDevice(ILLEGAL_VALUE)
            for relay in relays:
                self._move(relay, value, now_ms)
            return
        on = coil < PULSE_OFF
        relay = self._relay(coil - (PULSE_ON if on else PULSE_OFF))
        if not value:
            raise RefusedByDevice(ILLEGAL_VALUE)
        self._set(relay, on, now_ms)
        self._pulse_ends[relay] = now_ms + round(100 * value * (1 + self.drift))

    def _relay(self, coil: int) -> int:
        if not 0 <= coil < self.channels:
            raise RefusedByDevice(ILLEGAL_ADDRESS)
        return coil + 1

    def _write_mask(self, first: int, count: int, mask: bytes, now_ms: int) -> None:
        if not 1 <= count <= self.channels - first or len(mask) != -(-count // 8):
            raise RefusedByDevice(ILLEGAL_ADDRESS)
        for place in range(count):
            on = mask[place // 8] >> place % 8 & 1
            self._move(first + place + 1, ON if on else OFF, now_ms)

    def _register(self, register: int) -> int:
        if register == ADDRESS_REGISTER:
            return self.address
        if self.closed and 0 <= register - MODE_REGISTER < self.channels:
            return self._modes[register - MODE_REGISTER]
        raise RefusedByDevice(ILLEGAL_ADDRESS)

    def _write_register(self, register: int, value: int) -> None:
        if register == ADDRESS_REGISTER and 1 <= value <= 0xFF:  # noqa: PLR2004 - the range of addresses
            self.address = value
        elif self.closed and 0 <= register - MODE_REGISTER < self.channels and value in MODES:
            self._modes[register - MODE_REGISTER] = value
        else:
            raise RefusedByDevice(ILLEGAL_VALUE)

    # ------------------------------------------------------------ what people and the mains do

    def move_input(self, number: int, *, closed: bool, now_ms: int) -> None:
        """Somebody closes or opens the circuit of an input; a relay that is linked to it follows."""
        self.advance(now_ms)
        self.closed[number - 1] = closed
        if number <= self.channels and self._modes[number - 1] == LINKED:
            self._set(number, closed, now_ms)

    def power_cycle(self, now_ms: int) -> None:
        """All relays fall off; address and modes stay."""
        self.advance(now_ms)
        self._pulse_ends.clear()
        for relay in range(1, self.channels + 1):
            self._set(relay, False, now_ms)


def twin(spot: Spot) -> WaveshareRelay:
    return WaveshareRelay(**spot.picked("address", "channels", "inputs"))
