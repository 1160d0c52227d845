"""A lock on a relay or transistor: strike, bolt, or maglock.

`fail` says what the lock does without current. A fail-secure strike is released by current, for a pulse; a fail-safe
maglock is held by current and released by taking it away. The inactive side of the line is therefore "locked" for the
one and "released" for the other, and that is where the line goes when the program ends, as in a power cut. Egress
must never depend on it: handle or button open the lock in hardware.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    HoldReleased,
    LevelChanged,
    Outcome,
    Quantity,
    Relock,
    Signal,
    Unlock,
    Wires,
)
from drivers.settings import PinSettings

MAX_PULSE_MS = 10_000
"""No door lock needs a longer pulse, and most coils burn after less than a minute."""


class Settings(PinSettings):
    """One lock."""

    driver: Literal["gpio-lock"]
    active_high: bool = Field(default=True, description="false: the relay board switches on at low level")
    fail: Literal["secure", "safe"] = Field("secure", description="without current: secure stays locked, safe opens")
    pulse_max_ms: int = Field(5_000, ge=50, le=MAX_PULSE_MS, description="the longest pulse its maker allows")
    continuous: bool = Field(default=False, description="made for being released without a limit (100 % duty)")

    @property
    def may_be_held(self) -> bool:
        """A fail-safe lock needs no current to stay released."""
        return self.continuous or self.fail == "safe"


class Driver:
    """Gives `RELEASED`. No command keeps the coil of a pulse lock on for longer than `pulse_max_ms` at a stretch."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Unlock, HoldReleased, Relock})
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.RELEASED})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._released_when_active = settings.fail == "secure"
        self._released = False
        self._released_at = 0
        self._lock_at: int | None = None
        self._announced = False
        self._pin = wires.output(settings.pin, active_high=settings.active_high, active=not self._released_when_active)

    def execute(self, command: Command) -> Iterable[Signal]:
        """Move the lock; there is no reply, so `ACKED` means that the line was driven."""
        match command:
            case Unlock(pulse_ms=pulse_ms):
                return self._unlock(pulse_ms)
            case HoldReleased():
                return self._hold()
            case Relock():
                self._lock_at = None
                return [*self._drive(released=False), CommandDone(self._name, "Relock", Outcome.ACKED)]
            case _:
                raise TypeError(f"a lock cannot do {type(command).__name__}")

    def _unlock(self, pulse_ms: int) -> list[Signal]:
        now = self._clock.steady_ms()
        if pulse_ms <= 0:
            return [CommandDone(self._name, "Unlock", Outcome.NOT_SENT, f"a pulse of {pulse_ms} ms")]
        if self._released and self._lock_at is None:
            return [CommandDone(self._name, "Unlock", Outcome.ACKED, "held released already")]
        ended = [] if self._lock_at is None or now < self._lock_at else self._drive(released=False)
        began = self._released_at if self._released else now
        ends = max(self._lock_at or 0, now + pulse_ms)  # a second person's shorter pulse takes nothing from the first
        self._lock_at = min(ends, began + self._settings.pulse_max_ms)
        detail = "" if ends == self._lock_at else f"cut to {self._lock_at - now} ms by pulse_max_ms"
        return [*ended, *self._drive(released=True), CommandDone(self._name, "Unlock", Outcome.ACKED, detail)]

    def _hold(self) -> list[Signal]:
        if not self._settings.may_be_held:
            reason = "this lock is made for pulses: set continuous = true only if its maker allows 100 % duty"
            return [CommandDone(self._name, "HoldReleased", Outcome.NOT_SENT, reason)]
        self._lock_at = None
        return [*self._drive(released=True), CommandDone(self._name, "HoldReleased", Outcome.ACKED)]

    def poll(self) -> Iterable[Signal]:
        """Lock again when the pulse is over."""
        if not self._announced:
            self._announced = True
            return [LevelChanged(self._name, Quantity.RELEASED, self._released)]
        if self._lock_at is None or self._clock.steady_ms() < self._lock_at:
            return []
        self._lock_at = None
        return self._drive(released=False)

    def _drive(self, *, released: bool) -> list[Signal]:
        self._pin.set(released == self._released_when_active)
        if released == self._released:
            return []
        self._released = released
        self._released_at = self._clock.steady_ms()
        return [LevelChanged(self._name, Quantity.RELEASED, released)]

    def rest_ms(self) -> int | None:
        if not self._announced:
            return 0
        return None if self._lock_at is None else max(0, self._lock_at - self._clock.steady_ms())

    def close(self) -> None:
        """Take the current away."""
        self._pin.close()
