"""What people read about a station at the office; given when the station is added."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sync.contract import Line, Name

COLOURS = {
    "micro-station": "red",
    "reading-pod": "orange",
    "library": "orange",
    "courier-rest": "yellow",
    "low-carbon": "green",
}
"""People find a service by its colour; a kind that is not named here is cyan."""
OTHER_COLOUR = "cyan"


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
    help_phone: Annotated[str, Field(max_length=32)] = ""
    groups: list[Name] = []
    services: list[AboutService] = []

    @property
    def colour(self) -> str:
        """red, orange, yellow, green or cyan."""
        return COLOURS.get(self.kind, OTHER_COLOUR)
