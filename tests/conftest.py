"""What holds for every test: nothing is left behind (warnings are errors by `filterwarnings` in pyproject.toml)."""

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The machine that runs this may be busy: a slow example is no fault, a hanging test is (`timeout` in pyproject.toml).
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# CI tries the same examples every time; new ones are found by whoever works on the code.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

SETTLE_SECONDS = 2.0
"""How long a thread, file or process that is already on its way out may take after the test."""

OPENED_ONCE = ("/dev/null", "/dev/urandom", "/dev/random")
"""What Python and its libraries open at first use and rightly keep."""


def open_files() -> dict[int, str]:
    """Every open descriptor of this process with what it leads to; empty where the system has no /proc."""
    found = {}
    for entry in Path("/proc/self/fd").glob("*"):
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue  # the descriptor of this very listing
        if target not in OPENED_ONCE and not target.startswith("/proc/"):
            found[int(entry.name)] = target
    return found


def child_processes() -> set[int]:
    """The processes that this one started and has not waited for."""
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*"):
        try:
            found.update(int(child) for child in (task / "children").read_text().split())
        except FileNotFoundError:
            continue  # a thread that has just ended
    return found


def remains(threads: set[threading.Thread], files: dict[int, str], children: set[int]) -> list[str]:
    """What is there now and was not there before, in words."""
    new_threads = [thread for thread in threading.enumerate() if thread not in threads]
    new_files = {number: target for number, target in open_files().items() if files.get(number) != target}
    return [
        *(f"thread {thread.name!r}" for thread in new_threads),
        *(f"open file {number} ({target})" for number, target in new_files.items()),
        *(f"process {child}" for child in child_processes() - children),
    ]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A test fails that leaves a thread, a descriptor (file, socket, pipe, terminal) or a process behind.

    What fixtures of a wider scope hold (a broker for a whole module) is set up before this one and does not count.
    """
    before = set(threading.enumerate()), open_files(), child_processes()
    yield
    left = remains(*before)
    if left:
        gc.collect()
    give_up = time.monotonic() + SETTLE_SECONDS
    while (left := remains(*before)) and time.monotonic() < give_up:
        time.sleep(0.01)
    if left:
        pytest.fail(f"The test left behind: {', '.join(left)}. Close or join it in the test or its fixture.")
