"""Channels of boards that bear printed numbers: what lockers, and stands of things that are lent, are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import Field

from config.tables import Name, Table

MAX_BANKS = 8


class Channels(Table):
    """Channels of one board. The number printed beside each is how everybody calls it."""

    board: Name = Field(description="the device that opens them and feels whether they are shut", examples=["cells"])
    channels: str = Field(
        pattern=r"^[1-9][0-9]?(-[1-9][0-9]?)?$", description='one channel or a range of the board, such as "1-16"'
    )
    first_number: int | None = Field(
        None, ge=1, le=999, description="the number printed on the first of them; without it they go on counting"
    )

    @property
    def channel_numbers(self) -> range:
        """The channels of the board; empty when they are written the wrong way round."""
        first, _, last = self.channels.partition("-")
        return range(int(first), int(last or first) + 1)


Bank = TypeVar("Bank", bound=Channels)


def numbered(banks: Iterable[Bank]) -> dict[str, tuple[str, int, Bank]]:
    """Every channel by its printed number: board, channel and bank. A number that comes twice is kept once."""
    found: dict[str, tuple[str, int, Bank]] = {}
    number = 1
    for bank in banks:
        number = bank.first_number or number
        for channel in bank.channel_numbers:
            found.setdefault(str(number), (bank.board, channel, bank))
            number += 1
    return found
