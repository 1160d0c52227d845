"""Visitors who use what a station gives besides its door, with what they forget."""

from __future__ import annotations

import re
from collections.abc import Callable

from central.views import Reply
from config.services import Appliance, Loans, Lockers, People, Service, Sockets, Stock
from drivers.contract import Words
from simulator import people_alarms
from simulator.people import PHOTO_MS, REPLY_WITHIN_MS, Person, Town
from simulator.world_time import Steps
from station.trust.holders import Role

ANSWER_MS = 20_000
LOOK_EVERY_MS = 500
MINUTE_MS = 60_000
_NUMBER = re.compile(r"\d+")


class Guest(Person):
    """Somebody who asks at the screen with a phone, and believes only what the station answers."""

    def ask(
        self, service: str, action: str, thing: str = "", count: int | None = None, *, recipient: str = ""
    ) -> Steps:
        """Photograph the screen, tap, and wait for the last word; the reply, None when none came."""
        nonce = self.photograph()
        if nonce is None:
            return None
        yield self.random.randint(*PHOTO_MS)
        order, text = self.town.office.order(
            service, nonce, self.who, role=self.role, action=action, thing=thing, count=count, recipient=recipient
        )
        reply: Reply | None = None
        before = self._reads()
        for turn in range(ANSWER_MS // LOOK_EVERY_MS):
            yield LOOK_EVERY_MS
            reply = self.town.office.reply(order)
            if reply is not None and reply.result != "accepted":
                break
            if reply is None and turn == REPLY_WITHIN_MS // LOOK_EVERY_MS:
                self.town.ledger.note("order shown to the scanner")
                self.show(text)
            if (
                reply is None
                and self._reads() != before
                and number_in(self._reads()) in self.town.things.numbers(service)
            ):
                # Offline: the screen itself says which.
                reply = Reply(order, "done", "", self._reads(), self.town.agenda.wall_ms)
                break
        self.town.ledger.note(f"{service} {action}: {reply.result if reply else 'no answer'}")
        return reply

    def _reads(self) -> Words:
        """What stands on the screen in large letters."""
        page = self.town.glass.page() if self.town.glass is not None else None
        return Words("", "") if page is None else page.headline

    def order_at_the_door(self) -> Steps:
        """Photograph the screen and tap; show the order to the scanner when no answer comes."""
        town, nonce = self.town, self.photograph()
        if nonce is None:
            return
        yield self.random.randint(*PHOTO_MS)
        order, text = town.office.order(town.service, nonce, self.who, role=self.role)
        for _ in range(REPLY_WITHIN_MS // LOOK_EVERY_MS):
            yield LOOK_EVERY_MS
            if town.house.lets_in or town.office.reply(order) is not None:
                return
        town.ledger.note("order shown to the scanner")
        self.show(text)

    # ------------------------------------------------------------ lockers

    def use_a_cell(self, service: str) -> Steps:
        """Take a cell, put something in, come back, and give it back; some forget to shut it, some to come back."""
        wanted = self.random.choice(("", "small", "medium", "large", "accessible"))
        reply = yield from self.ask(service, "take", wanted)
        number = number_in(reply.words if reply is not None else None)
        if reply is None or reply.result != "done" or number is None:
            return
        point = self.town.things.point(service, number)
        yield self.random.randint(3_000, 40_000)
        if self.random.random() < 0.9:  # noqa: PLR2004 - one in ten leaves it open
            self.town.things.push_shut(point)
        yield self.random.randint(MINUTE_MS, self.random.choice((3, 10, 90)) * MINUTE_MS)
        if self.random.random() < 0.15:  # noqa: PLR2004 - some never come back
            self.town.ledger.note("cell forgotten")
            return
        for action in self.random.choice((("give_back",), ("open", "give_back"), ("open",))):
            yield from self.ask(service, action, number)
            yield self.random.randint(2_000, 30_000)
            if self.town.things.is_open(point):
                self.town.things.push_shut(point)
            yield self.random.randint(2_000, 20 * MINUTE_MS)

    def fetch_with_a_pass(self, service: str) -> Steps:
        """Leave something in a cell for somebody else, who fetches it with a one-time pass and tries that once more."""
        other = Guest(self.town)
        reply = yield from self.ask(service, "take", recipient=other.who)
        number = number_in(reply.words if reply is not None else None)
        if reply is None or reply.result != "done" or number is None:
            return
        point = self.town.things.point(service, number)
        yield self.random.randint(3_000, 20_000)
        self.town.things.push_shut(point)
        issued = self.town.office.issue((service,), other.who, role=other.role, once=True)
        yield self.random.randint(MINUTE_MS, 5 * MINUTE_MS)
        for pause_ms in (6_000, 90_000, 1_000):
            other.show(issued.text)
            yield pause_ms
            if self.town.things.is_open(point):
                self.town.ledger.note("parcel fetched")
                self.town.things.push_shut(point)
                yield 20_000

    def walk_up_twice(self, service: str) -> Steps:
        """Two people tap at the same picture for a cell in the same second."""
        other = Guest(self.town)
        self.town.agenda.go(other.use_a_cell(service))
        yield from self.use_a_cell(service)

    # ------------------------------------------------------------ power

    def cook(self, service: str, *, heats: bool) -> Steps:
        """Start an appliance; some press stop, some start it again at once."""
        for _ in range(self.random.choice((1, 1, 2))):
            reply = yield from self.ask(service, "start")
            if reply is not None and reply.result in ("done", "accepted") and heats:
                self.town.things.draw(service, self.random.choice((900.0, 1_200.0, 1_600.0)))
            yield self.random.randint(5_000, 3 * MINUTE_MS)
            if self.random.random() < 0.3:  # noqa: PLR2004 - three in ten do not wait
                yield from self.ask(service, "stop")
        self.town.things.draw(service, 0.0)

    def charge(self, service: str) -> Steps:
        """Charge a phone; some unplug without a word, some leave it there."""
        reply = yield from self.ask(service, "start")
        number = number_in(reply.words if reply is not None else None)
        if reply is None or reply.result not in ("done", "accepted") or number is None:
            return
        yield self.random.randint(2_000, 20_000)
        self.town.things.plug_in(service, number)
        yield self.random.randint(MINUTE_MS, self.random.choice((5, 30, 180)) * MINUTE_MS)
        if self.random.random() < 0.4:  # noqa: PLR2004 - two in five press stop
            yield from self.ask(service, "stop", number)
        self.town.things.unplug(service, number)

    # ------------------------------------------------------------ loans and stock

    def borrow(self, service: str) -> Steps:
        """Borrow an umbrella, and bring it back after the rain; some do not."""
        reply = yield from self.ask(service, "take")
        if reply is None or reply.result != "done":
            return
        yield self.random.randint(MINUTE_MS, self.random.choice((5, 30, 120)) * MINUTE_MS)
        if self.random.random() < 0.2:  # noqa: PLR2004 - one in five keeps it
            self.town.ledger.note("umbrella kept")
            return
        before = {point for point in self.town.things.points(service) if self.town.things.is_open(point)}
        reply = yield from self.ask(service, "give_back")
        number = number_in(reply.words if reply is not None else None)
        if reply is None or number is None:
            return
        point = self.town.things.point(service, number)
        yield self.random.randint(1_000, 8_000)
        if point in before or self.town.things.is_open(point):
            self.town.things.push_shut(point)

    def take_from_box(self, service: str, items: tuple[str, ...]) -> Steps:
        """Take something out of the medicine box."""
        yield from self.ask(service, "take", self.random.choice(items), self.random.choice((None, 1, 2)))


def number_in(words: Words | None) -> str | None:
    """The number that the station's answer names."""
    found = _NUMBER.search(words.en) if words is not None else None
    return found[0] if found else None


def keeper(town: Town, service: str, numbers: tuple[str, ...]) -> Steps:
    """An operator has a cell opened, and cleared when somebody has it; now and then one is retired and restored."""
    random = town.random
    number = random.choice(numbers)
    for action in random.choice((("open_as_keeper",), ("open_as_keeper", "clear"), ("retire", "restore"))):
        taken = yield from people_alarms.operate(town, service, action, thing=number, reason="a parcel is missing")
        town.ledger.note(f"keeper {action}: {'taken' if taken else 'refused'}")
        yield random.randint(4_000, 60_000)
        point = town.things.point(service, number)
        if isinstance(town.house.file.services[service], Lockers) and town.things.is_open(point):
            town.things.push_shut(point)


def fill(town: Town, service: str, items: tuple[str, ...]) -> Steps:
    """A volunteer counts what is there and fills up."""
    one = Guest(town, Role.VOLUNTEER)
    for item in items:
        yield from one.ask(service, town.random.choice(("refill", "count")), item, town.random.randint(3, 20))
        yield town.random.randint(1_000, 8_000)


def old_pass(town: Town, service: str) -> Steps:
    """Somebody shows a pass for a service that ran out, or that was withdrawn."""
    one = Guest(town)
    issued = town.office.issue((service,), one.who, role=one.role, valid_seconds=town.random.choice((1, 86_400)))
    yield 70_000
    if town.random.random() < 0.5:  # noqa: PLR2004 - a coin
        town.office.withdraw(issued.pass_id)
        yield 5_000
    town.ledger.note("old pass shown")
    one.show(issued.text)


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
            numbers = tuple(service.numbered())
            return [
                (22, lambda town: Guest(town).use_a_cell(name)),
                (8, lambda town: Guest(town).walk_up_twice(name)),
                (8, lambda town: Guest(town).fetch_with_a_pass(name)),
                (6, lambda town: keeper(town, name, numbers)),
                (2, lambda town: old_pass(town, name)),
            ]
        case Sockets():
            return [(24, lambda town: Guest(town).charge(name)), (2, lambda town: old_pass(town, name))]
        case Appliance():
            heats = service.big_load
            return [(5, lambda town: Guest(town).cook(name, heats=heats))]
        case Loans() if not service.box:
            numbers = tuple(service.numbered())
            return [(10, lambda town: Guest(town).borrow(name)), (2, lambda town: keeper(town, name, numbers))]
        case Stock():
            items = tuple(service.items)
            return [
                (7, lambda town: Guest(town).take_from_box(name, items)),
                (4, lambda town: fill(town, name, items)),
            ]
        case People():
            tasks = tuple(service.tasks)
            return [(3, lambda town: volunteer(town, name, tasks))]
        case _:
            return []
