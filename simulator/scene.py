"""What the demo's page draws: the devices as they are, the screen as it is, and what the office has stored.

Looked at ten times a second from outside the controller. What has changed is told in words, newest last.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from central.about import read_station_file
from central.words import event_words
from config.services import Stock
from drivers.contract import Words
from simulator import words, words_things
from simulator.evidence import rows_after
from simulator.fittings import fittings
from simulator.hands import Hands, Look
from simulator.kiosk import Seen
from simulator.phone_in_hand import IDLE
from simulator.plan import plan_document, screen_document, section_document
from simulator.resident import Resident
from simulator.stage import Stage
from station.control import ControlFault, ask

LOOK_SECONDS = 0.1
OFFICE_SECONDS = 0.3
HEALTH_SECONDS = 1.0
MAX_LINES = 12
MAX_ROWS = 5
PIECES_MORE = 10
NOTHING_TO_DO = "ok"
NO_WORDS = Words("", "")


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, and who tells it. Numbers grow."""

    number: int
    who: Words
    words: Words


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row in the office's database."""

    seq: int
    kind: str
    words: Words


class Scene:
    """Everything on the picture. `document` is for the page; `changed` wakes whoever waits for the next one."""

    def __init__(self, stage: Stage) -> None:
        self.groups = fittings(stage.pod.file, read_station_file(stage.pod.station_file)[1])
        self.hands = Hands(stage.pod, self.groups, self.tell)
        self.resident = Resident(stage, self.tell)
        self.document: dict[str, Any] = {}
        self.changed = asyncio.Condition()
        self.closed = False
        self.pictures: dict[str, bytes | None] = dict.fromkeys(("phone", *stage.pod.kiosks))
        self._stage, self._pod = stage, stage.pod
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self._rows: deque[StoredRow] = deque(maxlen=MAX_ROWS)
        self._told = 0
        self._row_id = 0
        self._health: dict[str, Any] | None = None
        self._picture_numbers = dict.fromkeys(self.pictures, 0)
        self._before: dict[str, bool] = {}
        self._stood: dict[str, Look] = {}
        self._said: dict[str, Words] = {}
        self._busy = ""

    # ------------------------------------------------------------ begin and end

    async def run(self) -> None:
        """Look at everything, for ever. Raises `PhoneFault` when the person's phone cannot join."""
        await self.resident.begin()
        self.tell(words.YOU, words.BEGIN)
        async with asyncio.TaskGroup() as looks:
            looks.create_task(self._again(LOOK_SECONDS, self._draw))
            looks.create_task(self._again(OFFICE_SECONDS, self._ask_office))
            looks.create_task(self._again(HEALTH_SECONDS, self._ask_health))
            looks.create_task(self._stock_up())

    async def _stock_up(self) -> None:
        """A volunteer has filled every box before anybody comes."""
        items = [
            (name, item, service.items[item].low + PIECES_MORE)
            for name, service in self._pod.file.services.items()
            if isinstance(service, Stock)
            for item in service.items
        ]
        while items and not self._levels()["link"]:  # noqa: ASYNC110 - the station tells nobody when it is there
            await asyncio.sleep(HEALTH_SECONDS)
        for name, item, count in items:
            await self._stage.order(name, "refill", "--thing", item, "--count", str(count))

    async def close(self) -> None:
        """End every live page; may be called twice."""
        self.closed = True
        async with self.changed:
            self.changed.notify_all()
        await self.resident.end()

    async def _again(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await work()
            await asyncio.sleep(seconds)

    # ------------------------------------------------------------ what somebody does

    async def do(self, deed: str, thing: str = "", value: str = "") -> bool:
        """Do what a button says, with a thing where it names one; False when that cannot be done now."""
        if self.hands.do(thing, deed, value):
            await self._draw()
            return True
        doing = self._doing(deed, thing, value)
        if doing is None or self._busy:
            return False
        self._busy = deed
        try:
            await doing()
        finally:
            self._busy = ""
            await self._draw()
        return True

    def _doing(self, deed: str, thing: str, value: str) -> Callable[[], Awaitable[object]] | None:
        """What takes a while: steps, phones, fingers on a screen."""
        phone, screen = self.resident.phone, self._pod.kiosks.get(thing)
        match deed:
            case "tap" | "tap-ticked":
                return lambda: phone.tap(value, ticked=deed == "tap-ticked")
            case "first" if phone.first_offer():
                return lambda: phone.tap(phone.first_offer(), ticked=False)
            case "touch" if screen is not None and value in {button.key for button in screen.seen.buttons}:
                return lambda: screen.press(value)
            case "type" if screen is not None and value and len(value) == screen.seen.keypad_digits:
                return lambda: screen.type(value)
            case _:
                return self.resident.deeds_at(thing).get(deed) if thing else self.resident.deeds().get(deed)

    def tell(self, who: Words, what: Words) -> None:
        """One more line."""
        self._told += 1
        self._lines.append(Line(self._told, who, what))

    # ------------------------------------------------------------ looking

    async def _ask_office(self) -> None:
        station, folder = self._pod.file.station.id, self._stage.office.folder
        with suppress(sqlite3.OperationalError):  # busy: the next look comes soon
            for number, row, _ in await asyncio.to_thread(rows_after, folder, station, self._row_id):
                self._row_id = number
                self._rows.append(StoredRow(row.seq, row.kind, event_words(row.kind)))

    async def _ask_health(self) -> None:
        self._health = None
        if self._pod.running:
            with suppress(ControlFault):  # it is starting, or has just died: then nobody knows
                self._health = await asyncio.to_thread(ask, self._pod.state_folder, {"question": "health"})

    async def _draw(self) -> None:
        fresh = self._look()
        if fresh != self.document:
            self.document = fresh
            async with self.changed:
                self.changed.notify_all()

    def _look(self) -> dict[str, Any]:
        now = self._levels()
        for name, level in now.items():
            if self._before.get(name, level) != level and (name, level) in words.CHANGES:
                self.tell(*words.CHANGES[name, level])
        self._before = now
        self._pod.settle_bolts()
        looks = self.hands.looks() | self.resident.looks()
        self._tell_of(looks)
        view = self.resident.phone.view
        seen = self._seen()
        self._notice("screen", words.SCREEN, seen.headline)
        self._notice("phone", words.PHONE, NO_WORDS if view is IDLE else view.title)
        for name, kiosk in self._pod.kiosks.items():
            self._keep(name, kiosk.seen.picture)
        self._keep("phone", view.picture)
        return {
            "levels": now,
            "held": self.resident.phone.held,
            "things": {name: [look.state, look.reading, *look.deeds] for name, look in looks.items()},
            "screens": {
                name: screen_document(kiosk.seen, self._picture_number(name))
                for name, kiosk in self._pod.kiosks.items()
            },
            "phone": {
                "state": view.state,
                "title": asdict(view.title),
                "next": asdict(view.next),
                "code": self._picture_number("phone"),
                "sections": [section_document(one) for one in view.sections],
                "first": self.resident.phone.first_offer(),
            },
            "office": [asdict(row) for row in self._rows],
            "health": self._light(),
            "lines": [asdict(line) for line in self._lines],
            "deeds": [deed for deed in self.resident.deeds() if deed != "clear" or self._alarmed(now)],
            "busy": self._busy,
        }

    def _levels(self) -> dict[str, bool]:
        pod, door = self._pod, self._pod.door(self.resident.door)
        return {
            "power": pod.powered,
            "cable": self._stage.cable.plugged,
            "free": pod.released(door.lock),
            "open": self.resident.door_open,
            "lamp": bool(door.lamp) and pod.devices[door.lamp].on,
            "siren": any(pod.devices[siren].on for siren in self._sirens()),
            "sos": self.resident.sos_pressed,
            "inside": self.resident.inside,
            "propped": self.resident.propped,
            "link": self._health is not None and self._health["link"] == "up",
        }

    def _tell_of(self, looks: Mapping[str, Look]) -> None:
        """What stands otherwise than before is told once."""
        for name, look in looks.items():
            if self._stood and self._stood[name].state != look.state and look.state in words_things.STATES:
                self.tell(self.hands.name(name), words_things.STATES[look.state])
        self._stood = dict(looks)

    def plan(self) -> dict[str, Any]:
        """What never changes: everything at this station, and how it is called."""
        return plan_document(self._pod, self.groups, self.resident)

    def _sirens(self) -> list[str]:
        return [one.siren for one in self.resident.alarms.values() if one.siren]

    def _alarmed(self, levels: dict[str, bool]) -> bool:
        """Whether there is an alarm that somebody may end."""
        findings = self._health["findings"] if self._health else []
        return levels["siren"] or any(
            one["about"] in self.resident.alarms and one["light"] == "act" for one in findings
        )

    def _seen(self) -> Seen:
        kiosk = self._pod.screen(self.resident.door)
        assert kiosk is not None  # noqa: S101 - `main_door` has one
        return kiosk.seen

    def _notice(self, about: str, who: Words, what: Words) -> None:
        """What a screen says is told once, when it begins to say it."""
        if what != self._said.get(about, what) and what.zh:
            self.tell(who, what)
        self._said[about] = what

    def _keep(self, name: str, picture: bytes | None) -> None:
        if picture != self.pictures[name]:
            self.pictures[name] = picture
            self._picture_numbers[name] += 1

    def _picture_number(self, name: str) -> int:
        """A number that changes with the picture; 0 while there is none."""
        return self._picture_numbers[name] if self.pictures[name] is not None else 0

    def _light(self) -> dict[str, Any]:
        """The traffic light of the station, and the first thing to do."""
        light = self._health["light"] if self._health else "unknown"
        worst = [one for one in (self._health or {}).get("findings", []) if one["light"] == light != NOTHING_TO_DO]
        told: list[dict[str, str]] = [asdict(words.LIGHTS[light])]
        for one in worst[:1]:
            told += [{"zh": one["zh"], "en": one["en"]}, {"zh": one["next_zh"], "en": one["next_en"]}]
        return {"light": light, "words": told}
