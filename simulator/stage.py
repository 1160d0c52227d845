"""Everything that a demo needs, on loopback only: a broker, an office with one station, and the station itself."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from simulator.office_process import LOOPBACK, OfficeProcess
from simulator.pod import Pod
from simulator.wires.cable import Alter, Cable
from simulator.wires.embedded_broker import NoBroker, RunningBroker, mosquitto_program, start_broker
from simulator.wires.free_port import free_port

BrokerKind = Literal["auto", "mosquitto", "embedded"]


class Stage:
    """An asynchronous context: everything runs inside, and nothing afterwards.

    `make_alter` makes what alters the bytes from the broker to the station (see `Cable`).
    """

    def __init__(
        self,
        station_file: Path,
        folder: Path,
        *,
        broker: BrokerKind = "auto",
        make_alter: Callable[[], Alter] | None = None,
    ) -> None:
        self.office = OfficeProcess(folder / "office", free_port())
        self._station_file = station_file
        self._folder = folder
        self._broker_kind: BrokerKind = broker
        self._make_alter = make_alter
        self._ending = AsyncExitStack()
        self.broker: RunningBroker
        self.cable: Cable
        self.pod: Pod

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
        if self._broker_kind == "mosquitto" and mosquitto_program() is None:
            raise NoBroker("Mosquitto is not installed here: apt install mosquitto, or --broker embedded")
        self._folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.cable = Cable(port, self._make_alter)
        self._ending.push_async_callback(self.cable.close)
        await self.cable.open()
        office = {"url": self.office.url, "broker_host": LOOPBACK, "broker_port": self.cable.port, "broker_tls": False}
        self.pod = Pod(self._station_file, self._folder / "pod", office)
        making = asyncio.create_task(asyncio.to_thread(self.office.make, self._station_file, port))
        self._ending.push_async_callback(lambda: asyncio.gather(making, return_exceptions=True))
        self.broker = self._ending.enter_context(
            start_broker(prefer_mosquitto=self._broker_kind != "embedded", port=port)
        )
        shutil.copytree(await asyncio.shield(making), self.pod.state_folder)
        self._ending.push_async_callback(self.office.stop)
        self._ending.push_async_callback(self.pod.close)
        starting = asyncio.create_task(self._start_pod())
        try:
            await self.office.start()
        finally:
            await starting
        self.cable.plug()  # a station that finds nobody at the other end says hello again only after 20 s

    async def _start_pod(self) -> None:
        await self.pod.open()
        await self.pod.start()

    async def invite(self, role: str) -> str:
        """A link with which a phone may use the pages."""
        return await asyncio.to_thread(self.office.invite, role)

    async def order(self, service: str, action: str, *options: str) -> tuple[int, str]:
        """What an operator at the office orders: `central order`; its exit code and what it printed."""
        return await self.office.command("order", self.pod.file.station.id, service, action, *options)
