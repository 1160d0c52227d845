"""`type = "watch"`: from the file to the rules, what it wants of devices, and what would be too much noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Watch
from drivers.settings import DeviceSettings
from station.rules.site import WatchService
from station.services.uses import SWITCHES, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Watch
ABILITIES = {"siren": SWITCHES, "light": SWITCHES}
ALONE = frozenset({"siren"})
BY_HAND = frozenset({"forced", "tamper"})
"""Causes behind which somebody stands who may be scared away."""


def site(name: str, watch: Watch, _devices: Mapping[str, DeviceSettings]) -> WatchService:
    """What is watched for, as the rules see it."""
    return WatchService(
        name=name,
        causes=frozenset(watch.causes),
        siren=watch.siren,
        light=watch.light,
        escalate_after_s=watch.escalate_after_seconds,
    )


def uses(name: str, watch: Watch) -> Iterator[Use]:
    """The points that it names."""
    return named(name, watch, ABILITIES, ALONE)


def essential(_name: str, _watch: Watch, _file: StationFile) -> Iterator[str]:
    """It only tells."""
    return iter(())


def faults(loaded: Loaded, name: str, watch: Watch, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Each cause is watched for once, and a siren only sounds where it scares somebody away."""
    for other, table in loaded.services.items():
        if other == name:
            break
        both = [cause for cause in watch.causes if isinstance(table, Watch) and cause in table.causes]
        if both:
            words = f"{other} watches for {', '.join(both)} already"
            yield loaded.places.error(("services", name, "causes"), words, "name each cause in one table only")
    quiet = [cause for cause in watch.causes if cause not in BY_HAND]
    if watch.siren and quiet:
        words = f"the siren would sound for {', '.join(quiet)} too, which scares people and calls nobody"
        mend = 'causes = ["forced", "tamper"] here, and a second table without a siren for the others'
        yield loaded.places.warning(("services", name, "siren"), words, mend)
