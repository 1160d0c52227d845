"""The people of a world: who comes, what they hold, what they do at the door. Each is one walk through its steps.

A person knows only what a person can know: what stands on the screen, what the phone says, whether the door gives way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from central.views import IssuedPass
from simulator.wires.world_broker import WorldBroker
from simulator.world_display import Glass
from simulator.world_house import House
from simulator.world_ledger import Ledger
from simulator.world_office import WorldOffice
from simulator.world_phone import Phone
from simulator.world_things import Things
from simulator.world_time import Agenda, Steps
from station.trust.holders import Role

LOOK_EVERY_MS = 250
CLICK_WITHIN_MS = 6_000
REPLY_WITHIN_MS = 3_000
"""The page shows the order as a code when the station has not answered by then."""
PHOTO_MS = (2_000, 7_000)
TAKEN = ("accepted", "done")
"""Replies to an order that the station took."""


@dataclass(slots=True)
class Town:
    """Where people meet the station."""

    agenda: Agenda
    random: Random
    ledger: Ledger
    house: House
    glass: Glass | None
    office: WorldOffice
    broker: WorldBroker
    things: Things
    quiet: Callable[[], bool] = lambda: False
    """Whether nothing is being broken on purpose: then everything must work at once."""
    people: int = 0
    old_codes: list[str] = field(default_factory=list)
    """Photographs of codes that somebody once held."""

    @property
    def service(self) -> str:
        """The door that people come for."""
        return self.house.door_name

    def role(self) -> Role:
        """Somebody whom this door is for."""
        roles = self.house.door.roles
        return Role.RESIDENT if Role.RESIDENT in roles else Role(roles[0])


class Person:
    """Somebody at the door. `role` is what the office knows them as."""

    def __init__(self, town: Town, role: Role | None = None) -> None:
        town.people += 1
        self.town = town
        self.who = f"person {town.people}"
        self.role = role or town.role()
        self.random = Random(town.random.getrandbits(64))  # noqa: S311 - play, not secrets
        self.phone = Phone(town.agenda, self.random, town.ledger)

    # ------------------------------------------------------------ codes

    def photograph(self) -> str | None:
        """The nonce on the screen, as the phone reads it."""
        code = self.town.glass.code() if self.town.glass is not None else None
        return None if code is None else code.rpartition("/")[2]

    def volunteer_has_the_screen(self) -> bool:
        """Whether what stands there is for a volunteer to read, and so has no code."""
        page = self.town.glass.page() if self.town.glass is not None else None
        if page is None or page.code is not None:
            return False
        theirs = {f"{name}:{deed}" for name in self.town.house.people_services() for deed in ("on", "off")}
        return any(button.key in theirs for button in page.buttons)

    def pass_(self, *, once: bool = False, bound: bool = False, seconds: int = 86_400, late_s: int = 0) -> IssuedPass:
        """A pass that the office issues."""
        return self.town.office.issue(
            (self.town.service,),
            self.who,
            role=self.role,
            valid_seconds=seconds,
            begins_in_s=late_s,
            once=once,
            phone_key=self.phone.public if bound else None,
        )

    def show(self, text: str) -> None:
        """Hold a code before the scanner."""
        if len(self.town.old_codes) < 200:  # noqa: PLR2004 - enough photographs for the longest world
            self.town.old_codes.append(text)
        self.town.house.show(text)

    # ------------------------------------------------------------ at the door

    def wait_for_click(self, within_ms: int = CLICK_WITHIN_MS) -> Steps:
        """Stand before the door until it gives way or patience ends."""
        for _ in range(within_ms // LOOK_EVERY_MS):
            if self.town.house.lets_in:
                return
            yield LOOK_EVERY_MS

    def try_door(self, by_pass: str = "") -> Steps:
        """Push the door a moment after the click; what came of it is in `inside`."""
        yield from self.wait_for_click()
        yield self.random.randint(200, 1_500)
        was_open = self.town.house.is_open
        if self.town.house.push(self.who):
            if by_pass and not was_open:
                self.town.ledger.entries[by_pass].append(self.town.agenda.now_ms)
            self.town.ledger.went_in(self.who)

    @property
    def inside(self) -> bool:
        """Whether this person is in the room."""
        return self.who in self.town.ledger.inside

    def stay(self, seconds: int | None = None, hold_open_ms: int | None = None) -> Steps:
        """Walk in, let the door fall shut, stay for a while, and go."""
        town, random = self.town, self.random
        stay_ms = (seconds if seconds is not None else random.randint(30, 900)) * 1000
        town.ledger.inside[self.who] = town.agenda.now_ms + stay_ms + 60_000
        town.house.stir(inside=True)
        yield hold_open_ms if hold_open_ms is not None else random.randint(1_500, 5_000)
        town.house.close(self.who)
        until_ms = town.agenda.now_ms + stay_ms
        while (left_ms := until_ms - town.agenda.now_ms) > 0:
            yield min(left_ms, random.randint(8_000, 90_000))
            town.house.stir(inside=True)
        yield from self.leave()

    def leave(self) -> Steps:
        """The way out must always work."""
        town = self.town
        town.house.open_from_inside(self.who)
        yield self.random.randint(800, 2_500)
        town.ledger.went_out(self.who)
        if not town.ledger.inside:
            town.house.stir(inside=False)
        yield self.random.randint(500, 3_000)
        town.house.close(self.who)

    def finish(self, what: str, *, owed: bool) -> Steps:
        """Go in if the door is open; `owed` says that it had to be."""
        if self.inside:
            self.town.ledger.note(f"{what}: came in")
            yield from self.stay()
            return
        self.town.ledger.note(f"{what}: stayed out")
        if owed and self.town.quiet():
            self.town.ledger.fail(f"{self.who} ({what}) had a right to come in and the door stayed shut")

    # ------------------------------------------------------------ the ways in

    def come_with_order(self) -> Steps:
        """Flow A: scan the screen, tap; when no answer comes within 3 s show the order to the scanner (flow C)."""
        town, in_use = self.town, False
        for _ in range(2):
            nonce, in_use = self.photograph(), self.volunteer_has_the_screen()
            if nonce is None:
                yield 5_000
                continue
            yield self.random.randint(*PHOTO_MS)
            order, text = town.office.order(town.service, nonce, self.who, role=self.role)
            for _ in range(REPLY_WITHIN_MS // LOOK_EVERY_MS):
                yield LOOK_EVERY_MS
                if town.house.lets_in or town.office.reply(order) is not None:
                    break
            else:
                town.ledger.note("order shown to the scanner")
                self.show(text)
            yield from self.try_door()
            if self.inside:
                break
            yield 4_000
        yield from self.finish("order", owed=not in_use)

    def come_with_pass(self, *, bound: bool) -> Steps:
        """Flow B: show the phone to the scanner, and once more when nothing happens."""
        issued = self.pass_(bound=bound)
        taken = ("pass_bound" if bound else "pass_static") in self.town.house.door.accepts
        yield 1_000
        for _ in range(3):
            self.show(self.phone.code(issued))
            yield from self.try_door()
            if self.inside:
                break
            yield self.random.randint(11_000, 20_000)
        yield from self.finish("bound pass" if bound else "static pass", owed=taken)

    def come_once(self) -> Steps:
        """A one-time pass: dawdle, try again, and come back with it another day."""
        bound = "pass_static" not in self.town.house.door.accepts
        issued = self.pass_(once=True, bound=bound, seconds=172_800)
        dawdles = self.random.choice((0, 0, 0, 1, 2, 3))
        yield 500
        began_ms, alone = self.town.agenda.now_ms, not self.town.house.is_open
        for turn in range(4):
            self.show(self.phone.code(issued))
            if turn < dawdles:
                yield self.random.randint(9_000, 45_000)
                continue
            yield from self.try_door(issued.pass_id)
            if self.inside:
                break
            yield self.random.randint(10_000, 25_000)
        # Whoever else uses the door meanwhile has used up the visit: a contact does not see who goes through.
        alone = alone and not any(move.at_ms >= began_ms and move.who != self.who for move in self.town.ledger.moves)
        owed = alone and dawdles <= 2  # noqa: PLR2004 - its own grant twice again
        yield from self.finish("one-time pass", owed=owed)
        for _ in range(self.random.randint(0, 3)):
            yield self.random.choice((5_000, 70_000, 1_800_000))
            self.town.ledger.note("one-time pass shown again")
            self.show(self.phone.code(issued))
            yield from self.try_door(issued.pass_id)
            if self.inside:
                self.town.ledger.note("one-time pass: came in again")
                yield from self.stay(30)

    def prop_the_door(self) -> Steps:
        """Come in and leave the door open for minutes."""
        issued = self.pass_(bound=True)
        self.show(self.phone.code(issued))
        yield from self.try_door()
        if self.inside:
            yield from self.stay(60, hold_open_ms=self.random.randint(20_000, 200_000))

    def come_as_two(self) -> Steps:
        """Two people photograph the same picture at opening time: both orders must open."""
        town, other = self.town, Person(self.town, self.role)
        nonce = self.photograph()
        if nonce is None:
            return
        yield self.random.randint(*PHOTO_MS)
        town.office.order(town.service, nonce, self.who, role=self.role)
        town.agenda.go(self._come_along(other, nonce), at_ms=town.agenda.now_ms + self.random.randint(0, 3_000))
        yield from self.try_door()
        yield from self.finish("two at once", owed=True)

    def _come_along(self, other: Person, nonce: str) -> Steps:
        """The second of two finds the door open, and their order must have been taken all the same."""
        town = self.town
        order, _ = town.office.order(town.service, nonce, other.who, role=other.role)
        yield REPLY_WITHIN_MS
        reply = town.office.reply(order)
        if town.quiet() and (reply is None or reply.result not in TAKEN):
            town.ledger.fail(f"the second order of a picture, for {other.who}, was answered {reply}")
        yield from other.try_door()
        if other.inside:
            town.ledger.note("two at once: both came in")
            yield from other.stay()
