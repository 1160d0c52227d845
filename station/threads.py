"""A thread for each driver, restarted with back-off; the inbox of the one thread that owns the state.

The only importer of `threading`.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from typing import Any, Generic, TypeVar

from drivers.contract import (
    BackOff,
    Clock,
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    Driver,
    Outcome,
    Signal,
    WireLost,
)

MAX_SIGNALS = 10_000
MAX_LINK_SIGNALS = 500
MAX_COMMANDS = 64
LONGEST_REST_MS = 60_000

D = TypeVar("D", bound=Driver)
R = TypeVar("R")
_log = logging.getLogger(__name__)


class Inbox:
    """Signals for the loop. What comes from the office waits behind what comes from the doors; both are bounded."""

    def __init__(self) -> None:
        self._near: deque[Signal] = deque()
        self._far: deque[Signal] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0

    def put(self, signal: Signal, *, far: bool = False) -> None:
        """Add a signal; one too many is dropped and counted."""
        with self._changed:
            lane, limit = (self._far, MAX_LINK_SIGNALS) if far else (self._near, MAX_SIGNALS)
            if len(lane) >= limit:
                self.dropped += 1
                return
            lane.append(signal)
            self._changed.notify()

    def take(self, timeout_ms: int) -> Signal | None:
        """The next signal; None after `timeout_ms` or when closed."""
        with self._changed:
            if not self._near and not self._far and not self._closed:
                self._changed.wait(timeout_ms / 1000)
            if self._near:
                return self._near.popleft()
            return self._far.popleft() if self._far else None

    def close(self) -> None:
        """Wake whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class _Call(Generic[D, R]):
    """Something to be done by the driver on its own thread."""

    def __init__(self, work: Callable[[D], R]) -> None:
        self.work = work
        self.result: Future[R] = Future()


class Runner(Generic[D]):
    """One driver's thread: opens it, feeds it commands, polls it, closes it after a fault, and opens it again.

    With `is_device` false it stands for several devices, which tell for themselves whether they answer.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], D],
        inbox: Inbox,
        clock: Clock,
        *,
        far: bool = False,
        backlog: int = MAX_COMMANDS,
        is_device: bool = True,
    ) -> None:
        self.name = name
        self._is_device = is_device
        self._make = make
        self._inbox = inbox
        self._clock = clock
        self._far = far
        self._backlog = backlog
        self._queue: deque[Command | _Call[D, Any]] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._open = False
        self._thread = threading.Thread(target=self._run, name=f"driver {name}", daemon=True)

    def start(self) -> None:
        """Begin; the driver is opened on its own thread."""
        self._thread.start()

    def post(self, command: Command) -> None:
        """Queue a command. What cannot be taken now is answered `not_sent`: nothing moves late."""
        with self._changed:
            if self._open and not self._stopping and len(self._queue) < self._backlog:
                self._queue.append(command)
                self._changed.notify()
                return
        reason = "too many commands wait for it" if self._open else "it does not answer"
        self._put((CommandDone(command.device, type(command).__name__, Outcome.NOT_SENT, reason),))

    def call(self, work: Callable[[D], R], timeout_seconds: float) -> R:
        """Have `work` done with the driver on its own thread. Raises `WireLost` when it is closed, or TimeoutError."""
        call: _Call[D, R] = _Call(work)
        with self._changed:
            if not self._open or self._stopping or len(self._queue) >= self._backlog:
                raise WireLost(f"{self.name} is closed or busy")
            self._queue.append(call)
            self._changed.notify()
        return call.result.result(timeout_seconds)

    def stop(self) -> None:
        """Ask it to end; `join` waits for it."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, timeout_seconds: float = 5.0) -> bool:
        """True when the thread has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _put(self, signals: Iterable[Signal]) -> None:
        for signal in signals:
            self._inbox.put(signal, far=self._far)

    def _run(self) -> None:
        back_off = BackOff()
        while not self._stopping:
            began_ms = self._clock.steady_ms()
            try:
                self._serve(self._make())
            except WireLost as lost:
                detail = str(lost)
            except Exception as fault:  # noqa: BLE001 - a driver's fault must end this driver, never the station
                _log.exception("%s: the driver failed and is started again", self.name)
                detail = f"{type(fault).__name__}: {fault}"
            else:
                return
            if self._is_device:
                self._put((DeviceDown(self.name, detail),))
            self._pause(back_off.pause_ms(self._clock.steady_ms() - began_ms))

    def _serve(self, driver: D) -> None:
        try:
            with self._changed:
                self._open = True
            if self._is_device:
                self._put((DeviceUp(self.name),))
            while not self._stopping:
                self._put(driver.poll())
                self._execute(driver)
        finally:
            with self._changed:
                self._open = False
                unsent, self._queue = self._queue, deque()
            self._refuse(unsent)
            driver.close()

    def _execute(self, driver: D) -> None:
        item = self._next(driver.rest_ms())
        while item is not None and not self._stopping:
            if isinstance(item, _Call):
                self._answer(driver, item)
            else:
                self._obey(driver, item)
            item = self._next(0)

    def _obey(self, driver: D, command: Command) -> None:
        try:
            signals = list(driver.execute(command))
        except Exception:
            name = type(command).__name__
            self._put((CommandDone(command.device, name, Outcome.UNKNOWN, "the device was lost while it obeyed"),))
            raise
        self._put(signals)

    def _answer(self, driver: D, call: _Call[D, Any]) -> None:
        try:
            call.result.set_result(call.work(driver))
        except InvalidStateError:
            _log.info("%s: nobody waits for this answer any more", self.name)
        except Exception as fault:
            call.result.set_exception(fault)
            raise

    def _next(self, rest_ms: int | None) -> Command | _Call[D, Any] | None:
        with self._changed:
            if not self._queue and rest_ms != 0 and not self._stopping:
                self._changed.wait((LONGEST_REST_MS if rest_ms is None else rest_ms) / 1000)
            return self._queue.popleft() if self._queue else None

    def _refuse(self, unsent: Iterable[Command | _Call[D, Any]]) -> None:
        for item in unsent:
            if isinstance(item, _Call):
                item.result.set_exception(WireLost(f"{self.name} was closed"))
            else:
                name = type(item).__name__
                self._put((CommandDone(item.device, name, Outcome.NOT_SENT, "the device was lost before"),))

    def _pause(self, milliseconds: int) -> None:
        with self._changed:
            if not self._stopping:
                self._changed.wait(milliseconds / 1000)
