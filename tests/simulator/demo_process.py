"""`simulator demo` as its own process in a session of its own, as a shell starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = (sys.executable, "-m", "simulator.cli", "demo")
READING_POD = ("--station", "reading-pod")
START_SECONDS = 60
END_SECONDS = 30
LAST_LINE = "Ctrl-C"


class DemoProcess:
    """A running demo. `addresses` are what it printed: page, screen, office, resident, health."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def printed(self) -> str:
        return self._output.read_text(encoding="utf-8")

    @property
    def addresses(self) -> list[str]:
        return [line.strip() for line in self.printed.splitlines() if line.startswith("    ")]

    def end(self, number: signal.Signals, *, whole_group: bool = False) -> int:
        """Send a signal, to all that a terminal would send it to; the exit code."""
        if whole_group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(END_SECONDS)

    def left_behind(self) -> list[str]:
        """The command lines of what still runs in its session, but for itself."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                session = (place / "stat").read_text().rpartition(")")[2].split()[3]
                command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            if session == str(self.process.pid) and place.name != session:
                found.append(command)
        return found


@contextmanager
def running_demo(folder: Path, *arguments: str, until: str = LAST_LINE) -> Iterator[DemoProcess]:
    """A live demo that has printed its addresses, or `until`; its temporary files go to `folder`."""
    output = folder / "printed"
    environment = {**os.environ, "TMPDIR": str(folder)}
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=stream, stderr=stream, start_new_session=True, env=environment
        )
    demo = DemoProcess(process, output)
    try:
        give_up = time.monotonic() + START_SECONDS
        while until not in demo.printed:
            assert process.poll() is None, demo.printed
            assert time.monotonic() < give_up, demo.printed
            time.sleep(0.05)
        yield demo
    finally:
        if process.poll() is None:
            demo.end(signal.SIGTERM)
