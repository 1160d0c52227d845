"""`type = "alarm"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Names, Point, Table, Words


class Alarm(Table):
    """A button, contact or relay that raises an alarm."""

    type: Literal["alarm"] = Field(description="an alarm")
    what: Literal["sos", "fire", "tamper"] = Field(
        description="sos: somebody calls for help; fire; tamper: a box was opened", examples=["sos"]
    )
    name: Words | None = Field(None, description="what people call it; without it the usual words for `what`")
    button: Point = Field(description="the device whose circuit raises it", examples=["sos_button"])
    pressed: Literal["open", "closed"] = Field(
        "open", description="the circuit's state that means alarm; open, so that a cut wire raises it too"
    )
    siren: Point = Field("", description="switched on while the alarm is new")
    light: Point = Field("", description="switched on until the alarm is cleared")
    releases: Names = Field((), description="the door services whose locks it releases")
    escalate_after_seconds: int = Field(120, ge=10, le=3600, description="nobody has answered for so long: louder")
    siren_limit_seconds: int = Field(600, ge=5, le=3600, description="the longest time for which the siren sounds")
