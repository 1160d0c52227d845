"""What a station is for: one table a service, one module a type, named as in `type = ...`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field

from config.services.alarm import Alarm
from config.services.appliance import Appliance
from config.services.books import Books
from config.services.climate import Climate
from config.services.door import Door
from config.services.loans import Loans
from config.services.lockers import Lockers
from config.services.people import People
from config.services.pressure import Pressure
from config.services.room import Room
from config.services.screen import Screen
from config.services.sockets import Sockets
from config.services.stock import Stock
from config.services.watch import Watch

Service: TypeAlias = Annotated[
    Door
    | Watch
    | Room
    | Alarm
    | Screen
    | Lockers
    | Loans
    | Books
    | Stock
    | Sockets
    | Appliance
    | Climate
    | Pressure
    | People,
    Field(discriminator="type"),
]

SERVICES: Mapping[str, type[BaseModel]] = {
    str(model.model_fields["type"].annotation.__args__[0]): model  # type: ignore[union-attr]
    for model in (
        *(Door, Watch, Room, Alarm, Screen, Lockers, Loans, Books, Stock, Sockets, Appliance, Climate),
        *(Pressure, People),
    )
}
"""Every type of service and its table."""

__all__ = [
    "SERVICES",
    "Alarm",
    "Appliance",
    "Books",
    "Climate",
    "Door",
    "Loans",
    "Lockers",
    "People",
    "Pressure",
    "Room",
    "Screen",
    "Service",
    "Sockets",
    "Stock",
    "Watch",
]
