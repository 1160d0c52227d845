"""`type = "loans"`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.services.banks import MAX_BANKS, Channels, numbered
from config.tables import Admitting, Name, Point


class Loans(Admitting):
    """Umbrellas, raincoats, power banks: things that wait in slots of a stand, or with tags in a box, and are lent."""

    type: Literal["loans"] = Field(description="things that are lent out of the slots of a stand")
    what: Name = Field(
        description="what is lent: umbrella, raincoat, power-bank, or another word; then name is needed",
        examples=["umbrella"],
    )
    slots: Annotated[tuple[Channels, ...], Field(strict=False, min_length=1, max_length=MAX_BANKS)] = Field(
        description="its slots, each locked by a channel whose contact is closed while a thing is in it; "
        "with a box its things, each with a tag that the reader `board` hears while it is there",
        examples=[[{"board": "stand", "channels": "1-8"}]],
    )
    box: Point = Field("", description="the one lock of a box that things with tags lie in", examples=["strike"])
    pulse_seconds: float = Field(
        3, ge=0.05, le=10, description="how long the lock of the box is driven; lock boards time their own"
    )
    due_hours: int = Field(72, ge=1, le=720, description="how long a thing is lent for")
    warn_minutes: int = Field(60, ge=5, le=1440, description="so long before the end its holder is warned")
    per_person: int = Field(1, ge=1, le=20, description="things that one person may have at the same time")
    lost_days: int = Field(14, ge=1, le=365, description="overdue for so long: it is lost")
    take_seconds: int = Field(20, ge=5, le=120, description="not taken within this time: it stays here")
    return_seconds: int = Field(
        60, ge=10, le=300, description="what is put in within this time after it was asked for is theirs"
    )

    def numbered(self) -> dict[str, tuple[str, int, Channels]]:
        """Every slot by its number: board, channel and bank. A number that comes twice is kept once."""
        return numbered(self.slots)
