"""Waveshare Modbus RTU relay board, V2 protocol (boards since 2021-09): 1 to 32 relays, and 8 inputs on the D model.

A relay is the point `NAME/1`, `NAME/2`, as printed on the board; input 1 is `NAME/101`, input 2 `NAME/102`. A relay
gives `ON` and `RELEASED` alike: a strike stands at its normally open contact, a maglock at its normally closed one, so
that "on" is the side that lets people through.

The board times a pulse itself: a strike locks again when this program has died. What is written is written once; the
relays are read back after it and about once a second, and only what the board itself says to be on is switched off
again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from drivers import modbus_frames as frames
from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    Outcome,
    Quantity,
    Relock,
    Signal,
    SwitchOff,
    SwitchOn,
    Unlock,
    WireLost,
    Wires,
    channel_of,
)
from drivers.modbus_line import BAUD, MAX_MISSED, READ_TRIES, Heard, Line
from drivers.settings import BusSettings, Commands, Quantities
from drivers.waveshare_board import FIRST_INPUT, Board, Fault

MAX_PULSE_MS = 10_000
"""No door lock needs a longer pulse, and most coils burn after less than a minute."""

TENTH_MS = 100
RELAYS_EVERY_MS = 1_000
INPUTS_EVERY_MS = 400
NEVER_MS = 2**62
RETRY_MS = 100
AFTER_END_MS = 50
"""The board's clock and the way of the command make a pulse end a little later than ours says."""

PULSE_END_EVERY_MS = 100
OVERDUE_MS = 1_000
"""A relay that is on for so long after the end of its pulse is switched off by us."""


class Settings(BusSettings):
    """One board."""

    language: ClassVar[str] = "Modbus RTU"

    driver: Literal["waveshare-relay"]
    address: int = Field(1, ge=1, le=255, description="of the board on its bus")
    channels: int = Field(8, ge=1, le=32, description="how many relays it has")
    inputs: int = Field(0, ge=0, le=8, description="how many of its inputs are wired (D model)")
    pulse_max_ms: int = Field(
        5_000, ge=100, le=MAX_PULSE_MS, multiple_of=TENTH_MS, description="the longest pulse that its locks allow"
    )

    def channel_numbers(self) -> Collection[int]:
        return (*range(1, self.channels + 1), *range(FIRST_INPUT, FIRST_INPUT + self.inputs))

    def accepted_by(self, channel: int, whole: Commands) -> Commands:
        return whole if channel < FIRST_INPUT else frozenset()

    def given_by(self, channel: int, whole: Quantities) -> Quantities:
        of_inputs = frozenset({Quantity.CLOSED})
        return whole - of_inputs if channel < FIRST_INPUT else whole & of_inputs


@dataclass(frozen=True, slots=True)
class _Run:
    """A relay is on from `began_ms` to `ends_ms`; from `off_at_ms` on it is ours to switch it off."""

    began_ms: int
    ends_ms: int
    off_at_ms: int


class Driver:
    """Gives `ON` and `RELEASED` of each relay and `CLOSED` of each input. All are off at the start and the end."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Unlock, Relock, SwitchOn, SwitchOff})
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.ON, Quantity.RELEASED, Quantity.CLOSED})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._runs: dict[int, _Run] = {}
        self._line = Line(name, wires.serial(settings.port, BAUD), clock)
        self._board = Board(name, self._line, settings.address, settings.channels, settings.inputs)
        self._open = True
        try:
            self._board.begin()
        except BaseException:
            self._line.close()
            raise
        self._relays_at = clock.steady_ms() + RELAYS_EVERY_MS
        self._inputs_at = clock.steady_ms() + INPUTS_EVERY_MS if settings.inputs else NEVER_MS

    def execute(self, command: Command) -> Iterable[Signal]:
        """Move one relay. `ACKED`: the board confirmed it, and read back it is so."""
        relay = channel_of(command.device)
        if not 1 <= relay <= self._settings.channels:
            words = f"{self._name} has the relays 1 to {self._settings.channels}"
            return [_done(command, Outcome.NOT_SENT, words)]
        match command:
            case Unlock(pulse_ms=pulse_ms):
                done = self._unlock(command, relay, pulse_ms)
            case SwitchOn(limit_ms=limit_ms):
                done = self._switch_on(command, relay, limit_ms)
            case Relock() | SwitchOff():
                done = self._told(command, self._board.write(relay, on=False), on=False)
            case _:
                raise TypeError(f"a relay cannot do {type(command).__name__}")
        return [*self._news(), *self._line.junk(), done]

    def _unlock(self, command: Unlock, relay: int, pulse_ms: int) -> CommandDone:
        if pulse_ms <= 0:
            return _done(command, Outcome.NOT_SENT, f"a pulse of {pulse_ms} ms")
        if relay in self._runs and self._runs[relay].ends_ms <= self._clock.steady_ms():
            self._read_relays(READ_TRIES)  # a slow board may still be in the pulse that is over for us
        now = self._clock.steady_ms()
        run = self._runs.get(relay)
        if run is None and self._board.on[relay]:
            return _done(command, Outcome.ACKED, "held released already")
        if run is None:
            run = _Run(now, now, now)
        last_ms = run.began_ms + self._settings.pulse_max_ms
        wanted_ms = max(run.ends_ms, now + pulse_ms)  # a second person's shorter pulse takes nothing from the first
        tenths = min(-(-(wanted_ms - now) // TENTH_MS), (last_ms - now) // TENTH_MS)
        if tenths <= 0:
            words = f"released for {now - run.began_ms} ms: no more before it has locked (pulse_max_ms)"
            return _done(command, Outcome.NOT_SENT, words)
        cut = f"cut to {tenths * TENTH_MS} ms by pulse_max_ms" if wanted_ms > last_ms else ""
        return self._pulse(command, relay, tenths, run.began_ms, cut)

    def _switch_on(self, command: SwitchOn, relay: int, limit_ms: int | None) -> CommandDone:
        now = self._clock.steady_ms()
        if limit_ms is not None and limit_ms <= 0:
            return _done(command, Outcome.NOT_SENT, f"a limit of {limit_ms} ms")
        tenths = 0 if limit_ms is None else -(-limit_ms // TENTH_MS)
        if 0 < tenths <= frames.MAX_PULSE_TENTHS:
            return self._pulse(command, relay, tenths, now)
        self._runs.pop(relay, None)
        if limit_ms is not None:
            self._runs[relay] = _Run(now, now + limit_ms, now + limit_ms)
        return self._told(command, self._board.write(relay, on=True), on=True)

    def _pulse(self, command: Command, relay: int, tenths: int, began_ms: int, detail: str = "") -> CommandDone:
        ends_ms = self._clock.steady_ms() + tenths * TENTH_MS
        before = self._runs.get(relay)
        self._runs[relay] = _Run(began_ms, ends_ms, ends_ms + OVERDUE_MS)
        heard = self._board.pulse(relay, tenths)
        if isinstance(heard, frames.Refused) and before is not None:
            self._runs[relay] = before
        return self._told(command, heard, on=True, until_ms=ends_ms, detail=detail)

    def _told(
        self, command: Command, heard: Heard, *, on: bool, until_ms: int | None = None, detail: str = ""
    ) -> CommandDone:
        """Read back, and say what is known of a write. After `until_ms` a relay may be off again."""
        unread = self._read_relays(READ_TRIES)
        is_on = self._board.on[channel_of(command.device)]
        is_over = until_ms is not None and self._clock.steady_ms() >= until_ms
        reading = f"not read back: {unread}" if unread else f"the relay reads {'on' if is_on else 'off'}"
        if not isinstance(heard, frames.Answer):
            return _done(command, Outcome.UNKNOWN, f"{heard}; {reading}")
        if unread is None and is_on != on and not is_over:
            return _done(command, Outcome.UNKNOWN, f"confirmed by the board, but {reading}")
        return _done(command, Outcome.ACKED, detail or (reading if unread else ""))

    def poll(self) -> Iterable[Signal]:
        """Read relays or inputs when it is time. `WireLost` after three silences in a row, or a refusal."""
        self._line.idle()
        now = self._clock.steady_ms()
        fault: Fault | None = None
        if now >= self._relays_at:
            fault = self._read_relays()
            if fault is None:
                self._end_overdue()
        elif now >= self._inputs_at:
            fault = self._board.read_inputs()
            self._inputs_at = self._clock.steady_ms() + (RETRY_MS if fault else INPUTS_EVERY_MS)
        if isinstance(fault, frames.Refused) or self._line.missed >= MAX_MISSED:
            raise WireLost(f"the relay board answers no more ({fault}): check its power, and A and B")
        return [*self._news(), *self._line.junk()]

    def _read_relays(self, tries: int = 1) -> Fault | None:
        fault = self._board.read_relays(tries)
        now = self._clock.steady_ms()
        self._relays_at = now + RETRY_MS
        if fault is None:
            self._runs = {relay: run for relay, run in self._runs.items() if self._board.on[relay]}
            ends = [max(run.ends_ms + AFTER_END_MS, now + PULSE_END_EVERY_MS) for run in self._runs.values()]
            self._relays_at = min([now + RELAYS_EVERY_MS, *ends])
        return fault

    def _end_overdue(self) -> None:
        """What the board has just read as on, beyond its time, is switched off."""
        now = self._clock.steady_ms()
        overdue = [relay for relay, run in self._runs.items() if run.off_at_ms <= now]
        for relay in overdue:
            self._board.write(relay, on=False)
        if overdue:
            self._read_relays(READ_TRIES)

    def _news(self) -> list[Signal]:
        news, self._board.news = self._board.news, []
        return news

    def rest_ms(self) -> int:
        return max(1, min(self._relays_at, self._inputs_at) - self._clock.steady_ms())

    def close(self) -> None:
        """Switch everything off, as far as the board hears it."""
        if not self._open:
            return
        self._open = False
        with suppress(WireLost):  # a board that cannot be reached ends its pulses by itself
            self._board.all_off()
        self._line.close()


def _done(command: Command, outcome: Outcome, detail: str = "") -> CommandDone:
    return CommandDone(command.device, type(command).__name__, outcome, detail)
