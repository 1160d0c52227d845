"""`type = "lockers"`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from config.tables import Admitting, Name, Table

MAX_BANKS = 8
MAX_CHANNEL = 96

Size: TypeAlias = Literal["small", "medium", "large"]


class Bank(Table):
    """Cells of one kind behind one board. The number printed on a cell is how everybody calls it."""

    board: Name = Field(description="the device that opens them and feels whether they are shut", examples=["cells"])
    channels: str = Field(
        pattern=r"^[1-9][0-9]?(-[1-9][0-9]?)?$", description='one channel or a range of the board, such as "1-16"'
    )
    size: Size = Field("medium", description="how large its cells are")
    accessible: bool = Field(default=False, description="their height suits a wheelchair; given first to who asks")
    first_number: int | None = Field(
        None, ge=1, le=999, description="the number printed on its first cell; without it they go on counting"
    )

    @property
    def channel_numbers(self) -> range:
        """The channels of the board; empty when they are written the wrong way round."""
        first, _, last = self.channels.partition("-")
        return range(int(first), int(last or first) + 1)


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
        cells: dict[str, tuple[str, int, Bank]] = {}
        number = 1
        for bank in self.banks:
            number = bank.first_number or number
            for channel in bank.channel_numbers:
                cells.setdefault(str(number), (bank.board, channel, bank))
                number += 1
        return cells
