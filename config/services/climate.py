"""`type = "climate"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Name, Point, Points, Table


class Climate(Table):
    """Fan and air-con of a room, and what has power only while somebody is in."""

    type: Literal["climate"] = Field(description="fan, air-con and power of a room")
    room: Name = Field(description="the door service whose room it is", examples=["door"])
    temperature: Point = Field("", description="the device that measures the room's temperature")
    fan: Point = Field("", description="switched on when it is warm and somebody is in")
    air_con: Point = Field("", description="switched on when it is hot and somebody is in")
    fan_above_c: float = Field(28, ge=10, le=45, description="the fan runs from here on")
    cool_above_c: float = Field(30, ge=10, le=45, description="the air-con runs from here on")
    off_below_c: float = Field(26, ge=5, le=40, description="cooler: both are off")
    rest_minutes: int = Field(3, ge=1, le=60, description="so long after it was off the air-con may start again")
    off: Points = Field(
        (), description="has power from when somebody comes in until the room is surely empty: two sensors must agree"
    )
