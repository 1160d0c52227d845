"""Banks of numbered channels: every channel is used alone, and no number comes twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from config.faults import Fault
from config.services.banks import Channels, in_order
from drivers.contract import point_of
from station.services.uses import OPENS_CELLS, Ability, Use

if TYPE_CHECKING:
    from config.load import Loaded


def bank_uses(name: str, key: str, banks: Sequence[Channels], ability: Ability = OPENS_CELLS) -> Iterator[Use]:
    """Every channel of every bank; `key` names them in the file."""
    for place, bank in enumerate(banks):
        for channel in bank.channel_numbers:
            path = ("services", name, key, place, "board")
            yield Use(name, path, point_of(bank.board, channel), ability, alone=True)


def bank_faults(loaded: Loaded, name: str, key: str, banks: Sequence[Channels]) -> Iterator[Fault]:
    """Ranges the wrong way round, numbers that come twice."""
    seen: set[int] = set()
    for place, (bank, numbers) in enumerate(in_order(banks)):
        path = ("services", name, key, place)
        if not bank.channel_numbers:
            words = f"the channels {bank.channels} are written the wrong way round"
            yield loaded.places.error((*path, "channels"), words, "the smaller number first")
        if not seen.isdisjoint(numbers):
            words = "a number printed here is printed elsewhere already"
            yield loaded.places.error((*path, "first_number"), words, "give this bank other numbers")
        seen.update(numbers)
