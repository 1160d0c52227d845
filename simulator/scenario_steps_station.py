"""Steps of a scenario that befall the controller: its network, its power, its card, its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from drivers.contract import Append, Words, both
from simulator.scenario_step import Step
from simulator.wires.world_broker import Way

if TYPE_CHECKING:
    from simulator.scenario_play import Play

DEAR = frozenset({"AccessGranted", "ThingTaken", "ThingGivenBack", "RunBegan", "StockTaken", "PassUsed"})
"""Rows at whose commit a power cut hurts most."""


_CARD = {
    "full": both("the card is full"),
    "slow": both("the card is slow"),
    "well": both("the card is well again"),
    "new": both("an empty card is put in"),
    "copied": both("somebody copies the card"),
    "old": both("somebody puts the older copy in"),
}
_NETWORK = {
    "open": both("the network is back"),
    "cut": both("the network is cut"),
    "dead": both("the network is dead"),
}


class NetworkIs(Step):
    """The network is cut, dead without a word, or there again."""

    do: Literal["network"]
    state: Literal["open", "cut", "dead"]

    def words(self) -> Words:
        return _NETWORK[self.state]

    def act(self, play: Play) -> None:
        play.world.broker.set_way(Way[self.state.upper()])


class PowerIs(Step):
    """The mains of the controller go, now or in the middle of something dear, or come back."""

    do: Literal["power"]
    state: Literal["off", "on"]
    moment: Literal["now", "before", "torn", "after"] = Field(
        "now", description="before, in the middle of (torn) or right after the next commit of a grant or a loan"
    )

    def words(self) -> Words:
        if self.state == "on":
            return both("the power is back")
        if self.moment == "now":
            return both("the power fails!")
        return both("the power will fail at the next dear commit ({moment})", moment=self.moment)

    def act(self, play: Play) -> None:
        pi = play.world.pi
        if self.state == "on":
            pi.before_commit, pi.after_commit = (lambda _: True), (lambda _: None)
            if not pi.on:
                pi.power_on()
        elif self.moment == "now":
            pi.power_cut()
        else:
            _arm(play, self.moment)


def _arm(play: Play, moment: str) -> None:
    """Cut the power at the next commit that holds something dear."""
    pi = play.world.pi

    def cut(append: Append) -> None:
        if pi.on and any(row.kind in DEAR for row in append.rows):
            play.tell(both("the power fails!"))
            pi.power_cut(torn=moment == "torn")

    def before(append: Append) -> bool:
        cut(append)
        return pi.on

    if moment == "before":
        pi.before_commit = before
    else:
        pi.after_commit = cut


class CardIs(Step):
    """The card is full, slow or well again; or another one lies in the reader: new, or an older copy."""

    do: Literal["card"]
    state: Literal["full", "slow", "well", "new", "copied", "old"]

    def words(self) -> Words:
        return _CARD[self.state]

    def act(self, play: Play) -> None:
        pi, card = play.world.pi, play.world.pi.card
        match self.state:
            case "full" | "slow":
                setattr(card, self.state, True)
            case "well":
                card.full = card.slow = False
            case "copied":
                pi.keep_card_copy()
            case _ if pi.on:
                raise ValueError(f"a card is changed while the power is off; at {self.at} it is on")
            case "old":
                pi.put_old_card()
            case "new":
                pi.put_new_card()


class ClockJumps(Step):
    """The machine's own clock is set wrongly."""

    do: Literal["clock"]
    by: int = Field(description="seconds, also back", ge=-40_000_000, le=40_000_000)

    def words(self) -> Words:
        return both("the clock is set by {by} s", by=self.by)

    def act(self, play: Play) -> None:
        play.world.ledger.clock_was_set = True
        play.world.pi.jump_wall(self.by * 1000)


STATION: tuple[type[Step], ...] = (NetworkIs, PowerIs, CardIs, ClockJumps)
