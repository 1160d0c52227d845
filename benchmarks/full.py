"""What the whole micro-station takes while nobody comes: every device of its file on its wire, connected to its office.

The limit is the reading pod's bare process (`benchmarks/bare.py`): the same libraries, one radar.
"""

from __future__ import annotations

import contextlib
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.idle import MEGABYTE, bare_reader, connected, taken
from benchmarks.place import as_installed
from simulator.stage import Stage

FULL_MB, CPU_PERCENT = 100.0, 3.0
QUICK_SECONDS, WHOLE_SECONDS = 20.0, 120.0
SETTLE_SECONDS = 12.0
"""Boards and meters have been found, and everything has been told once."""
DOOR = "room"


async def full(*, quick: bool) -> list[Figure]:
    """`full.mb` and `full.cpu_percent`."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        as_file(files("config").joinpath("stations/micro-station.toml")) as station,
    ):
        async with contextlib.AsyncExitStack() as running:
            with as_installed(Path(folder) / "absent"):
                stage = await running.enter_async_context(Stage(station, Path(folder) / "stage"))
                bare = await running.enter_async_context(bare_reader(Path(folder)))
            await connected(stage, DOOR)
            seconds = QUICK_SECONDS if quick else WHOLE_SECONDS
            used = await taken(stage.pod, bare, SETTLE_SECONDS, seconds)
    return [
        Figure("full.mb", used.memory.rss / MEGABYTE, "MB", used.bare_memory.rss / MEGABYTE, FULL_MB),
        Figure("full.cpu_percent", used.cpu_percent, "% of a core", used.bare_cpu_percent, CPU_PERCENT),
    ]
