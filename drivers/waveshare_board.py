"""What a Waveshare relay board says and does: relays and inputs as they were read last, and each change once.

Used by the driver of the board, which knows for how long a relay may be on. Relays count from 1.
"""

from __future__ import annotations

from drivers import modbus_frames as frames
from drivers.contract import JunkReceived, LevelChanged, Quantity, Signal, WireLost, point_of
from drivers.modbus_line import READ_TRIES, Heard, Line, Missing

FIRST_INPUT = 101
"""The channel of input 1: no board has so many relays."""

ALL_RELAYS = 0x00FF

Fault = Missing | frames.Refused


class Board:
    """One board on its line. `news` is what has changed and was not told yet."""

    def __init__(self, name: str, line: Line, address: int, channels: int, inputs: int) -> None:
        self.news: list[Signal] = []
        self.on: dict[int, bool] = {}
        self._name = name
        self._line = line
        self._address = address
        self._channels = channels
        self._switch_all_off = frames.write_coil(address, ALL_RELAYS, on=False)
        self._ask_relays = frames.read_coils(address, channels)
        self._ask_inputs = frames.read_inputs(address, inputs) if inputs else None
        self._closed: dict[int, bool] = {}

    def begin(self) -> None:
        """Switch everything off and read everything. Raises `WireLost` when the board is not there."""
        self.all_off()
        self._must_be_heard(self.read_relays(READ_TRIES), f"{self._channels} relays: correct channels")
        for relay in self._relays_on():  # a board that does not know "all" is told one by one
            self.write(relay, on=False)
        if self._relays_on():
            self._must_be_heard(self.read_relays(READ_TRIES), f"{self._channels} relays: correct channels")
        self._must_be_heard(self.read_inputs(READ_TRIES), "inputs: write inputs = 0")
        if on := ", ".join(map(str, self._relays_on())):
            self.news.append(JunkReceived(self._name, f"on after all were switched off: relay {on}"))

    def _relays_on(self) -> list[int]:
        return [relay for relay, on in self.on.items() if on]

    def _must_be_heard(self, fault: Fault | None, lacks: str) -> None:
        match fault:
            case Missing(reason):
                place = f"at address {self._address}"
                raise WireLost(f"no relay board {place} ({reason}): check its power, A and B, and its address")
            case frames.Refused():
                raise WireLost(f"the relay board has {fault}; it may not have {lacks}")

    def all_off(self) -> None:
        """As far as the board hears it."""
        self._line.ask(self._switch_all_off)

    def write(self, relay: int, *, on: bool) -> Heard:
        return self._line.ask(frames.write_coil(self._address, relay - 1, on=on))

    def pulse(self, relay: int, tenths: int) -> Heard:
        """On for so many tenths of a second, by the board's own timer."""
        return self._line.ask(frames.pulse_coil(self._address, relay - 1, tenths))

    def read_relays(self, tries: int = 1) -> Fault | None:
        """Read all relays; the fault when that failed."""
        heard = self._line.read(self._ask_relays, tries)
        if not isinstance(heard, frames.Answer):
            return heard
        for relay, on in enumerate(heard.bits, start=1):
            if self.on.get(relay) != on:
                self.on[relay] = on
                point = point_of(self._name, relay)
                self.news += [LevelChanged(point, Quantity.ON, on), LevelChanged(point, Quantity.RELEASED, on)]
        return None

    def read_inputs(self, tries: int = 1) -> Fault | None:
        """Read all inputs, if there are any; the fault when that failed."""
        if self._ask_inputs is None:
            return None
        heard = self._line.read(self._ask_inputs, tries)
        if not isinstance(heard, frames.Answer):
            return heard
        for channel, closed in enumerate(heard.bits, start=FIRST_INPUT):
            if self._closed.get(channel) != closed:
                self._closed[channel] = closed
                self.news.append(LevelChanged(point_of(self._name, channel), Quantity.CLOSED, closed))
        return None
