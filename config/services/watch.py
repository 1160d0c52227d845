"""`type = "watch"`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from config.tables import Point, Table

Cause: TypeAlias = Literal["forced", "held", "tamper", "lost", "hot", "flood"]
ALL_CAUSES: tuple[Cause, ...] = ("forced", "held", "tamper", "lost", "hot", "flood")


class Watch(Table):
    """What to do about alarms that nobody presses; without such a table all of them are raised, without a siren."""

    type: Literal["watch"] = Field(description="alarms that the station raises by itself")
    causes: Annotated[tuple[Cause, ...], Field(strict=False, min_length=1)] = Field(
        ALL_CAUSES,
        description="forced: opened without a right; held: a door stays open; tamper: a device's settings were "
        "changed; lost: a needed device does not answer; hot: board or room; flood: refused codes one after the other",
        examples=[["forced", "tamper"]],
    )
    siren: Point = Field("", description="switched on while such an alarm is new")
    light: Point = Field("", description="switched on until it is cleared")
    escalate_after_seconds: int = Field(600, ge=10, le=86_400, description="nobody has answered for so long: louder")
