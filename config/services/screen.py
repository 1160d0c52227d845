"""`type = "screen"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Name, Names, Table


class Screen(Table):
    """A display for people, and the voice beside it."""

    type: Literal["screen"] = Field(description="a display")
    screen: Name = Field(description="the device that shows pages", examples=["display"])
    voice: Name = Field("", description="the device that speaks")
    touch: bool = Field(default=False, description="people can touch it: what goes without a phone has buttons there")
    opens: Names = Field((), description="the services that its rotating code may open")
