"""A step of a scenario: when it happens, its line in the story, and one small function that does it.

Every kind of step has a line for the story; `say` puts another one in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from config.tables import Table
from drivers.contract import Words
from simulator.scenario_time import TIME_PATTERN, Story, milliseconds
from simulator.wall import Wall
from simulator.world_time import Steps

if TYPE_CHECKING:
    from simulator.scenario_play import Play

Who: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z ]{0,19}$", examples=["li"])]
Time: TypeAlias = Annotated[str, Field(pattern=TIME_PATTERN, examples=["00:10:00"])]
Wrong: TypeAlias = tuple[str, str, str]
"""Which key of a step is wrong, why, and what to do."""


class Step(Table):
    """What all of them have in common."""

    at: Time = Field(description="since the beginning, such as 00:10:00")
    do: str
    say: Story | None = Field(None, description="the line of the story, instead of the usual one")

    @property
    def at_ms(self) -> int:
        return milliseconds(self.at)

    def happen(self, play: Play) -> None:
        """Tell it and do it."""
        words = self.words() if self.say is None else Words(self.say.zh, self.say.en)
        play.tell(words)
        steps = self.act(play)
        if steps is not None:
            play.go(steps)

    def faults(self, wall: Wall) -> Iterator[Wrong]:  # noqa: ARG002 - most need nothing of the station
        """What of it this station cannot have."""
        yield from ()

    def words(self) -> Words:
        """Its line in the story."""
        raise NotImplementedError

    def act(self, play: Play) -> Steps | None:
        """Do it, at once or step by step."""
        raise NotImplementedError
