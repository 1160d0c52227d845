"""From a station file that `station check` has let through to what the rules see, and to what the drivers get."""

from __future__ import annotations

from typing import Any, cast

from config.models import StationFile
from config.opening import days_of
from drivers import registry
from drivers.contract import Quantity, device_of
from drivers.registry import DriverModule
from drivers.settings import DeviceSettings
from station.rules.site import Site
from station.services import (
    alarm,
    appliance,
    books,
    climate,
    door,
    loans,
    lockers,
    people,
    pressure,
    room,
    screen,
    sockets,
    stock,
    watch,
)
from station.services.admitting import words_of
from station.services.kinds import ServiceKind, kind_of


def device_settings(file: StationFile) -> dict[str, tuple[DriverModule, DeviceSettings]]:
    """Every device with its driver's module and settings, which the file may already hold.

    Raises `registry.UnknownDriver` or pydantic's `ValidationError` for a file that was not checked.
    """
    found = {}
    for name, table in file.devices.items():
        module, settings = registry.find(table.driver), cast("object", table)
        if not isinstance(settings, DeviceSettings):
            settings = module.Settings.model_validate(table.model_dump())
        found[name] = (module, settings)
    return found


def site_of(file: StationFile, roots: tuple[bytes, bytes] | None, version: str, file_hash: str) -> Site:
    """The station as the rules see it.

    Args:
        file: a checked station file.
        roots: the office's two root keys (32 bytes each), None before enrolment.
        version: the program's.
        file_hash: SHA-256 of the station file in hex.
    """
    known = device_settings(file)
    devices = {name: settings for name, (_, settings) in known.items()}
    station = file.station

    def of(kind: ServiceKind) -> dict[str, Any]:
        return {
            name: kind.site(name, table, devices) for name, table in file.services.items() if kind_of(table) is kind
        }

    return Site(
        station=station.id,
        words=words_of(station.name),
        colour=station.colour_shown or "",
        help_phone=station.help_phone,
        office_url=file.office.url if file.office else "",
        groups=station.groups,
        utc_offset_minutes=station.utc_offset_minutes,
        holidays=days_of(station.holidays),
        roots=roots,
        doors=of(door),
        lockers=of(lockers),
        loans=of(loans),
        books=of(books),
        stock=of(stock),
        sockets=of(sockets),
        appliances=of(appliance),
        climates=of(climate),
        pressures=of(pressure),
        people=of(people),
        alarms=of(alarm),
        watches=of(watch),
        rooms=of(room),
        screens=of(screen),
        essential=frozenset(
            device_of(point)
            for name, table in file.services.items()
            for point in kind_of(table).essential(name, table, file)
        ),
        ups=tuple(name for name, (module, _) in known.items() if Quantity.ON_BATTERY in module.Driver.gives),
        version=version,
        file_hash=file_hash,
    )
