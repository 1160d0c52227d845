"""A driver's place in a world: what `station.threads.Runner` is to a thread, this is to virtual time.

Opens the driver, gives it commands, polls it, closes it after a fault and opens it again with the runner's own pauses.
The driver's clock may be ahead of the world's while it waits for a reply: then what it found comes then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from drivers.contract import (
    BackOff,
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    Driver,
    Outcome,
    Signal,
    WireLost,
)
from simulator.wires.virtual import DriverClock
from simulator.world_time import Agenda
from station.threads import MAX_COMMANDS

BLOCK_MS = 1_000
"""The longest that a `poll` may wait by itself."""
IDLE_MS = 20_000
"""A driver whose `poll` waits by itself is asked again after this long although nothing came in on its wire."""

Emit = Callable[[Iterable[Signal]], None]


class Seat:
    """One driver on its own timeline."""

    def __init__(
        self,
        name: str,
        agenda: Agenda,
        clock: DriverClock,
        make: Callable[[], Driver],
        emit: Emit,
        next_ms: Callable[[], int | None] = lambda: None,
        *,
        backlog: int = MAX_COMMANDS,
        is_roused: bool = False,
    ) -> None:
        """`next_ms` tells when something comes in. A driver that rests hears it afterwards, unless it `is_roused`."""
        self.name = name
        self.driver: Driver | None = None
        self._agenda = agenda
        self._clock = clock
        self._make = make
        self._emit = emit
        self._next_ms = next_ms
        self._backlog = backlog
        self._is_roused = is_roused
        self._queue: deque[Command] = deque()
        self._back_off = BackOff()
        self._opened_ms = 0
        self._waits = False
        """The driver waits by itself for what comes in."""
        self._poll_ms: int | None = None
        self._wake_ms: int | None = None
        self._wakes = 0
        self._dead = False
        self.is_device = True
        """False for the owner of a bus: its devices tell for themselves whether they answer."""

    # ------------------------------------------------------------ from outside

    def start(self, after_ms: int = 0) -> None:
        """Open the driver so long from now."""
        self._poll_ms = self._agenda.now_ms + after_ms
        self._plan()

    def post(self, command: Command) -> None:
        """Queue a command. What cannot be taken now is answered `not_sent`: nothing moves late."""
        if self._dead:
            return
        if self.driver is not None and len(self._queue) < self._backlog:
            self._queue.append(command)
            self._plan()
            return
        reason = "too many commands wait for it" if self.driver else "it does not answer"
        self._tell([CommandDone(command.device, type(command).__name__, Outcome.NOT_SENT, reason)])

    def look(self) -> None:
        """Something may have come in on its wire."""
        self._plan()

    def kill(self) -> None:
        """The power is gone: the driver ends where it stands and closes nothing."""
        self._dead = True
        self.driver = None

    def stop(self) -> None:
        """The program ends: the driver is closed."""
        driver, self.driver, self._dead = self.driver, None, True
        if driver is not None:
            driver.close()

    # ------------------------------------------------------------ on the agenda

    def _plan(self) -> None:
        """Wake at the earliest moment at which there is something to do, and not before the driver's own time."""
        if self._dead:
            return
        due = [self._agenda.now_ms] if self._queue else []
        if self._poll_ms is not None:
            due.append(self._poll_ms)
        if (arrives_ms := self._arrives_ms()) is not None:
            due.append(arrives_ms)
        if not due:
            return
        wake_ms = max(min(due), self._clock.steady_ms(), self._agenda.now_ms)
        if self._wake_ms is not None and self._wake_ms <= wake_ms:
            return
        self._wake_ms = wake_ms
        self._wakes += 1
        self._agenda.at(wake_ms, partial(self._wake, self._wakes))

    def _wake(self, number: int) -> None:
        if number != self._wakes or self._dead:
            return
        self._wake_ms = None
        try:
            if self.driver is None:
                self._open()
            else:
                self._serve(self.driver)
        except WireLost as lost:
            self._lost(str(lost))
        self._plan()

    def _open(self) -> None:
        if self._poll_ms is None or self._agenda.now_ms < self._poll_ms:
            return
        self._clock.catch_up(self._agenda.now_ms)
        self._opened_ms = self._agenda.now_ms
        self.driver = self._make()
        self._waits = self.driver.rest_ms() == 0
        if self.is_device:
            self._tell([DeviceUp(self.name)])
        self._poll_ms = self._clock.steady_ms()

    def _serve(self, driver: Driver) -> None:
        now_ms = self._agenda.now_ms
        if self._queue:
            # One after the other: what comes next waits until the driver has come back from this one.
            self._clock.catch_up(now_ms)
            self._poll_ms = self._clock.steady_ms()
            self._obey(driver, self._queue.popleft())
            if self._dead or self._clock.steady_ms() > now_ms:
                return
        arrives_ms = self._arrives_ms()
        arrived = arrives_ms is not None and arrives_ms <= now_ms
        if not arrived and (self._poll_ms is None or self._poll_ms > now_ms):
            return
        # A poll that waits by itself began to wait before now and ends now.
        self._clock.catch_up(now_ms - BLOCK_MS if self._waits and not arrived else now_ms)
        began_ms = self._clock.steady_ms()
        busy = self._tell(driver.poll())
        rest_ms = driver.rest_ms()
        ended_ms = self._clock.steady_ms()
        self._waits = rest_ms == 0
        if rest_ms == 0:
            idle = not arrived and not busy and ended_ms - began_ms >= BLOCK_MS
            rest_ms = IDLE_MS if idle else BLOCK_MS
        self._poll_ms = None if rest_ms is None else ended_ms + rest_ms

    def _arrives_ms(self) -> int | None:
        """When something comes in that the driver hears at once."""
        return self._next_ms() if self.driver is not None and (self._waits or self._is_roused) else None

    def _obey(self, driver: Driver, command: Command) -> None:
        try:
            signals = list(driver.execute(command))
        except WireLost:
            reason = "the device was lost while it obeyed"
            self._tell([CommandDone(command.device, type(command).__name__, Outcome.UNKNOWN, reason)])
            raise
        self._waits = driver.rest_ms() == 0
        self._tell(signals)

    def _tell(self, signals: Iterable[Signal]) -> bool:
        """Signals reach the inbox when the driver's own clock has come to them. True when there are any."""
        found = tuple(signals)
        if not found:
            return False

        def tell() -> None:
            if not self._dead:
                self._emit(found)

        self._agenda.at(self._clock.steady_ms(), tell)
        return True

    def _lost(self, detail: str) -> None:
        driver, self.driver = self.driver, None
        unsent = tuple(self._queue)
        self._queue.clear()
        reason = "the device was lost before"
        self._tell([CommandDone(one.device, type(one).__name__, Outcome.NOT_SENT, reason) for one in unsent])
        if driver is not None:
            driver.close()
        if self.is_device:
            self._tell([DeviceDown(self.name, detail)])
        now_ms = self._clock.steady_ms()
        self._poll_ms = now_ms + self._back_off.pause_ms(now_ms - self._opened_ms)
