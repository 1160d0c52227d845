"""`type = "door"`: from the file to the rules, what it wants of devices, and what makes it unsafe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault, Places
from config.models import StationFile
from config.services import Door
from drivers.contract import both, device_of
from drivers.settings import DeviceSettings
from station.rules.site import DoorService
from station.services.admitting import admission, admission_faults, milliseconds, screens_that_open
from station.services.uses import COUNTS, FEELS, READS, SEES, SWITCHES, UNLOCKS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Door
DOOR_WORDS = both("Door")
ABILITIES = {
    "lock": UNLOCKS,
    "reader": READS,
    "contact": FEELS,
    "lock_monitor": FEELS,
    "egress_button": FEELS,
    "fire": FEELS,
    "lamp": SWITCHES,
    "presence": SEES,
    "counter": COUNTS,
}
ALONE = frozenset({"lock", "contact", "lock_monitor", "egress_button", "counter"})


def site(name: str, door: Door, devices: Mapping[str, DeviceSettings]) -> DoorService:
    """The door as the rules see it."""
    lock = devices[device_of(door.lock)]
    return DoorService(
        **admission(name, door, DOOR_WORDS),
        lock=door.lock,
        contact=door.contact,
        lock_monitor=door.lock_monitor,
        egress_button=door.egress_button,
        fire=door.fire,
        lamp=door.lamp,
        presence=door.presence,
        counter=door.counter,
        pulse_ms=milliseconds(door.pulse_seconds),
        unlock_ms=milliseconds(door.unlock_seconds),
        held_open_ms=milliseconds(door.held_open_seconds),
        empty_after_ms=milliseconds(door.empty_after_seconds),
        welfare_after_ms=milliseconds(door.welfare_after_hours * 3600),
        holds_open=getattr(lock, "may_be_held", False) is True,
        admits_unrecorded=door.when_unrecorded == "admit",
        room=door.room,
    )


def uses(name: str, door: Door) -> Iterator[Use]:
    """The points that it names."""
    return named(name, door, ABILITIES, ALONE)


def essential(name: str, door: Door, file: StationFile) -> Iterator[str]:
    """The lock, and the only way in."""
    yield door.lock
    shown_on = [screen.screen for screen in screens_that_open(file.services, name)]
    ways_in = [*([door.reader] if door.reader else []), *shown_on]
    if len(ways_in) == 1:
        yield ways_in[0]


def faults(loaded: Loaded, name: str, door: Door, devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Everything that is unsafe or contradicts itself."""
    lock = devices.get(device_of(door.lock))
    settings = lock.settings if lock else None
    yield from _way_out(loaded.places, name, door, settings)
    yield from _pulse(loaded.places, name, door, settings)
    yield from _times(loaded.places, name, door)
    yield from admission_faults(loaded, name, door)
    yield from _unrecorded(loaded.places, name, door)
    yield from _what_is_seen(loaded.places, name, door)


def _way_out(places: Places, name: str, door: Door, lock: DeviceSettings | None) -> Iterator[Fault]:
    """Nobody may be locked in, whatever the controller does and whether there is current or not."""
    if not door.room:
        return
    path = ("services", name, "egress")
    fail = getattr(lock, "fail", None)
    if door.egress is None:
        words = "people go in here, and nothing says how they get out without the controller"
        mend = (
            'egress = "mechanical" (the inside handle always opens) or "hardwired" (a button cuts the lock\'s power); '
            "room = false if nobody can go in"
        )
        yield places.error(path, words, mend)
    elif fail == "safe" and door.egress != "hardwired":
        words = f"{door.lock} holds the door by current: an inside handle does not open it"
        mend = 'wire an exit button and the fire relay into the lock\'s supply, then write egress = "hardwired"'
        yield places.error(path, words, mend)
    elif fail == "secure" and door.egress == "hardwired":
        words = f"without power {door.lock} stays locked, so a button that cuts its power lets nobody out"
        mend = (
            'fit an inside handle that always opens and write egress = "mechanical", or fit a lock with fail = "safe"'
        )
        yield places.error(path, words, mend)
    elif door.egress == "hardwired" and not door.fire:
        words = "the fire relay must cut this lock's power, and nothing here sees that it has done so"
        yield places.warning(("services", name, "fire"), words, "watch the relay's loop with a contact: fire = ...")


def _pulse(places: Places, name: str, door: Door, lock: DeviceSettings | None) -> Iterator[Fault]:
    path = ("services", name, "pulse_seconds")
    longest_ms = getattr(lock, "pulse_max_ms", None)
    if isinstance(longest_ms, int) and door.pulse_seconds * 1000 > longest_ms:
        words = f"{door.lock} may be driven for at most {longest_ms / 1000:g} s"
        mend = f"pulse_seconds = {longest_ms / 1000:g}, or raise pulse_max_ms if the lock's maker allows it"
        yield places.error(path, words, mend)
    if door.pulse_seconds > door.unlock_seconds:
        words = f"the lock would be driven for longer than the {door.unlock_seconds} s in which the door may be opened"
        yield places.error(path, words, f"at most unlock_seconds = {door.unlock_seconds}")


def _times(places: Places, name: str, door: Door) -> Iterator[Fault]:
    if door.held_open_seconds < door.unlock_seconds:
        words = f"an open door would be an alarm within the {door.unlock_seconds} s in which it may be opened"
        mend = f"at least unlock_seconds = {door.unlock_seconds}"
        yield places.error(("services", name, "held_open_seconds"), words, mend)


def _unrecorded(places: Places, name: str, door: Door) -> Iterator[Fault]:
    if door.when_unrecorded == "admit" and "pass_static" in door.accepts:
        words = "people would come in without a record by a pass that anybody can copy"
        mend = 'when_unrecorded = "refuse", or take "pass_static" out of accepts'
        yield places.error(("services", name, "when_unrecorded"), words, mend)


def _what_is_seen(places: Places, name: str, door: Door) -> Iterator[Fault]:
    path = ("services", name)
    if not door.contact:
        words = "without a contact nobody learns whether the door was opened, forced or left open"
        yield places.warning(path, words, "add contact = ...")
    elif door.room and not door.presence and not door.counter and not door.egress_button:
        words = "a door that is forced cannot be told from somebody who leaves"
        yield places.warning(path, words, "add presence = [...] or egress_button = ...")
    if door.lamp and not door.presence and not door.counter:
        words = "nothing sees the room empty, so the lamp would never go off"
        yield places.warning((*path, "lamp"), words, "add presence = [...]")
