"""Everything that a demo needs, on loopback only: a broker, an office with one station added, and the station itself."""

from __future__ import annotations

import asyncio
import shutil
import sys
from asyncio.subprocess import Process
from collections import deque
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.request import urlopen

from simulator.pod import Pod
from simulator.wires.cable import Cable
from simulator.wires.embedded_broker import RunningBroker, free_port, start_broker

START_SECONDS = 20.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.05
MAX_LOG_LINES = 400
LOOPBACK = "127.0.0.1"


class StageFault(RuntimeError):
    """A part of the demo does not start; the message holds what it said."""


class Stage:
    """An asynchronous context: everything runs inside, and nothing afterwards."""

    def __init__(self, station_file: Path, folder: Path, *, prefer_mosquitto: bool = True) -> None:
        self.folder = folder
        self.office_folder = folder / "office"
        self.office_log: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self._station_file = station_file
        self._prefer_mosquitto = prefer_mosquitto
        self._ending = AsyncExitStack()
        self._office: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.broker: RunningBroker
        self.cable: Cable
        self.pod: Pod
        self.office_port = 0

    @property
    def office_url(self) -> str:
        """Where the office's pages are."""
        return f"http://{LOOPBACK}:{self.office_port}"

    async def __aenter__(self) -> Self:
        try:
            await self._begin()
        except BaseException:
            await self._ending.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._ending.aclose()

    async def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.broker = self._ending.enter_context(start_broker(prefer_mosquitto=self._prefer_mosquitto))
        self.office_port = free_port()
        await self._central(
            *("init", str(self.office_folder), "--plain", "--broker", LOOPBACK, "--port", str(self.broker.port)),
            *("--url", self.office_url),
        )
        config = self.office_folder / "office.toml"
        config.write_text(config.read_text().replace("port = 8080", f"port = {self.office_port}"))
        await self._central("station", "add", "--folder", str(self.office_folder), "--file", str(self._station_file))
        await self.start_office()
        self._ending.push_async_callback(self.stop_office)
        self.cable = Cable(self.broker.port)
        await self.cable.open()
        self._ending.push_async_callback(self.cable.close)
        office = {
            "url": self.office_url,
            "broker_host": LOOPBACK,
            "broker_port": self.cable.port,
            "broker_tls": False,
        }
        self.pod = Pod(self._station_file, self.folder / "pod", office)
        enrolled = self.office_folder / "stations" / self.pod.file.station.id
        shutil.copytree(enrolled, self.pod.state_folder)
        await self.pod.open()
        self._ending.push_async_callback(self.pod.close)
        await self.pod.start()

    # ------------------------------------------------------------ the office

    async def start_office(self) -> None:
        """`central serve`, until its pages answer. Raises `StageFault`."""
        self._office = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "central.cli", "serve", "--folder", str(self.office_folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read_log(self._office))
        loop = asyncio.get_running_loop()
        give_up = loop.time() + START_SECONDS
        while loop.time() < give_up and self._office.returncode is None:
            if await asyncio.to_thread(_answers, self.office_url):
                return
            await asyncio.sleep(LOOK_SECONDS)
        raise StageFault("the office did not start:\n" + "\n".join(self.office_log))

    async def stop_office(self) -> None:
        """End the office, as its machine's shutdown would."""
        office = self._office
        if office is None:
            return
        if office.returncode is None:
            office.terminate()
        try:
            await asyncio.wait_for(office.wait(), STOP_SECONDS)
        except TimeoutError:
            office.kill()
            await office.wait()
        if self._reader is not None:
            await self._reader
        self._office = self._reader = None

    async def _read_log(self, process: Process) -> None:
        stream = process.stdout
        while stream is not None and (line := await stream.readline()):
            self.office_log.append(line.decode(errors="replace").rstrip())

    async def central(self, *arguments: str) -> str:
        """Run a command of the office; what it printed. Raises `StageFault`."""
        return await self._central(arguments[0], "--folder", str(self.office_folder), *arguments[1:])

    async def invite(self, role: str) -> str:
        """A link with which a phone may use the pages."""
        return (await self.central("invite", role)).strip().splitlines()[-1]

    async def _central(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "central.cli", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, told = await process.communicate()
        if process.returncode != 0:
            raise StageFault(f"central {' '.join(arguments)} failed: {told.decode(errors='replace').strip()}")
        return out.decode()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1):  # noqa: S310 - our own office on loopback
            return True
    except OSError:
        return False
