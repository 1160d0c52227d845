"""`type = "alarm"`: from the file to the rules, what it wants of devices, and what makes it unsafe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Alarm, Door
from drivers.contract import both
from drivers.settings import DeviceSettings
from station.rules.site import AlarmService
from station.services.admitting import milliseconds, words_of
from station.services.named_services import must_be
from station.services.uses import FEELS, SWITCHES, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Alarm
ALARM_WORDS = {
    "sos": both("SOS"),
    "fire": both("Fire alarm"),
    "tamper": both("Tamper alarm"),
}
ABILITIES = {"button": FEELS, "siren": SWITCHES, "light": SWITCHES}
ALONE = frozenset({"button", "siren"})


def site(name: str, alarm: Alarm, _devices: Mapping[str, DeviceSettings]) -> AlarmService:
    """The alarm as the rules see it."""
    return AlarmService(
        name=name,
        words=words_of(alarm.name) if alarm.name else ALARM_WORDS[alarm.what],
        what=alarm.what,
        button=alarm.button,
        pressed_closed=alarm.pressed == "closed",
        siren=alarm.siren,
        light=alarm.light,
        releases=alarm.releases,
        escalate_after_s=alarm.escalate_after_seconds,
        siren_limit_ms=milliseconds(alarm.siren_limit_seconds),
    )


def uses(name: str, alarm: Alarm) -> Iterator[Use]:
    """The points that it names."""
    return named(name, alarm, ABILITIES, ALONE)


def essential(_name: str, alarm: Alarm, _file: StationFile) -> Iterator[str]:
    """An alarm without its button is none."""
    yield alarm.button


def faults(loaded: Loaded, name: str, alarm: Alarm, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Doors that it releases are there, and the fire loop is read the right way round."""
    yield from must_be(loaded, ("services", name, "releases"), alarm.releases, Door, "door service")
    loops = {door.fire for door in loaded.services.values() if isinstance(door, Door)}
    if alarm.pressed == "closed" and alarm.button in loops:
        words = f"{alarm.button} is the fire loop of a door, which is open while it burns"
        yield loaded.places.error(("services", name, "pressed"), words, 'pressed = "open"')
