"""`type = "pressure"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Pressure, Screen
from drivers.settings import DeviceSettings
from station.rules.site import PressureService
from station.services.admitting import milliseconds
from station.services.named_services import must_be
from station.services.uses import FEELS, MEASURES_PRESSURE, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Pressure
ABILITIES = {"meter": MEASURES_PRESSURE, "button": FEELS}
ALONE = frozenset({"meter", "button"})


def site(name: str, pressure: Pressure, _devices: Mapping[str, DeviceSettings]) -> PressureService:
    """The meter as the rules see it."""
    return PressureService(
        name=name,
        meter=pressure.meter,
        button=pressure.button,
        screen=pressure.screen,
        pressed_closed=pressure.pressed == "closed",
        show_ms=milliseconds(pressure.show_seconds),
    )


def uses(name: str, pressure: Pressure) -> Iterator[Use]:
    """The points that it names."""
    return named(name, pressure, ABILITIES, ALONE)


def essential(_name: str, _pressure: Pressure, _file: StationFile) -> Iterator[str]:
    """A station without it is still one."""
    return iter(())


def faults(loaded: Loaded, name: str, pressure: Pressure, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """A screen that is none, and a button whose cut wire would tighten the cuff."""
    yield from must_be(loaded, ("services", name, "screen"), (pressure.screen,), Screen, "screen service")
    if pressure.pressed == "open":
        words = f"a cut wire to {pressure.button} reads as pressed, and the cuff would tighten"
        yield loaded.places.warning(
            ("services", name, "pressed"), words, 'a button that closes, and pressed = "closed"'
        )
