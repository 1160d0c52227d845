"""Medicine box and vending: who opened, what is left, what it costs, and what is given back when a lock stays shut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import (
    ClockTrust,
    CommandDone,
    DeviceDown,
    DeviceUp,
    LevelChanged,
    Now,
    Outcome,
    Priority,
    Quantity,
    SendReply,
    Unlock,
    Words,
)
from station.events import (
    AccessRefused,
    BoxAsked,
    CellForced,
    CellOpened,
    Event,
    PointsReturned,
    PointsSpent,
    StockCounted,
    StockKept,
    StockLow,
    StockRefilled,
    StockTaken,
)
from station.rules import health, offers, points
from station.rules.finding import Light
from station.rules.openings import LATE_MS, SEND_WITHIN_MS, SETTLE_MS
from station.rules.site import BOX, CellOf, Item, ScreenService, Site, StockService
from station.rules.stock import OPEN_WITHIN_MS
from station.rules.turn import Decision, Turn
from station.state import DayOf, Recorded, read_recorded, recorded_document, thing_key
from station.trust.holders import Role
from station.trust.passes import Uses
from station.trust.refusal import Reason
from tests.station.rules.desk import JOURNAL, Desk, pod
from tests.station.rules.refold import refolded

ANNA, BERT, VERA, KIM = (letter * 16 for letter in (b"a", b"b", b"v", b"k"))
DAY_MS = 86_400_000
ITEMS = {
    "plaster": Item(Words("创可贴", "Plaster"), low=3, per_day=2),
    "pills": Item(Words("药片", "Pills")),
    "soap": Item(Words("肥皂", "Soap"), low=1, points=4),
    "towel": Item(Words("毛巾", "Towel"), points=3),
}
CELLS = {
    BOX: CellOf("strike2", contact="reed2"),
    "soap": CellOf("cells/9", contact="cells/9"),
    "towel": CellOf("relay", contact=""),
}


def cupboard(**changes: Any) -> Site:
    """A box with plasters and pills, soap behind a lock board, towels behind a relay that nothing feels."""
    stock = StockService(
        name="stock",
        words=Words("物资柜", "Supplies"),
        reader="scanner",
        ways=frozenset({"order", "pass_bound", "pass_static"}),
        items=ITEMS,
        cells=CELLS,
        offline_points=5,
    )
    stock = replace(stock, **changes)
    screen = ScreenService("front", "screen", ("door", "stock"), voice="voice")
    return replace(pod(reader=""), stock={"stock": stock}, screens={"front": screen})


class StockDesk(Desk):
    """A `Desk` with a cupboard in which there are ten of everything."""

    def __init__(
        self,
        recorded: Recorded | None = None,
        *,
        site: Site | None = None,
        filled: int = 10,
        soap_shut: bool = True,
        **changes: Any,
    ) -> None:
        super().__init__(site=site or cupboard(), **changes)
        self.unlocks: list[Unlock] = []
        self.replies: list[SendReply] = []
        self.rows: list[tuple[Event, Now]] = []
        super().begin(recorded or Recorded(journal=JOURNAL))
        for device in ("strike2", "reed2", "cells", "relay"):
            self.feed(DeviceUp(device))
        self.contact("reed2", shut=True)
        self.contact("cells/9", shut=soap_shut)
        self.wait(SETTLE_MS + 1)
        if recorded is None and filled:
            for thing in self.site.stock["stock"].items:
                self.steward("refill", thing, count=filled)
        self.events.clear()
        self.unlocks.clear()
        self.replies.clear()
        self.rows_at_first = list(self.rows)
        self.rows.clear()
        self.began_with = self.state.recorded

    def feed(self, signal: Any) -> Decision:
        decision = super().feed(signal)
        self.rows += [(event, self.now) for event in decision.events]
        for one in decision.waiting:
            if isinstance(one.command, Unlock):
                self.unlocks.append(one.command)
            elif isinstance(one.command, SendReply):
                self.replies.append(one.command)
        assert not any(isinstance(command, Unlock) for command in decision.at_once)
        return decision

    def ask(self, action: str, holder: bytes = ANNA, *, role: Role = Role.RESIDENT, **changes: Any) -> Decision:
        """An order of somebody at the screen."""
        self.show()
        text = self.order(service="stock", action=action, holder=holder, role=role, **changes)
        return self.send("order", text.encode())

    def steward(self, action: str, thing: str, **changes: Any) -> Decision:
        return self.ask(action, VERA, role=Role.VOLUNTEER, thing=thing, **changes)

    def contact(self, point: str, *, shut: bool) -> Decision:
        return self.feed(LevelChanged(point, Quantity.CLOSED, shut))

    def done(self, point: str, outcome: Outcome = Outcome.ACKED) -> Decision:
        return self.feed(CommandDone(point, "Unlock", outcome))

    def pass_(self, **changes: Any) -> Any:
        return super().pass_(**{"services": ("stock",), **changes})

    def left(self, thing: str) -> int:
        return self.state.recorded.stock[thing_key("stock", thing)].count

    def last_reply(self) -> tuple[str, str]:
        """The last one that says what became of an order."""
        final = [one for one in self.replies if one.result != "accepted"][-1]
        return final.result, final.reason

    def lights(self) -> dict[str, str]:
        found = health.findings(self.state, self.site, self.now)
        return {one.about: one.words.en for one in found if one.light is Light.LOOK and one.about.startswith("stock")}


@pytest.fixture
def desk() -> StockDesk:
    return StockDesk()


def refusal(desk: StockDesk) -> str | None:
    reasons = [event.reason for event in desk.told(AccessRefused)]
    return reasons[-1] if reasons else None


# ---------------------------------------------------------------- take


def test_what_is_taken_is_counted_before_the_box_opens(desk: StockDesk) -> None:
    desk.ask("take", thing="plaster", count=2)
    assert [(one.thing, one.count, one.holder) for one in desk.told(StockTaken)] == [("plaster", 2, ANNA.hex())]
    assert desk.unlocks == [Unlock("strike2", 500)]
    assert desk.left("plaster") == 8
    desk.done("strike2")
    desk.contact("reed2", shut=False)
    assert desk.last_reply() == ("done", "")
    assert desk.told(PointsSpent) == []


def test_a_shelf_without_a_lock_believes_people() -> None:
    desk = StockDesk(site=cupboard(cells={}))
    desk.ask("take", thing="pills", count=3)
    assert desk.left("pills") == 7
    assert desk.unlocks == []
    assert desk.last_reply() == ("done", "")


def test_an_open_box_needs_no_command(desk: StockDesk) -> None:
    desk.ask("take", thing="pills")
    desk.done("strike2")
    desk.contact("reed2", shut=False)
    desk.ask("take", BERT, thing="pills")
    assert len(desk.unlocks) == 1
    assert desk.left("pills") == 8
    assert desk.last_reply() == ("done", "")


def test_one_at_a_time_at_one_lock(desk: StockDesk) -> None:
    desk.ask("take", thing="pills")
    desk.ask("take", BERT, thing="pills")
    assert desk.last_reply() == ("refused", Reason.IN_USE)
    assert len(desk.unlocks) == 1


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"thing": "gold"}, Reason.WRONG_NAME),
        ({"thing": "pills", "count": 11}, Reason.SOLD_OUT),
        ({"thing": "plaster", "count": 3}, Reason.TOO_MANY),
    ],
)
def test_what_cannot_be_taken(desk: StockDesk, asked: dict[str, Any], reason: Reason) -> None:
    desk.ask("take", **asked)
    assert desk.last_reply() == ("refused", reason)
    assert desk.unlocks == []
    assert desk.told(StockTaken) == []


def test_what_nobody_has_counted_is_sold_out() -> None:
    desk = StockDesk(filled=0)
    desk.ask("take", thing="pills")
    assert desk.last_reply() == ("refused", Reason.SOLD_OUT)


def test_a_day_has_its_own_allowance(desk: StockDesk) -> None:
    desk.ask("take", thing="plaster", count=2)
    desk.contact("reed2", shut=False)
    desk.ask("take", thing="plaster")
    assert desk.last_reply() == ("refused", Reason.TOO_MANY)
    desk.ask("take", BERT, thing="plaster")
    assert desk.last_reply() == ("done", "")
    desk.wall_offset_ms += DAY_MS
    desk.ask("take", thing="plaster")
    assert desk.left("plaster") == 6


def test_a_lock_that_does_not_answer(desk: StockDesk) -> None:
    desk.feed(DeviceDown("strike2", "unplugged"))
    desk.ask("take", thing="pills")
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    desk.ask("take", thing="soap")
    assert [one.device for one in desk.unlocks] == ["cells/9"]


def test_nothing_is_given_while_the_journal_cannot_be_written(desk: StockDesk) -> None:
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="disk full"))
    for action in ("take", "open", "refill", "count"):
        desk.ask(action, role=Role.KEEPER, thing="pills")
        assert desk.last_reply() == ("refused", Reason.UNRECORDED)
    assert desk.unlocks == []


# ---------------------------------------------------------------- locks that stay shut


@pytest.mark.parametrize("outcome", [Outcome.ACKED, Outcome.UNKNOWN])
def test_a_lock_that_is_seen_not_to_open_costs_nothing(desk: StockDesk, outcome: Outcome) -> None:
    desk.ask("take", thing="soap", count=2)
    desk.done("cells/9", outcome)
    assert [one.points for one in desk.told(PointsSpent)] == [8]
    desk.wait(OPEN_WITHIN_MS)
    assert [(one.count, one.cause) for one in desk.told(StockKept)] == [(2, "not_opened")]
    assert [one.points for one in desk.told(PointsReturned)] == [8]
    assert desk.left("soap") == 10
    assert desk.last_reply() == ("unknown", "not_opened")
    assert len(desk.unlocks) == 1


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, None])
def test_a_command_that_was_never_sent_costs_nothing(desk: StockDesk, outcome: Outcome | None) -> None:
    desk.ask("take", thing="plaster", count=2)
    if outcome is not None:
        desk.done("strike2", outcome)
    desk.wait(SEND_WITHIN_MS)
    assert [one.cause for one in desk.told(StockKept)] == ["not_sent"]
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    desk.wait(LATE_MS)
    desk.ask("take", thing="plaster", count=2)
    assert len(desk.unlocks) == 2


def test_what_opens_late_is_had_after_all(desk: StockDesk) -> None:
    desk.ask("take", thing="soap")
    desk.done("cells/9")
    desk.wait(OPEN_WITHIN_MS + LATE_MS // 2)
    desk.contact("cells/9", shut=False)
    assert desk.left("soap") == 9
    assert sum(one.points for one in desk.told(PointsSpent)) - sum(one.points for one in desk.told(PointsReturned)) == 4
    assert desk.told(CellForced) == []


@pytest.mark.parametrize(
    ("outcome", "result"),
    [(Outcome.ACKED, ("done", "")), (Outcome.OBSERVED, ("done", "")), (Outcome.UNKNOWN, ("unknown", "not_seen"))],
)
def test_where_nothing_feels_it_the_board_is_believed(
    desk: StockDesk, outcome: Outcome, result: tuple[str, str]
) -> None:
    desk.ask("take", thing="towel")
    desk.done("relay", outcome)
    assert desk.last_reply() == result
    assert desk.left("towel") == 9
    assert desk.told(StockKept) == []
    desk.ask("take", BERT, thing="towel")
    assert len(desk.unlocks) == 2


def test_a_box_that_nobody_asked_to_open_is_an_alarm(desk: StockDesk) -> None:
    desk.contact("reed2", shut=False)
    assert [one.cell for one in desk.told(CellForced)] == [BOX]
    assert desk.told(CellForced)[0].priority is Priority.SAFETY


# ---------------------------------------------------------------- power cuts


def restarted(desk: StockDesk, *, shut: bool, later_ms: int = 0) -> StockDesk:
    recorded = read_recorded(recorded_document(desk.state.recorded))
    after = StockDesk(recorded, boot="b" * 16, wall_offset_ms=desk.steady_ms + later_ms, soap_shut=shut)
    assert after.state.recorded.unopened == {}
    return after


@pytest.mark.parametrize("shut", [True, False])
def test_cut_before_its_compartment_was_seen_open_it_costs_what_was_had(desk: StockDesk, *, shut: bool) -> None:
    desk.ask("take", thing="soap", count=2)
    after = restarted(desk, shut=shut)
    assert after.left("soap") == (10 if shut else 8)
    returned = [one.points for one, _ in after.rows_at_first if isinstance(one, PointsReturned)]
    assert returned == ([8] if shut else [])


def test_cut_over_midnight_it_goes_back_to_the_day_on_which_it_was_taken(desk: StockDesk) -> None:
    desk.ask("take", thing="soap", count=2)
    (taken,) = desk.told(StockTaken)
    after = restarted(desk, shut=True, later_ms=DAY_MS)
    back = [one.day for one, _ in after.rows_at_first if isinstance(one, StockKept | PointsReturned)]
    assert back == [taken.day, taken.day]
    assert taken.day == points.today(Turn(after.state, after.now, after.site)) - 1


def test_cut_while_the_compartment_stood_open_it_was_had(desk: StockDesk) -> None:
    desk.ask("take", thing="soap", count=2)
    desk.done("cells/9")
    desk.contact("cells/9", shut=False)
    assert restarted(desk, shut=True).left("soap") == 8


# ---------------------------------------------------------------- who opened


def test_who_opened_the_medicine_box(desk: StockDesk) -> None:
    desk.ask("open")
    desk.done("strike2")
    desk.contact("reed2", shut=False)
    assert [(one.cell, one.holder) for one in desk.told(BoxAsked)] == [(BOX, ANNA.hex())]
    assert [one.cause for one in desk.told(CellOpened)] == ["opened"]
    assert desk.last_reply() == ("done", "")


def test_a_pass_at_the_reader_opens_the_box(desk: StockDesk) -> None:
    desk.scan(desk.bound())
    assert [one.cell for one in desk.told(BoxAsked)] == [BOX]


def test_a_compartment_is_opened_by_volunteers_only(desk: StockDesk) -> None:
    desk.ask("open", thing="soap")
    assert desk.last_reply() == ("refused", Reason.WRONG_ROLE)
    desk.steward("open", "soap")
    assert [one.device for one in desk.unlocks] == ["cells/9"]


def test_a_box_that_holds_what_costs_points_is_not_opened_for_nothing() -> None:
    desk = StockDesk(site=cupboard(cells={BOX: CELLS[BOX]}))
    desk.ask("open")
    assert desk.last_reply() == ("refused", Reason.WRONG_ROLE)
    desk.scan(desk.bound())
    assert refusal(desk) == Reason.WRONG_ACTION
    desk.ask("open", role=Role.VOLUNTEER)
    assert len(desk.unlocks) == 1


def test_what_has_no_lock_is_not_opened(desk: StockDesk) -> None:
    desk.steward("open", "pills")
    assert desk.last_reply() == ("refused", Reason.WRONG_NAME)


def test_a_one_time_pass_opens_once(desk: StockDesk) -> None:
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    desk.done("strike2")
    desk.contact("reed2", shut=False)
    desk.contact("reed2", shut=True)
    desk.wait(3_000)
    desk.scan(code)
    assert refusal(desk) == Reason.ALREADY_USED
    assert len(desk.unlocks) == 1


def test_the_office_is_told_what_there_is_and_that_the_box_opens(desk: StockDesk) -> None:
    offered = offers.offered(Turn(desk.state, desk.now, desk.site), desk.site.stock["stock"])
    assert [(one.action, one.thing, one.free, one.points) for one in offered] == [
        ("open", "", 1, 0),
        ("take", "plaster", 10, 0),
        ("take", "pills", 10, 0),
        ("take", "soap", 10, 4),
        ("take", "towel", 10, 3),
    ]


# ---------------------------------------------------------------- points


def vending(**changes: Any) -> Site:
    """One thing behind one lock: a pass takes it."""
    return cupboard(items={"soap": ITEMS["soap"]}, cells={"soap": CELLS["soap"]}, **changes)


def test_an_order_may_always_spend_because_the_office_has_looked(desk: StockDesk) -> None:
    desk.ask("take", thing="soap", count=5)
    assert [(one.points, one.offline) for one in desk.told(PointsSpent)] == [(20, False)]
    assert desk.told(PointsSpent)[0].order == desk.told(StockTaken)[0].order != ""


def test_a_pass_spends_within_its_allowance_of_the_day() -> None:
    desk = StockDesk(site=vending())
    desk.scan(desk.bound())
    desk.done("cells/9")
    desk.contact("cells/9", shut=False)
    assert [(one.points, one.offline) for one in desk.told(PointsSpent)] == [(4, True)]
    desk.steady_ms += 1_000
    desk.scan(desk.bound())
    assert refusal(desk) == Reason.NO_POINTS
    desk.wall_offset_ms += DAY_MS
    desk.scan(desk.bound(iat_s=desk.wall_s - 60, nbf_s=desk.wall_s - 60, exp_s=desk.wall_s + 60))
    assert len(desk.told(PointsSpent)) == 2


def test_the_allowance_survives_a_power_cut() -> None:
    desk = StockDesk(site=vending())
    desk.scan(desk.bound())
    desk.contact("cells/9", shut=False)
    recorded = read_recorded(recorded_document(desk.state.recorded))
    after = StockDesk(recorded, site=vending(), boot="b" * 16, wall_offset_ms=desk.steady_ms)
    after.scan(after.bound())
    assert refusal(after) == Reason.NO_POINTS


def test_points_that_were_given_back_may_be_spent_again() -> None:
    desk = StockDesk(site=vending())
    desk.scan(desk.bound())
    desk.done("cells/9", Outcome.NOT_SENT)
    desk.steady_ms += 1_000
    desk.scan(desk.bound())
    assert len(desk.told(PointsSpent)) == 2
    assert len(desk.unlocks) == 2


def test_no_allowance_no_spending() -> None:
    desk = StockDesk(site=vending(offline_points=0))
    desk.scan(desk.bound())
    assert refusal(desk) == Reason.NO_POINTS


def test_the_people_of_one_day_are_bounded(desk: StockDesk) -> None:
    today = desk.now.wall_ms // 60_000 + 480
    many = {f"{number:032x}": DayOf(today // 1_440) for number in range(points.MAX_HOLDERS_A_DAY)}
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, days=many))
    desk.ask("take", thing="pills")
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    desk.wall_offset_ms += DAY_MS
    desk.ask("take", thing="pills")
    assert len(desk.state.recorded.days) == 1


# ---------------------------------------------------------------- refill, count, low, expired


def test_low_is_told_once_until_it_is_refilled(desk: StockDesk) -> None:
    desk.ask("take", thing="soap", count=9)
    desk.contact("cells/9", shut=False)
    desk.ask("take", BERT, thing="soap")
    assert [one.left for one in desk.told(StockLow)] == [1]
    assert desk.told(StockLow)[0].priority is Priority.ORDER
    desk.steward("refill", "soap", count=5)
    assert "stock soap" not in desk.lights()
    desk.steward("count", "soap", count=1)
    assert [one.left for one in desk.told(StockLow)] == [1, 1]


def test_volunteers_see_what_is_low_and_what_has_expired(desk: StockDesk) -> None:
    assert desk.lights() == {}
    desk.steward("count", "plaster", count=3)
    desk.steward("empty", "pills")
    desk.steward("refill", "towel", reason="2020-02-29")
    assert desk.lights() == {
        "stock plaster": "Plaster: only 3 left",
        "stock pills": "Pills: none left",
        "stock towel expired": "Towel: some expired on 2020-02-29",
    }
    desk.trust = ClockTrust.FLOOR
    assert "stock towel expired" not in desk.lights()


def test_the_earliest_day_counts_until_everything_is_gone(desk: StockDesk) -> None:
    desk.steward("refill", "pills", reason="2028-01-31")
    desk.steward("refill", "pills", reason="2027-03-31")
    desk.steward("refill", "pills", reason="2029-12-31")
    pills = thing_key("stock", "pills")
    assert desk.state.recorded.stock[pills].expires == "2027-03-31"
    desk.steward("count", "pills", count=4)
    assert desk.state.recorded.stock[pills].expires == "2027-03-31"
    desk.steward("empty", "pills")
    desk.steward("refill", "pills", reason="2030-01-01")
    assert desk.state.recorded.stock[pills].expires == "2030-01-01"


@pytest.mark.parametrize("text", ["2027-02-30", "31.3.2027", "soon", "20270331", "2027-3-31"])
def test_a_day_that_is_none(desk: StockDesk, text: str) -> None:
    desk.steward("refill", "pills", reason=text)
    assert desk.last_reply() == ("refused", Reason.WRONG_TYPE)
    assert desk.left("pills") == 10


@pytest.mark.parametrize("action", ["refill", "count", "empty"])
def test_only_volunteers_and_keepers_say_what_is_there(desk: StockDesk, action: str) -> None:
    desk.ask(action, thing="pills")
    assert desk.last_reply() == ("refused", Reason.WRONG_ROLE)
    desk.steward(action, "gold")
    assert desk.last_reply() == ("refused", Reason.WRONG_NAME)
    desk.ask(action, KIM, role=Role.KEEPER, thing="pills")
    assert desk.last_reply() == ("done", "")


def test_who_refilled_and_who_counted(desk: StockDesk) -> None:
    desk.steward("refill", "pills", count=5)
    desk.steward("count", "pills", count=12)
    assert [(one.count, one.by) for one in desk.told(StockRefilled)] == [(5, VERA.hex())]
    assert [(one.count, one.by) for one in desk.told(StockCounted)] == [(12, VERA.hex())]
    assert desk.left("pills") == 12


def test_actions_that_stock_does_not_have(desk: StockDesk) -> None:
    desk.ask("explode")
    assert desk.last_reply() == ("refused", Reason.WRONG_ACTION)


# ---------------------------------------------------------------- whatever happens

THINGS = st.sampled_from(sorted(ITEMS))
POINTS_OF = st.sampled_from(["strike2", "cells/9", "relay"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from([ANNA, BERT]), THINGS, st.integers(1, 4)),
        st.tuples(st.just("refill"), st.just(VERA), THINGS, st.integers(1, 4)),
        st.tuples(st.just("done"), POINTS_OF, st.sampled_from(list(Outcome))),
        st.tuples(st.just("contact"), st.sampled_from(["reed2", "cells/9"]), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([500, 5_000, 12_000, 40_000])),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_the_figures_add_up_whatever_happens(steps: list[tuple[Any, ...]]) -> None:
    desk = StockDesk()
    for what, *more in steps:
        match what:
            case "take" | "refill":
                holder, thing, count = more
                role = Role.VOLUNTEER if what == "refill" else Role.RESIDENT
                desk.ask(what, holder, role=role, thing=thing, count=count)
            case "done":
                desk.done(*more)
            case "contact":
                desk.contact(more[0], shut=more[1])
            case _:
                desk.wait(*more)
    for thing, item in ITEMS.items():
        came = sum(one.count for one in desk.told(StockRefilled) if one.thing == thing)
        went = sum(one.count for one in desk.told(StockTaken) if one.thing == thing)
        kept = sum(one.count for one in desk.told(StockKept) if one.thing == thing)
        assert desk.left(thing) == 10 + came - went + kept >= 0
        spent = sum(one.points for one in desk.told(PointsSpent) if one.thing == thing)
        returned = sum(one.points for one in desk.told(PointsReturned) if one.thing == thing)
        assert spent - returned == item.points * (went - kept)
    assert refolded(desk.began_with, desk.rows) == desk.state.recorded
