"""Lockers on a table: two banks, people with orders and passes, and doors that are opened and shut by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drivers.contract import (
    CommandDone,
    DeviceUp,
    LevelChanged,
    Outcome,
    Quantity,
    SendReply,
    TimePassed,
    Unlock,
    Words,
)
from station.events import body_of
from station.rules.openings import SETTLE_MS
from station.rules.site import CellOf, LockerService, ScreenService, Site
from station.rules.turn import Decision
from station.state import Holding, Recorded, thing_key
from station.trust.holders import Role
from tests.station.rules.desk import Desk, pod

ANNA, BERT, CARL, KIM = (letter * 16 for letter in (b"a", b"b", b"c", b"k"))
SMALL, LOW, LARGE = ("1", "2", "3"), "4", "5"
BOARDS = ("cells", "tower")


def lockers_site(**changes: Any) -> Site:
    """Cells 1 to 3 small, 4 small and low, 5 large; 5 is on a board of its own."""
    cells = {number: CellOf(f"cells/{number}", "small") for number in SMALL}
    cells[LOW] = CellOf("cells/4", "small", accessible=True)
    cells[LARGE] = CellOf("tower/1", "large")
    lockers = LockerService(
        name="lockers",
        words=Words("储物柜", "Lockers"),
        reader="scanner",
        ways=frozenset({"order", "pass_bound", "pass_static"}),
        cells=cells,
    )
    lockers = replace(lockers, **changes)
    site = pod(reader="")
    screen = ScreenService("front", "screen", ("door", "lockers"), voice="voice", touch=True)
    return replace(site, lockers={"lockers": lockers}, screens={"front": screen})


class LockerDesk(Desk):
    """A `Desk` with lockers. `shut` says how each door really stands."""

    def __init__(self, recorded: Recorded | None = None, *, site: Site | None = None, **changes: Any) -> None:
        super().__init__(site=site or lockers_site(), **changes)
        self.unlocks: list[str] = []
        self.replies: list[SendReply] = []
        self.start(recorded if recorded is not None else Recorded(journal="11" * 16, holdings_known=True))

    def start(self, recorded: Recorded, open_cells: tuple[str, ...] = ()) -> None:
        """Begin with every board up and every door shut but these."""
        super().begin(recorded)
        for board in BOARDS:
            self.feed(DeviceUp(board))
        for number, cell in self.lockers.cells.items():
            self.feed(LevelChanged(cell.point, Quantity.CLOSED, number not in open_cells))
        self.wait(SETTLE_MS + 1)
        self.forget()

    def forget(self) -> None:
        self.events.clear()
        self.unlocks.clear()
        self.replies.clear()

    @property
    def lockers(self) -> LockerService:
        return self.site.lockers["lockers"]

    def feed(self, signal: Any) -> Decision:
        decision = super().feed(signal)
        for one in decision.waiting:
            if isinstance(one.command, Unlock):
                self.unlocks.append(one.command.device)
            elif isinstance(one.command, SendReply):
                self.replies.append(one.command)
        boards = {cell.point for cell in self.lockers.cells.values()}
        assert not any(isinstance(one, Unlock) and one.device in boards for one in decision.at_once)
        return decision

    # ---------------------------------------------------------------- people

    def ask(self, action: str, holder: bytes = ANNA, *, role: Role = Role.RESIDENT, **changes: Any) -> Decision:
        """An order of somebody at the screen."""
        self.show()
        text = self.order(service="lockers", action=action, holder=holder, role=role, **changes)
        return self.send("order", text.encode())

    def keeper(self, action: str, thing: str, reason: str = "look") -> Decision:
        return self.ask(action, KIM, role=Role.KEEPER, thing=thing, reason=reason)

    def take(self, holder: bytes = ANNA, **changes: Any) -> str:
        """Somebody takes a cell and has it open; its number."""
        self.ask("take", holder, **changes)
        number = self.asked()
        self.opens(number)
        return number

    def put_in(self, holder: bytes = ANNA, **changes: Any) -> str:
        """Somebody has put something into a cell and shut it; its number."""
        number = self.take(holder, **changes)
        self.shuts(number)
        self.wait(3_000)
        return number

    def last_reply(self) -> tuple[str, str]:
        return self.replies[-1].result, self.replies[-1].reason

    # ---------------------------------------------------------------- boards and doors

    def asked(self) -> str:
        """The cell whose board was asked last."""
        point = self.unlocks[-1]
        return next(number for number, cell in self.lockers.cells.items() if cell.point == point)

    def done(self, number: str, outcome: Outcome = Outcome.ACKED) -> Decision:
        return self.feed(CommandDone(self.lockers.cells[number].point, "Unlock", outcome))

    def opens(self, number: str) -> Decision:
        """The board has done it, and the door springs open."""
        self.done(number)
        return self.door(number, shut=False)

    def shuts(self, number: str) -> Decision:
        return self.door(number, shut=True)

    def door(self, number: str, *, shut: bool) -> Decision:
        return self.feed_level(self.lockers.cells[number].point, shut=shut)

    def feed_level(self, point: str, *, shut: bool) -> Decision:
        return self.feed(LevelChanged(point, Quantity.CLOSED, shut))

    def later(self, milliseconds: int) -> None:
        """So much later, in one step: for hours and days."""
        self.steady_ms += milliseconds
        self.feed(TimePassed())

    # ---------------------------------------------------------------- what is known

    def holding(self, number: str) -> Holding | None:
        return self.state.recorded.holdings.get(thing_key("lockers", number))

    def holder(self, number: str) -> bytes | None:
        holding = self.holding(number)
        return None if holding is None else bytes.fromhex(holding.holder)

    def bodies(self) -> str:
        return " ".join(body_of(event) for event in self.events)
