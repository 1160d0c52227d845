"""`type = "stock"`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.tables import Admitting, Name, Point, Table, Words

MAX_ITEMS = 64


class StockItem(Table):
    """Something that is given away by the piece."""

    name: Words = Field(description="what people call it", examples=[{"zh": "创可贴", "en": "Plaster"}])
    low: int = Field(0, ge=0, le=999, description="no more than so many left: volunteers are told")
    points: int = Field(0, ge=0, le=9999, description="volunteer points that one piece costs")
    per_day: int = Field(0, ge=0, le=999, description="pieces that one person may have a day; 0: no limit")
    lock: Point = Field("", description="opens its own compartment", examples=["cells/9"])
    contact: Point = Field("", description="closed while its compartment is shut; on a lock board the same channel")


class Stock(Admitting):
    """A medicine box, a vending cupboard: what is left of each thing, who took it, what has to be refilled."""

    type: Literal["stock"] = Field(description="a medicine box or vending cupboard")
    items: Annotated[dict[Name, StockItem], Field(min_length=1, max_length=MAX_ITEMS)] = Field(
        description="each thing by a short name",
        examples=[{"plaster": {"name": {"zh": "创可贴", "en": "Plaster"}, "low": 3}}],
    )
    lock: Point = Field("", description="opens the whole box")
    contact: Point = Field("", description="closed while the box is shut; on a lock board the same channel")
    pulse_seconds: float = Field(
        0.5, ge=0.05, le=10, description="how long a lock is driven; lock boards time their own"
    )
    offline_points: int = Field(
        0, ge=0, le=9999, description="points that one person may spend a day by a pass, without asking the office"
    )
