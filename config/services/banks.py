"""Channels of boards that bear printed numbers: what lockers, and stands of things that are lent, are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    for bank, numbers in in_order(banks):
        for number, channel in zip(numbers, bank.channel_numbers, strict=True):
            found.setdefault(str(number), (bank.board, channel, bank))
    return found


def in_order(banks: Iterable[Bank]) -> Iterator[tuple[Bank, range]]:
    """Every bank with the numbers printed on its channels, which go on counting where the file gives none."""
    following = 1
    for bank in banks:
        first = bank.first_number or following
        following = first + len(bank.channel_numbers)
        yield bank, range(first, following)
