"""What people read about a station at the office; given when the station is added, best from its station file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central.service_kinds import KINDS, NOT_FOR_PEOPLE
from drivers.contract import Words, both
from sync.contract import Line, Name

COLOURS = {
    "micro-station": "red",
    "reading-pod": "orange",
    "library": "orange",
    "courier-rest": "yellow",
    "low-carbon": "green",
    "safety": "blue",
}
"""As in a station file (`config/models.py`). A kind that is not named here is cyan."""
OTHER_COLOUR = "cyan"
DEFAULT_WORDS = {
    "sos": both("Emergency call"),
    "fire": both("Fire alarm"),
    "tamper": both("Tamper alarm"),
    "umbrella": both("Umbrella"),
    "raincoat": both("Raincoat"),
    "power-bank": both("Power bank"),
}
"""By what an alarm or a loan is (`what`); other services are called as in `service_kinds`."""
MAX_FILE_BYTES = 64 * 1024


class AboutFault(ValueError):
    """A station file cannot be read for this; the message says what to do."""


class Bilingual(BaseModel):
    """One line in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: Line
    en: Line


class AboutService(BaseModel):
    """One service that people can ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    type: Name
    words: Bilingual


class About(BaseModel):
    """One station as people know it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Bilingual
    kind: Annotated[str, Field(max_length=32)] = "micro-station"
    own_colour: Annotated[str, Field(max_length=16)] = ""
    help_phone: Annotated[str, Field(max_length=32)] = ""
    groups: list[Name] = []
    services: list[AboutService] = []

    @property
    def colour(self) -> str:
        """red, orange, yellow, green, cyan, blue or purple."""
        return self.own_colour or COLOURS.get(self.kind, OTHER_COLOUR)


def read_station_file(file: Path) -> tuple[str, About]:
    """A station's id and what people read about it, from its station file. `station check` checks the whole.

    Raises `AboutFault`.
    """
    try:
        with file.open("rb") as opened:
            tables = tomllib.loads(opened.read(MAX_FILE_BYTES).decode())
        station = tables["station"]
        services = [_service(name, table) for name, table in tables.get("services", {}).items()]
        about = About(
            name=Bilingual(**station["name"]),
            kind=station["kind"],
            own_colour=station.get("colour", ""),
            help_phone=station["help_phone"],
            groups=station.get("groups", []),
            services=[service for service in services if service.type not in NOT_FOR_PEOPLE],
        )
        return str(station["id"]), about
    except OSError as fault:
        raise AboutFault(f"{file} cannot be read: {fault.strerror}") from fault
    except (KeyError, TypeError, AttributeError, ValidationError, ValueError) as fault:
        raise AboutFault(
            f"{file} is no station file as the office needs it ({fault}): run `station check {file}`"
        ) from fault


def _service(name: str, table: dict[str, Any]) -> AboutService:
    kind = table["type"]
    usual = DEFAULT_WORDS.get(table.get("what", ""), KINDS[kind].words if kind in KINDS else Words(name, name))
    return AboutService(name=name, type=kind, words=Bilingual(**table.get("name", {"zh": usual.zh, "en": usual.en})))
