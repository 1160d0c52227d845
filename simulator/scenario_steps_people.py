"""Steps of a scenario that people take: at the screen, at the door, at the things, at the office."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from config.services import Sockets
from config.tables import Name, Role
from drivers.contract import ButtonTouched, DigitsEntered, Words, both
from simulator import people_alarms, people_hostile
from simulator.people import Person, Town
from simulator.people_services import Guest
from simulator.people_who_come import somebody
from simulator.scenario_step import Step, Time, Who
from simulator.scenario_time import milliseconds
from simulator.world_time import Steps

if TYPE_CHECKING:
    from simulator.scenario_play import Play


class Asks(Step):
    """Somebody scans the screen and taps; without an answer they show the order to the scanner."""

    do: Literal["order"]
    who: Who
    role: Role = "resident"
    service: Name
    action: str = Field(min_length=1, examples=["take"])
    thing: str = ""
    count: int | None = None
    recipient: str = ""

    def words(self) -> Words:
        what = f"{self.action} {self.thing}".rstrip()
        return both("{who} scans the screen and taps {service}: {what}", who=self.who, service=self.service, what=what)

    def act(self, play: Play) -> Steps:
        guest = play.person(self.who, self.role)
        recipient = play.person(self.recipient).who if self.recipient else ""
        reply = yield from guest.ask(self.service, self.action, self.thing, self.count, recipient=recipient)
        play.answered(self.who, self.service, self.action, reply)


class ComesIn(Step):
    """Somebody comes to the door, goes in if it opens, and stays."""

    do: Literal["come_in"]
    who: Who
    role: Role = "resident"
    by: Literal["order", "pass", "once"] = "order"
    stays: Time = "00:05:00"
    props_seconds: int = Field(3, ge=1, le=3_600, description="how long they keep the door open")

    def words(self) -> Words:
        return both("{who} comes to the door ({by})", who=self.who, by=self.by)

    def act(self, play: Play) -> Steps:
        guest = play.person(self.who, self.role)
        yield from _come(guest, self.by)
        play.came_in[self.who] = guest.inside
        told = both("goes in") if guest.inside else both("stays outside")
        play.tell(both("{who} {told}", who=self.who, told=told))
        if guest.inside:
            yield from guest.stay(milliseconds(self.stays) // 1000, hold_open_ms=1000 * self.props_seconds)
            play.tell(both("{who} has left", who=self.who))


def _come(guest: Guest, by: str) -> Steps:
    """To the door and in; three tries."""
    town = guest.town
    bound = by == "pass" and "pass_bound" in town.house.door.accepts
    issued = None if by == "order" else guest.pass_(once=by == "once", bound=bound)
    for _ in range(3):
        if issued is None:
            yield from guest.order_at_the_door()
        else:
            guest.show(guest.phone.code(issued))
        yield from guest.try_door(issued.pass_id if issued is not None and by == "once" else "")
        if guest.inside:
            return
        yield 12_000


class ShowsPass(Step):
    """Somebody holds a pass before the scanner of the door and looks what happens."""

    do: Literal["show_pass"]
    who: Who
    role: Role = "resident"
    service: Name
    kind: Literal["static", "once", "old", "withdrawn"] = "static"
    again: bool = Field(default=False, description="the same pass as before")

    def words(self) -> Words:
        return both("{who} shows a pass for {service} ({kind})", who=self.who, service=self.service, kind=self.kind)

    def act(self, play: Play) -> Steps:
        guest, office = play.person(self.who, self.role), play.world.office
        key = (self.who, self.service)
        if not self.again or key not in play.passes:
            seconds = 1 if self.kind == "old" else 86_400
            play.passes[key] = office.issue(
                (self.service,), guest.who, role=guest.role, once=self.kind == "once", valid_seconds=seconds
            )
            if self.kind == "withdrawn":
                office.withdraw(play.passes[key].pass_id)
            yield 90_000 if self.kind in ("old", "withdrawn") else 500
        guest.show(play.passes[key].text)


class Touches(Step):
    """Somebody touches a button of a screen's page, or types a number on its keypad."""

    do: Literal["touch"]
    device: Name = "display"
    button: str = Field("", description="such as lockers:open")
    digits: str = Field("", pattern=r"^\d{0,12}$")

    def words(self) -> Words:
        if self.digits:
            return both("somebody types a number on the screen")
        return both("somebody touches {button} on the screen", button=self.button)

    def act(self, play: Play) -> None:
        if self.digits:
            play.world.pi.touch(DigitsEntered(self.device, self.digits))
        else:
            play.world.pi.touch(ButtonTouched(self.device, self.button))


class PushesShut(Step):
    """Somebody shuts the cell, or puts something into the slot, whose number they were told."""

    do: Literal["shut"]
    who: Who
    service: Name

    def words(self) -> Words:
        return both("{who} pushes it shut at {service}", who=self.who, service=self.service)

    def act(self, play: Play) -> None:
        number = play.numbers.get((self.who, self.service))
        if number is not None:
            things = play.world.town.things
            things.push_shut(things.point(self.service, number))


class PlugsIn(Step):
    """Somebody plugs something in; 0 W: out."""

    do: Literal["plug"]
    who: Who
    service: Name
    watts: float = Field(ge=0, le=4_000)

    def words(self) -> Words:
        if self.watts:
            return both("{who} plugs in {watts:g} W", who=self.who, watts=self.watts)
        return both("{who} unplugs", who=self.who)

    def act(self, play: Play) -> None:
        things = play.world.town.things
        number = play.numbers.get((self.who, self.service))
        if not isinstance(play.world.house.file.services[self.service], Sockets):
            things.draw(self.service, self.watts)
        elif number is not None:
            things.plug_in(self.service, number, self.watts)


class Visitors(Step):
    """Somebody of the worlds' people comes along."""

    do: Literal["visitor"]
    kind: Literal["burglar", "forger", "photographer", "joker", "vandal", "old_phone"]
    KINDS: ClassVar[Mapping[str, Callable[[Town], Steps]]] = {
        "burglar": people_hostile.burglar,
        "forger": people_hostile.forger,
        "photographer": people_hostile.photographer,
        "joker": people_hostile.joker,
        "vandal": people_hostile.vandal,
        "old_phone": people_hostile.shoulder_surfer,
    }

    def words(self) -> Words:
        return both("an uninvited visitor comes ({kind})", kind=self.kind)

    def act(self, play: Play) -> Steps:
        return self.KINDS[self.kind](play.world.town)


class Crowd(Step):
    """So many people of the worlds come within a time: who, is the seed's choice."""

    do: Literal["crowd"]
    people: int = Field(ge=1, le=2_000)
    within: Time
    well_behaved: bool = Field(default=False, description="only residents who come in at the door")

    def words(self) -> Words:
        return both("{people} people come within {within}", people=self.people, within=self.within)

    def act(self, play: Play) -> None:
        town, agenda = play.world.town, play.world.agenda
        for _ in range(self.people):
            at_ms = agenda.now_ms + town.random.randrange(milliseconds(self.within))
            walk = _resident(town) if self.well_behaved else somebody(town, town.random)
            agenda.go(walk, at_ms=at_ms)


def _resident(town: Town) -> Steps:
    person = Person(town)
    way = town.random.randrange(3)
    return person.come_with_order() if way == 0 else person.come_with_pass(bound=way == 1)


class Operates(Step):
    """Somebody at the office does something from afar, by asking the station first."""

    do: Literal["operate"]
    service: str = Field(min_length=1)
    action: str = Field(min_length=1, examples=["clear"])
    thing: str = ""
    reason: str = ""
    seconds: int | None = Field(None, ge=1, le=1_800)

    def words(self) -> Words:
        about = f"{self.service} {self.action} {self.thing}".rstrip()
        return both("the office: {about}", about=about)

    def act(self, play: Play) -> Steps:
        taken = yield from people_alarms.operate(
            play.world.town, self.service, self.action, self.seconds, thing=self.thing, reason=self.reason
        )
        told = both("the station does so") if taken else both("the station does not")
        play.tell(told)


PEOPLE: tuple[type[Step], ...] = (
    Asks,
    ComesIn,
    ShowsPass,
    Touches,
    PushesShut,
    PlugsIn,
    Visitors,
    Crowd,
    Operates,
)
