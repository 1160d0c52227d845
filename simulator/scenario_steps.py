"""What can be done in a scenario: a verb with its arguments, and one small function that does it.

Every verb has a line for the story; `say` puts another one in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from config.services import Sockets
from config.tables import Name, Role, Table
from drivers.contract import Append, ButtonTouched, DigitsEntered, Words
from simulator import people_alarms, people_hostile
from simulator.people import Person, Town
from simulator.people_services import Guest
from simulator.people_who_come import somebody
from simulator.scenario_time import TIME_PATTERN, Story, milliseconds
from simulator.wires.world_broker import Way
from simulator.world_time import Steps

if TYPE_CHECKING:
    from simulator.scenario_play import Play

Who: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z ]{0,19}$", examples=["li"])]
Time: TypeAlias = Annotated[str, Field(pattern=TIME_PATTERN, examples=["00:10:00"])]
DEAR = frozenset({"AccessGranted", "ThingTaken", "ThingGivenBack", "RunBegan", "StockTaken", "PassUsed"})
"""Rows at whose commit a power cut hurts most."""


class Step(Table):
    """What all of them have in common."""

    at: Time = Field(description="since the beginning, such as 00:10:00")
    do: str
    say: Story | None = Field(None, description="the line of the story, instead of the usual one")

    @property
    def at_ms(self) -> int:
        return milliseconds(self.at)

    def happen(self, play: Play) -> None:
        """Tell it and do it."""
        words = self.words() if self.say is None else Words(self.say.zh, self.say.en)
        play.tell(words)
        steps = self.act(play)
        if steps is not None:
            play.go(steps)

    def words(self) -> Words:
        """Its line in the story."""
        raise NotImplementedError

    def act(self, play: Play) -> Steps | None:
        """Do it, at once or step by step."""
        raise NotImplementedError


# ---------------------------------------------------------------- people


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
        return Words(
            f"{self.who} 扫屏幕，点“{self.service}：{self.action} {self.thing}".rstrip() + "”",
            f"{self.who} scans the screen and taps {self.service}: {self.action} {self.thing}".rstrip(),
        )

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
        return Words(f"{self.who} 来到门口（{self.by}）", f"{self.who} comes to the door ({self.by})")

    def act(self, play: Play) -> Steps:
        guest = play.person(self.who, self.role)
        yield from _come(guest, self.by)
        play.came_in[self.who] = guest.inside
        told = Words("进去了", "goes in") if guest.inside else Words("没能进去", "stays outside")
        play.tell(Words(f"{self.who} {told.zh}", f"{self.who} {told.en}"))
        if guest.inside:
            yield from guest.stay(milliseconds(self.stays) // 1000, hold_open_ms=1000 * self.props_seconds)
            play.tell(Words(f"{self.who} 出来了", f"{self.who} has left"))


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
        return Words(
            f"{self.who} 出示 {self.service} 的通行证（{self.kind}）",
            f"{self.who} shows a pass for {self.service} ({self.kind})",
        )

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
            return Words("有人在屏幕上输入号码", "somebody types a number on the screen")
        return Words(f"有人点了屏幕上的 {self.button}", f"somebody touches {self.button} on the screen")

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
        return Words(f"{self.who} 把 {self.service} 的门推上", f"{self.who} pushes it shut at {self.service}")

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
            return Words(f"{self.who} 插上 {self.watts:g} W", f"{self.who} plugs in {self.watts:g} W")
        return Words(f"{self.who} 拔掉插头", f"{self.who} unplugs")

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
        return Words(f"来了一个不速之客（{self.kind}）", f"an uninvited visitor comes ({self.kind})")

    def act(self, play: Play) -> Steps:
        return self.KINDS[self.kind](play.world.town)


class Crowd(Step):
    """So many people of the worlds come within a time: who, is the seed's choice."""

    do: Literal["crowd"]
    people: int = Field(ge=1, le=2_000)
    within: Time
    well_behaved: bool = Field(default=False, description="only residents who come in at the door")

    def words(self) -> Words:
        return Words(f"{self.within} 之内来了 {self.people} 个人", f"{self.people} people come within {self.within}")

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


class AlarmMoves(Step):
    """A button is pressed, or turned back; the fire relay falls, or comes back."""

    do: Literal["alarm"]
    name: Name
    pressed: bool = True

    def words(self) -> Words:
        if self.pressed:
            return Words(f"报警 {self.name}！", f"the alarm {self.name} is raised!")
        return Words(f"{self.name} 的按钮复位", f"the button of {self.name} is turned back")

    def act(self, play: Play) -> None:
        play.world.house.alarm(self.name, on=self.pressed)


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
        return Words(f"办公室：{about}", f"the office: {about}")

    def act(self, play: Play) -> Steps:
        taken = yield from people_alarms.operate(
            play.world.town, self.service, self.action, self.seconds, thing=self.thing, reason=self.reason
        )
        told = Words("驿站照办", "the station does so") if taken else Words("驿站没有照办", "the station does not")
        play.tell(told)


# ---------------------------------------------------------------- what befalls the station


class NetworkIs(Step):
    """The network is cut, dead without a word, or there again."""

    do: Literal["network"]
    state: Literal["open", "cut", "dead"]

    def words(self) -> Words:
        zh = {"open": "网络恢复", "cut": "网络断开", "dead": "网络无声无息地断了"}[self.state]
        en = {"open": "the network is back", "cut": "the network is cut", "dead": "the network is dead"}[self.state]
        return Words(zh, en)

    def act(self, play: Play) -> None:
        play.world.broker.set_way(Way[self.state.upper()])


class PowerIs(Step):
    """The mains of the controller go, now or in the middle of something dear, or come back."""

    do: Literal["power"]
    state: Literal["off", "on"]
    moment: Literal["now", "before", "torn", "after"] = Field(
        "now", description="before, in the middle of (torn) or right after the next commit of a grant or a loan"
    )

    def words(self) -> Words:
        if self.state == "on":
            return Words("来电了", "the power is back")
        if self.moment == "now":
            return Words("停电！", "the power fails!")
        return Words(
            f"下一笔要紧的记录时会停电（{self.moment}）", f"the power will fail at the next dear commit ({self.moment})"
        )

    def act(self, play: Play) -> None:
        pi = play.world.pi
        if self.state == "on":
            pi.before_commit, pi.after_commit = (lambda _: True), (lambda _: None)
            if not pi.on:
                pi.power_on()
        elif self.moment == "now":
            pi.power_cut()
        else:
            _arm(play, self.moment)


def _arm(play: Play, moment: str) -> None:
    """Cut the power at the next commit that holds something dear."""
    pi = play.world.pi

    def cut(append: Append) -> None:
        if pi.on and any(row.kind in DEAR for row in append.rows):
            play.tell(Words("停电！", "the power fails!"))
            pi.power_cut(torn=moment == "torn")

    def before(append: Append) -> bool:
        cut(append)
        return pi.on

    if moment == "before":
        pi.before_commit = before
    else:
        pi.after_commit = cut


class MainsAre(Step):
    """The mains are gone and a UPS feeds the station, or they are back."""

    do: Literal["mains"]
    state: Literal["battery", "back"]
    charge: int = Field(100, ge=0, le=100, description="percent of the battery")
    ups: Name = "ups"

    def words(self) -> Words:
        if self.state == "back":
            return Words("市电恢复", "the mains are back")
        return Words(f"市电没了，UPS 还有 {self.charge}%", f"the mains are gone, the UPS has {self.charge} %")

    def act(self, play: Play) -> None:
        fails = self.state == "battery"
        play.world.house.move(
            self.ups, lambda twin: twin.mains_fail(self.charge) if fails else twin.mains_return(self.charge)
        )


class DeviceIs(Step):
    """A device falls silent, loses its cable, jams, or works again."""

    do: Literal["device"]
    name: Name
    state: Literal["silent", "unplugged", "jammed", "flickers", "well"]
    channels: tuple[int, ...] = Field((), strict=False, description="which cells jam")

    def words(self) -> Words:
        zh = {
            "silent": "没有反应了",
            "unplugged": "被拔掉了",
            "jammed": "卡住了",
            "flickers": "断了一下电",
            "well": "好了",
        }
        en = {
            "silent": "falls silent",
            "unplugged": "is unplugged",
            "jammed": f"jams at {', '.join(map(str, self.channels))}",
            "flickers": "loses its supply for a moment",
            "well": "works again",
        }
        return Words(f"{self.name} {zh[self.state]}", f"{self.name} {en[self.state]}")

    def act(self, play: Play) -> None:
        house, now_ms = play.world.house, play.world.agenda.now_ms
        match self.state:
            case "silent":
                house.silence(self.name, silent=True)
            case "unplugged":
                house.plug(self.name, plugged=False)
            case "jammed":
                house.device(self.name).stuck.update(self.channels)
            case "flickers":
                house.move(self.name, lambda twin: twin.power_cycle(now_ms))
            case "well":
                house.plug(self.name, plugged=True)
                if self.name in house.boards():
                    house.mend(self.name)


class CardIs(Step):
    """The card is full, slow or well again; or another one lies in the reader: new, or an older copy."""

    do: Literal["card"]
    state: Literal["full", "slow", "well", "new", "copied", "old"]

    def words(self) -> Words:
        told = {
            "full": ("存储卡满了", "the card is full"),
            "slow": ("存储卡变得很慢", "the card is slow"),
            "well": ("存储卡正常了", "the card is well again"),
            "new": ("换上一张空白的存储卡", "an empty card is put in"),
            "copied": ("有人复制了存储卡", "somebody copies the card"),
            "old": ("有人换上旧的存储卡", "somebody puts the older copy in"),
        }
        return Words(*told[self.state])

    def act(self, play: Play) -> None:
        pi, card = play.world.pi, play.world.pi.card
        match self.state:
            case "full" | "slow":
                setattr(card, self.state, True)
            case "well":
                card.full = card.slow = False
            case "copied":
                pi.keep_card_copy()
            case _ if pi.on:
                raise ValueError(f"a card is changed while the power is off; at {self.at} it is on")
            case "old":
                pi.put_old_card()
            case "new":
                pi.put_new_card()


class HeatIs(Step):
    """A thermometer measures this."""

    do: Literal["heat"]
    name: Name
    celsius: float = Field(ge=-40, le=120)

    def words(self) -> Words:
        return Words(f"{self.name} 测到 {self.celsius:g} ℃", f"{self.name} measures {self.celsius:g} °C")

    def act(self, play: Play) -> None:
        play.world.house.move(self.name, lambda twin: twin.measure(self.celsius))


class ClockJumps(Step):
    """The machine's own clock is set wrongly."""

    do: Literal["clock"]
    by: int = Field(description="seconds, also back", ge=-40_000_000, le=40_000_000)

    def words(self) -> Words:
        return Words(f"时钟被拨动 {self.by} 秒", f"the clock is set by {self.by} s")

    def act(self, play: Play) -> None:
        play.world.ledger.clock_was_set = True
        play.world.pi.jump_wall(self.by * 1000)


_ALL: tuple[type[Step], ...] = (
    Asks,
    ComesIn,
    ShowsPass,
    Touches,
    PushesShut,
    PlugsIn,
    Visitors,
    Crowd,
    AlarmMoves,
    Operates,
    NetworkIs,
    PowerIs,
    MainsAre,
    DeviceIs,
    CardIs,
    HeatIs,
    ClockJumps,
)
VERBS: Mapping[str, type[Step]] = {one.model_fields["do"].annotation.__args__[0]: one for one in _ALL}  # type: ignore[union-attr]
"""Every verb by its name."""
