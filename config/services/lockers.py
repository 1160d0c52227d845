"""`type = "lockers"`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from config.services.banks import MAX_BANKS, Channels, numbered
from config.tables import Admitting

Size: TypeAlias = Literal["small", "medium", "large"]


class Bank(Channels):
    """Cells of one kind behind one board."""

    size: Size = Field("medium", description="how large its cells are")
    accessible: bool = Field(default=False, description="their height suits a wheelchair; given first to who asks")


class Lockers(Admitting):
    """Cells that people use for a while."""

    type: Literal["lockers"] = Field(description="locker cells")
    banks: Annotated[tuple[Bank, ...], Field(strict=False, min_length=1, max_length=MAX_BANKS)] = Field(
        description="its cells", examples=[[{"board": "cells", "channels": "1-16", "size": "small"}]]
    )
    due_hours: int = Field(24, ge=1, le=720, description="how long a cell is given for")
    warn_minutes: int = Field(60, ge=5, le=1440, description="so long before the end its holder is warned")
    per_person: int = Field(2, ge=1, le=20, description="cells that one person may have at the same time")

    def numbered(self) -> dict[str, tuple[str, int, Bank]]:
        """Every cell by its number: board, channel and bank. A number that comes twice is kept once."""
        return numbered(self.banks)
