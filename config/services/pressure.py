"""`type = "pressure"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Name, Point, Table


class Pressure(Table):
    """A blood pressure meter that shows its result to whoever sits at it, and to nobody else."""

    type: Literal["pressure"] = Field(description="a blood pressure meter")
    meter: Name = Field(description="the device that measures", examples=["cuff"])
    button: Point = Field(description="begins a measurement; pressed again it opens the cuff", examples=["cuff_button"])
    pressed: Literal["open", "closed"] = Field(
        "closed", description="the circuit's state while it is pressed; closed, so that a cut wire begins nothing"
    )
    screen: Name = Field(description="the screen service beside it, which shows the result", examples=["screen"])
    show_seconds: int = Field(45, ge=10, le=120, description="how long the result stays on the screen")
