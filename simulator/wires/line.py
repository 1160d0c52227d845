"""What a serial line does to bytes between a simulated device and the host: character time, wrong speed, faults.

Used by real pseudo-terminals, which ignore the speed, and by virtual wires alike.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from simulator.faults import Faults, Sent

BITS_A_CHARACTER = 10
"""Start, eight data bits, stop."""


@runtime_checkable
class SerialDevice(Protocol):
    """A simulated device: bytes and time in, bytes with their time out. It reads no clock and keeps no thread."""

    @property
    def baud(self) -> int:
        """The speed it is set to now."""
        ...

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        """Bytes from the host have arrived."""
        ...

    def due_ms(self) -> int | None:
        """When it will say something by itself."""
        ...

    def tick(self, now_ms: int) -> list[Sent]:
        """What it says by itself up to now."""
        ...


class Line:
    """One device on its line. `host_baud` None: the host's speed is unknown and taken for right.

    `echo`: the host's adapter hears its own transmitter, so that everything sent comes back at once.
    """

    def __init__(self, device: SerialDevice, faults: Faults | None = None) -> None:
        self.device = device
        self.faults = faults or Faults()
        self.echo = False
        self._free_us = 0

    def from_host(self, data: bytes, now_ms: int, host_baud: int | None) -> list[Sent]:
        """What arrives at the host because it sent `data`."""
        baud = self.device.baud
        arrivals: list[Sent] = []
        if self.echo:
            own_baud = host_baud or baud
            self._pace(max(now_ms * 1000, self._free_us), data, _character_us(own_baud), arrivals)
        if host_baud not in (None, baud):
            data = _at_wrong_speed(data)
        arrived_ms = now_ms + -(-len(data) * BITS_A_CHARACTER * 1000 // baud)
        return arrivals + self.carry(self.device.receive(data, arrived_ms), host_baud, baud)

    def tick(self, now_ms: int, host_baud: int | None) -> list[Sent]:
        """What arrives at the host because the device speaks by itself."""
        baud = self.device.baud
        return self.carry(self.device.tick(now_ms), host_baud, baud)

    def carry(self, sent: list[Sent], host_baud: int | None, baud: int | None = None) -> list[Sent]:
        """What arrives of `sent`, and when: grouped by millisecond, one character after the other."""
        baud = baud or self.device.baud
        character_us = _character_us(baud)
        arrivals: list[Sent] = []
        for at_ms, message in sent:
            for piece_ms, piece in self.faults.apply(at_ms, message):
                data = piece if host_baud in (None, baud) else _at_wrong_speed(piece)
                self._pace(max(piece_ms * 1000, self._free_us), data, character_us, arrivals)
        return arrivals

    def _pace(self, start_us: float, data: bytes, character_us: float, arrivals: list[Sent]) -> None:
        begin = 0
        while begin < len(data):
            at_ms = -(-(start_us + character_us) // 1000)
            end = max(begin + 1, min(len(data), begin + int((at_ms * 1000 - start_us) / character_us)))
            start_us += (end - begin) * character_us
            arrivals.append((int(at_ms), data[begin:end]))
            begin = end
        self._free_us = int(start_us)


def _character_us(baud: int) -> float:
    return BITS_A_CHARACTER * 1_000_000 / baud


def _at_wrong_speed(data: bytes) -> bytes:
    """Framing errors: fewer bytes, and none of them what was sent."""
    return bytes(~byte & 0xFF | 0x80 for byte in data[::2])
