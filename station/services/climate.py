"""`type = "climate"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Climate, Door
from drivers.settings import DeviceSettings
from station.rules.climate import VOTERS
from station.rules.site import ClimateService
from station.services.admitting import milliseconds
from station.services.named_services import must_be
from station.services.uses import MEASURES_TEMPERATURE, POWERS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Climate
ABILITIES = {"temperature": MEASURES_TEMPERATURE, "fan": POWERS, "air_con": POWERS, "off": POWERS}
ALONE = frozenset({"fan", "air_con", "off"})


def site(name: str, climate: Climate, _devices: Mapping[str, DeviceSettings]) -> ClimateService:
    """The climate as the rules see it."""
    return ClimateService(
        name=name,
        room=climate.room,
        temperature=climate.temperature,
        fan=climate.fan,
        air_con=climate.air_con,
        fan_above_c=climate.fan_above_c,
        cool_above_c=climate.cool_above_c,
        off_below_c=climate.off_below_c,
        rest_ms=milliseconds(climate.rest_minutes * 60),
        off=climate.off,
    )


def uses(name: str, climate: Climate) -> Iterator[Use]:
    """The points that it names."""
    return named(name, climate, ABILITIES, ALONE)


def essential(_name: str, _climate: Climate, _file: StationFile) -> Iterator[str]:
    """Comfort stops no service."""
    return iter(())


def faults(loaded: Loaded, name: str, climate: Climate, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """A room that is none, or that nothing sees; temperatures the wrong way round."""
    yield from must_be(loaded, ("services", name, "room"), (climate.room,), Door, "door service")
    yield from _seen(loaded, name, climate)
    path = ("services", name)
    for key, point, above_c in (
        ("fan_above_c", climate.fan, climate.fan_above_c),
        ("cool_above_c", climate.air_con, climate.cool_above_c),
    ):
        if point and not climate.temperature:
            words = f"nothing measures how warm it is, so {point} would never run"
            yield loaded.places.error((*path, "temperature"), words, "add temperature = ...")
        if point and above_c <= climate.off_below_c:
            words = f"{point} would be switched on and off again and again: it is off below {climate.off_below_c:g} °C"
            yield loaded.places.error((*path, key), words, f"more than off_below_c = {climate.off_below_c:g}")


def _seen(loaded: Loaded, name: str, climate: Climate) -> Iterator[Fault]:
    door = loaded.services.get(climate.room)
    if not isinstance(door, Door):
        return
    path = ("services", name)
    if not door.presence:
        words = f"nothing sees whether somebody is in behind {climate.room}"
        yield loaded.places.error((*path, "room"), words, f"add presence = [...] to {climate.room}")
    elif climate.off and len({*door.presence, door.counter} - {""}) < VOTERS:
        words = "power is never taken away on the word of one sensor, so these would stay on"
        yield loaded.places.error((*path, "off"), words, f"add a second sensor to presence of {climate.room}")
