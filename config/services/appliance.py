"""`type = "appliance"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Admitting, Point


class Appliance(Admitting):
    """A microwave, a kettle, a water dispenser: something that runs for a moment."""

    type: Literal["appliance"] = Field(description="a microwave, kettle or the like")
    relay: Point = Field(description="the point that gives it power", examples=["relays/5"])
    meter: Point = Field("", description="the device that measures what it draws")
    run_seconds: int = Field(ge=1, le=7200, description="the longest run", examples=[180])
    rest_seconds: int = Field(0, ge=0, le=3600, description="so long after a run it does not start again")
    big_load: bool = Field(default=False, description="only one big load of the station runs at a time")
    power_max_w: int | None = Field(None, ge=5, le=3500, description="a tenth more for 3 s is cut; needs a meter")
    water: Point = Field("", description="closed while there is water")
