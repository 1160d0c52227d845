"""Setting up a GM65-family module: find its speed, compare its zones, put right what differs, save.

Used while nobody scans: at the start and after tampering. Source: GM65 user manual, zone list; zone 0003 is described
by one source only, so a module that does not keep it is used all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers import gm65_frames as frames
from drivers.contract import Clock, SerialWire, WireLost, Wires

MODE_ZONE = 0x0000
START_ZONE = 0x0002
SETTING_CODE_ZONE = 0x0003
READ_TIMEOUT_ZONE = 0x0006
SAME_CODE_ZONE = 0x0013
BAUD_ZONE = 0x002A
ALL_CODES_ZONE = 0x002C
QR_ZONE = 0x003F
TAIL_ZONE = 0x0060
VERSION_ZONE = 0x00E2

SETTING_CODES_OFF = 0x02
TAIL_IS_CR = 0x01
MODE_BITS = 0x03

GAP_MS = 100
"""The module loses commands that follow each other faster."""

REPLY_MS = 300
"""At 9600 baud a question and its answer take 20 ms on the line."""

READ_LIMIT = 256
FACTORY_BAUD = 9600
BAUDS = (115200, 57600, 38400, 19200, 9600)


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone as it was found."""

    number: int
    was: int
    wanted: int
    kept: bool  # it has the wanted value now

    def __str__(self) -> str:
        return f"zone {self.number:04X} was {self.was:02X} instead of {self.wanted:02X}"


class Module:
    """Questions and answers on one wire; codes that come in between are dropped."""

    def __init__(self, wire: SerialWire, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock
        self._next_ms = 0

    def ask(self, request: frames.Request, tries: int = 2) -> frames.Reply | None:
        """The reply, or None. Asked twice, for a sleeping module eats the first command."""
        for _ in range(tries):
            self._clock.rest(max(0, self._next_ms - self._clock.steady_ms()))
            self._wire.discard_input()
            self._wire.write(request.encode())
            reply = self._reply()
            self._next_ms = self._clock.steady_ms() + GAP_MS
            if reply is not None:
                return reply
        return None

    def _reply(self) -> frames.Reply | None:
        stream = frames.Stream()
        until = self._clock.steady_ms() + REPLY_MS
        while (left := until - self._clock.steady_ms()) > 0:
            for found in stream.feed(self._wire.read(READ_LIMIT, left)):
                if isinstance(found, frames.Reply):
                    return found
        return None

    def answers(self, tries: int) -> bool:
        return self.ask(frames.read_zones(VERSION_ZONE), tries) is not None

    def value(self, zone: int) -> int:
        """The value of one zone. Raises `WireLost` when the module stops answering."""
        reply = self.ask(frames.read_zones(zone))
        if reply is None or len(reply.data) != 1:
            raise WireLost("the scanner stopped answering while it was set up: check its power and its cable")
        return reply.data[0]

    def put(self, wanted: Mapping[int, int]) -> list[Zone]:
        """Write and save the zones that differ, in the order given, and return those."""
        differed = []
        for zone, value in wanted.items():
            was = self.value(zone)
            if was != value:
                was = self.value(zone)  # what came first may be a late reply, to the question before
            if was != value:
                self.ask(frames.write_zones(zone, bytes((value,))))
                differed.append(Zone(zone, was, value, kept=self.value(zone) == value))
        if any(zone.kept for zone in differed):
            self.ask(frames.save())
        return differed


def open_at_any_speed(wires: Wires, clock: Clock, port: str, baud: int) -> tuple[SerialWire, int]:
    """A wire at `baud` with the module answering there, and the speed it was found at. Raises `WireLost`."""
    found = _find(wires, clock, port, baud)
    if found is None:
        raise WireLost(
            f"no scanner answers at {port}: check its power, TX to RX and RX to TX, "
            f"and that it is in serial mode (not a keyboard)"
        )
    wire, found_baud = found
    if found_baud == baud:
        return wire, baud
    try:
        # The reply may come at the old speed, at the new one, or not at all: what counts is the next question.
        Module(wire, clock).ask(frames.write_zones(BAUD_ZONE, frames.baud_divisor(baud)), tries=1)
    finally:
        wire.close()
    clock.rest(GAP_MS)
    wire = wires.serial(port, baud)
    try:
        module = Module(wire, clock)
        switched = module.answers(2) and module.ask(frames.save()) is not None
    except BaseException:
        wire.close()
        raise
    if not switched:
        wire.close()
        raise WireLost(f"the scanner at {port} answers at {found_baud} baud and refuses {baud}: set that baud")
    return wire, found_baud


def _find(wires: Wires, clock: Clock, port: str, baud: int) -> tuple[SerialWire, int] | None:
    likely = (baud, FACTORY_BAUD)
    for candidate in dict.fromkeys((*likely, *BAUDS)):
        wire = wires.serial(port, candidate)
        try:
            if Module(wire, clock).answers(2 if candidate in likely else 1):
                return wire, candidate
        except BaseException:
            wire.close()
            raise
        wire.close()
        clock.rest(GAP_MS)
    return None
