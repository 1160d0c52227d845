"""`simulator demo --once`: flows A, B and C without a browser, each step with evidence from outside the controller.

What is believed is what a picture decodes to, what the coil and the contact did, and what stands in the office's
database; never what the controller says of itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from simulator.evidence import OfficeRow, newest_row, stored_seq
from simulator.kiosk import Seen, look
from simulator.phone import Phone, PhoneFault, Tapped
from simulator.stage import Stage

T = TypeVar("T")
DOOR = "door"
READY_SECONDS = 30.0
WAIT_SECONDS = 8.0
LOOK_SECONDS = 0.02
DOOR_SHUT_SECONDS = 0.3
FlipBit = Callable[[bytes], bytes]


class StepFailed(RuntimeError):
    """A step did not bring the evidence that it should; the message says which."""


@dataclass(slots=True)
class Walk:
    """The steps, in order. `report` gets each as one JSON object."""

    stage: Stage
    report: Callable[[dict[str, Any]], None]

    # ------------------------------------------------------------ the three ways in

    async def run(self) -> None:
        """Everything. Raises `StepFailed`."""
        await self._step("ready", self._ready)
        phone = Phone(self.stage.office_url)
        link = await self.stage.invite("resident")
        await asyncio.to_thread(phone.join, link)
        await self._step("A: phone scans station", lambda: self.flow_a(phone))
        issued = await asyncio.to_thread(phone.fetch_pass, self.stage.pod.file.station.id)
        await self._step("B: station scans phone", lambda: self.flow_b(phone, issued))
        await self._step("C: phone online, station cut off", lambda: self.flow_c(phone))

    async def _step(self, name: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        began = time.monotonic()
        try:
            evidence = await work()
        except (PhoneFault, OSError) as fault:
            raise StepFailed(f"{name}: {fault}") from fault
        except StepFailed as fault:
            raise StepFailed(f"{name}: {fault}") from fault
        self.report({"step": name, "ms": round((time.monotonic() - began) * 1000), "evidence": evidence})

    async def _ready(self) -> dict[str, Any]:
        """The screen shows a code that a phone can read, and the office has the station's first row."""
        seen = await self._until("a code on the screen", self._code_on_screen, READY_SECONDS)
        row = await self._until("the station's first row at the office", lambda: self._row("StationStarted"))
        return {"screen_says": seen.headline, "broker": self.stage.broker.kind, "office_row": row.as_json()}

    async def flow_a(self, phone: Phone) -> dict[str, Any]:
        """The phone scans the screen, a tap, and the door is open."""
        seen = await self._until("a code on the screen", self._code_on_screen)
        address = phone.scan(seen.picture or b"")
        if not address:
            raise StepFailed("no code can be read in the picture of the screen")
        tapped = await asyncio.to_thread(phone.tap, address, self.stage.pod.file.station.id, DOOR)
        return {"decoded_from_screen": _without_nonce(address), **await self._walk_in("order_by_link", phone, tapped)}

    async def flow_b(self, phone: Phone, issued: tuple[bytes, bytes]) -> dict[str, Any]:
        """The scanner reads the pass on the phone; the office is not asked."""
        picture = phone.show_pass(issued)
        decoded = self.stage.pod.show_to_scanner(DOOR, picture)
        return {
            "decoded_by_scanner": decoded[:4].decode(),
            "characters": len(decoded),
            **await self._walk_in("pass_bound"),
        }

    async def flow_c(self, phone: Phone) -> dict[str, Any]:
        """The station's cable is pulled: the page shows the very same order, and the scanner reads it."""
        seen = await self._until("a code on the screen", self._code_on_screen)
        self.stage.cable.pull()
        address = phone.scan(seen.picture or b"")
        tapped = await asyncio.to_thread(phone.tap, address, self.stage.pod.file.station.id, DOOR)
        decoded = self.stage.pod.show_to_scanner(DOOR, tapped.picture)
        walked = self._walk_in("order_by_scanner", cut_off=True)
        evidence = {"cable": "pulled", "decoded_by_scanner": decoded[:4].decode(), "characters": len(decoded)}
        return {**evidence, **await walked}

    # ------------------------------------------------------------ the door, and what the office has of it

    async def _walk_in(
        self, way: str, phone: Phone | None = None, tapped: Tapped | None = None, *, cut_off: bool = False
    ) -> dict[str, Any]:
        pod = self.stage.pod
        service = pod.door(DOOR)
        coil, began = pod.devices[service.lock], time.monotonic()
        await self._until("the coil of the lock", lambda: coil.released or None)
        coil_ms = (time.monotonic() - began) * 1000
        if not pod.push(DOOR):
            raise StepFailed("the lock went back before the door was pushed")
        told = await asyncio.to_thread(_last_result, phone, tapped) if phone and tapped else None
        await asyncio.sleep(DOOR_SHUT_SECONDS)
        pod.move_contact(DOOR, closed=True)
        await self._until("the lock to go back", lambda: not coil.released or None)
        if cut_off:
            self.stage.cable.plug()
        row = await self._until("the grant at the office", lambda: self._row("AccessGranted", way=way), READY_SECONDS)
        opened = await self._until("the opening at the office", lambda: self._row("DoorOpened", after_seq=row.seq))
        closed = await self._until("the closing at the office", lambda: self._row("DoorClosed", after_seq=opened.seq))
        cursor = await self._until("the acknowledgement", lambda: self._acknowledged(closed))
        evidence = {
            "coil_after_ms": round(coil_ms),
            "coil_edges": len(coil.edges),
            "contact": "opened and closed",
            "office_row": row.as_json(),
            "acknowledged": cursor,
        }
        return {**evidence, "page_says": told} if told is not None else evidence

    def _acknowledged(self, row: OfficeRow) -> int | None:
        seq = stored_seq(self.stage.office_folder, row.journal)
        return seq if seq >= row.seq else None

    def _row(self, kind: str, way: str = "", after_seq: int = 0) -> OfficeRow | None:
        return newest_row(self.stage.office_folder, self.stage.pod.file.station.id, kind, way, after_seq)

    def _code_on_screen(self) -> Seen | None:
        port = self.stage.pod.screen_port(DOOR)
        try:
            seen = look(port) if port else None
        except OSError:
            return None  # the controller has not opened its page yet
        return seen if seen is not None and seen.picture is not None else None

    async def _until(self, what: str, ask: Callable[[], T | None], seconds: float = WAIT_SECONDS) -> T:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + seconds
        while True:
            found = ask() if what.startswith("the coil") else await asyncio.to_thread(ask)
            if found is not None:
                return found
            if loop.time() >= give_up:
                raise StepFailed(f"waited {seconds:.0f} s in vain for {what}")
            await asyncio.sleep(LOOK_SECONDS)


def _last_result(phone: Phone, tapped: Tapped) -> str:
    last = ""
    for told in phone.results(tapped):
        last = told["title"]["zh"]
    return last


def _without_nonce(address: str) -> str:
    return address.rpartition("/")[0] + "/…"
