"""`type = "room"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Admitting, Name, Point


class Room(Admitting):
    """A room that one person or party has for a while: to nurse, to read aloud, to study."""

    type: Literal["room"] = Field(description="a room for a while")
    door: Name = Field(description="the door service that leads into it", examples=["booth"])
    due_minutes: int = Field(60, ge=10, le=1440, description="how long it is given for")
    warn_minutes: int = Field(5, ge=1, le=60, description="so long before the end whoever is in is told")
    privacy: Point = Field(
        "", description="switched on while it is taken and somebody is in: an occupied lamp, or a bolt outside the lock"
    )
    lamp: Point = Field("", description="switched on while it is taken and somebody is in")
    fan: Point = Field("", description="switched on while it is taken and somebody is in")
