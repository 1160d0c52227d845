"""People who should stay out, and what they try."""

from __future__ import annotations

from central.issue import Issuer
from central.keys import Signer
from simulator.people import Person, Town
from simulator.world_office import FOREIGN
from simulator.world_time import Steps
from station.trust.holders import Role
from station.trust.keys import SigningKey
from station.trust.nonces import nonce_text
from sync import contract
from sync.contract import publication

SETTING_CODES = ((0x0000, 0xD4), (0x0000, 0xD6), (0x0060, 0x00), (0x002A, 0x39), (0x0013, 0x00), (0x0003, 0x00))
"""Mode, tail, speed, same-code delay, setting codes on: what a printed code can change on a GM65."""


def burglar(town: Town) -> Steps:
    """Breaks the door open, looks around, and runs."""
    person = Person(town)
    town.house.force(person.who)
    town.ledger.note("burglary")
    yield person.random.randint(2_000, 60_000)
    town.house.close(person.who)


def photographer(town: Town) -> Steps:
    """Shows codes that others held here before."""
    person = Person(town)
    for _ in range(person.random.randint(1, 4)):
        if not town.old_codes:
            return
        town.ledger.note("old photograph shown")
        town.house.show(person.random.choice(town.old_codes))
        yield from person.try_door()
        if person.inside:
            yield from person.stay(20)
            return
        yield person.random.randint(2_000, 40_000)


def slow_photographer(town: Town) -> Steps:
    """Photographs the screen and uses the picture from home, much later."""
    person = Person(town)
    nonce = person.photograph()
    if nonce is None:
        return
    yield person.random.choice((60_000, 95_000, 130_000, 900_000))
    _, text = town.office.order(town.service, nonce, person.who, role=person.role)
    yield 5_000
    town.house.show(text)
    yield from person.try_door()
    if person.inside:
        yield from person.stay(20)


def joker(town: Town) -> Steps:
    """Shows anything that a code can hold."""
    person = Person(town)
    random = person.random
    for _ in range(random.randint(1, 30)):
        kind = random.randrange(6)
        if kind == 0:
            code: str | bytes = random.randbytes(random.randint(1, 700))
        elif kind == 1:
            code = random.choice(("SO1:", "SG1:", "SG2:")) + "".join(random.choices("0123456789ABCDEF %*+-./:$", k=200))
        elif kind == 2:  # noqa: PLR2004 - one of six
            code = "HTTPS://EXAMPLE.ORG/" + "A" * random.randint(0, 900)
        elif kind == 3 and town.old_codes:  # noqa: PLR2004
            text = random.choice(town.old_codes)
            place = random.randrange(len(text))
            code = text[:place] + random.choice("0123456789ABC") + text[place + 1 :]
        elif kind == 4 and town.old_codes:  # noqa: PLR2004
            code = random.choice(town.old_codes)[: random.randint(1, 200)]
        else:
            code = "微驿站开门" * random.randint(1, 40)
        town.house.show(code, for_ms=random.randint(100, 1_500))
        town.ledger.note("junk shown")
        yield random.randint(200, 4_000)


def forger(town: Town) -> Steps:
    """Has keys of their own, passes for other places, and passes that are not for now."""
    person = Person(town)
    random, office = person.random, town.office
    own = tuple(SigningKey(key.kid, random.randbytes(32)) for key in office.signer.keys)
    false = Issuer(Signer(own, office.signer.ring), random.randbytes(32))
    nonce = person.photograph() or nonce_text(random.randbytes(10))
    now_s = town.agenda.wall_ms // 1000
    match random.randrange(9):
        case 0:
            issued = false.pass_(
                random.randbytes(16),
                office.station,
                (town.service,),
                person.who,
                role=person.role,
                not_before_s=now_s,
                expires_s=now_s + 86_400,
                one_time=False,
                phone_key=None,
                now_s=now_s,
            )
            text = issued.text
        case 1:
            text = false.order(
                random.randbytes(16), office.station, town.service, "open", nonce, person.who, person.role, now_s
            )
            town.broker.inject(publication(office.station, contract.ORDER, text.encode()))
        case 2:
            _, text = office.order(town.service, nonce, person.who, role=person.role, station=FOREIGN, send=False)
            town.broker.inject(publication(office.station, contract.ORDER, text.encode()))
        case 3:
            text = office.issue((town.service,), person.who, role=person.role, audience=FOREIGN).text
        case 4:
            text = person.pass_(late_s=86_400).text
        case 5:
            text = person.pass_(seconds=1).text
            yield 120_000
        case 6:
            withdrawn = person.pass_(seconds=10 * 86_400)
            office.withdraw(withdrawn.pass_id)
            text = withdrawn.text
            yield random.choice((1_000, 30_000, 300_000))
        case 7:
            text = office.issue(("cellar",), person.who, role=person.role).text
        case _:
            _, text = office.order(town.service, nonce, person.who, role=person.role, send=False)
            town.broker.inject(publication(office.station, contract.ORDER, text.encode()), retained=True)
    town.ledger.note("forgery shown")
    for _ in range(2):
        town.house.show(text)
        yield from person.try_door()
        if person.inside:
            yield from person.stay(20)
            return
        yield 15_000


def withdrawn(town: Town) -> Steps:
    """Somebody whose pass the office has withdrawn."""
    person = Person(town)
    issued = person.pass_(bound="pass_static" not in town.house.door.accepts, seconds=10 * 86_400)
    yield 1_000
    town.office.withdraw(issued.pass_id)
    for pause_ms in (2_000, 60_000, 600_000):
        yield pause_ms
        town.ledger.note("withdrawn pass shown")
        town.house.show(person.phone.code(issued))
        yield from person.try_door()
        if person.inside:
            yield from person.stay(20)
            return


def shoulder_surfer(town: Town) -> Steps:
    """Photographs a phone over somebody's shoulder and shows the picture a moment later."""
    person, other = Person(town), Person(town)
    issued = person.pass_(bound=True)
    yield 1_000
    text = person.phone.code(issued)
    person.show(text)
    yield from person.try_door()
    if person.inside:
        town.agenda.go(person.stay(60, hold_open_ms=1_000))
    yield other.random.randint(2_500, 12_000)
    town.ledger.note("picture of a phone shown")
    town.house.show(text)
    yield from other.try_door()
    if other.inside:
        yield from other.stay(20)


def wrong_role(town: Town) -> Steps:
    """Somebody for whom this door is not."""
    roles = [role for role in Role if role.value not in town.house.door.roles]
    if not roles:
        return
    person = Person(town, roles[0])
    yield 100
    town.house.show(person.pass_().text)
    yield from person.try_door()
    if person.inside:
        yield from person.stay(20)


def vandal(town: Town) -> Steps:
    """Holds printed setting codes before the scanner."""
    zone, value = town.random.choice(SETTING_CODES)
    town.house.show_setting_code(zone, value)
    town.ledger.note("setting code shown")
    yield 1_000


def loose_wire(town: Town) -> Steps:
    """A contact flaps in the wind."""
    if town.house.door.contact:
        town.house.flap(town.house.door.contact)
    yield 1_000
