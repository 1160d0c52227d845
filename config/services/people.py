"""`type = "people"`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from config.tables import Admitting, Name, Role, Words

MAX_TASKS = 8
"""As many as fit on a touch screen beside signing on and off."""


class People(Admitting):
    """The volunteers who look after the station, and what people think of it."""

    type: Literal["people"] = Field(description="volunteers and ratings")
    roles: Annotated[tuple[Role, ...], Field(strict=False, min_length=1)] = Field(
        ("volunteer", "keeper"), description="who signs on and off"
    )
    tasks: Annotated[Mapping[Name, Words], Field(max_length=MAX_TASKS)] = Field(
        {},
        description="what volunteers tick when it is done, each by a name of its own; the words are the button's",
        examples=[{"clean": {"zh": "打扫完毕", "en": "Cleaned"}}],
    )
    shift_hours: int = Field(8, ge=1, le=24, description="who has not signed off after so long has forgotten to")
    rating: bool = Field(default=False, description="people may rate the station with five buttons on a touch screen")
