"""`type = "sockets"`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.tables import Admitting, Name, Point, Table

MAX_SOCKETS = 32


class Socket(Table):
    """One socket behind a relay. The name printed on it is how everybody calls it."""

    relay: Point = Field(description="the point that gives it power", examples=["relays/1"])
    meter: Point = Field("", description="the device that measures what is drawn from it")


class Sockets(Admitting):
    """Sockets at which people charge their phones for a while."""

    type: Literal["sockets"] = Field(description="sockets for charging")
    sockets: Annotated[dict[Name, Socket], Field(min_length=1, max_length=MAX_SOCKETS)] = Field(
        description="each socket by the name that is printed on it", examples=[{"1": {"relay": "relays/1"}}]
    )
    limit_minutes: int = Field(120, ge=10, le=1440, description="how long one session lasts")
    limit_wh: int = Field(60, ge=1, le=5000, description="a session that has drawn so much ends; needs a meter")
    power_max_w: int = Field(60, ge=5, le=3500, description="a tenth more for 3 s is cut; needs a meter")
    temperature: Point = Field("", description="the device that measures how hot the place behind the sockets is")
    temperature_max_c: float = Field(55, ge=30, le=90, description="hotter is cut, and nothing is given")
    safe_minutes: int = Field(
        10, ge=1, le=60, description="how long a session goes on after a power cut while the time is not known"
    )
    unplugged_minutes: int = Field(
        2, ge=1, le=60, description="nothing drawn for so long: it was unplugged and ends; needs a meter"
    )
    per_person: int = Field(1, ge=1, le=10, description="sockets that one person may have at the same time")
