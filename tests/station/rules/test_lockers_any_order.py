"""Two people never get one cell, whatever happens in whatever order: people, keepers, boards, doors, power, replies.

Doors are real here: what a board does with a command is drawn, late ones included, and what lies in a cell is known to
the test and to nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    Outcome,
    Row,
    TimePassed,
    Unlock,
)
from station.events import (
    CellForced,
    CellOpened,
    CellRestored,
    Event,
    HoldingsTold,
    ThingGivenBack,
    ThingTaken,
    body_of,
    read_event,
)
from station.rules.decide import next_deadline
from station.rules.openings import BOUNCE_MS, LATE_MS, SEND_WITHIN_MS
from station.state import Recorded, fold, thing_key
from station.trust.holders import Role
from tests.station.rules.locker_desk import ANNA, BERT, BOARDS, CARL, KIM, LockerDesk

PEOPLE = (ANNA, BERT, CARL)
CELLS = ("1", "2", "3", "4", "5")


class Room(LockerDesk):
    """The lockers with their doors, what lies in them, and a journal that may lose its last rows with the power."""

    def __init__(self) -> None:
        self.shut = dict.fromkeys(CELLS, True)
        self.inside: dict[str, bytes] = {}
        self.rows: list[tuple[Event, Row]] = []
        self.ends: list[int] = []  # after each decision: its rows go on the card together
        self.on_card = 0  # so many rows are there for sure: a lock has moved because of them, or it was a while ago
        self.why: dict[str, str] = {}
        self.late: list[tuple[int, str]] = []
        self.fate = "opens"
        self.boots = 0
        self.owner: dict[str, str] = {}
        super().__init__()
        self.first = replace(self.state.recorded)
        self.rows.clear()

    # ------------------------------------------------------------ the station

    def feed(self, signal: Any) -> Any:
        before = self.state.recorded
        decision = super().feed(signal)
        rows = [
            (event, Row(0, self.now.wall_ms, self.boot, self.steady_ms, event.priority, type(event).__name__, ""))
            for event in decision.events
        ]
        self.rows += rows
        self.ends.append(len(self.rows))
        self._judge([event for event, _ in rows], before)
        if self.fate != "power":
            for one in decision.waiting:
                if isinstance(one.command, Unlock):
                    self.on_card = len(self.rows)
                    self._obey(one.command.device)
        return decision

    def _judge(self, events: list[Event], before: Recorded) -> None:
        """A thing is taken only when nobody has it, and never with somebody's things in it."""
        for event in events:
            match event:
                case ThingTaken(service=_, thing=thing, holder=holder):
                    assert thing not in self.owner, f"{thing} was given to two people"
                    self.owner[thing] = holder
                    assert self.inside.get(thing) is None, f"{thing} was given with things in it"
                    assert self.shut[thing], f"{thing} was given while it stood open"
                case ThingGivenBack(_, thing):
                    self.owner.pop(thing, None)
                case CellOpened(_, cell, "taken" | "opened" | "given_back" as cause):
                    self.why[cell] = cause
                case _:
                    pass
        held = {one.thing: one.holder for one in self.state.recorded.holdings.values()}
        assert held == self.owner, (held, self.owner, before.holdings)

    # ------------------------------------------------------------ the boards

    def _obey(self, point: str) -> None:
        number = next(number for number, cell in self.lockers.cells.items() if cell.point == point)
        board = point.partition("/")[0]
        self.why[number] = self.state.volatile.openings[thing_key("lockers", number)].cause
        if not self.state.observed.devices[board].up:
            self.feed(CommandDone(point, "Unlock", Outcome.NOT_SENT, "it does not answer"))
            return
        match self.fate:
            case "opens":
                self.feed(CommandDone(point, "Unlock", Outcome.ACKED))
                self.swing(number)
            case "not_sent":
                self.feed(CommandDone(point, "Unlock", Outcome.NOT_SENT))
            case "lost reply":
                self.feed(CommandDone(point, "Unlock", Outcome.UNKNOWN))
                self.swing(number)
            case "opens before the reply":
                self.swing(number)
                self.feed(CommandDone(point, "Unlock", Outcome.UNKNOWN))
            case "stuck":
                self.feed(CommandDone(point, "Unlock", Outcome.ACKED))
            case "late":
                self.feed(CommandDone(point, "Unlock", Outcome.ACKED))
                self.late.append((self.steady_ms + 20_000, number))
            case "no reply":
                self.late.append((self.steady_ms + SEND_WITHIN_MS + LATE_MS // 2, number))
            case _:
                pass

    def swing(self, number: str) -> None:
        """A door springs open; nobody sees it while the board is away."""
        if self.shut[number]:
            self.shut[number] = False
            self.tell(number)

    def tell(self, number: str) -> None:
        point = self.lockers.cells[number].point
        if self.state.observed.devices[point.partition("/")[0]].up:
            self.feed_level(point, shut=self.shut[number])

    # ------------------------------------------------------------ time

    def wait(self, milliseconds: int) -> list[Event]:
        until_ms, seen = self.steady_ms + milliseconds, len(self.events)
        for _ in range(5_000):
            due = [at_ms for at_ms, _ in self.late]
            next_ms = next_deadline(self.state, self.site)
            due += [next_ms] if next_ms is not None else []
            if not due or min(due) > until_ms:
                break
            self.steady_ms = max(self.steady_ms, min(due))
            ready = [number for at_ms, number in self.late if at_ms <= self.steady_ms]
            self.late = [one for one in self.late if one[0] > self.steady_ms]
            for number in ready:
                self.swing(number)
            self.feed(TimePassed())
        else:
            raise AssertionError("the loop would spin")
        self.steady_ms = until_ms
        return self.events[seen:]

    # ------------------------------------------------------------ people

    def close(self, number: str) -> None:
        """Whoever stands at an open door puts something in or takes it out, and shuts it.

        Also who was told to use another cell, or who has forced it. A door that opens and shuts while its board is away
        is seen by nobody: then nothing is put in.
        """
        seen = self.state.recorded.cells[thing_key("lockers", number)].open
        if self.shut[number]:
            return
        holding = self.holding(number)
        if self.why.get(number) in ("given_back", "keeper"):
            self.inside.pop(number, None)
        elif holding is not None:
            self.inside[number] = bytes.fromhex(holding.holder)
        elif seen:
            self.inside[number] = KIM
        self.shut[number] = True
        self.tell(number)

    def flap(self, number: str) -> None:
        """The contact of an open door says shut for a moment."""
        if self.shut[number]:
            return
        point = self.lockers.cells[number].point
        if self.state.observed.devices[point.partition("/")[0]].up:
            self.feed_level(point, shut=True)
            self.wait(50)
            self.feed_level(point, shut=False)

    def cleared(self, number: str) -> None:
        """A keeper who clears or restores a cell has emptied it."""
        self.inside.pop(number, None)
        self.why[number] = "keeper"

    # ------------------------------------------------------------ power

    def cut_power(self, lost: int) -> None:
        """The rows of the last decisions were not on the card yet; everything begins again from the rest."""
        ends = [end for end in self.ends if end >= self.on_card] or [len(self.rows)]
        kept = self.rows[: ends[max(0, len(ends) - 1 - lost)]]
        recorded = self.first
        for event, row in kept:
            read = read_event(row.kind, body_of(event))
            assert read is not None
            recorded = fold(recorded, read, row)
        recorded = replace(recorded, confirmed_at_ms=self.state.recorded.confirmed_at_ms)
        assert len(kept) < len(self.rows) or recorded == self.state.recorded
        self.rows, self.on_card, self.ends = list(kept), len(kept), []
        self.owner = {one.thing: one.holder for one in recorded.holdings.values()}
        self.boots += 1
        self.late.clear()
        self.steady_ms += 60_000
        self.boot = f"{self.boots:016x}"
        self.state = type(self.state)()
        self.start(recorded, tuple(number for number in CELLS if not self.shut[number]))


def swing_doors(room: Room) -> None:
    """In the end every door is shut, and every board is there."""
    for board in BOARDS:
        if not room.state.observed.devices[board].up:
            board_up(room, board)
    for _ in range(3):
        room.wait(60_000)
        for number in CELLS:
            room.close(number)


def board_down(room: Room, board: str) -> None:
    room.feed(DeviceDown(board, "unplugged"))


def board_up(room: Room, board: str) -> None:
    room.feed(DeviceUp(board))
    for number, cell in room.lockers.cells.items():
        if cell.point.startswith(f"{board}/"):
            room.feed_level(cell.point, shut=room.shut[number])


people = st.sampled_from(PEOPLE)
cells = st.sampled_from(CELLS)
steps = st.one_of(
    st.tuples(st.just("take"), people),
    st.tuples(st.sampled_from(["put in", "look in", "collect"]), people),
    st.tuples(st.just("take for"), people, people),
    st.tuples(st.sampled_from(["open", "give_back"]), people, st.just("") | cells),
    st.tuples(st.just("hand_over"), people, people),
    st.tuples(st.just("both"), people, people),
    st.tuples(st.sampled_from(["close", "flap"]), cells),
    st.tuples(st.just("close all")),
    st.tuples(st.just("force"), cells),
    st.tuples(st.sampled_from(["open_as_keeper", "clear", "retire", "restore"]), cells),
    st.tuples(st.sampled_from(["down", "up"]), st.sampled_from(BOARDS)),
    st.tuples(st.just("wait"), st.sampled_from([10, 1_000, 5_000, 15_000, 60_000])),
    st.tuples(st.just("power"), st.integers(0, 3)),
    st.tuples(
        st.just("fate"),
        st.sampled_from(
            ["opens", "not_sent", "lost reply", "opens before the reply", "stuck", "late", "no reply", "power"]
        ),
    ),
)


def play(room: Room, step: tuple[Any, ...]) -> None:  # noqa: C901, PLR0912 - one line for each thing that may happen
    if step[0] != "power":
        room.on_card = len(room.rows)
    match step:
        case ("take", who):
            room.ask("take", who)
        case ("put in" | "look in" | "collect" as what, who):
            room.ask({"put in": "take", "look in": "open", "collect": "give_back"}[what], who)
            play(room, ("close all",))
            room.wait(BOUNCE_MS)
        case ("take for", who, whom):
            room.ask("take", who, role=Role.COURIER, recipient=whom)
        case ("open" | "give_back" as action, who, thing):
            room.ask(action, who, thing=thing)
        case ("hand_over", who, whom):
            room.ask("hand_over", who, recipient=whom)
        case ("both", who, whom):
            room.ask("take", who)
            room.ask("take", whom)
        case ("close", number):
            room.close(number)
        case ("flap", number):
            room.flap(number)
        case ("close all",):
            for number in CELLS:
                room.close(number)
        case ("force", number):
            room.wait(BOUNCE_MS)  # sooner, or while it is to open, nobody could tell
            if room.shut[number] and thing_key("lockers", number) not in room.state.volatile.openings:
                room.why[number] = "forced"
                room.swing(number)
        case ("clear" | "restore" as action, number):
            room.cleared(number)
            room.keeper(action, number)
        case ("open_as_keeper" | "retire" as action, number):
            room.keeper(action, number)
        case ("down", board):
            board_down(room, board)
        case ("up", board):
            board_up(room, board)
        case ("wait", milliseconds):
            room.wait(milliseconds)
        case ("power", lost):
            room.cut_power(lost)
        case ("fate", fate):
            room.fate = fate
    if room.fate == "power" and room.state.volatile.openings:
        room.fate = "opens"
        room.cut_power(0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=30))
def test_two_people_never_get_one_cell(story: list[tuple[Any, ...]]) -> None:
    room = Room()
    for step in story:
        play(room, step)
    room.fate = "opens"
    swing_doors(room)
    for number in CELLS:
        cell = room.state.recorded.cells[thing_key("lockers", number)]
        assert cell.open is False
        holding = room.holding(number)
        if room.inside.get(number) is not None and holding is None:
            assert cell.out_of_order, f"what lies in {number} is nobody's, and the cell is given away"


def test_the_model_meets_what_it_is_for() -> None:
    """So that the test above cannot pass by doing nothing."""
    room = Room()
    for step in (("take", ANNA), ("close", "1"), ("fate", "stuck"), ("take", BERT), ("wait", 5_000), ("fate", "opens")):
        play(room, step)
    play(room, ("wait", 60_000))
    play(room, ("give_back", ANNA, ""))
    play(room, ("close", "1"))
    play(room, ("wait", 5_000))
    play(room, ("power", 0))
    play(room, ("take", KIM))
    kinds = {type(event) for event, _ in room.rows}
    assert {ThingTaken, ThingGivenBack, CellOpened} <= kinds
    assert CellForced not in kinds
    assert {HoldingsTold, CellRestored}.isdisjoint(kinds)
    assert room.inside == {}
