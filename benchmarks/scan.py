"""From the scanner's last byte on its line to the edge at the lock's coil, while the station has other things to do.

Beside it 50 signals a second from other contacts, and 100,000 recorded events on their way to the office over a real
broker. The limit is the same way without our program, in the same seconds: a pty, one Ed25519 verification, one write
that is on the disk, a line through the socket that stands for the pins.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
import tempfile
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import backlog
from benchmarks.figure import Figure, percentile
from benchmarks.place import DOOR, NOISY_PINS, Place
from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.evidence import stored_seq

EVENTS = 100_000
SIGNALS_PER_SECOND = 50
MEDIAN_MS, P99_MS = 10.0, 50.0
SHOWN_MS = 100
WAIT_SECONDS = 10.0
READY_SECONDS = 30.0
LOOK_SECONDS = 0.002
AJAR_SECONDS = 0.1
"""Longer than the contact's debounce."""
WARM_UP = 2
TRY_SECONDS = 0.5
QUICK_SCANS, WHOLE_SCANS = 30, 400
"""At least; the drain of one backlog may end sooner, then it goes on with the next one."""


async def scan(*, quick: bool) -> list[Figure]:
    """`scan.median_ms`, `scan.p99_ms`, and how many scans it was while the backlog drained, of how many."""
    scans = Scans()
    while len(scans.ms) < (QUICK_SCANS if quick else WHOLE_SCANS):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            records = Path(folder) / "records"
            journal = backlog.record(records, EVENTS)
            async with bare_path(Path(folder)) as bare, Place(Path(folder), records, noise=True) as place:
                await DoorBench(place, journal, bare, scans).measure(QUICK_SCANS if quick else WHOLE_SCANS)
    return [
        Figure("scan.median_ms", percentile(scans.ms, 0.5), "ms", percentile(scans.bare_ms, 0.5), MEDIAN_MS),
        Figure("scan.p99_ms", percentile(scans.ms, 0.99), "ms", percentile(scans.bare_ms, 0.99), P99_MS),
        Figure("scan.while_draining", scans.while_draining, "scans", len(scans.ms)),
    ]


@dataclass
class Scans:
    """What was measured so far."""

    ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)
    while_draining: int = 0


def _toggle(contact: GpioContact, now_ms: int) -> None:
    contact.move(closed=not contact.closed, now_ms=now_ms)


class TimedLock(GpioLock):
    """A lock that notes when its coil got current, by the loop's clock."""

    def __init__(self, *, active_high: bool) -> None:
        super().__init__(active_high=active_high)
        self.released_at: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def drive(self, level: bool | None, now_ms: int) -> None:
        """As a lock; the first edge after `released_at` was made anew is noted."""
        super().drive(level, now_ms)
        if self.released and not self.released_at.done():
            self.released_at.set_result(asyncio.get_running_loop().time())


@dataclass
class DoorBench:
    """People who come in one after the other."""

    place: Place
    journal: str
    bare: Callable[[], asyncio.Future[float]]
    scans: Scans

    async def measure(self, enough: int) -> None:
        """Scan until the backlog has drained, or there are enough scans; at least `WARM_UP` times."""
        pod, scans = self.place.pod, self.scans
        lock = self._time_the_lock()
        codes = itertools.cycle(self.place.passes)
        noise = asyncio.create_task(self._noise())
        try:
            await self._ready(lock, codes)
            for _ in range(WARM_UP):
                await self._come_in(lock, next(codes))
            draining = True
            while len(scans.ms) < enough and draining:
                scans.ms.append(await self._come_in(lock, next(codes)))
                scans.bare_ms.append(await self.bare() * 1000)
                draining = await asyncio.to_thread(stored_seq, self.place.office.folder, self.journal) < EVENTS
                scans.while_draining += draining
        finally:
            noise.cancel()
            await asyncio.wait([noise])
        if not pod.running:
            raise RuntimeError("the station ended:\n" + "\n".join(pod.log))

    def _time_the_lock(self) -> TimedLock:
        pod = self.place.pod
        name = pod.door(DOOR).lock
        settings = pod.file.devices[name].model_dump()
        lock = TimedLock(active_high=settings.get("active_high", True))
        pod.devices[name] = lock
        pod._board.attach_output(settings["pin"], lock)  # noqa: SLF001 - the same pin, with a watch on it
        return lock

    async def _ready(self, lock: TimedLock, codes: Iterator[str]) -> None:
        """Until the station opens for a pass: it has to recover, find its scanner, and hear from the office."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + READY_SECONDS
        while loop.time() < give_up:
            self._show(next(codes))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(lock.released_at), TRY_SECONDS)
                await self._go_in(lock)
                return
        raise RuntimeError("the station does not open for a valid pass:\n" + "\n".join(self.place.pod.log))

    def _show(self, code: str) -> None:
        pod = self.place.pod
        scanner = pod.door(DOOR).reader
        pod.ports[scanner].act(lambda now_ms: pod.devices[scanner].show(code, now_ms, for_ms=SHOWN_MS))

    async def _come_in(self, lock: TimedLock, code: str) -> float:
        """One scan: milliseconds from the scanner's last byte to the coil."""
        self._show(code)
        try:
            at = await asyncio.wait_for(asyncio.shield(lock.released_at), WAIT_SECONDS)
        except TimeoutError:
            raise RuntimeError(f"a valid pass opens nothing; {self._what_it_says()}") from None
        took_ms = (at - self.place.pod.ports[self.place.pod.door(DOOR).reader].last_byte_at) * 1000
        await self._go_in(lock)
        return took_ms

    def _what_it_says(self) -> str:
        screen = self.place.pod.screen(DOOR)
        seen = f"{screen.seen.headline.en}; {screen.seen.lines}" if screen is not None else "no screen"
        return "\n".join([f"after {len(self.scans.ms)} scans the screen says: {seen}", *self.place.pod.log])

    async def _go_in(self, lock: TimedLock) -> None:
        if not self.place.pod.push(DOOR):
            raise RuntimeError("the lock went back before the door was pushed")
        await asyncio.sleep(AJAR_SECONDS)
        self.place.pod.move_contact(DOOR, closed=True)
        await asyncio.sleep(AJAR_SECONDS)
        async with asyncio.timeout(WAIT_SECONDS):
            while lock.released:  # noqa: ASYNC110 - the coil is looked at as a person looks at it
                await asyncio.sleep(LOOK_SECONDS)
        lock.released_at = asyncio.get_running_loop().create_future()

    async def _noise(self) -> None:
        """Each contact in its turn, evenly."""
        pod = self.place.pod
        loop = asyncio.get_running_loop()
        due = loop.time()
        for pin in itertools.cycle(NOISY_PINS):
            contact = pod.devices[f"noisy_{pin}"]
            pod._board.act(partial(_toggle, contact))  # noqa: SLF001
            due = max(due + 1 / SIGNALS_PER_SECOND, loop.time())
            await asyncio.sleep(due - loop.time())


# ---------------------------------------------------------------- the limit


@contextlib.asynccontextmanager
async def bare_path(folder: Path) -> AsyncIterator[Callable[[], asyncio.Future[float]]]:
    """`benchmarks.bare scan` as a process; the function lets it open once and gives the seconds that it took."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[float] = asyncio.Queue()
    address = folder / "bare.sock"

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while await reader.readline():
                lines.put_nowait(loop.time())
        writer.close()

    server = await asyncio.start_unix_server(joined, address)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    arguments = ("scan", os.ttyname(theirs), str(address), str(folder))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.bare", *arguments)

    async def once() -> float:
        began = loop.time()
        os.write(ours, b"0" * 172 + b"\r")
        return await asyncio.wait_for(lines.get(), WAIT_SECONDS) - began

    try:
        await asyncio.wait_for(lines.get(), READY_SECONDS)
        yield lambda: asyncio.ensure_future(once())
    finally:
        process.kill()
        await process.wait()
        server.close()
        await server.wait_closed()
        os.close(ours)
        os.close(theirs)
