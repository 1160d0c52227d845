"""A stand of umbrellas on a table: people with orders and passes, and slots that are filled and emptied by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from drivers.contract import (
    CommandDone,
    DeviceUp,
    LevelChanged,
    Now,
    Outcome,
    Quantity,
    SendAlarm,
    SendReply,
    Unlock,
    Words,
)
from station.events import Event
from station.rules.openings import SETTLE_MS
from station.rules.site import CellOf, LoanService, ScreenService, Site
from station.rules.stands import CAUGHT_MS
from station.rules.turn import Decision
from station.state import Holding, Recorded
from station.trust.holders import Role
from tests.station.rules.desk import JOURNAL, Desk, pod

ANNA, BERT, CARL, KIM = (letter * 16 for letter in (b"a", b"b", b"c", b"k"))
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SLOTS = ("1", "2", "3", "4")
FULL = ("1", "2")
"""Slots that have an umbrella at first; 3 and 4 are free."""


def stand(**changes: Any) -> Site:
    """Four slots on one board."""
    loans = LoanService(
        name="umbrellas",
        words=Words("雨伞", "Umbrella"),
        what="umbrella",
        reader="scanner",
        ways=frozenset({"order", "pass_bound", "pass_static"}),
        cells={slot: CellOf(f"stand/{slot}") for slot in SLOTS},
        due_ms=72 * HOUR_MS,
        per_person=1,
        lost_ms=14 * DAY_MS,
    )
    loans = replace(loans, **changes)
    screen = ScreenService("front", "screen", ("door", "umbrellas"), voice="voice")
    return replace(pod(reader=""), loans={"umbrellas": loans}, screens={"front": screen})


class LoanDesk(Desk):
    """A `Desk` with a stand."""

    def __init__(
        self,
        recorded: Recorded | None = None,
        *,
        site: Site | None = None,
        full: tuple[str, ...] = FULL,
        **changes: Any,
    ) -> None:
        super().__init__(site=site or stand(), **changes)
        self.unlocks: list[str] = []
        self.replies: list[SendReply] = []
        self.rows: list[tuple[Event, Now]] = []
        self.power_up(recorded or Recorded(journal=JOURNAL, holdings_known=True), full)
        self.told_at_first = list(self.events)
        self.events.clear()
        self.replies.clear()
        self.rows.clear()
        self.began_with = self.state.recorded

    def power_up(self, recorded: Recorded, full: Collection[str]) -> None:
        """From the journal, with an umbrella in each of these slots."""
        super().begin(recorded)
        self.feed(DeviceUp("stand"))
        for slot in SLOTS:
            self.slot(slot, full=slot in full)
        self.wait(SETTLE_MS + 1)

    def feed(self, signal: Any) -> Decision:
        decision = super().feed(signal)
        self.rows += [(event, self.now) for event in decision.events]
        for one in decision.waiting:
            if isinstance(one.command, Unlock):
                self.unlocks.append(one.command.device)
            elif isinstance(one.command, SendReply):
                self.replies.append(one.command)
        assert not any(isinstance(command, Unlock) for command in decision.at_once)
        assert not any(isinstance(command, SendAlarm) for command in decision.at_once)
        return decision

    # ---------------------------------------------------------------- people and slots

    def ask(self, action: str, holder: bytes = ANNA, *, role: Role = Role.RESIDENT, **changes: Any) -> Decision:
        """An order of somebody at the screen."""
        self.show()
        text = self.order(service="umbrellas", action=action, holder=holder, role=role, **changes)
        return self.send("order", text.encode())

    def keeper(self, action: str, thing: str, reason: str = "look") -> Decision:
        return self.ask(action, KIM, role=Role.KEEPER, thing=thing, reason=reason)

    def done(self, slot: str, outcome: Outcome = Outcome.ACKED) -> Decision:
        return self.feed(CommandDone(f"stand/{slot}", "Unlock", outcome))

    def slot(self, slot: str, *, full: bool) -> Decision:
        return self.feed(LevelChanged(f"stand/{slot}", Quantity.CLOSED, full))

    def take(self, holder: bytes = ANNA, **changes: Any) -> str:
        """Somebody has taken an umbrella; the slot."""
        self.ask("take", holder, **changes)
        slot = self.unlocks[-1].partition("/")[2]
        self.done(slot)
        self.slot(slot, full=False)
        return slot

    def put(self, slot: str) -> None:
        """An umbrella is pushed in until it locks."""
        self.slot(slot, full=True)
        self.wait(CAUGHT_MS)

    # ---------------------------------------------------------------- what is known

    def held(self, holder: bytes = ANNA) -> list[Holding]:
        return [one for one in self.state.recorded.holdings.values() if one.holder == holder.hex()]

    def last_reply(self) -> tuple[str, str]:
        return self.replies[-1].result, self.replies[-1].reason
