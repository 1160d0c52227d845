"""`type = "screen"`: from the file to the rules, what it wants of devices, and what it may open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Screen
from config.tables import Admitting
from drivers.settings import DeviceSettings
from station.rules.site import ScreenService
from station.services.named_services import must_be
from station.services.uses import SHOWS, SPEAKS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Screen
ABILITIES = {"screen": SHOWS, "voice": SPEAKS}
ALONE = frozenset({"screen"})


def site(name: str, screen: Screen, _devices: Mapping[str, DeviceSettings]) -> ScreenService:
    """The screen as the rules see it."""
    return ScreenService(name=name, screen=screen.screen, opens=screen.opens, voice=screen.voice, touch=screen.touch)


def uses(name: str, screen: Screen) -> Iterator[Use]:
    """The points that it names."""
    return named(name, screen, ABILITIES, ALONE)


def essential(_name: str, _screen: Screen, _file: StationFile) -> Iterator[str]:
    """A door whose only way in is this screen says so itself."""
    return iter(())


def faults(loaded: Loaded, name: str, screen: Screen, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """What it opens is there, and there is an office whose page its code leads to."""
    yield from must_be(loaded, ("services", name, "opens"), screen.opens, Admitting, "service for people")
    if screen.opens and not loaded.places.line_of(("office",)):
        words = "there is no [office], so this screen shows no code; people need a pass and a reader"
        yield loaded.places.warning(("services", name, "opens"), words, 'add [office] with url = "https://..."')
