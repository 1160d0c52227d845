"""A broker of our own for demo and tests: Mosquitto where it is installed, otherwise the one in the wheel `iotcore`.

Loopback only, no TLS, nothing kept on disk. The one place that knows `iotcore`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from simulator.wires.free_port import free_port

START_SECONDS = 15.0
STOP_SECONDS = 5.0
_LOOPBACK = "127.0.0.1"
# Debian keeps the broker in /usr/sbin, which is not on an ordinary user's path.
_PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


class NoBroker(RuntimeError):
    """There is no broker to start, or it did not start; the message says why."""


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A broker that accepts connections on `port` of 127.0.0.1. `kind` is mosquitto or iotcore."""

    kind: str
    port: int


def mosquitto_program() -> str | None:
    """Where Mosquitto is, None where it is not installed."""
    return shutil.which("mosquitto", path=_PLACES)


@contextlib.contextmanager
def start_broker(*, prefer_mosquitto: bool = True, port: int | None = None) -> Iterator[RunningBroker]:
    """A broker for as long as the block runs. Raises `NoBroker`."""
    port = port or free_port()
    program = mosquitto_program() if prefer_mosquitto else None
    with tempfile.TemporaryDirectory(prefix="station-broker-") as folder:
        command = _mosquitto(program, Path(folder), port) if program else _iotcore(Path(folder), port)
        kind = "mosquitto" if program else "iotcore"
        with running(command, port, Path(folder) / "log"):
            yield RunningBroker(kind, port)


def _mosquitto(program: str, folder: Path, port: int) -> list[str]:
    text = files("config").joinpath("broker/demo.conf").read_text().replace("1883", str(port), 1)
    return [program, "-c", str(_write(folder / "mosquitto.conf", text + as_ourselves()))]


def _iotcore(folder: Path, port: int) -> list[str]:
    if importlib.util.find_spec("iotcore") is None:
        raise NoBroker("no broker here: install Mosquitto (apt install mosquitto) or `pip install iotcore`")
    text = files("config").joinpath("broker/iotcore.toml").read_text().replace(":1883", f":{port}", 1)
    return [sys.executable, "-m", "iotcore", "--config", str(_write(folder / "iotcore.toml", text))]


def as_ourselves() -> str:
    """A line for a Mosquitto that root starts in a folder of its own: it would change to a user who cannot read it."""
    return "\nuser root\n" if os.geteuid() == 0 else ""


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a broker until the end of the block, from when it accepts connections on `port`. Raises `NoBroker`."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _wait_until_it_listens(process, port, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((_LOOPBACK, port), timeout=1):
            return
        time.sleep(0.02)
    said = log.read_text(errors="replace")[-2000:]
    raise NoBroker(f"{process.args!r} did not start on port {port}:\n{said}")


def _write(file: Path, text: str) -> Path:
    file.write_text(text)
    return file
