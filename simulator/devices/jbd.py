"""A battery pack with a JBD battery management system, a charger and a station at it, written from the protocol notes.

It answers what it is asked: `DD A5 COMMAND 00 CHECK 77`, and never speaks by itself. Its charge is counted by the hour.
"""

from __future__ import annotations

from simulator.devices.spot import Spot
from simulator.faults import Sent

BAUD = 9_600
THINK_MS = 20
SILENCE_MS = 20
"""Ends a request that stopped halfway."""
MAX_HELD = 256
REQUEST_BYTES = 7
BASIC, CELLS = 0x03, 0x04
ERROR = 0x80
MS_PER_HOUR = 3_600_000
FULL_V, EMPTY_V = 13.6, 11.0
CELL_COUNT = 4
TENTHS_AT_ZERO_C = 2731
CHARGING, DISCHARGING = 0b01, 0b10
UNDER_VOLTAGE = 1 << 1


class Jbd:
    """State machine of one pack of 12 V. Currents in A, positive into the pack.

    Faults of its own: `silent`, `asleep` (it hears the next question and does not answer it), `refuses` (an error in
    place of every answer), `answers` (it names another command in its answer), `says_before` (bytes between request and
    answer), `charge_shown` (a charge that it makes up), `more` (bytes that a newer one has at the end).
    """

    def __init__(self, *, capacity_ah: float = 20.0, now_ms: int = 0) -> None:
        self.capacity_ah = capacity_ah
        self.charge_ah = capacity_ah
        self.load_a = 0.6
        self.charger_a = 5.0
        """What its charger gives while the mains are there: first to the load, the rest to the pack."""
        self.temperatures_c = [21.0, 23.5]
        """Of its sensors."""
        self.silent = False
        self.asleep = False
        self.refuses = False
        self.answers: int | None = None
        self.says_before = b""
        self.charge_shown: int | None = None
        self.more = b""
        self.requests: list[bytes] = []
        """The last ones that it understood."""
        self._mains = True
        self._counted_ms = now_ms
        self._held = b""
        self._held_at = 0

    # ------------------------------------------------------------ what people and the mains do

    def mains_fail(self, now_ms: int) -> None:
        """The charger gives nothing: the pack feeds the station."""
        self._count(now_ms)
        self._mains = False

    def mains_return(self, now_ms: int) -> None:
        self._count(now_ms)
        self._mains = True

    def draw(self, load_a: float, now_ms: int) -> None:
        """From now on the station takes so much."""
        self._count(now_ms)
        self.load_a = load_a

    def set_charge(self, percent: float, now_ms: int) -> None:
        """Another pack is put in, so full."""
        self._count(now_ms)
        self.charge_ah = self.capacity_ah * percent / 100

    def charge_percent(self, now_ms: int) -> int:
        self._count(now_ms)
        return round(100 * self.charge_ah / self.capacity_ah)

    @property
    def current_a(self) -> float:
        """What flows into the pack now. A full one takes nothing, an empty one gives nothing."""
        current = (self.charger_a if self._mains else 0.0) - self.load_a
        if (current > 0 and self.charge_ah >= self.capacity_ah) or (current < 0 and self.charge_ah <= 0):
            return 0.0
        return current

    @property
    def voltage_v(self) -> float:
        return EMPTY_V + (FULL_V - EMPTY_V) * self.charge_ah / self.capacity_ah

    def _count(self, now_ms: int) -> None:
        flowed_ah = self.current_a * max(0, now_ms - self._counted_ms) / MS_PER_HOUR
        self.charge_ah = min(self.capacity_ah, max(0.0, self.charge_ah + flowed_ah))
        self._counted_ms = max(self._counted_ms, now_ms)

    # ------------------------------------------------------------ the line

    @property
    def baud(self) -> int:
        return BAUD

    def due_ms(self) -> int | None:
        """It never speaks by itself."""
        return None

    def tick(self, now_ms: int) -> list[Sent]:  # noqa: ARG002 - the line's form
        return []

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        if now_ms - self._held_at > SILENCE_MS:
            self._held = b""
        self._held = (self._held + data)[-MAX_HELD:]
        self._held_at = now_ms
        sent: list[Sent] = []
        while (at := self._held.find(b"\xdd\xa5")) >= 0 and len(self._held) >= at + REQUEST_BYTES:
            request = self._held[at : at + REQUEST_BYTES]
            is_request = request[4:6] == checked(request[2:4]) and request[3:4] + request[6:] == b"\x00\x77"
            self._held = self._held[at + (REQUEST_BYTES if is_request else 1) :]
            if is_request and not self.silent:
                sent += self._answer(request, now_ms)
        return sent

    def _answer(self, request: bytes, now_ms: int) -> list[Sent]:
        self.requests = [*self.requests[-MAX_HELD:], request]
        if self.asleep:
            self.asleep = False
            return []
        self._count(now_ms)
        command = request[2] if self.answers is None else self.answers
        figures = {BASIC: self._basic, CELLS: self._cells}.get(request[2])
        body = bytes((ERROR, 0)) if self.refuses or figures is None else _sized(figures())
        frame = bytes((0xDD, command)) + body + checked(body) + b"\x77"
        before: list[Sent] = [(now_ms, self.says_before)] if self.says_before else []
        return [*before, (now_ms + THINK_MS, frame)]

    # ------------------------------------------------------------ what it says

    def _basic(self) -> bytes:
        charge = self.charge_percent(self._counted_ms) if self.charge_shown is None else self.charge_shown
        figures = b"".join(
            value.to_bytes(2, "big", signed=value < 0)
            for value in (
                round(self.voltage_v * 100),
                round(self.current_a * 100),
                round(self.charge_ah * 100),
                round(self.capacity_ah * 100),
                17,  # cycles
                0x2D6C,  # made on 2022-11-12
                *(0, 0),  # no cell is balanced
                UNDER_VOLTAGE if self.charge_ah <= 0 else 0,
            )
        )
        switches = CHARGING | (DISCHARGING if self.charge_ah > 0 else 0)
        version = 0x21
        sensors = b"".join((round(one * 10) + TENTHS_AT_ZERO_C).to_bytes(2, "big") for one in self.temperatures_c)
        tail = bytes((version, charge, switches, CELL_COUNT, len(self.temperatures_c)))
        return figures + tail + sensors + self.more

    def _cells(self) -> bytes:
        return round(self.voltage_v * 1_000 / CELL_COUNT).to_bytes(2, "big") * CELL_COUNT


def _sized(data: bytes) -> bytes:
    """With its status and length before it."""
    return bytes((0, len(data))) + data


def checked(body: bytes) -> bytes:
    """65536 less the sum, high byte first."""
    return (0x10000 - sum(body) & 0xFFFF).to_bytes(2, "big")


def twin(spot: Spot) -> Jbd:
    return Jbd(now_ms=spot.now_ms)
