"""A whole station on a real Mosquitto whose other user is hostile: only what somebody at the screen asked for opens.

What opens is read at the simulated strike; why not, in the office's database.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from central.config import open_folder
from central.serve import open_office
from simulator.evidence import newest_id, newest_row, rows_after
from simulator.kiosk import read_code
from simulator.phone import Phone, picture_of
from simulator.stage import Stage
from simulator.tamper import flip_in_code

pytestmark = pytest.mark.broker

T = TypeVar("T")
STATION, OTHER = "fumin-pod-1", "other-pod-1"
ORDER = f"stations/{STATION}/down/order"
WAIT_SECONDS = 30.0
OPENED = "opened"


@contextlib.contextmanager
def wiretap(port: int) -> Iterator[tuple[mqtt.Client, SimpleQueue[bytes]]]:
    """Somebody on the broker who sees every order and may publish whatever they like."""
    seen: SimpleQueue[bytes] = SimpleQueue()
    ready: SimpleQueue[None] = SimpleQueue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_message = lambda _client, _data, message: seen.put(bytes(message.payload))
    client.on_subscribe = lambda *_: ready.put(None)
    client.connect("127.0.0.1", port)
    client.subscribe(ORDER, qos=1)
    client.loop_start()
    try:
        ready.get(timeout=WAIT_SECONDS)
        yield client, seen
    finally:
        client.disconnect()
        client.loop_stop()


class Scene:
    """A station, a resident's phone, and somebody on the wire."""

    def __init__(self, stage: Stage, phone: Phone, client: mqtt.Client, orders: SimpleQueue[bytes]) -> None:
        self.stage = stage
        self.phone = phone
        self.client = client
        self.orders = orders

    async def until(self, ask: Callable[[], T | None]) -> T:
        async with asyncio.timeout(WAIT_SECONDS):
            while (found := ask()) is None:  # noqa: ASYNC110 - a coil and another program's database call nobody
                await asyncio.sleep(0.02)
            return found

    async def picture(self) -> bytes:
        kiosk = self.stage.pod.screen("door")
        assert kiosk is not None
        return await self.until(lambda: kiosk.seen.picture)

    async def tap(self) -> bytes:
        """Somebody at the screen asks for the door; the order as it crossed the broker."""
        while not self.orders.empty():
            self.orders.get()  # an echo of what we published ourselves
        address = read_code(await self.picture())
        arrived = await asyncio.to_thread(self.phone.arrive, address)
        await asyncio.to_thread(self.phone.tap, arrived, STATION, "door")
        return await asyncio.to_thread(self.orders.get, True, WAIT_SECONDS)

    def stored(self, kind: str) -> bool | None:
        """True as soon as the office has a row of this kind."""
        return newest_row(self.stage.office.folder, STATION, kind) is not None or None

    def edges(self) -> int:
        return len(self.stage.pod.devices["strike"].edges)

    async def publish(self, payload: bytes, *, retain: bool = False) -> str:
        """Put an order on the wire; `opened`, or the reason that the office has for the refusal."""
        edges, before = self.edges(), newest_id(self.stage.office.folder)
        self.client.publish(ORDER, payload, qos=1, retain=retain)
        return await self.until(lambda: self.answer(edges, before))

    def answer(self, edges: int, after_id: int) -> str | None:
        if self.edges() > edges:
            return OPENED
        rows = rows_after(self.stage.office.folder, STATION, after_id)
        reasons = [body["reason"] for _, row, body in rows if row.kind == "AccessRefused"]
        return reasons[-1] if reasons else None

    async def shut(self) -> None:
        """The door is opened and shut again, and the lock goes back."""
        strike = self.stage.pod.devices["strike"]
        await self.until(lambda: strike.released or None)
        self.stage.pod.push("door")
        await asyncio.sleep(0.2)  # longer than the contact's bounces
        self.stage.pod.move_contact("door", closed=True)
        await self.until(lambda: None if strike.released else True)


@contextlib.asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    with as_file(files("config").joinpath("stations/reading-pod.toml")) as station_file:
        async with Stage(station_file, folder, broker="mosquitto") as stage:
            phone = Phone(stage.office.url)
            await asyncio.to_thread(phone.join, await stage.invite("resident"))
            with wiretap(stage.broker.port) as (client, orders):
                at = Scene(stage, phone, client, orders)
                await at.until(lambda: at.stored("DocumentsConfirmed"))
                yield at


def foreign_order(office: Path, station: str) -> bytes:
    """An order that the office has rightly signed, for another station."""
    with open_office(open_folder(office), ingest=False, identity=None) as running:
        placed = running.office.order(station, "door", "open", "A" * 16, running.office.new_person())
    return placed.text.encode()


def test_only_what_somebody_at_the_screen_asked_for_opens(tmp_path: Path) -> None:
    async def play() -> None:
        async with scene(tmp_path) as at:
            first = await at.tap()
            await at.shut()
            assert await at.publish(first) == "order_used"

            at.stage.cable.pull()
            fresh, later = await at.tap(), await at.tap()
            at.stage.cable.plug()
            await connected_again(at)
            assert await at.publish(flip_in_code(fresh.decode()).encode()) in {"bad_signature", "not_canonical"}

            edges = at.edges()
            at.client.publish(ORDER, fresh, qos=1, retain=True)
            other = tmp_path / "other.toml"
            other.write_text(at.stage.pod.station_file.read_text().replace(STATION, OTHER))
            await at.stage.office.command("station", "add", "--file", str(other))
            assert await at.publish(foreign_order(at.stage.office.folder, OTHER)) == "wrong_station"
            assert at.edges() == edges, "a retained order opened the door"
            at.client.publish(ORDER, b"", qos=1, retain=True)

            assert await at.publish(fresh) == OPENED, "the same order, as the office sent it, would have opened"
            await at.shut()

            await at.stage.pod.cut_mains()
            await at.stage.pod.start()
            await connected_again(at)
            assert await at.publish(later) == "unknown_nonce"

    asyncio.run(play())


async def connected_again(at: Scene) -> None:
    """The station has told the office of a junk code, the first since it was started."""
    before = newest_id(at.stage.office.folder)
    async with asyncio.timeout(WAIT_SECONDS):
        while newest_id(at.stage.office.folder) == before:
            at.stage.pod.show_to_scanner("door", picture_of("JUNK"))
            await asyncio.sleep(2.0)  # a scanner that was just given power is still being set up
