"""Umbrellas with tags in a box: whose is what leaves, which loan is over when one comes back, and what is nobody's."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import CommandDone, DeviceDown, DeviceUp, LevelChanged, Outcome, Priority, Quantity
from station.events import (
    CellForced,
    CellOpened,
    PassUsed,
    ThingArrived,
    ThingGivenBack,
    ThingLost,
    ThingOverdue,
    ThingTaken,
)
from station.rules.boxes import CHOSE_ANOTHER
from station.rules.openings import LATE_MS, SETTLE_MS
from station.rules.site import CellOf
from station.rules.stands import CAUGHT_MS, slot_of
from station.rules.turn import Decision
from station.state import Recorded, read_recorded, recorded_document
from station.trust.passes import Uses
from station.trust.refusal import Reason
from tests.station.rules.loan_desk import ANNA, BERT, HOUR_MS, LoanDesk, stand
from tests.station.rules.refold import refolded
from tests.station.rules.test_offers import free

THINGS = ("1", "2", "3", "40")
DUE_MS, LOST_MS = 2 * HOUR_MS, 3 * HOUR_MS
HERE = ("1", "2", "3")
"""The things that are in the box at first; 40 belongs to another station."""


class BoxDesk(LoanDesk):
    """A `LoanDesk` with a box: `strike` opens it, `shelf` hears the tags."""

    def __init__(self, recorded: Recorded | None = None, *, full: tuple[str, ...] = HERE, **changes: Any) -> None:
        cells = {number: CellOf("strike", contact=f"shelf/{number}", felt_by=Quantity.IN_PLACE) for number in THINGS}
        site = changes.pop("site", None) or stand(
            cells=cells,
            box="strike",
            pulse_ms=3_000,
            ways=frozenset({"order", "pass_static"}),
            due_ms=DUE_MS,
            lost_ms=LOST_MS,
        )
        super().__init__(recorded, site=site, full=full, **changes)

    def power_up(self, recorded: Recorded, full: Collection[str]) -> None:
        super().begin(recorded)
        self.feed(DeviceUp("strike"))
        self.feed(DeviceUp("shelf"))
        for number in THINGS:
            self.tag(number, heard=number in full)
        self.wait(SETTLE_MS + 1)

    def tag(self, number: str, *, heard: bool) -> Decision:
        return self.feed(LevelChanged(f"shelf/{number}", Quantity.IN_PLACE, heard))

    def opened(self, outcome: Outcome = Outcome.ACKED) -> Decision:
        return self.feed(CommandDone("strike", "Unlock", outcome))

    def borrow(self, number: str, holder: bytes = ANNA) -> None:
        """Somebody has the box opened and takes this one."""
        self.ask("take", holder)
        self.opened()
        self.tag(number, heard=False)

    def bring(self, number: str) -> None:
        self.tag(number, heard=True)
        self.wait(CAUGHT_MS)

    def out(self, holder: bytes = ANNA) -> list[str]:
        """The numbers of what somebody has."""
        return [slot_of(one.thing) for one in self.held(holder) if not one.slot]


@pytest.fixture
def desk() -> BoxDesk:
    return BoxDesk()


def restarted(desk: BoxDesk, full: tuple[str, ...]) -> BoxDesk:
    """The same box after a power cut."""
    recorded = read_recorded(recorded_document(desk.state.recorded))
    return BoxDesk(recorded, full=full, boot="b" * 16, wall_offset_ms=desk.steady_ms + 5_000, site=desk.site)


# ---------------------------------------------------------------- out


def test_the_box_opens_once_after_the_loan_is_on_the_card(desk: BoxDesk) -> None:
    desk.ask("take")
    assert desk.unlocks == ["strike"]
    assert [one.slot for one in desk.told(ThingTaken)] == ["1"]
    assert desk.out() == []


def test_it_is_out_when_its_tag_is_not_heard_any_more(desk: BoxDesk) -> None:
    desk.borrow("1")
    assert desk.out() == ["1"]
    assert desk.last_reply() == ("done", "")
    assert desk.told(CellForced) == []


def test_whoever_takes_another_one_has_that_one(desk: BoxDesk) -> None:
    granted_ms = desk.now.wall_ms
    desk.borrow("3")
    assert desk.out() == ["3"]
    assert [(slot_of(one.thing), one.cause) for one in desk.told(ThingGivenBack)] == [("1", CHOSE_ANOTHER)]
    assert [one.due_at_ms for one in desk.held()] == [granted_ms + DUE_MS]
    assert desk.told(CellForced) == []
    assert desk.last_reply() == ("done", "")
    desk.wait(LATE_MS + 60_000)
    assert desk.out() == ["3"]


def test_a_second_one_is_taken_without_a_right(desk: BoxDesk) -> None:
    desk.borrow("2")
    desk.wait(3_000)
    desk.tag("1", heard=False)
    assert [one.cell for one in desk.told(CellForced)] == ["1"]
    assert desk.out() == ["2"]


def test_what_leaves_a_box_that_nobody_had_opened_is_told_like_a_forced_slot(desk: BoxDesk) -> None:
    desk.tag("2", heard=False)
    (forced,) = desk.told(CellForced)
    assert (forced.cell, forced.priority) == ("2", Priority.SAFETY)
    assert desk.told(ThingTaken) == []


def test_not_taken_in_time_it_stays_and_nobody_owes_it(desk: BoxDesk) -> None:
    desk.ask("take")
    desk.opened()
    desk.wait(20_000)
    assert [one.cause for one in desk.told(ThingGivenBack)] == ["not_taken"]
    assert desk.held() == []
    assert desk.last_reply() == ("unknown", "not_taken")


@pytest.mark.parametrize("number", HERE)
def test_who_takes_one_after_all_has_it(desk: BoxDesk, number: str) -> None:
    desk.ask("take")
    desk.opened()
    desk.wait(25_000)
    desk.tag(number, heard=False)
    assert desk.out() == [number]
    assert [one.cause for one in desk.told(CellOpened)] == ["late"]
    assert desk.told(CellForced) == []


def test_long_after_that_it_is_a_theft(desk: BoxDesk) -> None:
    desk.ask("take")
    desk.opened()
    desk.wait(20_000 + LATE_MS)
    desk.tag("2", heard=False)
    assert [one.cell for one in desk.told(CellForced)] == ["2"]
    assert desk.held() == []


def test_what_leaves_while_the_lock_was_never_asked_is_nobodys(desk: BoxDesk) -> None:
    desk.ask("take")
    desk.opened(Outcome.NOT_SENT)
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    desk.tag("2", heard=False)
    assert [one.cell for one in desk.told(CellForced)] == ["2"]
    assert desk.held() == []
    assert desk.unlocks == ["strike"]


def test_an_unknown_outcome_is_never_sent_again(desk: BoxDesk) -> None:
    desk.ask("take")
    desk.opened(Outcome.UNKNOWN)
    desk.tag("2", heard=False)
    assert desk.out() == ["2"]
    assert desk.unlocks == ["strike"]


@pytest.mark.parametrize("action", ["take", "give_back"])
def test_the_box_is_open_for_one_at_a_time(desk: BoxDesk, action: str) -> None:
    desk.ask("take")
    desk.ask(action, BERT)
    assert desk.last_reply() == ("refused", Reason.IN_USE)
    desk.opened()
    desk.tag("1", heard=False)
    desk.ask("take", BERT)
    assert desk.unlocks == ["strike", "strike"]


def test_a_late_one_is_whose_the_box_is_open_for_now(desk: BoxDesk) -> None:
    desk.ask("take")
    desk.opened()
    desk.wait(20_000)
    desk.ask("take", BERT)
    desk.opened()
    desk.tag("3", heard=False)
    assert (desk.out(ANNA), desk.out(BERT)) == ([], ["3"])


def test_a_number_can_be_named_and_a_wrong_one_is_refused(desk: BoxDesk) -> None:
    desk.ask("take", thing="40")
    assert desk.last_reply() == ("refused", Reason.NOTHING_FREE)
    desk.ask("take", thing="41")
    assert desk.last_reply() == ("refused", Reason.WRONG_NAME)
    desk.ask("take", thing="2")
    assert [one.slot for one in desk.told(ThingTaken)] == ["2"]


def test_a_box_whose_reader_is_silent_lends_nothing(desk: BoxDesk) -> None:
    desk.feed(DeviceDown("shelf", "no tag reader answers"))
    desk.ask("take")
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    assert desk.unlocks == []


def test_as_many_are_offered_as_are_heard(desk: BoxDesk) -> None:
    assert free(desk, "umbrellas") == {("take", ""): 3, ("give_back", ""): 1}
    desk.borrow("2")
    assert free(desk, "umbrellas") == {("take", ""): 2, ("give_back", ""): 2}
    desk.feed(DeviceDown("shelf", "no tag reader answers"))
    assert free(desk, "umbrellas") == {("take", ""): 0, ("give_back", ""): 0}


# ---------------------------------------------------------------- back


def test_it_is_back_when_its_tag_is_heard_again(desk: BoxDesk) -> None:
    desk.borrow("2")
    desk.wait(HOUR_MS)
    desk.ask("give_back")
    assert desk.unlocks == ["strike", "strike"]
    desk.bring("2")
    assert desk.held() == []
    assert [(one.cause, one.by) for one in desk.told(ThingGivenBack)][-1] == ("given_back", ANNA.hex())
    assert desk.last_reply() == ("done", "")


def test_a_pass_takes_one_and_the_next_time_gives_it_back(desk: BoxDesk) -> None:
    code = desk.static(services=("umbrellas",))
    desk.scan(code)
    desk.opened()
    desk.tag("2", heard=False)
    (loan,) = [one for one in desk.state.recorded.holdings.values() if not one.slot]
    assert slot_of(loan.thing) == "2"
    desk.wait(60_000)
    desk.scan(code)
    assert desk.unlocks == ["strike", "strike"]
    desk.bring("2")
    assert [(one.cause, one.by) for one in desk.told(ThingGivenBack)][-1] == ("given_back", loan.holder)
    kinds = [type(one) for one in desk.events]
    assert kinds.index(PassUsed) < kinds.index(ThingTaken) < kinds.index(CellOpened)


@pytest.mark.parametrize("number", HERE)
def test_a_one_time_pass_takes_once_whichever_it_is(desk: BoxDesk, number: str) -> None:
    code = desk.static(services=("umbrellas",), uses=Uses.ONE)
    desk.scan(code)
    desk.opened()
    desk.tag(number, heard=False)
    desk.scan(code)
    desk.wait(60_000)
    desk.scan(code)
    assert desk.unlocks == ["strike"]
    assert desk.state.recorded.unopened == {}


def test_whose_it_is_is_known_whoever_brings_it(desk: BoxDesk) -> None:
    desk.borrow("1", ANNA)
    desk.borrow("2", BERT)
    desk.ask("give_back", BERT)
    desk.bring("1")
    assert (desk.out(ANNA), desk.out(BERT)) == ([], ["2"])


def test_even_without_a_scan(desk: BoxDesk) -> None:
    desk.borrow("1")
    desk.wait(HOUR_MS)
    desk.bring("1")
    assert desk.held() == []
    assert [(one.cause, one.by) for one in desk.told(ThingGivenBack)] == [("given_back", "")]


def test_heard_for_a_moment_only_it_is_not_back(desk: BoxDesk) -> None:
    desk.borrow("1")
    desk.wait(HOUR_MS)
    desk.tag("1", heard=True)
    desk.wait(CAUGHT_MS - 500)
    desk.tag("1", heard=False)
    desk.wait(60_000)
    assert desk.out() == ["1"]


def test_nothing_was_put_in(desk: BoxDesk) -> None:
    desk.borrow("1")
    desk.ask("give_back")
    desk.wait(60_000)
    assert desk.last_reply() == ("unknown", "not_given_back")
    assert desk.out() == ["1"]


@pytest.mark.parametrize("asked", [True, False])
def test_one_of_another_station_is_told_as_arrived(desk: BoxDesk, asked: bool) -> None:
    if asked:
        desk.ask("give_back", BERT)
    desk.bring("40")
    assert [(one.thing, one.by) for one in desk.told(ThingArrived)] == [("40", BERT.hex() if asked else "")]
    assert desk.told(ThingGivenBack) == []


def test_what_somebody_brings_from_elsewhere_does_not_end_their_own_loan(desk: BoxDesk) -> None:
    desk.borrow("1")
    desk.ask("give_back")
    desk.bring("40")
    assert desk.out() == ["1"]


def test_what_came_from_elsewhere_can_be_lent_here(desk: BoxDesk) -> None:
    desk.bring("40")
    desk.wait(10_000)
    desk.ask("take", thing="40")
    desk.opened()
    desk.tag("40", heard=False)
    assert desk.out() == ["40"]


def test_each_loan_of_one_thing_has_a_name_of_its_own(desk: BoxDesk) -> None:
    desk.borrow("1")
    desk.bring("1")
    desk.wait(HOUR_MS)
    desk.borrow("1")
    names = [one.thing for one in desk.told(ThingTaken)]
    assert len(set(names)) == 2


def test_overdue_then_lost_and_found_again(desk: BoxDesk) -> None:
    desk.borrow("1")
    desk.wait(DUE_MS)
    assert len(desk.told(ThingOverdue)) == 1
    desk.wait(LOST_MS)
    assert [slot_of(one.thing) for one in desk.told(ThingLost)] == ["1"]
    desk.bring("1")
    assert [one.thing for one in desk.told(ThingArrived)] == ["1"]


# ---------------------------------------------------------------- power cuts and keepers


def test_the_power_goes_while_somebody_takes_one(desk: BoxDesk) -> None:
    desk.ask("take")
    desk.opened()
    assert restarted(desk, ("2", "3")).out() == ["1"]
    after = restarted(desk, HERE)
    assert after.held() == []
    assert [one.cause for one in after.told_at_first if isinstance(one, ThingGivenBack)] == ["not_taken"]


def test_what_is_out_stays_out_over_a_power_cut_and_comes_back(desk: BoxDesk) -> None:
    desk.borrow("2")
    after = restarted(desk, ("1", "3"))
    assert after.out() == ["2"]
    after.bring("2")
    assert after.held() == []


def test_a_keeper_takes_one_out_without_an_alarm(desk: BoxDesk) -> None:
    desk.keeper("open_as_keeper", "1")
    assert desk.unlocks == ["strike"]
    desk.opened()
    desk.tag("3", heard=False)
    assert desk.told(CellForced) == []
    assert [(one.cell, one.cause) for one in desk.told(CellOpened)] == [("3", "keeper")]
    assert desk.told(ThingTaken) == []


def test_a_broken_one_is_not_lent(desk: BoxDesk) -> None:
    desk.keeper("retire", "1")
    desk.ask("take")
    assert [one.slot for one in desk.told(ThingTaken)] == ["2"]


DEEDS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(["take", "give_back"]), st.sampled_from([ANNA, BERT])),
    st.tuples(st.just("opened"), st.sampled_from(list(Outcome))),
    st.tuples(st.just("tag"), st.sampled_from(THINGS), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([500, 3_000, 21_000, 61_000])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(DEEDS, max_size=25))
def test_whatever_happens_a_thing_is_out_with_one_at_most_and_never_in_its_place(deeds: list[tuple[Any, ...]]) -> None:
    desk = BoxDesk()
    for deed in deeds:
        match deed:
            case ("ask", action, holder):
                desk.ask(action, holder)
            case ("opened", outcome):
                desk.opened(outcome)
            case ("tag", number, heard):
                desk.tag(number, heard=heard)
            case ("wait", milliseconds):
                desk.wait(milliseconds)
    desk.wait(61_000)
    out = [slot_of(one.thing) for one in desk.state.recorded.holdings.values() if not one.slot]
    assert len(out) == len(set(out))
    cells = desk.state.recorded.cells
    assert all(cells[f"umbrellas/{number}"].open for number in out)
    known = replace(desk.state.recorded, confirmed_at_ms=desk.began_with.confirmed_at_ms)
    assert refolded(desk.began_with, desk.rows) == known
