"""Umbrellas: out when their slot shows it, back when a slot has caught one, here or from elsewhere, lost at last."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import ClockTrust, DeviceDown, DeviceUp, Outcome, Priority, SendNonce
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
from station.rules.openings import LATE_MS, SEND_WITHIN_MS
from station.rules.stands import CAUGHT_MS
from station.state import Recorded, loan_id, read_recorded, recorded_document
from station.trust.holders import Role
from station.trust.nonces import read_nonce_text
from station.trust.passes import Uses
from station.trust.refusal import Reason
from station.trust.ring import Purpose
from tests.station.rules.desk import JOURNAL, KEYS, STATION, at_once
from tests.station.rules.loan_desk import ANNA, BERT, DAY_MS, HOUR_MS, KIM, SLOTS, LoanDesk, stand
from tests.station.rules.refold import refolded


@pytest.fixture
def desk() -> LoanDesk:
    return LoanDesk()


def restarted(desk: LoanDesk, full: tuple[str, ...], *, away_ms: int = 5_000) -> LoanDesk:
    """The same stand after a power cut."""
    recorded = read_recorded(recorded_document(desk.state.recorded))
    return LoanDesk(recorded, full=full, boot="b" * 16, wall_offset_ms=desk.steady_ms + away_ms, site=desk.site)


# ---------------------------------------------------------------- out


def test_the_first_full_slot_opens_after_the_loan_is_on_the_card(desk: LoanDesk) -> None:
    desk.ask("take")
    assert desk.unlocks == ["stand/1"]
    assert [one.slot for one in desk.told(ThingTaken)] == ["1"]


def test_it_is_out_when_its_slot_shows_it_and_due_from_the_grant_on(desk: LoanDesk) -> None:
    granted_ms = desk.now.wall_ms
    desk.ask("take")
    desk.done("1")
    assert [one.slot for one in desk.held()] == ["1"]
    desk.wait(7_000)
    desk.slot("1", full=False)
    assert [(one.slot, one.due_at_ms) for one in desk.held()] == [("", granted_ms + 72 * HOUR_MS)]
    assert desk.last_reply() == ("done", "")


def test_a_slot_can_be_named(desk: LoanDesk) -> None:
    desk.ask("take", thing="2")
    assert desk.unlocks == ["stand/2"]


@pytest.mark.parametrize(
    ("thing", "reason"), [("9", Reason.WRONG_NAME), ("umbrella", Reason.WRONG_NAME), ("3", Reason.NOTHING_FREE)]
)
def test_a_slot_that_is_not_there_or_has_nothing(desk: LoanDesk, thing: str, reason: Reason) -> None:
    desk.ask("take", thing=thing)
    assert desk.last_reply() == ("refused", reason)
    assert desk.unlocks == []


def test_nothing_is_left(desk: LoanDesk) -> None:
    desk.take(ANNA)
    desk.take(BERT)
    desk.ask("take", KIM)
    assert desk.last_reply() == ("refused", Reason.NOTHING_FREE)


def test_not_taken_in_time_it_stays_and_nobody_owes_it(desk: LoanDesk) -> None:
    desk.ask("take")
    desk.done("1")
    desk.wait(20_000)
    assert [one.cause for one in desk.told(ThingGivenBack)] == ["not_taken"]
    assert desk.held() == []
    assert desk.last_reply() == ("unknown", "not_taken")


def test_the_slot_that_gave_nothing_comes_last(desk: LoanDesk) -> None:
    desk.ask("take")
    desk.done("1")
    desk.wait(20_000 + LATE_MS)
    desk.ask("take", BERT)
    assert desk.unlocks == ["stand/1", "stand/2"]


def test_who_pulls_it_out_after_all_has_it(desk: LoanDesk) -> None:
    desk.ask("take")
    desk.done("1")
    desk.wait(25_000)
    desk.slot("1", full=False)
    assert [one.slot for one in desk.held()] == [""]
    assert desk.told(CellForced) == []
    assert [one.cause for one in desk.told(CellOpened)] == ["late"]


def test_long_after_that_it_is_a_theft(desk: LoanDesk) -> None:
    desk.ask("take")
    desk.done("1")
    desk.wait(20_000 + LATE_MS)
    desk.slot("1", full=False)
    assert [one.cell for one in desk.told(CellForced)] == ["1"]
    assert desk.told(CellForced)[0].priority is Priority.SAFETY
    assert desk.held() == []


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, None])
def test_a_command_that_was_never_sent_lends_nothing(desk: LoanDesk, outcome: Outcome | None) -> None:
    desk.ask("take")
    if outcome is not None:
        desk.done("1", outcome)
    desk.wait(SEND_WITHIN_MS)
    assert [one.cause for one in desk.told(ThingGivenBack)] == ["not_sent"]
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    assert desk.unlocks == ["stand/1"]


def test_an_unknown_outcome_is_never_sent_again(desk: LoanDesk) -> None:
    desk.ask("take")
    desk.done("1", Outcome.UNKNOWN)
    desk.slot("1", full=False)
    assert len(desk.held()) == 1
    assert desk.unlocks == ["stand/1"]


def test_one_for_each(desk: LoanDesk) -> None:
    desk.take()
    desk.ask("take")
    assert desk.last_reply() == ("refused", Reason.TOO_MANY)


def test_what_waits_in_its_slot_counts_too(desk: LoanDesk) -> None:
    desk.ask("take")
    desk.ask("take")
    assert desk.last_reply() == ("refused", Reason.TOO_MANY)
    desk.ask("take", BERT)
    assert desk.unlocks == ["stand/1", "stand/2"]


def test_nothing_is_lent_from_a_board_that_does_not_answer(desk: LoanDesk) -> None:
    desk.feed(DeviceDown("stand", "unplugged"))
    desk.ask("take")
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)


def test_nothing_is_lent_while_the_journal_cannot_be_written(desk: LoanDesk) -> None:
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="disk full"))
    for action in ("take", "give_back"):
        desk.ask(action)
        assert desk.last_reply() == ("refused", Reason.UNRECORDED)
    assert desk.unlocks == []


def test_nothing_is_lent_after_a_lost_journal_and_everything_is_taken_back() -> None:
    desk = LoanDesk(Recorded(journal=JOURNAL))
    desk.ask("take")
    assert desk.last_reply() == ("refused", Reason.HOLDINGS_UNKNOWN)
    desk.ask("give_back")
    desk.put("3")
    assert [(one.thing, one.by) for one in desk.told(ThingArrived)] == [("3", ANNA.hex())]


def test_a_one_time_pass_takes_once(desk: LoanDesk) -> None:
    code = desk.static(services=("umbrellas",), uses=Uses.ONE)
    desk.scan(code)
    desk.done("1")
    desk.slot("1", full=False)
    assert [one.once for one in desk.told(PassUsed)] == [True]
    desk.scan(code)
    assert len(desk.told(PassUsed)) == 1


# ---------------------------------------------------------------- back


def test_it_is_back_when_a_slot_has_caught_it(desk: LoanDesk) -> None:
    desk.take()
    desk.ask("give_back")
    desk.slot("1", full=True)
    assert desk.told(ThingGivenBack) == []
    desk.wait(CAUGHT_MS)
    assert [(one.cause, one.by) for one in desk.told(ThingGivenBack)] == [("given_back", ANNA.hex())]
    assert desk.held() == []
    assert desk.last_reply() == ("done", "")


def test_a_free_slot_needs_no_command(desk: LoanDesk) -> None:
    desk.take()
    desk.ask("give_back")
    assert desk.unlocks == ["stand/1"]


def test_another_free_slot_does_as_well(desk: LoanDesk) -> None:
    desk.take()
    desk.ask("give_back")
    desk.put("4")
    assert desk.held() == []


def test_what_springs_out_again_is_not_back(desk: LoanDesk) -> None:
    desk.take()
    desk.ask("give_back")
    desk.slot("1", full=True)
    desk.wait(CAUGHT_MS - 1)
    desk.slot("1", full=False)
    desk.wait(CAUGHT_MS)
    assert len(desk.held()) == 1
    desk.put("1")
    assert desk.held() == []


def test_the_one_taken_first_is_back_first() -> None:
    desk = LoanDesk(site=stand(per_person=2))
    desk.take()
    desk.wait(60_000)
    desk.take()
    first, second = sorted(desk.held(), key=lambda one: one.began_ms)
    desk.ask("give_back")
    desk.put("3")
    assert desk.held() == [second]
    assert [one.thing for one in desk.told(ThingGivenBack)] == [first.thing]


@pytest.mark.parametrize("by_loan", [True, False])
def test_or_the_one_that_is_named(*, by_loan: bool) -> None:
    desk = LoanDesk(site=stand(per_person=2))
    desk.take()
    desk.wait(60_000)
    desk.take()
    first, second = sorted(desk.held(), key=lambda one: one.began_ms)
    name = loan_id(STATION, "umbrellas", second.thing) if by_loan else second.thing
    desk.ask("give_back", thing=name)
    desk.put("3")
    assert desk.held() == [first]


def test_nothing_was_put_in(desk: LoanDesk) -> None:
    desk.take()
    desk.ask("give_back")
    desk.wait(60_000)
    assert desk.last_reply() == ("unknown", "not_given_back")
    desk.put("3")
    assert len(desk.held()) == 1
    assert [one.by for one in desk.told(ThingArrived)] == [""]


def test_two_people_give_back_at_once_each_their_own(desk: LoanDesk) -> None:
    desk.take(ANNA)
    desk.take(BERT)
    desk.wait(60_000)
    desk.ask("give_back", ANNA)
    desk.ask("give_back", BERT)
    desk.put("2")
    assert (len(desk.held(ANNA)), len(desk.held(BERT))) == (1, 0)
    desk.put("1")
    assert desk.held(ANNA) == []


def test_put_back_at_once_into_the_same_slot_it_is_theirs(desk: LoanDesk) -> None:
    slot = desk.take()
    desk.put(slot)
    assert desk.held() == []
    assert desk.told(ThingArrived) == []


def test_no_slot_is_free() -> None:
    full = LoanDesk(full=SLOTS)
    full.ask("give_back")
    assert full.last_reply() == ("refused", Reason.NOTHING_FREE)


def test_a_pass_at_the_reader_takes_and_then_gives_back(desk: LoanDesk) -> None:
    desk.scan(desk.bound(services=("umbrellas",)))
    desk.done("1")
    desk.slot("1", full=False)
    desk.wait(60_000)
    desk.scan(desk.bound(services=("umbrellas",)))
    desk.put("1")
    assert [one.cause for one in desk.told(ThingGivenBack)] == ["given_back"]
    assert desk.unlocks == ["stand/1"]


def test_shown_again_while_the_slot_is_open_it_moves_nothing(desk: LoanDesk) -> None:
    desk.scan(desk.bound(services=("umbrellas",)))
    desk.wait(1_000)
    desk.scan(desk.bound(services=("umbrellas",)))
    assert desk.unlocks == ["stand/1"]
    assert len(desk.held(b"h" * 16)) == 1


# ---------------------------------------------------------------- from elsewhere, and elsewhere


def test_a_loan_of_another_station_arrives(desk: LoanDesk) -> None:
    loan = loan_id("other-pod-2", "umbrellas", "3-cafe-77")
    desk.ask("give_back", BERT, thing=loan)
    desk.put("3")
    assert [(one.thing, one.by, one.loan) for one in desk.told(ThingArrived)] == [("3", BERT.hex(), loan)]
    assert desk.last_reply() == ("done", "")


def test_what_came_back_can_be_lent_again(desk: LoanDesk) -> None:
    desk.put("3")
    desk.take(ANNA)
    desk.take(BERT)
    desk.ask("take", KIM)
    assert desk.unlocks[-1] == "stand/3"


def test_only_the_office_says_that_it_came_back_elsewhere(desk: LoanDesk) -> None:
    desk.take()
    thing = desk.held()[0].thing
    desk.keeper("elsewhere", thing)
    assert desk.last_reply() == ("refused", Reason.WRONG_PURPOSE)


def test_the_office_ends_what_came_back_elsewhere(desk: LoanDesk) -> None:
    desk.take()
    message = b'{"ask_id": "%s", "service": "umbrellas", "action": "elsewhere"}' % (b"ab" * 16)
    answer = at_once(desk.send("ask", message, key=KEYS[Purpose.OPERATE]), SendNonce)[0]
    assert isinstance(answer, SendNonce)
    order = desk.order(
        key=Purpose.OPERATE,
        nonce=read_nonce_text(answer.nonce),
        screen=None,
        service="umbrellas",
        action="elsewhere",
        thing=loan_id(STATION, "umbrellas", desk.held()[0].thing),
    )
    desk.send("order", order.encode())
    assert [one.cause for one in desk.told(ThingGivenBack)] == ["elsewhere"]
    assert desk.held() == []


def test_a_loan_id_fits_where_an_order_names_a_thing_and_tells_its_fields_apart() -> None:
    assert loan_id("fumin-pod-1", "umbrellas", "3-abcdef01-77") == "9372a396a1fc437210b9af78651e43dc"
    assert loan_id("ab", "c", "d") != loan_id("a", "bc", "d")


# ---------------------------------------------------------------- overdue and lost


def test_overdue_and_later_lost() -> None:
    desk = LoanDesk(site=stand(due_ms=2 * HOUR_MS, lost_ms=3 * HOUR_MS))
    desk.take()
    desk.wait(2 * HOUR_MS)
    assert len(desk.told(ThingOverdue)) == 1
    desk.wait(3 * HOUR_MS - 60_000)
    assert desk.told(ThingLost) == []
    desk.wait(60_000)
    assert [(one.by, one.reason) for one in desk.told(ThingLost)] == [("", "overdue")]
    assert desk.held() == []


def test_nothing_is_lost_while_nobody_knows_the_time(desk: LoanDesk) -> None:
    desk.take()
    after = restarted(desk, ("2",), away_ms=60 * DAY_MS)
    assert after.held() == []
    unsure = LoanDesk(
        desk.state.recorded, full=("2",), boot="b" * 16, wall_offset_ms=60 * DAY_MS, trust=ClockTrust.FLOOR
    )
    unsure.wait(HOUR_MS)
    assert len(unsure.held()) == 1


def test_a_keeper_calls_it_lost_and_says_why(desk: LoanDesk) -> None:
    desk.take()
    thing = desk.held()[0].thing
    desk.ask("lost", BERT, thing=thing, reason="gone")
    assert desk.last_reply() == ("refused", Reason.WRONG_ROLE)
    desk.ask("lost", KIM, role=Role.KEEPER, thing=thing)
    assert desk.last_reply() == ("refused", Reason.MISSING_FIELD)
    desk.keeper("lost", "no-such-thing")
    assert desk.last_reply() == ("refused", Reason.NOTHING_HELD)
    desk.keeper("lost", thing, "torn by the wind")
    assert [(one.thing, one.by, one.reason) for one in desk.told(ThingLost)] == [(thing, KIM.hex(), "torn by the wind")]
    assert desk.held() == []


def test_a_keeper_found_it(desk: LoanDesk) -> None:
    desk.take()
    desk.keeper("clear", desk.held()[0].thing, "lay beside the stand")
    assert [one.cause for one in desk.told(ThingGivenBack)] == ["keeper"]


# ---------------------------------------------------------------- keepers and slots


def test_a_retired_slot_neither_gives_nor_takes(desk: LoanDesk) -> None:
    desk.keeper("retire", "1", "jammed")
    desk.take()
    assert desk.unlocks == ["stand/2"]
    desk.keeper("restore", "1", "mended")
    desk.ask("take", BERT)
    assert desk.unlocks[-1] == "stand/1"


def test_a_keeper_opens_a_slot_and_nobody_owes_what_was_in_it(desk: LoanDesk) -> None:
    desk.keeper("open_as_keeper", "1", "wet")
    desk.done("1")
    desk.slot("1", full=False)
    assert [one.cause for one in desk.told(CellOpened)] == ["keeper"]
    assert desk.state.recorded.holdings == {}
    assert desk.last_reply() == ("done", "")


def test_a_slot_opens_for_one_at_a_time(desk: LoanDesk) -> None:
    desk.ask("take")
    desk.keeper("open_as_keeper", "1", "wet")
    assert desk.last_reply() == ("refused", Reason.IN_USE)


@pytest.mark.parametrize("action", ["open", "hand_over", "explode"])
def test_actions_that_loans_do_not_have(desk: LoanDesk, action: str) -> None:
    desk.ask(action)
    assert desk.last_reply() == ("refused", Reason.WRONG_ACTION)


# ---------------------------------------------------------------- power cuts


def test_cut_before_it_was_taken_out_nobody_owes_it(desk: LoanDesk) -> None:
    desk.ask("take")
    after = restarted(desk, ("1", "2"))
    assert after.held() == []
    assert [one.cause for one in after.told_at_first if isinstance(one, ThingGivenBack)] == ["not_taken"]


def test_cut_while_it_was_taken_out_it_is_theirs(desk: LoanDesk) -> None:
    desk.ask("take")
    after = restarted(desk, ("2",))
    assert [one.slot for one in after.held()] == [""]
    assert [one.cause for one in after.told_at_first if isinstance(one, CellOpened)] == ["unseen"]


def test_put_in_while_the_power_was_away_it_has_arrived_and_is_nobodys(desk: LoanDesk) -> None:
    desk.take()
    after = restarted(desk, ("1", "2"))
    assert len(after.held()) == 1
    assert [(one.thing, one.by) for one in after.told_at_first if isinstance(one, ThingArrived)] == [("1", "")]


def test_what_is_out_stays_out_over_a_power_cut_and_comes_back(desk: LoanDesk) -> None:
    desk.take()
    after = restarted(desk, ("2",))
    after.ask("give_back")
    after.put("1")
    assert after.held() == []


# ---------------------------------------------------------------- whatever happens

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from([ANNA, BERT])),
        st.tuples(st.just("give_back"), st.sampled_from([ANNA, BERT])),
        st.tuples(st.just("full"), st.sampled_from(SLOTS)),
        st.tuples(st.just("free"), st.sampled_from(SLOTS)),
        st.tuples(st.just("done"), st.sampled_from(SLOTS)),
        st.tuples(st.just("wait"), st.sampled_from([100, 2_000, 21_000, 61_000, HOUR_MS])),
        st.tuples(st.just("board"), st.booleans()),
        st.tuples(st.just("cut"), st.frozensets(st.sampled_from(SLOTS))),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_nobody_has_more_than_one_and_every_loan_ends_once(steps: list[tuple[str, object]]) -> None:
    desk = LoanDesk()
    for what, which in steps:
        match what, which:
            case ("take" | "give_back") as action, bytes(holder):
                desk.ask(action, holder)
            case ("full" | "free") as state, str(slot):
                desk.slot(slot, full=state == "full")
            case "done", str(slot):
                desk.done(slot)
            case "wait", int(milliseconds):
                desk.wait(milliseconds)
            case "cut", frozenset(full):
                desk.power_up(desk.state.recorded, full)
            case "board", bool(up):
                desk.feed(DeviceUp("stand") if up else DeviceDown("stand", "unplugged"))
        for holder in (ANNA, BERT):
            waiting = [one for one in desk.held(holder) if one.slot]
            assert len(waiting) <= 1
    events = [event for event, _ in desk.rows]
    taken = [event for event in events if isinstance(event, ThingTaken)]
    ended = [event.thing for event in events if isinstance(event, ThingGivenBack)]
    out = [one.thing for one in desk.state.recorded.holdings.values()]
    assert sorted([*ended, *out]) == sorted(event.thing for event in taken)
    assert len(desk.unlocks) == len([event for event in taken if event.slot])
    known = replace(desk.state.recorded, confirmed_at_ms=desk.began_with.confirmed_at_ms)
    assert refolded(desk.began_with, desk.rows) == known
