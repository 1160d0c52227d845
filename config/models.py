"""The station file: what is screwed to the wall (`devices`) and what it is for (`services`).

Times are in seconds here and in milliseconds inside. What one table cannot know by itself (does this device exist, is
this door safe) is looked at by `station check`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from config.opening import Holiday
from config.services import Service
from config.tables import Colour, Name, StationId, Table, Words

MAX_DEVICES = 100
MAX_SERVICES = 50

COLOURS: dict[str, Colour] = {
    "micro-station": "red",
    "reading-pod": "orange",
    "library": "orange",
    "courier-rest": "yellow",
    "low-carbon": "green",
    "safety": "blue",
}
"""People find a service by its colour."""


class Station(Table):
    """Which station this is."""

    id: StationId = Field(
        description="3 to 32 of a-z 0-9 -; also its name at the broker and in its certificate", examples=["fumin-pod-1"]
    )
    name: Words = Field(
        description="what people call it, in Chinese and English",
        examples=[{"zh": "富民公园阅读微空间", "en": "Fumin Park reading pod"}],
    )
    kind: str = Field(
        pattern=r"^[a-z][a-z0-9-]{1,31}$",
        description=f"gives the colour: {', '.join(f'{kind} {colour}' for kind, colour in COLOURS.items())}",
        examples=["reading-pod"],
    )
    colour: Colour | None = Field(None, description="another colour than the kind's, or for a kind that has none")
    help_phone: str = Field(
        pattern=r"^[0-9+][0-9 *#()-]{2,23}$",
        description="a text in quotes: the number that somebody in need calls; it stands on every page",
        examples=["0760-8888-0000"],
    )
    groups: Annotated[tuple[StationId, ...], Field(strict=False, max_length=16)] = Field(
        (), description="passes for one of these groups open here too; names of 3 to 32 of a-z 0-9 -"
    )
    utc_offset: str = Field(
        "+08:00",
        pattern=r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]$",
        description="local time minus UTC, such as +08:00; opening hours are in local time",
    )
    holidays: Annotated[tuple[Holiday, ...], Field(strict=False, max_length=100)] = Field(
        (), description='days such as "2026-10-01"; services say with holiday_hours what is different then'
    )
    has_clock: bool = Field(default=False, description="a battery keeps the board's clock while the power is off")

    @property
    def colour_shown(self) -> Colour | None:
        """The colour of its pages; None when the kind has none and none is given."""
        return self.colour or COLOURS.get(self.kind)

    @property
    def utc_offset_minutes(self) -> int:
        """Local time minus UTC in minutes."""
        minutes = int(self.utc_offset[1:3]) * 60 + int(self.utc_offset[4:6])
        return -minutes if self.utc_offset.startswith("-") else minutes


class Office(Table):
    """Where the office is; a station without this table runs alone."""

    url: str = Field(
        pattern=r"^https?://[a-z0-9]([a-z0-9.-]{0,198}[a-z0-9])?(:[1-9][0-9]{0,4})?/?$",
        description="what the rotating code leads to: https:// and a host in small letters, without a path "
        "(the code is written in capitals, which only a host does not mind)",
        examples=["https://office.example"],
    )
    broker_host: str = Field(
        "",
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,198}[A-Za-z0-9])?$",
        description="name or address of the MQTT broker; without it the host of `url`",
    )
    broker_port: int = Field(8883, ge=1, le=65535, description="TCP port of the broker")
    broker_tls: bool = Field(default=True, description="false only for a broker on this very machine")

    @property
    def url_host(self) -> str:
        """The host in `url`."""
        return self.url.partition("://")[2].rstrip("/").partition(":")[0]

    @property
    def broker(self) -> tuple[str, int]:
        """Host and port to connect to."""
        return self.broker_host or self.url_host, self.broker_port


class Device(BaseModel):
    """One device: its driver and what that driver wants to know, which `station check` asks the driver itself."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)

    driver: str = Field(
        description="names the driver module: gpio-lock is drivers/gpio_lock.py", examples=["gpio-contact"]
    )


class StationFile(Table):
    """A whole station file."""

    station: Station = Field(description="which station this is")
    office: Office | None = Field(None, description="where the office is; without it the station runs alone")
    devices: dict[Name, Device] = Field(max_length=MAX_DEVICES, description="what is screwed to the wall")
    services: dict[Name, Service] = Field(max_length=MAX_SERVICES, description="what it is for")
