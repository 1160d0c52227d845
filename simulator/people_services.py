"""Visitors who use what a station gives besides its door, with what they forget."""

from __future__ import annotations

import re
from collections.abc import Callable

from central.views import Reply
from config.services import Loans, Lockers, People, Service, Sockets, Stock
from simulator.people import PHOTO_MS, Person, Town
from simulator.world_time import Steps
from station.trust.holders import Role

ANSWER_MS = 20_000
LOOK_EVERY_MS = 500
MINUTE_MS = 60_000
_NUMBER = re.compile(r"\d+")


class Guest(Person):
    """Somebody who asks at the screen with a phone, and believes only what the station answers."""

    def ask(self, service: str, action: str, thing: str = "", count: int | None = None) -> Steps:
        """Photograph the screen, tap, and wait for the last word; the reply, None when none came."""
        nonce = self.photograph()
        if nonce is None:
            return None
        yield self.random.randint(*PHOTO_MS)
        order, _ = self.town.office.order(
            service, nonce, self.who, role=self.role, action=action, thing=thing, count=count
        )
        reply: Reply | None = None
        for _ in range(ANSWER_MS // LOOK_EVERY_MS):
            yield LOOK_EVERY_MS
            reply = self.town.office.reply(order)
            if reply is not None and reply.result != "accepted":
                break
        self.town.ledger.note(f"{service} {action}: {reply.result if reply else 'no answer'}")
        return reply

    # ------------------------------------------------------------ lockers

    def use_a_cell(self, service: str) -> Steps:
        """Take a cell, put something in, come back, and give it back; some forget to shut it, some to come back."""
        wanted = self.random.choice(("", "small", "medium", "large", "accessible"))
        reply = yield from self.ask(service, "take", wanted)
        number = _number(reply)
        if reply is None or reply.result != "done" or number is None:
            return
        point = self.town.things.point(service, number)
        yield self.random.randint(3_000, 40_000)
        if self.random.random() < 0.9:  # noqa: PLR2004 - one in ten leaves it open
            self.town.things.push_shut(point)
        yield self.random.randint(MINUTE_MS, 90 * MINUTE_MS)
        if self.random.random() < 0.15:  # noqa: PLR2004 - some never come back
            self.town.ledger.note("cell forgotten")
            return
        for action in self.random.choice((("give_back",), ("open", "give_back"), ("open",))):
            yield from self.ask(service, action, number)
            yield self.random.randint(2_000, 30_000)
            if self.town.things.is_open(point):
                self.town.things.push_shut(point)
            yield self.random.randint(2_000, 20 * MINUTE_MS)

    # ------------------------------------------------------------ power

    def charge(self, service: str) -> Steps:
        """Charge a phone; some unplug without a word, some leave it there."""
        reply = yield from self.ask(service, "start")
        number = _number(reply)
        if reply is None or reply.result not in ("done", "accepted") or number is None:
            return
        yield self.random.randint(2_000, 20_000)
        self.town.things.plug_in(service, number)
        yield self.random.randint(5 * MINUTE_MS, 180 * MINUTE_MS)
        if self.random.random() < 0.4:  # noqa: PLR2004 - two in five press stop
            yield from self.ask(service, "stop", number)
        self.town.things.unplug(service, number)

    # ------------------------------------------------------------ loans and stock

    def borrow(self, service: str) -> Steps:
        """Borrow an umbrella, and bring it back after the rain; some do not."""
        reply = yield from self.ask(service, "take")
        if reply is None or reply.result != "done":
            return
        yield self.random.randint(10 * MINUTE_MS, 120 * MINUTE_MS)
        if self.random.random() < 0.2:  # noqa: PLR2004 - one in five keeps it
            self.town.ledger.note("umbrella kept")
            return
        before = {point for point in self.town.things.points(service) if self.town.things.is_open(point)}
        reply = yield from self.ask(service, "give_back")
        number = _number(reply)
        if reply is None or number is None:
            return
        point = self.town.things.point(service, number)
        yield self.random.randint(1_000, 8_000)
        if point in before or self.town.things.is_open(point):
            self.town.things.push_shut(point)

    def take_from_box(self, service: str, items: tuple[str, ...]) -> Steps:
        """Take something out of the medicine box."""
        yield from self.ask(service, "take", self.random.choice(items), self.random.choice((None, 1, 2)))


def _number(reply: Reply | None) -> str | None:
    """The number that the station's answer names."""
    found = _NUMBER.search(reply.words.en) if reply is not None else None
    return found[0] if found else None


def volunteer(town: Town, service: str, tasks: tuple[str, ...]) -> Steps:
    """Sign on, do something, tick it, and sign off; some forget."""
    one = Guest(town, Role.VOLUNTEER)
    yield from one.ask(service, "sign_on")
    yield one.random.randint(5 * MINUTE_MS, 60 * MINUTE_MS)
    if tasks:
        yield from one.ask(service, "task", one.random.choice(tasks))
    if one.random.random() < 0.8:  # noqa: PLR2004 - one in five forgets
        yield from one.ask(service, "sign_off")


def walks(name: str, service: Service) -> list[tuple[int, Callable[[Town], Steps]]]:
    """Who comes for a service, and how often beside the others."""
    match service:
        case Lockers():
            return [(14, lambda town: Guest(town).use_a_cell(name))]
        case Sockets():
            return [(10, lambda town: Guest(town).charge(name))]
        case Loans():
            return [(6, lambda town: Guest(town).borrow(name))]
        case Stock():
            items = tuple(service.items)
            return [(4, lambda town: Guest(town).take_from_box(name, items))]
        case People():
            tasks = tuple(service.tasks)
            return [(3, lambda town: volunteer(town, name, tasks))]
        case _:
            return []
