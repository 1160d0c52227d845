"""`type = "appliance"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Appliance
from drivers.contract import both
from drivers.settings import DeviceSettings
from station.rules.site import ApplianceService, Load
from station.services.admitting import admission, admission_faults, milliseconds
from station.services.uses import FEELS, MEASURES_POWER, POWERS, READS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Appliance
APPLIANCE_WORDS = both("Appliance")
ABILITIES = {"reader": READS, "relay": POWERS, "meter": MEASURES_POWER, "water": FEELS}
ALONE = frozenset({"relay", "meter"})


def site(name: str, appliance: Appliance, _devices: Mapping[str, DeviceSettings]) -> ApplianceService:
    """The appliance as the rules see it."""
    return ApplianceService(
        **admission(name, appliance, APPLIANCE_WORDS),
        load=Load(appliance.relay, appliance.meter, appliance.power_max_w or 0),
        run_ms=milliseconds(appliance.run_seconds),
        rest_ms=milliseconds(appliance.rest_seconds),
        big_load=appliance.big_load,
        water=appliance.water,
    )


def uses(name: str, appliance: Appliance) -> Iterator[Use]:
    """The points that it names."""
    return named(name, appliance, ABILITIES, ALONE)


def essential(_name: str, _appliance: Appliance, _file: StationFile) -> Iterator[str]:
    """A station without it is still one."""
    return iter(())


def faults(loaded: Loaded, name: str, appliance: Appliance, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """A limit that nothing measures, and something without a name of its own."""
    yield from admission_faults(loaded, name, appliance)
    if appliance.power_max_w is not None and not appliance.meter:
        words = "nothing measures what it draws, so this limit holds nothing"
        yield loaded.places.error(("services", name, "power_max_w"), words, "add meter = ..., or leave it out")
    if appliance.name is None:
        words = "people would read only that an appliance is on"
        mend = 'add name = { zh = "微波炉", en = "Microwave" }'
        yield loaded.places.warning(("services", name), words, mend)
