"""The phone in a resident's hand at the demo: it scans, shows the office's page, taps, and is held to scanners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from drivers.contract import Words
from simulator import words
from simulator.kiosk import read_code
from simulator.office_page import Offer, OfficePage, Section
from simulator.phone import PATIENCE_SECONDS, Phone, PhoneFault, Pressed, Tapped, Told
from simulator.stage import Stage

STEP_SECONDS = 0.7
"""To take a step, to lift a phone, to find a button."""
HOLD_SECONDS = 1.5
"""How long somebody holds a phone before the scanner."""
POCKET_SECONDS = 8.0
"""So long after it was of use the phone is put into the pocket."""
ORDER_SECONDS = 90.0
"""After this a scanned code and an order are worth nothing, and the phone is put away."""
PHOTO_SECONDS_AGO = 120

Tell = Callable[[Words, Words], None]
"""Who or what tells something, and what."""


@dataclass(frozen=True, slots=True)
class PhoneView:
    """What the phone shows; `picture` (PNG) is the code on it, `sections` what can be tapped."""

    state: str
    title: Words
    next: Words
    picture: bytes | None = None
    sections: tuple[Section, ...] = ()


IDLE = PhoneView("idle", words.PHONE_IDLE, words.PHONE_IDLE_NEXT)


class PhoneInHand:
    """One phone before one station. `view` is what it shows, `held` what is before a scanner now."""

    def __init__(self, stage: Stage, tell: Tell) -> None:
        self.view = IDLE
        self.held = ""
        """Nothing, or pass, order, photo."""
        self._stage, self._pod = stage, stage.pod
        self._tell = tell
        self._phone = Phone(stage.office.url)
        self._pass = b"", b""
        self._photo = b""
        self._page: OfficePage | None = None
        self._door = ""
        """Before which door it is held up."""
        self._following: asyncio.Task[None] | None = None
        self._coming: dict[Callable[[], None], asyncio.TimerHandle] = {}

    async def begin(self, role: str) -> None:
        """Join with an invitation, and fetch a pass. Raises `PhoneFault`."""
        await asyncio.to_thread(self._phone.join, await self._stage.invite(role))
        self._pass = await asyncio.to_thread(self._phone.fetch_pass, self._pod.file.station.id)
        self._photo = self._phone.show_pass(self._pass, seconds_ago=PHOTO_SECONDS_AGO)

    # ------------------------------------------------------------ pages

    async def scan(self, door: str) -> None:
        """Read the code of the screen at a door. What offers one thing only is tapped at once."""
        await self.put_away()
        self._door = door
        kiosk = self._pod.screen(door)
        address = read_code(kiosk.seen.picture or b"") if kiosk is not None and kiosk.seen.picture else ""
        if not address:
            self._tell(words.PHONE, words.NO_CODE)
            return
        await self._open(address)
        only = self._only_offer()
        if only is not None:
            await asyncio.sleep(STEP_SECONDS)
            await self.tap(only.key, ticked=False)

    async def _open(self, address: str) -> None:
        try:
            self._page = await asyncio.to_thread(self._phone.look, address)
        except PhoneFault as fault:
            self._refused(fault)
            return
        self.view = PhoneView("station", _name(self._stage), words.TAP_ONE, sections=self._page.sections)
        if self._only_offer() is not None:
            self.view = PhoneView("station", _name(self._stage), words.TAP_TO_OPEN)
        self._later(ORDER_SECONDS, self._pocket)

    def _only_offer(self) -> Offer | None:
        offers = [one for part in (self._page.sections if self._page else ()) for one in part.offers]
        return offers[0] if len(offers) == 1 else None

    def first_offer(self) -> str:
        """The first button on the page; "" when there is none."""
        offers = (one.key for part in self.view.sections for one in part.offers if one.action)
        return next(offers, "")

    async def tap(self, key: str, *, ticked: bool) -> None:
        """Tap a button of the page, with its box ticked or not."""
        page, offer = self._page, self._page.offer(key) if self._page else None
        if page is None or offer is None:
            return
        section = next(one for one in page.sections if offer in one.offers)
        ticks = {name: value for name, (value, _) in section.ticks.items()} if ticked else {}
        await self.put_away()
        tapped_at = asyncio.get_running_loop().time()
        try:
            pressed = await asyncio.to_thread(self._phone.press, offer, ticks)
        except PhoneFault as fault:
            self._refused(fault)
            return
        self._page = pressed.page
        self.view = PhoneView("sent", pressed.page.title, pressed.page.next)
        if pressed.tapped is None:
            self._later(ORDER_SECONDS, self._pocket)
        else:
            self._following = asyncio.create_task(self._follow(pressed, pressed.tapped, tapped_at + PATIENCE_SECONDS))

    def _refused(self, fault: PhoneFault) -> None:
        self._page = None
        self.view = PhoneView("refused", words.PAGE_REFUSED, Words(str(fault), str(fault)))
        self._later(POCKET_SECONDS, self._pocket)

    async def _follow(self, pressed: Pressed, tapped: Tapped, patience_ends: float) -> None:
        """Watch the page until the order is over; when the station is silent, hold the order to its scanner."""
        results: asyncio.Queue[Told | None] = asyncio.Queue()
        listener = _Listener(self._phone, tapped, results)
        listening = asyncio.create_task(asyncio.to_thread(listener.listen))
        try:
            async with asyncio.timeout(ORDER_SECONDS):
                try:
                    async with asyncio.timeout_at(patience_ends):
                        await self._show_results(results, pressed, until_answered=True)
                except TimeoutError:
                    await self._hold_order(tapped)
                await self._show_results(results, pressed, until_answered=False)
        except TimeoutError:
            self._pocket()
        finally:
            self._later(POCKET_SECONDS, self._pocket)
            listener.stop()
            await listening

    async def _show_results(
        self, results: asyncio.Queue[Told | None], pressed: Pressed, *, until_answered: bool
    ) -> None:
        while (told := await results.get()) is not None:
            if told.state != "sent" or until_answered:
                offers = pressed.page.sections if told.over else ()
                self.view = PhoneView(told.state, told.title, told.next, sections=offers)
            if until_answered and told.state != "sent":
                return

    async def _hold_order(self, tapped: Tapped) -> None:
        code = tapped.hold_code
        self.view = PhoneView(code.state, code.title, code.next, tapped.picture)
        await asyncio.sleep(STEP_SECONDS)
        self._hold("order", tapped.picture)

    # ------------------------------------------------------------ before a scanner

    async def show_pass(self, door: str) -> None:
        """Hold the pass to the scanner of a door."""
        await self.put_away()
        self._door = door
        picture = self._phone.show_pass(self._pass)
        self.view = PhoneView("pass", words.MY_PASS, words.HOLD_IT, picture)
        await asyncio.sleep(STEP_SECONDS)
        self._hold("pass", picture)

    async def show_photo(self, door: str) -> None:
        """Hold a photograph of a pass to the scanner that somebody took two minutes ago."""
        await self.put_away()
        self._door = door
        self.view = PhoneView("photo", words.OLD_PHOTO, words.OLD_PHOTO_NEXT, self._photo)
        await asyncio.sleep(STEP_SECONDS)
        self._hold("photo", self._photo)

    def _hold(self, what: str, picture: bytes) -> None:
        decoded = self._pod.show_to_scanner(self._door, picture)
        self.held = what
        self._tell(words.SCANNER, words.decoded(decoded) if decoded else words.SCANNER_DARK)
        self._later(HOLD_SECONDS, self._lower)
        if self._following is None:
            self._later(POCKET_SECONDS, self._pocket)

    # ------------------------------------------------------------ and away

    def _later(self, seconds: float, deed: Callable[[], None]) -> None:
        """`deed` in some seconds, and no sooner."""
        if deed in self._coming:
            self._coming[deed].cancel()
        self._coming[deed] = asyncio.get_running_loop().call_later(seconds, deed)

    def _lower(self) -> None:
        self.held = ""

    def _pocket(self) -> None:
        self.view = IDLE
        self._page = None

    async def put_away(self) -> None:
        """Into the pocket, and nothing more is followed."""
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
        for deed in (self._lower, self._pocket):
            if deed in self._coming:
                self._coming.pop(deed).cancel()
            deed()


class _Listener:
    """Reads the live page of an order in a thread of its own; None comes last."""

    def __init__(self, phone: Phone, tapped: Tapped, results: asyncio.Queue[Told | None]) -> None:
        self._phone, self._tapped, self._results = phone, tapped, results
        self._loop = asyncio.get_running_loop()
        self._stopping = False

    def listen(self) -> None:
        with suppress(OSError):  # the phone was put away, or the office is gone: then nothing more comes
            for told in self._phone.results(self._tapped):
                if self._stopping:
                    break
                self._loop.call_soon_threadsafe(self._results.put_nowait, told)
        self._loop.call_soon_threadsafe(self._results.put_nowait, None)

    def stop(self) -> None:
        self._stopping = True
        self._phone.put_away()


def _name(stage: Stage) -> Words:
    name = stage.pod.file.station.name
    return Words(name.zh, name.en)
