"""Every type of service, with the module that knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from config.faults import Fault
from config.models import StationFile
from config.services import Service
from drivers.settings import DeviceSettings
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
from station.services.uses import Use

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known


class ServiceKind(Protocol):
    """What a module of this package holds."""

    TABLE: type[Any]

    def site(self, name: str, table: Any, devices: Mapping[str, DeviceSettings], /) -> Any: ...

    def uses(self, name: str, table: Any, /) -> Iterator[Use]: ...

    def essential(self, name: str, table: Any, file: StationFile, /) -> Iterator[str]: ...

    def faults(self, loaded: Loaded, name: str, table: Any, devices: Mapping[str, Known], /) -> Iterator[Fault]: ...


KINDS: tuple[ServiceKind, ...] = (
    watch,
    room,
    door,
    lockers,
    loans,
    books,
    stock,
    sockets,
    appliance,
    climate,
    pressure,
    people,
    alarm,
    screen,
)


def kind_of(service: Service) -> ServiceKind:
    """The module of a service."""
    return next(kind for kind in KINDS if isinstance(service, kind.TABLE))
