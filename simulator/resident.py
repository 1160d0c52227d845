"""The person of the demo: what one can do there with hands, feet and a phone. Nothing here asks the controller.

Every deed ends at a wire (a picture before the scanner, a door that moves, a cable that is pulled) and says only what
the person's own senses tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from config.services import Alarm, Door
from drivers.contract import Words
from simulator import words
from simulator.hands import Look
from simulator.phone_in_hand import STEP_SECONDS, PhoneInHand, Tell
from simulator.stage import Stage

CLOSER_SECONDS = 2.0
"""A door's closer, once nothing keeps it open."""

Deed = Callable[[], Awaitable[None]]


class Resident:
    """One person before one station. Deeds are methods; `deeds` are those that a page may offer, by name."""

    def __init__(self, stage: Stage, tell: Tell) -> None:
        self.propped = False
        self.door = stage.pod.main_door()
        self.alarms = {name: one for name, one in stage.pod.file.services.items() if isinstance(one, Alarm)}
        self._sos = next((one.button for one in self.alarms.values() if one.what == "sos"), "")
        self.phone = PhoneInHand(stage, tell)
        self._rooms: list[str] = []
        """The doors that the person has come in by, the last one at the end."""
        self._stage, self._pod = stage, stage.pod
        self._tell = tell
        self._calling: asyncio.Task[None] | None = None
        self._closers: dict[str, asyncio.TimerHandle] = {}
        self._other_doors = {
            f"door/{name}": name
            for name, service in self._pod.file.services.items()
            if isinstance(service, Door) and name != self.door
        }

    async def begin(self) -> None:
        """Get a phone ready. Raises `PhoneFault`."""
        await self.phone.begin(self._pod.visitor_role(self.door))

    async def end(self) -> None:
        """Put the phone away."""
        for timer in self._closers.values():
            timer.cancel()
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.gather(self._calling, return_exceptions=True)
        await self.phone.put_away()

    @property
    def inside(self) -> bool:
        """Whether the person has come in by the main door."""
        return self.door in self._rooms

    def deeds(self) -> dict[str, Deed]:
        """What the person can do here and now."""
        out: dict[str, Deed] = {
            "scan": lambda: self.phone.scan(self.door),
            "pass": lambda: self.phone.show_pass(self.door),
        }
        if self.inside:
            out["leave"] = lambda: self.leave(self.door)
        else:
            out |= {
                "push": lambda: self.push(self.door),
                "photo": lambda: self.phone.show_photo(self.door),
                "force": lambda: self.force(self.door),
            }
        out |= {"prop": self.prop, "cable": self.cable, "mains": self.mains}
        out |= {"sos": self.press_sos} if self._sos else {}
        return out | ({"clear": self.ask_to_clear} if self.alarms else {})

    # ------------------------------------------------------------ the other doors

    def looks(self) -> dict[str, Look]:
        """The doors but the main one."""
        return {thing: self._look(name) for thing, name in self._other_doors.items()}

    def _look(self, name: str) -> Look:
        state = "open" if self._is_open(name) else "ajar" if self._pod.released(self._pod.door(name).lock) else "shut"
        return Look(state, str(words.YOU_ARE_IN) if name in self._rooms else "", tuple(self.deeds_at(f"door/{name}")))

    def deeds_at(self, thing: str) -> dict[str, Deed]:
        """What the person can do with another door."""
        name = self._other_doors.get(thing, "")
        if not name:
            return {}
        if name in self._rooms:
            return {"leave": lambda: self.leave(name)}
        out: dict[str, Deed] = {"enter": lambda: self.push(name)}
        if self._pod.screen(name) is not None:
            out["scan"] = lambda: self.phone.scan(name)
        if self._pod.door(name).reader:
            out["pass"] = lambda: self.phone.show_pass(name)
        return out | {"break": lambda: self.force(name)}

    # ------------------------------------------------------------ doors

    @property
    def door_open(self) -> bool:
        """Where the main door is."""
        return self._is_open(self.door)

    def _is_open(self, door: str) -> bool:
        return not self._pod.closed(self._pod.door(door).contact)

    async def push(self, door: str) -> None:
        """Walk in, if the door gives way; nobody walks into a cupboard."""
        if not self._is_open(door) and not self._pod.push(door):
            self._tell(words.YOU, words.DOES_NOT_MOVE)
            return
        self._let_go(door)
        if not self._pod.door(door).room:
            return
        await asyncio.sleep(STEP_SECONDS)
        self._rooms.append(door)
        self._pod.walk(door, inside=True)

    async def leave(self, door: str) -> None:
        """Press the handle, which opens always, and walk out."""
        self._pod.move_contact(door, closed=False)
        self._let_go(door)
        await asyncio.sleep(STEP_SECONDS)
        self._rooms.remove(door)
        self._pod.walk(door, inside=False)

    async def force(self, door: str) -> None:
        """Pull the door open against its lock."""
        self._tell(words.YOU, words.FORCING)
        self._pod.move_contact(door, closed=False)
        self._let_go(door)

    async def prop(self) -> None:
        """Put something in the way of the main door, or take it away."""
        self.propped = not self.propped
        if not self.propped:
            self._let_go(self.door)

    def _let_go(self, door: str) -> None:
        """The closer begins anew."""
        if door in self._closers:
            self._closers[door].cancel()
        self._closers[door] = asyncio.get_running_loop().call_later(CLOSER_SECONDS, self._close, door)

    def _close(self, door: str) -> None:
        if not (self.propped and door == self.door):
            self._pod.move_contact(door, closed=True)

    # ------------------------------------------------------------ what else there is

    @property
    def sos_pressed(self) -> bool:
        """Whether the button is in."""
        return bool(self._sos) and self._pod.pressed(self._sos)

    async def press_sos(self) -> None:
        """Press the button, which stays in; or turn it free."""
        self._pod.press(self._sos, pressed=not self.sos_pressed)

    async def ask_to_clear(self) -> None:
        """Call the office: somebody there ends every alarm, which takes a moment."""
        if self._calling is None or self._calling.done():
            self._tell(words.YOU, words.CALLING)
            self._calling = asyncio.create_task(self._call())

    async def _call(self) -> None:
        answers = [await self._stage.order(name, "clear") for name in self.alarms]
        said = next((printed.splitlines()[-1] for code, printed in answers if code and printed), "")
        cleared = any(code == 0 for code, _ in answers)
        self._tell(words.OFFICE, words.CLEARED if cleared else Words(said, said))

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
