"""What a station is for: one table a service, one module a type, named as in `type = ...`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field

from config.services.alarm import Alarm
from config.services.door import Door
from config.services.lockers import Lockers
from config.services.screen import Screen

Service: TypeAlias = Annotated[Door | Alarm | Screen | Lockers, Field(discriminator="type")]

SERVICES: Mapping[str, type[BaseModel]] = {
    str(model.model_fields["type"].annotation.__args__[0]): model  # type: ignore[union-attr]
    for model in (Door, Alarm, Screen, Lockers)
}
"""Every type of service and its table."""

__all__ = ["SERVICES", "Alarm", "Door", "Lockers", "Screen", "Service"]
