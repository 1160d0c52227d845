"""What holds for every test: nothing is left behind (warnings are errors by `filterwarnings` in pyproject.toml)."""

import gc
import os
import shutil
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.central.databases import why_not_postgres

# The machine that runs this may be busy: a slow example is no fault, a hanging test is (`timeout` in pyproject.toml).
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# CI tries the same examples every time; new ones are found by whoever works on the code.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
IN_CI = os.environ.get("CI") == "true"
settings.load_profile("ci" if IN_CI else "default")

PROGRAMS = {"broker": "mosquitto", "browser": "chromium", "units": "systemd-analyze"}
"""The program that the tests with each marker need."""

LONGEST = (
    *("scenarios/test_frozen_disk.py", "world/test_planted_bugs.py", "world/test_full_station.py"),
    *("world/test_worlds.py", "scenarios/test_kills.py", "simulator/test_scenarios.py", "real/test_pages.py"),
    *("real/test_demo_page.py", "simulator/test_demo_once.py", "real/test_broker.py", "real/test_demo_full_page.py"),
)
"""Files of half a minute and more, the longest first: begun last, one of them would keep everybody waiting."""

SETTLE_SECONDS = 2.0
"""How long a thread, file or process that is already on its way out may take after the test."""

OPENED_ONCE = ("/dev/null", "/dev/urandom", "/dev/random")
"""What Python and its libraries open at first use and rightly keep."""


def missing_programs() -> dict[str, str]:
    """Marker and program of the tests that cannot run here. Debian keeps mosquitto off an ordinary user's path."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin"
    return {marker: program for marker, program in PROGRAMS.items() if not shutil.which(program, path=path)}


def missing() -> dict[str, str]:
    """Marker of the tests that cannot run here, and why."""
    why = {marker: f"{program} is not installed" for marker, program in missing_programs().items()}
    if reason := why_not_postgres():
        why["database"] = reason
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists():
        why["disks"] = "only root may mount a disk image"
    elif not shutil.which("mkfs.ext4"):
        why["disks"] = "mkfs.ext4 is not installed"
    return why


def left_out() -> str | None:
    """The one line about tests that were left out, or None where all can run."""
    why = [f"tests marked {marker!r} because {reason}" for marker, reason in missing().items()]
    return f"LEFT OUT: {', '.join(why)}. `./run test` installs it where it has root or sudo." if why else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    out = [item for item in items if any(item.get_closest_marker(marker) for marker in missing())]
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=out)
    begun = {Path(__file__).parent / file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: begun.get(item.path, len(begun)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if line := left_out():
        terminalreporter.write_line(line, red=True)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Iterator[None]:
    """In CI a test that was left out is a failure."""
    yield
    if IN_CI and left_out() and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that skips itself is a failure too: nothing is left out without a word."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


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
