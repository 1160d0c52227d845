"""The office of a demo: a folder made as `central init` and `central station add` make it, and `central serve`."""

from __future__ import annotations

import asyncio
import http.client
import sys
import time
from asyncio.subprocess import Process
from collections import deque
from contextlib import closing
from pathlib import Path

LOOPBACK = "127.0.0.1"
POINTS_PER_HOUR = 10
START_SECONDS = 30.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.05
MAX_LOG_LINES = 400


class OfficeFault(RuntimeError):
    """The office does not start; the message holds what it said."""


class OfficeProcess:
    """One office in `folder` with its pages on `port` of loopback."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.log: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://{LOOPBACK}:{self.port}"

    def make(self, station_file: Path, broker_port: int) -> Path:
        """Make the office, with one station added; the folder that goes to that station. Takes a moment."""
        from central.about import read_station_file  # noqa: PLC0415 - some tenths of a second, in a thread beside the broker
        from central.config import CONFIG_FILE, open_folder  # noqa: PLC0415
        from central.enrol import add_station, init_office  # noqa: PLC0415
        from central.store import open_store  # noqa: PLC0415

        now_ms = time.time_ns() // 1_000_000
        init_office(self.folder, [LOOPBACK], now_s=now_ms // 1000, port=broker_port, tls=False, public_url=self.url)
        config = self.folder / CONFIG_FILE
        text = config.read_text().replace("port = 8080", f"port = {self.port}")
        config.write_text(text.replace("points_per_hour = 0", f"points_per_hour = {POINTS_PER_HOUR}"))
        folder = open_folder(self.folder)
        station, about = read_station_file(station_file)
        with closing(open_store(folder.database_url)) as store:
            return add_station(folder, store, station, about, now_ms)

    def invite(self, role: str) -> str:
        """A link with which a phone may use the pages, as `central invite` writes it. Takes a moment."""
        from central.config import open_folder  # noqa: PLC0415
        from central.serve import open_office, pages_secret  # noqa: PLC0415
        from central.web_people import INVITATION_SECONDS, write_invitation  # noqa: PLC0415
        from station.trust.holders import Role  # noqa: PLC0415

        folder = open_folder(self.folder)
        with open_office(folder, ingest=False, identity=None) as running:
            person = running.office.new_person(Role.KEEPER if role == "office" else Role(role), "")
        expires_s = int(time.time()) + INVITATION_SECONDS
        return f"{self.url}/join/{write_invitation(pages_secret(folder), person, role, expires_s)}"

    async def start(self) -> None:
        """`central serve`, until its pages answer. Raises `OfficeFault`."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "central.cli", "serve", "--folder", str(self.folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            process_group=0,  # Ctrl-C is for the demo, which then ends it in order
        )
        self._reader = asyncio.create_task(self._read_log(self._process))
        loop = asyncio.get_running_loop()
        give_up = loop.time() + START_SECONDS
        while loop.time() < give_up and self._process.returncode is None:
            if await asyncio.to_thread(_answers, self.port):
                return
            await asyncio.sleep(LOOK_SECONDS)
        raise OfficeFault("the office did not start:\n" + "\n".join(self.log))

    async def stop(self) -> None:
        """End it, as its machine's shutdown would; may be called twice."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader
        self._process = self._reader = None

    async def _read_log(self, process: Process) -> None:
        stream = process.stdout
        while stream is not None and (line := await stream.readline()):
            self.log.append(line.decode(errors="replace").rstrip())

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run a command of the office; its exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "central.cli", *arguments, "--folder", str(self.folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            process_group=0,
        )
        try:
            out, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        return process.returncode or 0, out.decode(errors="replace").strip()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
