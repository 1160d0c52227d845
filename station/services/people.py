"""`type = "people"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import People
from drivers.contract import both
from drivers.settings import DeviceSettings
from station.rules.site import PeopleService
from station.services.admitting import admission, admission_faults, milliseconds, screens_that_open, words_of
from station.services.uses import READS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = People
PEOPLE_WORDS = both("Volunteers")


def site(name: str, people: People, _devices: Mapping[str, DeviceSettings]) -> PeopleService:
    """The service as the rules see it."""
    return PeopleService(
        **admission(name, people, PEOPLE_WORDS),
        tasks={task: words_of(words) for task, words in people.tasks.items()},
        shift_ms=milliseconds(people.shift_hours * 3600),
        rating=people.rating,
    )


def uses(name: str, people: People) -> Iterator[Use]:
    """The reader."""
    return named(name, people, {"reader": READS})


def essential(_name: str, _people: People, _file: StationFile) -> Iterator[str]:
    """A station without it is still one."""
    return iter(())


def faults(loaded: Loaded, name: str, people: People, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Residents who would sign on, and ratings that nobody can press."""
    yield from admission_faults(loaded, name, people)
    strangers = [role for role in people.roles if role not in ("volunteer", "keeper")]
    if strangers:
        words = f"{' and '.join(strangers)} would sign on, and see what the volunteers see"
        yield loaded.places.warning(("services", name, "roles"), words, 'roles = ["volunteer", "keeper"]?')
    if people.rating and not any(screen.touch for screen in screens_that_open(loaded.services, name)):
        words = "no touch screen shows this service, so nobody can rate"
        mend = f'touch = true and "{name}" in opens of a screen'
        yield loaded.places.error(("services", name, "rating"), words, mend)
