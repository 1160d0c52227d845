"""The station file: what is screwed to the wall (`devices`) and what it is for (`services`).

Times are in seconds here and in milliseconds inside. What one table cannot know by itself (does this device exist, is
this door safe) is looked at by `station check`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

MAX_DEVICES = 100
MAX_SERVICES = 50

Colour: TypeAlias = Literal["red", "orange", "yellow", "green", "cyan", "blue", "purple"]
Role: TypeAlias = Literal["resident", "courier", "volunteer", "keeper"]
Way: TypeAlias = Literal["order", "pass_bound", "pass_static"]

COLOURS: dict[str, Colour] = {
    "micro-station": "red",
    "reading-pod": "orange",
    "library": "orange",
    "courier-rest": "yellow",
    "low-carbon": "green",
    "safety": "blue",
}
"""People find a service by its colour."""

Line: TypeAlias = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,60}$", examples=["富民公园阅读微空间"])]
StationId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9-]{3,32}$")]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
Names: TypeAlias = Annotated[tuple[Name, ...], Field(strict=False, max_length=16)]


class Table(BaseModel):
    """A table in which every key is known and every value is of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Words(Table):
    """One line for people, in both languages."""

    zh: Line = Field(description="in Chinese, at most 60 characters on one line")
    en: Line = Field(description="in English, at most 60 characters on one line", examples=["Fumin Park reading pod"])


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

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    driver: str = Field(
        description="names the driver module: gpio-lock is drivers/gpio_lock.py", examples=["gpio-contact"]
    )


class Door(Table):
    """A door and the room behind it. Devices are named as in `[devices.NAME]`."""

    type: Literal["door"] = Field(description="a door")
    name: Words | None = Field(None, description="what people call this door; without it simply 门 / Door")
    room: bool = Field(default=True, description="false: nobody can go in and be shut in (a cupboard, a hatch)")
    egress: Literal["mechanical", "hardwired"] | None = Field(
        None,
        description="how people get out of the room without the controller: a handle that always opens (mechanical), "
        "or a button that cuts the lock's power (hardwired)",
    )
    lock: Name = Field(description="the device that unlocks", examples=["strike"])
    reader: Name = Field("", description="the device that reads people's codes")
    contact: Name = Field("", description="closed while the door is shut")
    lock_monitor: Name = Field("", description="closed while the lock is locked")
    egress_button: Name = Field("", description="closed while the exit button is pressed; it is only watched")
    fire: Name = Field("", description="the fire relay's loop, open while it burns; it is only watched")
    lamp: Name = Field("", description="switched on while somebody is in")
    presence: Names = Field((), description="the devices that see people in the room")
    pulse_seconds: float = Field(3, ge=0.05, le=60, description="how long the lock is driven for one opening")
    unlock_seconds: int = Field(8, ge=1, le=120, description="within this time after a grant the door may be opened")
    held_open_seconds: int = Field(45, ge=5, le=3600, description="open for longer is an alarm, a warning at half")
    empty_after_seconds: int = Field(120, ge=10, le=3600, description="seen nobody for so long: the room is empty")
    hours: str = Field(
        "always",
        pattern=r"^(always|([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00))$",
        description='"always", or from and to in local time such as "06:00-23:00"; keepers may always come in',
    )
    roles: Annotated[tuple[Role, ...], Field(strict=False, min_length=1)] = Field(
        ("resident", "courier", "volunteer", "keeper"), description="who may come in"
    )
    accepts: Annotated[tuple[Way, ...], Field(strict=False, min_length=1)] = Field(
        ("order", "pass_bound"),
        description="order: the office, asked with a phone at this screen; pass_bound: a pass tied to one phone; "
        "pass_static: a pass that can be printed, and copied",
    )
    when_unrecorded: Literal["refuse", "admit"] = Field(
        "refuse", description="what to do while the journal cannot be written; one-time passes are refused anyhow"
    )
    revocations_max_age_hours: int = Field(
        168, ge=1, le=8760, description="passes open for so long after the office last confirmed who is shut out"
    )

    @property
    def minutes_open(self) -> tuple[int, int]:
        """`hours` as minutes of the local day; (0, 1440) is always."""
        if self.hours == "always":
            return 0, 1440
        opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in self.hours.split("-"))
        return opens, closes


class Alarm(Table):
    """A button, contact or relay that raises an alarm."""

    type: Literal["alarm"] = Field(description="an alarm")
    what: Literal["sos", "fire", "tamper"] = Field(
        description="sos: somebody calls for help; fire; tamper: a box was opened", examples=["sos"]
    )
    name: Words | None = Field(None, description="what people call it; without it the usual words for `what`")
    button: Name = Field(description="the device whose circuit raises it", examples=["sos_button"])
    pressed: Literal["open", "closed"] = Field(
        "open", description="the circuit's state that means alarm; open, so that a cut wire raises it too"
    )
    siren: Name = Field("", description="switched on while the alarm is new")
    light: Name = Field("", description="switched on until the alarm is cleared")
    releases: Names = Field((), description="the door services whose locks it releases")
    escalate_after_seconds: int = Field(120, ge=10, le=3600, description="nobody has answered for so long: louder")
    siren_limit_seconds: int = Field(600, ge=5, le=3600, description="the longest time for which the siren sounds")


class Screen(Table):
    """A display for people, and the voice beside it."""

    type: Literal["screen"] = Field(description="a display")
    screen: Name = Field(description="the device that shows pages", examples=["display"])
    voice: Name = Field("", description="the device that speaks")
    opens: Names = Field((), description="the door services that its rotating code may open")


Service: TypeAlias = Annotated[Door | Alarm | Screen, Field(discriminator="type")]


class StationFile(Table):
    """A whole station file."""

    station: Station = Field(description="which station this is")
    office: Office | None = Field(None, description="where the office is; without it the station runs alone")
    devices: dict[Name, Device] = Field(max_length=MAX_DEVICES, description="what is screwed to the wall")
    services: dict[Name, Service] = Field(max_length=MAX_SERVICES, description="what it is for")
