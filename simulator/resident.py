"""The person of the demo: what one can do there with hands, feet and a phone. Nothing here asks the controller.

Every deed ends at a wire (a picture before the scanner, a door that moves, a cable that is pulled) and says only what
the person's own senses tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from config.services import Alarm
from drivers.contract import Words
from simulator import words
from simulator.kiosk import read_code
from simulator.phone import PATIENCE_SECONDS, Phone, PhoneFault, Tapped, Told
from simulator.stage import Stage

CLOSER_SECONDS = 2.0
"""The door's closer, once nothing keeps it open."""
STEP_SECONDS = 0.7
"""To take a step, to lift a phone, to find a button."""
HOLD_SECONDS = 1.5
"""How long somebody holds a phone before the scanner."""
POCKET_SECONDS = 8.0
"""So long after it was of use the phone is put into the pocket."""
ORDER_SECONDS = 90.0
"""After this an order is worth nothing, and the phone is put away."""
PHOTO_SECONDS_AGO = 120

Tell = Callable[[Words, Words], None]
"""Who or what tells something, and what."""


@dataclass(frozen=True, slots=True)
class PhoneView:
    """What the phone in the hand shows; `picture` (PNG) is the code on it."""

    state: str
    title: Words
    next: Words
    picture: bytes | None = None


IDLE = PhoneView("idle", words.PHONE_IDLE, words.PHONE_IDLE_NEXT)


class Resident:
    """One person before one station. Deeds are methods; `deeds` are those that a page may offer, by name."""

    def __init__(self, stage: Stage, tell: Tell) -> None:
        self.inside = False
        self.propped = False
        self.sos_pressed = False
        self.held = ""
        """What is before the scanner now: nothing, or pass, order, photo."""
        self.view = IDLE
        self.door = stage.pod.main_door()
        self.sos = next(
            (name for name, one in stage.pod.file.services.items() if isinstance(one, Alarm) and one.what == "sos"), ""
        )
        self._stage, self._pod = stage, stage.pod
        self._tell = tell
        self._phone = Phone(stage.office.url)
        self._pass = b"", b""
        self._photo = b""
        self._following: asyncio.Task[None] | None = None
        self._calling: asyncio.Task[None] | None = None
        self._coming: dict[Callable[[], None], asyncio.TimerHandle] = {}

    async def begin(self) -> None:
        """Join with an invitation, and fetch a pass. Raises `PhoneFault`."""
        invitation = await self._stage.invite(self._pod.visitor_role(self.door))
        await asyncio.to_thread(self._phone.join, invitation)
        self._pass = await asyncio.to_thread(self._phone.fetch_pass, self._pod.file.station.id)
        self._photo = self._phone.show_pass(self._pass, seconds_ago=PHOTO_SECONDS_AGO)

    async def end(self) -> None:
        """Put the phone away."""
        for timer in self._coming.values():
            timer.cancel()
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.gather(self._calling, return_exceptions=True)
        await self._put_away()

    def _later(self, seconds: float, deed: Callable[[], None]) -> None:
        """`deed` in some seconds, and no sooner."""
        if deed in self._coming:
            self._coming[deed].cancel()
        self._coming[deed] = asyncio.get_running_loop().call_later(seconds, deed)

    def deeds(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What the person can do here and now."""
        out: dict[str, Callable[[], Awaitable[None]]] = (
            {"leave": self.leave}
            if self.inside
            else {
                "scan": self.scan,
                "pass": self.show_pass,
                "push": self.push,
                "photo": self.show_photo,
                "force": self.force,
            }
        )
        out |= {"prop": self.prop, "cable": self.cable, "mains": self.mains}
        return out | ({"sos": self.press_sos, "clear": self.ask_to_clear} if self.sos else {})

    # ------------------------------------------------------------ the phone

    async def scan(self) -> None:
        """Read the screen's code with the phone, and tap the button of the page that it leads to."""
        await self._put_away()
        kiosk = self._pod.screen(self.door)
        address = read_code(kiosk.seen.picture or b"") if kiosk is not None and kiosk.seen.picture else ""
        if not address:
            self._tell(words.PHONE, words.NO_CODE)
            return
        try:
            arrived = await asyncio.to_thread(self._phone.arrive, address)
            self.view = PhoneView("station", _name(self._stage), words.TAP_TO_OPEN)
            await asyncio.sleep(STEP_SECONDS)
            tapped_at = asyncio.get_running_loop().time()
            tapped = await asyncio.to_thread(self._phone.tap, arrived, self._pod.file.station.id, self.door)
        except PhoneFault as fault:
            self.view = PhoneView("refused", words.PAGE_REFUSED, Words(str(fault), str(fault)))
            return
        self._following = asyncio.create_task(self._follow(tapped, tapped_at + PATIENCE_SECONDS))

    async def _follow(self, tapped: Tapped, patience_ends: float) -> None:
        """Watch the page until the order is over; when the station is silent, hold the order to its scanner."""
        results: asyncio.Queue[Told | None] = asyncio.Queue()
        listener = _Listener(self._phone, tapped, results)
        listening = asyncio.create_task(asyncio.to_thread(listener.listen))
        try:
            async with asyncio.timeout(ORDER_SECONDS):
                try:
                    async with asyncio.timeout_at(patience_ends):
                        await self._show_results(results, until_answered=True)
                except TimeoutError:
                    await self._hold_order(tapped)
                await self._show_results(results, until_answered=False)
        except TimeoutError:
            self._pocket()
        finally:
            self._later(POCKET_SECONDS, self._pocket)
            listener.stop()
            await listening

    async def _show_results(self, results: asyncio.Queue[Told | None], *, until_answered: bool) -> None:
        while (told := await results.get()) is not None:
            if told.state != "sent" or until_answered:
                self.view = PhoneView(told.state, told.title, told.next)
            if until_answered and told.state != "sent":
                return

    async def _hold_order(self, tapped: Tapped) -> None:
        code = tapped.hold_code
        self.view = PhoneView(code.state, code.title, code.next, tapped.picture)
        await asyncio.sleep(STEP_SECONDS)
        self._hold("order", tapped.picture)

    async def show_pass(self) -> None:
        """Hold the pass to the scanner."""
        await self._put_away()
        picture = self._phone.show_pass(self._pass)
        self.view = PhoneView("pass", words.MY_PASS, words.HOLD_IT, picture)
        await asyncio.sleep(STEP_SECONDS)
        self._hold("pass", picture)

    async def show_photo(self) -> None:
        """Hold a photograph of a pass to the scanner that somebody took two minutes ago."""
        await self._put_away()
        self.view = PhoneView("photo", words.OLD_PHOTO, words.OLD_PHOTO_NEXT, self._photo)
        await asyncio.sleep(STEP_SECONDS)
        self._hold("photo", self._photo)

    def _hold(self, what: str, picture: bytes) -> None:
        decoded = self._pod.show_to_scanner(self.door, picture)
        self.held = what
        self._tell(words.SCANNER, words.decoded(decoded) if decoded else words.SCANNER_DARK)
        self._later(HOLD_SECONDS, self._lower)
        if self._following is None:
            self._later(POCKET_SECONDS, self._pocket)

    def _lower(self) -> None:
        self.held = ""

    def _pocket(self) -> None:
        self.view = IDLE

    async def _put_away(self) -> None:
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
        for deed in (self._lower, self._pocket):
            if deed in self._coming:
                self._coming.pop(deed).cancel()
            deed()

    # ------------------------------------------------------------ the door

    @property
    def door_open(self) -> bool:
        """Where the door is."""
        return not self._pod.devices[self._pod.door(self.door).contact].closed

    async def push(self) -> None:
        """Walk in, if the door gives way."""
        if not self.door_open and not self._pod.push(self.door):
            self._tell(words.YOU, words.DOES_NOT_MOVE)
            return
        self._let_go()
        await asyncio.sleep(STEP_SECONDS)
        self.inside = True
        self._pod.walk(self.door, inside=True)

    async def leave(self) -> None:
        """Press the handle, which opens always, and walk out."""
        self._pod.move_contact(self.door, closed=False)
        self._let_go()
        await asyncio.sleep(STEP_SECONDS)
        self.inside = False
        self._pod.walk(self.door, inside=False)

    async def force(self) -> None:
        """Pull the door open against its lock."""
        self._tell(words.YOU, words.FORCING)
        self._pod.move_contact(self.door, closed=False)
        self._let_go()

    async def prop(self) -> None:
        """Put something in the way of the door, or take it away."""
        self.propped = not self.propped
        if not self.propped:
            self._let_go()

    def _let_go(self) -> None:
        """The closer begins anew."""
        self._later(CLOSER_SECONDS, self._close)

    def _close(self) -> None:
        if not self.propped:
            self._pod.move_contact(self.door, closed=True)

    # ------------------------------------------------------------ what else there is

    async def press_sos(self) -> None:
        """Press the button, which stays in; or turn it free."""
        self.sos_pressed = not self.sos_pressed
        self._pod.press(self._alarm().button, pressed=self.sos_pressed)

    async def ask_to_clear(self) -> None:
        """Call the office: somebody there ends the alarm, which takes a moment."""
        if self._calling is None or self._calling.done():
            self._tell(words.YOU, words.CALLING)
            self._calling = asyncio.create_task(self._call())

    async def _call(self) -> None:
        code, printed = await self._stage.order(self.sos, "clear")
        said = printed.splitlines()[-1] if printed else ""
        self._tell(words.OFFICE, words.CLEARED if code == 0 else Words(said, said))

    def _alarm(self) -> Alarm:
        alarm = self._pod.file.services[self.sos]
        assert isinstance(alarm, Alarm)  # noqa: S101 - that is how `sos` was found
        return alarm

    async def cable(self) -> None:
        """Pull the network cable, or plug it in."""
        if self._stage.cable.plugged:
            self._stage.cable.pull()
        else:
            self._stage.cable.plug()

    async def mains(self) -> None:
        """Cut the mains, or bring them back."""
        if self._pod.powered:
            await self._pod.cut_mains()
        else:
            await self._pod.start()


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
