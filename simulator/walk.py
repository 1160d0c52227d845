"""`simulator demo --once`: flows A, B and C without a browser, each step with evidence from outside the controller.

What is believed is what a picture decodes to, what the coil and the contact did, and what stands in the office's
database; never what the controller says of itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from simulator.evidence import OfficeRow, newest_id, newest_row, rows_after, stored_seq
from simulator.kiosk import Seen, read_code
from simulator.phone import PATIENCE_SECONDS, Phone, PhoneFault, Tapped
from simulator.stage import Stage
from simulator.tamper import flip_in_picture

T = TypeVar("T")
Breakage = Literal["lock", "signature", "office"]
READY_SECONDS = 45.0
COIL_SECONDS = 4.0
"""Twice what the rules for buildings allow from credential to lock."""
DOOR_SECONDS = 12.0
"""Longer than the unlock window, after which the lock goes back by itself."""
LINK_SECONDS = 45.0
"""A station that finds its cable plugged in again waits a while before it connects."""
OFFICE_SECONDS = 10.0
LOOK_SECONDS = 0.02
DOOR_SHUT_SECONDS = 0.3
REFUSALS = ("AccessRefused", "OrderRefused", "RefusalsCounted", "MessageForged")
SHOWN_LETTERS = 4  # of a code: its scheme, and nothing that opens a door


class StepFailed(RuntimeError):
    """A step did not bring the evidence that it should; the message says which."""


@dataclass(slots=True)
class Walk:
    """The steps, in order. `report` gets each as one JSON object, with `ok` and, where that is false, `why`.

    `broken` is what is taken away or spoilt once everything is ready: then no way in may hold.
    """

    stage: Stage
    report: Callable[[dict[str, Any]], None]
    broken: Breakage | None = None
    _door: str = field(init=False, default="")
    _evidence: dict[str, Any] = field(init=False, default_factory=dict)

    async def run(self) -> bool:
        """Every step, also after one that failed; True when all held."""
        phone = Phone(self.stage.office.url)
        if not await self._step("ready", self._ready):
            return False
        issued: list[tuple[bytes, bytes]] = []
        if not await self._step("phone joins and fetches a pass", lambda: self._join(phone, issued)):
            return False
        await self._break()
        held = [
            await self._step("A: phone scans station", lambda: self._flow_a(phone)),
            await self._step("B: station scans phone", lambda: self._flow_b(phone, issued[0])),
            await self._step("C: phone online, station cut off", lambda: self._flow_c(phone)),
        ]
        return all(held)

    async def _step(self, name: str, work: Callable[[], Awaitable[None]]) -> bool:
        began, stored_before = time.monotonic(), newest_id(self.stage.office.folder)
        self._evidence = {}
        why = ""
        try:
            await work()
        except (PhoneFault, StepFailed, OSError) as fault:
            why = str(fault)
            self._evidence |= {"screen_says": self._screen().headline.zh, "refused": self._refusals(stored_before)}
        told = {"step": name, "ok": not why, "ms": _ms(began), "evidence": self._evidence}
        self.report({**told, "why": why} if why else told)
        return not why

    def _refusals(self, after_id: int) -> list[str]:
        """The reasons of the refusals that the office has of this step."""
        rows = rows_after(self.stage.office.folder, self.stage.pod.file.station.id, after_id)
        return [f"{row.kind}: {body['reason']}" for _, row, body in rows if row.kind in REFUSALS]

    async def _break(self) -> None:
        if self.broken == "lock":
            self.stage.pod.take_away(self.stage.pod.door(self._door).lock)
        elif self.broken == "office":
            await self.stage.office.stop()

    # ------------------------------------------------------------ the three ways in

    async def _ready(self) -> None:
        """The screen shows a code that a phone can read, and station and office agree on the signed documents."""
        self._door = self.stage.pod.main_door()
        seen = await self._code_on_screen()
        rows = [
            await self._until(f"{kind} at the office", partial(self._row, kind), READY_SECONDS)
            for kind in ("StationStarted", "DocumentsConfirmed")
        ]
        self._evidence = {
            "station": self.stage.pod.file.station.id,
            "broker": self.stage.broker.kind,
            "screen_says": seen.headline.zh,
            "decoded_from_screen": _without_nonce(read_code(seen.picture or b"")),
            "office_rows": [row.as_json() for row in rows],
        }

    async def _join(self, phone: Phone, issued: list[tuple[bytes, bytes]]) -> None:
        """An invitation makes this somebody's phone, and the office signs a pass for the phone's own key."""
        role = self.stage.pod.visitor_role(self._door)
        await asyncio.to_thread(phone.join, await self.stage.invite(role))
        issued.append(await asyncio.to_thread(phone.fetch_pass, self.stage.pod.file.station.id))
        self._evidence = {"role": role, "pass_bytes": len(issued[0][0])}

    async def _flow_a(self, phone: Phone) -> None:
        """The phone scans the screen, a tap, and the door is open."""
        tapped, tapped_at = await self._scan_and_tap(phone)
        await self._walk_in("order_by_link", tapped_at)
        told = await asyncio.to_thread(_last_result, phone, tapped)
        self._evidence["page_says"] = told
        await self._office_has_all("order_by_link")

    async def _flow_b(self, phone: Phone, issued: tuple[bytes, bytes]) -> None:
        """The scanner reads the pass on the phone; the office is not asked."""
        await self._walk_in("pass_bound", await self._hold_to_scanner(phone.show_pass(issued)))
        await self._office_has_all("pass_bound")

    async def _flow_c(self, phone: Phone) -> None:
        """The station's cable is pulled: 3 s after the tap the page shows the very same order to the scanner."""
        way = "order_by_scanner"
        self.stage.cable.pull()
        try:
            tapped, tapped_at = await self._scan_and_tap(phone)
            states = await self._no_reply(phone, tapped, tapped_at)
            self._evidence |= {"cable": "pulled", "no_reply_for_ms": _ms(tapped_at), "page_states": states}
            await self._walk_in(way, await self._hold_to_scanner(tapped.picture))
            if self._row("AccessGranted", way) is not None:
                raise StepFailed("the cable is pulled, and yet the office has the grant")
        finally:
            self.stage.cable.plug()
        await self._office_has_all(way, LINK_SECONDS)

    # ------------------------------------------------------------ the phone and the scanner

    async def _scan_and_tap(self, phone: Phone) -> tuple[Tapped, float]:
        seen = await self._code_on_screen()
        address = read_code(seen.picture or b"")
        self._evidence["decoded_from_screen"] = _without_nonce(address)
        arrived = await asyncio.to_thread(phone.arrive, address)
        tapped_at = time.monotonic()
        return await asyncio.to_thread(phone.tap, arrived, self.stage.pod.file.station.id, self._door), tapped_at

    async def _no_reply(self, phone: Phone, tapped: Tapped, tapped_at: float) -> list[str]:
        """What the page says up to its patience's end. Raises `StepFailed` when the station did answer."""
        states: list[str] = []
        listening = asyncio.create_task(asyncio.to_thread(_listen, phone, tapped, states))
        await asyncio.sleep(max(0.0, tapped_at + PATIENCE_SECONDS - time.monotonic()))
        phone.put_away()
        await listening
        if states != ["sent"]:
            raise StepFailed(f"the cable is pulled, and yet the page went through {states}")
        return states

    async def _hold_to_scanner(self, picture: bytes) -> float:
        """When the last byte of what the scanner read has left for the controller (`time.monotonic`)."""
        pod = self.stage.pod
        port = pod.ports[pod.door(self._door).reader]
        before = port.last_byte_at
        decoded = pod.show_to_scanner(self._door, flip_in_picture(picture) if self.broken == "signature" else picture)
        self._evidence["decoded_by_scanner"] = decoded[:SHOWN_LETTERS].decode()
        self._evidence["characters"] = len(decoded)
        await self._until("the scanner to send what it read", lambda: port.last_byte_at > before or None, COIL_SECONDS)
        return port.last_byte_at

    # ------------------------------------------------------------ the door, and what the office has of it

    async def _walk_in(self, way: str, asked_at: float) -> None:
        pod = self.stage.pod
        service = pod.door(self._door)
        coil, contact = pod.devices[service.lock], pod.devices[service.contact]
        self._evidence |= {"way": way, "strike_edges": 0}
        await self._until("an edge at the coil of the lock", lambda: coil.released or None, COIL_SECONDS)
        edge_ms, level = coil.edges[-1]
        released_after_ms = edge_ms - round(asked_at * 1000)
        self._evidence |= {"strike_level": level, "strike_released_after_ms": released_after_ms}
        edges_before = len(coil.edges) - 1
        if not pod.push(self._door):
            raise StepFailed("the lock went back before the door was pushed")
        await self._until("the contact to open", lambda: None if contact.closed else True, COIL_SECONDS)
        await asyncio.sleep(DOOR_SHUT_SECONDS)
        pod.move_contact(self._door, closed=True)
        await self._until("the lock to go back", lambda: not coil.released or None, DOOR_SECONDS)
        driven_ms = coil.edges[-1][0] - edge_ms
        edges = len(coil.edges) - edges_before
        self._evidence |= {"strike_edges": edges, "strike_driven_ms": driven_ms, "contact": ["open", "closed"]}

    async def _office_has_all(self, way: str, seconds: float = OFFICE_SECONDS) -> None:
        """The grant, the opening and the closing stand in the office's database, and are acknowledged."""
        granted = await self._until("the grant at the office", lambda: self._row("AccessGranted", way), seconds)
        rows = [granted]
        for kind in ("DoorOpened", "DoorClosed"):
            after = rows[-1].seq
            row = await self._until(f"{kind} at the office", partial(self._row, kind, "", after), OFFICE_SECONDS)
            rows.append(row)
        self._evidence["office_rows"] = [row.as_json() for row in rows]
        self._evidence["acknowledged"] = await self._until(
            "the acknowledgement", lambda: self._acknowledged(rows[-1]), OFFICE_SECONDS
        )

    def _acknowledged(self, row: OfficeRow) -> int | None:
        seq = stored_seq(self.stage.office.folder, row.journal)
        return seq if seq >= row.seq else None

    def _row(self, kind: str, way: str = "", after_seq: int = 0) -> OfficeRow | None:
        return newest_row(self.stage.office.folder, self.stage.pod.file.station.id, kind, way, after_seq)

    # ------------------------------------------------------------ the screen

    def _screen(self) -> Seen:
        kiosk = self.stage.pod.screen(self._door)
        if kiosk is None:
            raise StepFailed("this station has no screen")
        return kiosk.seen

    async def _code_on_screen(self) -> Seen:
        def look() -> Seen | None:
            seen = self._screen()
            return seen if seen.picture is not None else None

        return await self._until("a code on the screen", look, READY_SECONDS)

    async def _until(self, what: str, ask: Callable[[], T | None], seconds: float) -> T:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + seconds
        while (found := ask()) is None:
            if loop.time() >= give_up:
                raise StepFailed(f"waited {seconds:.0f} s in vain for {what}")
            await asyncio.sleep(LOOK_SECONDS)
        return found


def _last_result(phone: Phone, tapped: Tapped) -> str:
    last = ""
    for told in phone.results(tapped):
        last = told.title.zh
    return last


def _listen(phone: Phone, tapped: Tapped, states: list[str]) -> None:
    with suppress(OSError):  # the page is put away in the middle of it
        states.extend(told.state for told in phone.results(tapped))


def _without_nonce(address: str) -> str:
    return address.rpartition("/")[0] + "/…"


def _ms(since: float) -> int:
    return round((time.monotonic() - since) * 1000)
