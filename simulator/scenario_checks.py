"""What can be expected at the end of a scenario: each check looks at one thing and says why it does not hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from sqlalchemy import func, select

from central import tables as t
from config.tables import Name, Point, Table
from drivers.contract import channel_of, device_of
from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.gpio_switch import GpioSwitch
from simulator.devices.lock_board import LockBoard
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.scenario_time import Story

if TYPE_CHECKING:
    from simulator.scenario_play import Play


class Check(Table):
    """What all of them have in common."""

    what: str
    say: Story | None = Field(None, description="what is expected, in words")

    def told(self) -> str:
        """The expectation in words."""
        if self.say is not None:
            return f"{self.say.zh}  {self.say.en}"
        wanted = self.model_dump(exclude_none=True, exclude_defaults=True, exclude={"what", "say"})
        return ", ".join((self.what, *(f"{key} {value}" for key, value in wanted.items())))

    def fault(self, play: Play) -> str:
        """Why it does not hold; empty: it does."""
        raise NotImplementedError


class Events(Check):
    """So many rows of a kind were written, or are at the office."""

    what: Literal["events"]
    kind: str = Field(min_length=1, examples=["AccessGranted"])
    where: Mapping[str, str | int | bool | None] = Field(default_factory=dict, description="what stands in them")
    at: Literal["journal", "office"] = "journal"
    least: int = Field(1, ge=0, description="at least so many")
    most: int | None = Field(None, ge=0, description="at most so many")

    def fault(self, play: Play) -> str:
        bodies = _journal_bodies(play, self.kind) if self.at == "journal" else _office_bodies(play, self.kind)
        found = [one for one in bodies if all(one.get(key) == value for key, value in self.where.items())]
        if len(found) < self.least or (self.most is not None and len(found) > self.most):
            return f"{len(found)} of {len(bodies)} {self.kind}: {json.dumps(bodies[-3:], ensure_ascii=False)[:300]}"
        return ""


def _journal_bodies(play: Play, kind: str) -> list[dict[str, Any]]:
    return [json.loads(one.row.body) for one in play.world.ledger.everything() if one.row.kind == kind]


def _office_bodies(play: Play, kind: str) -> list[dict[str, Any]]:
    query = select(t.events.c.body).where(t.events.c.kind == kind).order_by(t.events.c.journal_id, t.events.c.seq)
    with play.world.office.store.read() as connection:
        return [json.loads(body) for body in connection.execute(query).scalars()]


class Holds(Check):
    """Somebody has a thing of a service, or nobody has one."""

    what: Literal["holding"]
    service: Name
    who: str = Field("", description="empty: whoever")
    count: int = Field(1, ge=0, description="how many of them they have")

    def fault(self, play: Play) -> str:
        state, office = play.world.pi.loop.state, play.world.office
        holder = office.issuer.holder(self.who, office.station).hex() if self.who else ""
        mine = [one for one in state.recorded.holdings.values() if one.service == self.service]
        found = [one.thing for one in mine if not holder or one.holder == holder]
        return "" if len(found) == self.count else f"{len(found)}: {', '.join(found)}"


class DeviceShows(Check):
    """What a device of the wall really is: not what the controller believes."""

    what: Literal["device"]
    point: Point
    state: Literal["on", "off", "open", "shut", "released", "locked"]

    def fault(self, play: Play) -> str:
        twin, channel = play.world.house.device(device_of(self.point)), channel_of(self.point)
        now_ms = play.world.agenda.now_ms
        match twin:
            case GpioSwitch():
                found = "on" if twin.on else "off"
            case GpioLock():
                found = "released" if twin.released else "locked"
            case GpioContact():
                found = "shut" if twin.closed else "open"
            case LockBoard():
                found = "open" if twin.is_open(channel) else "shut"
            case WaveshareRelay():
                found = "on" if twin.is_on(channel, now_ms) else "off"
            case _:
                return f"{self.point} has no such state"
        return "" if found == self.state else f"it is {found}"


class OfficeHas(Check):
    """The office has every row that the station wrote, or lacks some."""

    what: Literal["office"]
    has: Literal["all", "less"] = "all"

    def fault(self, play: Play) -> str:
        query = select(func.count()).select_from(t.events)
        with play.world.office.store.read() as connection:
            stored = connection.execute(query).scalar_one()
        written = sum(len(kept) for kept in play.world.ledger.journals.values())
        ok = stored >= written if self.has == "all" else stored < written
        return "" if ok else f"it has {stored} of {written} rows"


class AlarmIs(Check):
    """How an alarm stands."""

    what: Literal["alarm"]
    name: str = Field(min_length=1, examples=["sos"])
    state: Literal["raised", "heard", "over"]

    def fault(self, play: Play) -> str:
        alarm = play.world.pi.loop.state.recorded.alarms.get(self.name)
        found = "over" if alarm is None else "heard" if alarm.heard_by else "raised"
        return "" if found == self.state else f"it is {found}"


class ScreenSays(Check):
    """What stands on a screen now, in either language."""

    what: Literal["screen"]
    device: Name = "display"
    text: str = Field(min_length=1)

    def fault(self, play: Play) -> str:
        page = play.world.pi.glasses[self.device].page()
        if page is None:
            return "it is dark"
        words = [page.title, page.headline, *page.lines]
        read = " / ".join(f"{one.zh} {one.en}" for one in words)
        return "" if self.text in read else f"it says: {read}"


class ReplyWas(Check):
    """What the station answered somebody the last time that they asked for this."""

    what: Literal["reply"]
    who: str
    service: Name
    action: str
    result: Literal["done", "accepted", "unknown", "refused", "none"]
    reason: str = Field("", description="why it was refused")

    def fault(self, play: Play) -> str:
        reply = play.replies.get((self.who, self.service, self.action))
        found = "none" if reply is None else reply.result
        if found != self.result:
            return f"it was {found}{f' ({reply.words.en})' if reply is not None else ''}"
        if self.reason and (reply is None or reply.reason != self.reason):
            return f"because of {reply.reason if reply is not None else 'nothing'}"
        return ""


class CameIn(Check):
    """Whether somebody came in at the door."""

    what: Literal["came_in"]
    who: str
    yes: bool = True

    def fault(self, play: Play) -> str:
        found = play.came_in.get(self.who)
        return "" if found is self.yes else "they never came" if found is None else f"it was {found}"


class RoomIs(Check):
    """Whether the room is empty, as it really is and as the station believes."""

    what: Literal["room"]
    empty: bool = True

    def fault(self, play: Play) -> str:
        world = play.world
        really = not world.ledger.inside
        if really is not self.empty:
            return f"{len(world.ledger.inside)} are in"
        believed = not world.pi.loop.state.recorded.doors[world.house.door_name].occupied
        return "" if believed is self.empty else "the station believes otherwise"


_ALL: tuple[type[Check], ...] = (
    Events,
    Holds,
    DeviceShows,
    OfficeHas,
    AlarmIs,
    ScreenSays,
    ReplyWas,
    CameIn,
    RoomIs,
)
CHECKS: Mapping[str, type[Check]] = {one.model_fields["what"].annotation.__args__[0]: one for one in _ALL}  # type: ignore[union-attr]
"""Every check by its name."""
