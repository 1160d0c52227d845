"""What a reading pod takes while nobody comes: memory and processor of `station run`, connected to its office.

The limit is a process with the same libraries in memory that does nothing but read the radar. `idle.pod_mb` is resident
memory with all shared libraries counted in whole; `idle.pod_pss_mb` counts them in parts.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks import backlog
from benchmarks.figure import Figure
from benchmarks.place import DOOR, Place, as_installed
from simulator.devices.ld2410 import Ld2410
from simulator.evidence import newest_row
from simulator.pod import Pod
from simulator.stage import Stage
from simulator.wires.pty import PtyPort

POD_MB, CPU_PERCENT = 60.0, 1.0
READY_SECONDS = 30.0
SETTLE_SECONDS = 5.0
QUICK_SECONDS, WHOLE_SECONDS = 20.0, 120.0
EVENTS_OF_A_MONTH = 2_000
MEGABYTE = 1024 * 1024


async def idle(*, quick: bool) -> list[Figure]:
    """`idle.pod_mb` and `idle.pod_cpu_percent`."""
    seconds = QUICK_SECONDS if quick else WHOLE_SECONDS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        records = Path(folder) / "records"
        backlog.record(records, EVENTS_OF_A_MONTH)
        async with contextlib.AsyncExitStack() as running:
            with as_installed(Path(folder) / "absent"):
                place = await running.enter_async_context(Place(Path(folder), records))
                bare = await running.enter_async_context(bare_reader(Path(folder)))
            await connected(place, DOOR)
            used = await taken(place.pod, bare, SETTLE_SECONDS, seconds)
    return [
        Figure("idle.pod_mb", used.memory.rss / MEGABYTE, "MB", used.bare_memory.rss / MEGABYTE, POD_MB),
        Figure("idle.pod_pss_mb", used.memory.pss / MEGABYTE, "MB", used.bare_memory.pss / MEGABYTE),
        Figure("idle.pod_cpu_percent", used.cpu_percent, "% of a core", used.bare_cpu_percent, CPU_PERCENT),
    ]


@dataclass(frozen=True, slots=True)
class Used:
    """What a station and the bare process took in the same seconds; memory as psutil tells it."""

    memory: Any
    bare_memory: Any
    cpu_percent: float
    bare_cpu_percent: float


async def taken(pod: Pod, bare: psutil.Process, settle_seconds: float, seconds: float) -> Used:
    """Look at the station's process, and at the bare one beside it, for so long."""
    await asyncio.sleep(settle_seconds)
    if pod.process is None:
        raise RuntimeError("the station does not run")
    process = psutil.Process(pod.process.pid)
    before, bare_before = _busy_seconds(process), _busy_seconds(bare)
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    took = asyncio.get_running_loop().time() - began
    return Used(
        process.memory_full_info(),
        bare.memory_full_info(),
        100 * (_busy_seconds(process) - before) / took,
        100 * (_busy_seconds(bare) - bare_before) / took,
    )


def _busy_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def connected(place: Stage, door: str) -> None:
    """Until the office has this start, and the screen invites people in."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + READY_SECONDS
    station, screen = place.pod.file.station.id, place.pod.screen(door)
    while loop.time() < give_up:
        row = await asyncio.to_thread(newest_row, place.office.folder, station, "StationStarted")
        if row is not None and screen is not None and screen.seen.picture is not None:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the station does not reach its office:\n" + "\n".join(place.pod.log))


@contextlib.asynccontextmanager
async def bare_reader(folder: Path) -> AsyncIterator[psutil.Process]:
    """`benchmarks.bare idle` as a process, with a radar of its own."""
    port = PtyPort(folder / "bare-radar", Ld2410(now_ms=int(asyncio.get_running_loop().time() * 1000)))
    port.plug()
    arguments = ("-m", "benchmarks.bare", "idle", str(folder / "bare-radar"))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
    try:
        if process.stdout is None or await asyncio.wait_for(process.stdout.readline(), READY_SECONDS) != b"ready\n":
            raise RuntimeError("the bare process does not start")
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()
        port.close()
