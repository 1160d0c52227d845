"""What there is to see and to touch at a station, made from its file alone: every thing once, by a name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from central.about import About
from config.models import StationFile
from config.services import Alarm, Appliance, Books, Climate, Door, Loans, Lockers, Screen, Sockets, Stock
from drivers.contract import Words, point_of
from simulator import words_things as words

Kind: TypeAlias = Literal[
    "door", "screen", "cell", "slot", "socket", "appliance", "box", "shelf", "alarm", "heat", "switch", "ups"
]
THERMOMETERS = frozenset({"xy-md02", "ds18b20"})


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing. `point` is where it is connected, as in the station file; `also` is what goes with it.

    A cell's `also` is its size; a socket's and an appliance's its meter; a box's its contact; a screen's its door.
    """

    id: str
    kind: Kind
    label: Words
    service: str
    point: str
    also: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Things that stand together. `colour` is the service's own or the station's."""

    id: str
    type: str
    title: Words
    colour: str
    what: str
    """What is lent."""
    things: tuple[Thing, ...]


def fittings(file: StationFile, about: About) -> tuple[Group, ...]:
    """Everything at a station but its main door, in the order of its file."""
    named = {one.name: Words(one.words.zh, one.words.en) for one in about.services}
    found = []
    for name, service in file.services.items():
        things = tuple(_things(file, name))
        if things:
            colour = getattr(service, "colour", "") or about.colour
            title = named.get(name, words.TITLES.get(service.type, _plain(name)))
            found.append(Group(name, service.type, title, colour, getattr(service, "what", ""), things))
    alarms = tuple(thing for group in found if group.type == "alarm" for thing in group.things)
    rest = [group for group in found if group.type != "alarm"]
    if alarms:
        titled = tuple(Thing(one.id, one.kind, named[one.service], one.service, one.point) for one in alarms)
        rest.append(Group("safety", "alarm", words.TITLES["alarm"], "blue", "", titled))
    heat = tuple(_elsewhere(file))
    if heat:
        rest.append(Group("elsewhere", "climate", words.TITLES["elsewhere"], about.colour, "", heat))
    return tuple(rest)


def _things(file: StationFile, name: str) -> Iterator[Thing]:
    match file.services[name]:
        case Door() as door:
            yield Thing(f"door/{name}", "door", words.DOOR, name, door.lock, door.contact)
            for other, service in file.services.items():
                if isinstance(service, Screen) and name in service.opens:
                    yield Thing(f"screen/{other}", "screen", words.SCREEN, other, service.screen, name)
        case Screen() as screen if not any(isinstance(file.services.get(one), Door) for one in screen.opens):
            yield Thing(f"screen/{name}", "screen", words.SCREEN, name, screen.screen)
        case Lockers() | Loans():
            yield from _behind_boards(file, name)
        case Sockets() | Appliance() | Climate():
            yield from _powered(file, name)
        case Stock() as stock:
            yield from _boxes(name, stock)
        case Books() as books:
            yield Thing(f"shelf/{name}", "shelf", words.BOOK, name, books.reader)
        case Alarm() as alarm:
            yield Thing(f"alarm/{name}", "alarm", _plain(alarm.what), name, alarm.button)
        case _:
            pass


def _behind_boards(file: StationFile, name: str) -> Iterator[Thing]:
    match file.services[name]:
        case Lockers() as lockers:
            for number, (board, channel, bank) in lockers.numbered().items():
                yield Thing(f"cell/{name}/{number}", "cell", _plain(number), name, point_of(board, channel), bank.size)
        case Loans() as loans if not loans.box:
            for number, (board, channel, _) in loans.numbered().items():
                yield Thing(f"slot/{name}/{number}", "slot", _plain(number), name, point_of(board, channel))
        case _:
            pass


def _powered(file: StationFile, name: str) -> Iterator[Thing]:
    match file.services[name]:
        case Sockets() as sockets:
            for number, socket in sockets.sockets.items():
                yield Thing(f"socket/{name}/{number}", "socket", _plain(number), name, socket.relay, socket.meter)
            yield from _heat(file, name, sockets.temperature, words.PLACE)
        case Appliance() as appliance:
            yield Thing(f"appliance/{name}", "appliance", words.MACHINE, name, appliance.relay, appliance.meter)
        case Climate() as climate:
            yield from _climate(file, name, climate)
        case _:
            pass


def _boxes(name: str, stock: Stock) -> Iterator[Thing]:
    if stock.lock and stock.contact:
        yield Thing(f"box/{name}", "box", words.LID, name, stock.lock, stock.contact)
    for item, table in stock.items.items():
        if table.lock and table.contact:
            label = Words(table.name.zh, table.name.en)
            yield Thing(f"box/{name}/{item}", "box", label, name, table.lock, table.contact)


def _climate(file: StationFile, name: str, climate: Climate) -> Iterator[Thing]:
    yield from _heat(file, name, climate.temperature, words.ROOM)
    for what, point in (("fan", climate.fan), ("air-con", climate.air_con)):
        if point:
            yield Thing(f"switch/{point}", "switch", words.SWITCHES[what], name, point, what)
    for point in climate.off:
        yield Thing(f"switch/{point}", "switch", words.SWITCHES["off"], name, point, "off")


def _heat(file: StationFile, name: str, device: str, label: Words) -> Iterator[Thing]:
    if device and file.devices[device].driver in THERMOMETERS:
        yield Thing(f"heat/{device}", "heat", label, name, device)


def _elsewhere(file: StationFile) -> Iterator[Thing]:
    """Thermometers of no service, and the battery."""
    rooms = {getattr(one, "temperature", "") for one in file.services.values()}
    for name, device in file.devices.items():
        if device.driver in THERMOMETERS and name not in rooms:
            yield Thing(f"heat/{name}", "heat", _plain(name.replace("_", " ")), "", name)
        if device.driver == "nut":
            yield Thing(f"ups/{name}", "ups", words.UPS, "", name)


def _plain(text: str) -> Words:
    return Words(text, text)
