"""`type = "room"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Door, Room
from drivers.contract import both
from drivers.settings import DeviceSettings
from station.rules.site import RoomService
from station.services.admitting import admission, admission_faults, milliseconds, warning_faults
from station.services.named_services import must_be
from station.services.uses import READS, SWITCHES, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Room
ROOM_WORDS = both("Room")
ABILITIES = {"reader": READS, "privacy": SWITCHES, "lamp": SWITCHES, "fan": SWITCHES}
ALONE = frozenset({"privacy", "lamp", "fan"})


def site(name: str, room: Room, _devices: Mapping[str, DeviceSettings]) -> RoomService:
    """The room as the rules see it."""
    return RoomService(
        **admission(name, room, ROOM_WORDS),
        door=room.door,
        due_ms=milliseconds(room.due_minutes * 60),
        warn_ms=milliseconds(room.warn_minutes * 60),
        per_person=1,
        privacy=room.privacy,
        lamp=room.lamp,
        fan=room.fan,
    )


def uses(name: str, room: Room) -> Iterator[Use]:
    """The points that it names."""
    return named(name, room, ABILITIES, ALONE)


def essential(_name: str, _room: Room, _file: StationFile) -> Iterator[str]:
    """Its door says what it needs."""
    return iter(())


def faults(loaded: Loaded, name: str, room: Room, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """A door that is none, that nobody goes through or nothing sees, or that leads into another room already."""
    yield from admission_faults(loaded, name, room)
    places, path = loaded.places, ("services", name, "door")
    yield from must_be(loaded, path, (room.door,), Door, "door service")
    door = loaded.services.get(room.door)
    if isinstance(door, Door):
        if not door.room:
            words = f"nobody goes in at {room.door}: it has room = false"
            yield places.error(path, words, "name the door that leads into the room")
        elif not door.presence and not door.counter:
            words = f"nothing sees whether somebody is in behind {room.door}, so the room would never be free by itself"
            yield places.error(path, words, f"add presence = [...] to {room.door}")
    others = [other for other, table in loaded.services.items() if isinstance(table, Room) and table.door == room.door]
    if others and others[0] != name:
        yield places.error(path, f"{room.door} leads into {others[0]} already", "each room needs a door of its own")
    what, due = f"a room of {room.due_minutes} minutes", room.due_minutes
    yield from warning_faults(loaded, name, "warn_minutes", warn=room.warn_minutes, due=due, what=what)
