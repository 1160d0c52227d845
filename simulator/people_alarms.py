"""Alarms, and the people of the office who answer them and open from afar."""

from __future__ import annotations

from simulator.people import TAKEN, Person, Town
from simulator.world_time import Steps
from station.trust.holders import Role
from station.trust.keys import Purpose

ASK_SECONDS = 6


def calls_for_help(town: Town) -> Steps:
    """Presses SOS; somebody at the office hears it; a keeper comes, turns the button back, and the alarm is cleared."""
    name = next((name for name, alarm in town.house.alarms.items() if alarm.what == "sos"), "")
    yield from _alarm(town, name)


def fire(town: Town) -> Steps:
    """The fire relay falls, and comes back."""
    name = next((name for name, alarm in town.house.alarms.items() if alarm.what == "fire"), "")
    yield from _alarm(town, name)


def _alarm(town: Town, name: str) -> Steps:
    if not name or town.house.alarm_is_on(name):
        return
    town.ledger.note(f"alarm {name}")
    town.house.alarm(name, on=True)
    random = town.random
    yield random.randint(20_000, 400_000)
    if random.random() < 0.5:  # noqa: PLR2004 - a coin
        yield from operate(town, name, "heard")
    yield random.randint(1_000, 60_000)
    town.house.alarm(name, on=False)
    yield 2_000
    for _ in range(20):
        done = yield from operate(town, name, "clear")
        if done:
            return
        yield 120_000


def operate(
    town: Town, service: str, action: str, duration_s: int | None = None, *, thing: str = "", reason: str = ""
) -> Steps:
    """An operator's order without anybody at the screen. True when the station took it."""
    keeper = Person(town, Role.KEEPER)
    ask_id = town.office.ask(service, action)
    yield ASK_SECONDS * 1000
    nonce = town.office.nonce(ask_id)
    if nonce is None:
        return False
    order, _ = town.office.order(
        service,
        nonce,
        keeper.who,
        role=Role.KEEPER,
        action=action,
        purpose=Purpose.OPERATE,
        duration_s=duration_s,
        thing=thing,
        reason=reason,
    )
    yield ASK_SECONDS * 1000
    reply = town.office.reply(order)
    return reply is not None and reply.result in TAKEN


def opens_from_afar(town: Town) -> Steps:
    """The office opens the door for somebody who telephoned, or holds it open for a while."""
    random = town.random
    action, duration_s = random.choice((("open", None), ("hold_open", 60), ("hold_open", 1_800)))
    person = Person(town, Role.KEEPER)
    town.ledger.note(f"operator: {action}")
    yield from operate(town, town.service, action, duration_s)
    yield from person.try_door()
    if person.inside:
        yield from person.stay(30)


def answers_twice(town: Town) -> Steps:
    """The nonce of one answer is used for two orders: only one may open."""
    keeper = Person(town, Role.KEEPER)
    ask_id = town.office.ask(town.service, "open")
    yield ASK_SECONDS * 1000
    nonce = town.office.nonce(ask_id)
    for _ in range(2):
        if nonce is not None:
            town.office.order(town.service, nonce, keeper.who, role=Role.KEEPER, purpose=Purpose.OPERATE)
        yield town.random.choice((500, 9_000, 40_000))


def keeper_at_the_screen(town: Town) -> Steps:
    """Has an operator's order made from the picture, and without the station's own nonce that is for nothing."""
    keeper = Person(town, Role.KEEPER)
    nonce = keeper.photograph()
    if nonce is None:
        return
    yield 3_000
    service, action = town.random.choice(
        [(town.service, "hold_open"), *((name, "clear") for name in town.house.alarms)]
    )
    _, text = town.office.order(
        service, nonce, keeper.who, role=Role.KEEPER, action=action, purpose=Purpose.OPERATE, duration_s=600
    )
    town.ledger.note("operator's order without asking")
    yield 5_000
    keeper.show(text)
