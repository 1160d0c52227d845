"""The only reader of time: steady, wall, and how far the wall clock can be trusted.

The steady clock (CLOCK_BOOTTIME where there is one) counts from the start of the program. The wall clock is the
office's time of the last signed hello carried on by the steady clock; without one it is the system's, trusted when
systemd's time service says that it is synchronised or the station file says that a battery keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from drivers.contract import Clock, ClockTrust, Command, Now, SetClock, Signal

SYNCED_FOR_MS = 86_400_000
"""A crystal drifts by seconds a day: after that an office time is only carried over."""
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_LOOK_EVERY_MS = 10_000
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SteadyClock:
    """A driver's time: real milliseconds since the program started."""

    def __init__(self) -> None:
        self._began_ns = time.clock_gettime_ns(_STEADY)

    def steady_ms(self) -> int:
        """Milliseconds since the start; never goes back."""
        return (time.clock_gettime_ns(_STEADY) - self._began_ns) // 1_000_000

    def rest(self, milliseconds: int) -> None:
        """Sleep."""
        if milliseconds > 0:
            time.sleep(milliseconds / 1000)


def system_wall_ms() -> int:
    """The machine's own clock, as unix time."""
    return time.time_ns() // 1_000_000


class StationClock:
    """The loop's time. `execute` takes `SetClock`; everything else only reads.

    `wall_ms` and `synchronised` tell the machine's own clock and whether its time service trusts it.
    """

    def __init__(
        self,
        boot: str,
        steady: Clock,
        *,
        battery: bool = False,
        wall_ms: Callable[[], int] = system_wall_ms,
        synchronised: Callable[[], bool] = _SYNCHRONISED.exists,
    ) -> None:
        self._boot = boot
        self._steady = steady
        self._battery = battery
        self._wall_ms = wall_ms
        self._synchronised_now = synchronised
        self._floor_ms = 0
        self._office: tuple[int, int] | None = None  # (wall, steady) of the last signed hello
        self._looked_ms = -_LOOK_EVERY_MS
        self._synchronised = False

    def now(self) -> Now:
        """This moment."""
        steady_ms = self._steady.steady_ms()
        if self._office is not None:
            wall_ms, at_ms = self._office
            fresh = steady_ms - at_ms <= SYNCED_FOR_MS
            return Now(
                self._boot, steady_ms, wall_ms + steady_ms - at_ms, ClockTrust.SYNCED if fresh else ClockTrust.HOLDOVER
            )
        system_ms = self._wall_ms()
        if system_ms < self._floor_ms:
            return Now(self._boot, steady_ms, self._floor_ms, ClockTrust.FLOOR)
        if self._system_is_synchronised(steady_ms):
            return Now(self._boot, steady_ms, system_ms, ClockTrust.SYNCED)
        return Now(self._boot, steady_ms, system_ms, ClockTrust.HOLDOVER if self._battery else ClockTrust.FLOOR)

    def execute(self, command: Command) -> Iterable[Signal]:
        """Take over a wall time from a signed hello."""
        if isinstance(command, SetClock):
            self.raise_floor(command.wall_ms)
            if not command.floor_only:
                self._office = (command.wall_ms, self._steady.steady_ms())
        return ()

    def raise_floor(self, wall_ms: int) -> None:
        """A signed thing proves that this time has passed."""
        self._floor_ms = max(self._floor_ms, wall_ms)

    def _system_is_synchronised(self, steady_ms: int) -> bool:
        if steady_ms - self._looked_ms >= _LOOK_EVERY_MS:
            self._looked_ms = steady_ms
            self._synchronised = self._synchronised_now()
        return self._synchronised
