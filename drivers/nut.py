"""A UPS by the server of Network UPS Tools (`apt install nut`), on this machine or on the local network.

Reading needs no login. The server must have the UPS in its `ups.conf`; `upsc NAME` shows what this driver sees. The
protocol is not encrypted: what arrives over a network is believed as far as a warning and a pause of charging go, and
never further.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers import nut_frames as frames
from drivers.contract import (
    Clock,
    Command,
    JunkReceived,
    Level,
    LevelChanged,
    Quantity,
    SerialWire,
    Signal,
    WireLost,
    Wires,
)
from drivers.settings import DeviceSettings

READ_EVERY_MS = 5_000
ANSWER_MS = 2_000
"""A server on this machine takes 1 ms, one behind a busy radio link half a second."""

TRIES = 3
RETRY_MS = 2_000
READ_LIMIT = 4_096

WHAT_TO_DO = {
    "DATA-STALE": "the server hears nothing from the UPS: check its USB or serial cable",
    "DRIVER-NOT-CONNECTED": "the server's own driver for the UPS does not run: see `systemctl status nut-driver*`",
    "UNKNOWN-UPS": "the server has no UPS of this name: correct `ups` in the station file (`upsc -l` lists the names)",
    "ACCESS-DENIED": "the server lets this machine read nothing: see its upsd.conf",
}


class Settings(DeviceSettings):
    """One UPS."""

    driver: Literal["nut"]
    ups: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="its name in the server's ups.conf: upsc -l")
    host: str = Field("127.0.0.1", pattern=r"^[A-Za-z0-9.:-]{1,253}$", description="where the server runs")
    port: int = Field(3493, ge=1, le=65_535)

    def wires(self) -> tuple[str, ...]:
        return (f"UPS {self.ups} at {self.host}:{self.port}",)


class Driver:
    """Gives `ON_BATTERY` and `CHARGE_PERCENT`, as far as the UPS knows them."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.ON_BATTERY, Quantity.CHARGE_PERCENT})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._wires = wires
        self._clock = clock
        self._told: dict[Quantity, Level] = {}
        self._next_ms = clock.steady_ms()
        self._wire: SerialWire | None = None
        self._failed = TRIES - 1  # at the start one is enough
        self._news = self._read()

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a UPS cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """One question, when its time has come. `WireLost` after three without a usable answer."""
        signals, self._news = self._news, []
        return [*signals, *self._read()] if self._clock.steady_ms() >= self._next_ms else signals

    def _read(self) -> list[Signal]:
        try:
            found = self._ask()
        except _NoAnswer as fault:
            self.close()  # only a new connection is free of the rest of what came
            self._failed += 1
            if self._failed >= TRIES:
                raise WireLost(str(fault)) from fault
            self._next_ms = self._clock.steady_ms() + RETRY_MS
            return [JunkReceived(self._name, str(fault))] if fault.junk else []
        self._failed = 0
        self._next_ms = self._clock.steady_ms() + READ_EVERY_MS
        levels = ((Quantity.ON_BATTERY, found.on_battery), (Quantity.CHARGE_PERCENT, found.charge_percent))
        news = {
            quantity: value for quantity, value in levels if value is not None and value != self._told.get(quantity)
        }
        self._told |= news
        return [LevelChanged(self._name, quantity, value) for quantity, value in news.items()]

    def _ask(self) -> frames.Variables:
        """One question and its answer. Raises `_NoAnswer`."""
        try:
            answer = self._answer()
        except WireLost as lost:
            raise _NoAnswer(str(lost)) from lost
        match answer:
            case frames.Refused(reason):
                raise _NoAnswer(WHAT_TO_DO.get(reason, f"the server refuses: {reason}"))
            case frames.Nonsense(detail):
                raise _NoAnswer(f"what listens there is no UPS server ({detail}): correct host and port", junk=True)
            case None:
                raise _NoAnswer(f"no answer for {ANSWER_MS // 1000} s: see `systemctl status nut-server`")
        if answer.on_battery is None and answer.charge_percent is None:
            raise _NoAnswer("the UPS says nothing of mains or battery yet: `upsc NAME` shows what it does say")
        return answer

    def _answer(self) -> frames.Answer | None:
        if self._wire is None:
            self._wire = self._wires.stream(self._settings.host, self._settings.port)
        self._wire.discard_input()
        self._wire.write(frames.list_variables(self._settings.ups))
        reader = frames.Reader(self._settings.ups)
        until = self._clock.steady_ms() + ANSWER_MS
        while (left := until - self._clock.steady_ms()) > 0:
            answer = reader.feed(self._wire.read(READ_LIMIT, left))
            if answer is not None:
                return answer
        return None

    def rest_ms(self) -> int:
        return 0 if self._news else max(1, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class _NoAnswer(Exception):
    """One try has failed; `junk` when something came that nobody can read."""

    def __init__(self, words: str, *, junk: bool = False) -> None:
        super().__init__(words)
        self.junk = junk
