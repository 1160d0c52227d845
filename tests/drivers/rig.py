"""Where the drivers under test run: virtual time in one thread, or real threads on pseudo-terminals and sockets."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from drivers import registry
from drivers.contract import Clock, Command, Driver, LevelChanged, Quantity, Signal, Wires, device_of
from drivers.wire import RealWires
from simulator.wires.timeline import Stamped, Timeline
from simulator.wires.virtual import Bench
from station.clock import SteadyClock
from station.threads import Inbox, Runner

T = TypeVar("T")
S = TypeVar("S", bound=Signal)

PATIENCE_SECONDS = 20.0


def maker(name: str, driver: str, **settings: Any) -> Callable[[Wires, Clock], Driver]:
    """As a station file would have it."""
    module = registry.find(driver)
    checked = module.Settings.model_validate({"driver": driver, **settings})
    return lambda wires, clock: module.Driver(name, checked, wires, clock)


class VirtualRoom:
    """Some devices and their drivers on virtual time, and every signal that the drivers gave."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.now_ms = 0
        self.stamped: list[Stamped] = []
        self._timelines: dict[str, Timeline] = {}

    def add(self, name: str, driver: str, **settings: Any) -> Timeline:
        timeline = Timeline(name, maker(name, driver, **settings), self.bench, self.now_ms)
        self._timelines[name] = timeline
        return timeline

    def run(self, milliseconds: int) -> list[Signal]:
        """Let time pass; the signals of that time."""
        begin, until_ms = len(self.stamped), self.now_ms + milliseconds
        while True:
            due = [(at, name) for name, line in self._timelines.items() if (at := line.next_ms()) is not None]
            if not due or min(due)[0] > until_ms:
                break
            at_ms, name = min(due)
            self.now_ms = max(self.now_ms, at_ms)
            self.stamped += self._timelines[name].poll(self.now_ms)
        self.now_ms = until_ms
        return [signal for _, signal in self.stamped[begin:]]

    def command(self, command: Command) -> list[Signal]:
        stamped = self._timelines[device_of(command.device)].execute(command, self.now_ms)
        self.stamped += stamped
        return [signal for _, signal in stamped]

    def at(self, kind: type[S]) -> list[tuple[int, S]]:
        """All signals of one kind, with their times."""
        return [(at_ms, signal) for at_ms, signal in self.stamped if isinstance(signal, kind)]

    def close(self) -> None:
        for timeline in self._timelines.values():
            timeline.close()


def only(kind: type[S], signals: list[Signal]) -> list[S]:
    return [signal for signal in signals if isinstance(signal, kind)]


def levels(quantity: Quantity, signals: list[Signal]) -> list[object]:
    """The values of one quantity, in order."""
    return [signal.value for signal in only(LevelChanged, signals) if signal.quantity is quantity]


class LoopThread:
    """An asyncio loop on a thread of its own: where the simulated devices live while the drivers run here."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="simulated devices")
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_SECONDS)

    def call(self, work: Callable[[], T]) -> T:
        """Have something done on the loop."""

        async def run() -> T:
            return work()

        return self.wait(run())

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self.loop.close()


class Threaded:
    """One driver in the station's own runner; signals are awaited, never slept for."""

    def __init__(self, name: str, make: Callable[[Wires, Clock], Driver], wires: Wires | None = None) -> None:
        self.inbox = Inbox()
        self.clock = SteadyClock()
        self.seen: list[Signal] = []
        wires = wires or RealWires()
        self.runner: Runner[Driver] = Runner(name, lambda: make(wires, self.clock), self.inbox, self.clock)
        self.runner.start()

    def wait_for(self, kind: type[S], fits: Callable[[S], bool] = lambda _: True) -> S:
        """The next signal of this kind that fits."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            signal = self.inbox.take(200)
            if signal is None:
                continue
            self.seen.append(signal)
            if isinstance(signal, kind) and fits(signal):
                return signal
        raise AssertionError(f"no such {kind.__name__}; there came {self.seen[-10:]}")

    def close(self) -> None:
        self.runner.stop()
        assert self.runner.join(PATIENCE_SECONDS), "the driver's thread did not end"


@contextmanager
def threaded(name: str, make: Callable[[Wires, Clock], Driver], wires: Wires | None = None) -> Iterator[Threaded]:
    running = Threaded(name, make, wires)
    try:
        yield running
    finally:
        running.close()
