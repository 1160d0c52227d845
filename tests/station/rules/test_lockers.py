"""Locker cells: every action, every refusal, and what boards, doors and keepers do meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.contract import (
    DeviceDown,
    DeviceUp,
    LevelChanged,
    Outcome,
    Priority,
    Quantity,
    SendReply,
    Show,
    Unlock,
)
from station.events import (
    AccessRefused,
    CellFailed,
    CellForced,
    CellOpened,
    CellOpenedByKeeper,
    PassUsed,
    ThingGivenBack,
    ThingTaken,
)
from station.rules.entry import RENEW_MS
from station.rules.lockers import MAX_CELLS_TRIED
from station.rules.openings import BOUNCE_MS, LATE_MS, OPEN_WITHIN_MS, PULSE_MS, SEND_WITHIN_MS, SETTLE_MS
from station.state import Recorded, thing_key
from station.trust.holders import Role
from station.trust.passes import Uses
from station.trust.refusal import Reason
from tests.station.rules.desk import at_once, waiting
from tests.station.rules.locker_desk import ANNA, BERT, CARL, KIM, LARGE, LOW, SMALL, LockerDesk, lockers_site


@pytest.fixture
def desk() -> LockerDesk:
    return LockerDesk()


def refused(desk: LockerDesk) -> tuple[str, str]:
    """What the last order was told; nothing must have moved."""
    assert desk.unlocks == []
    return desk.last_reply()


def in_service(desk: LockerDesk, number: str) -> bool:
    cell = desk.state.recorded.cells.get(thing_key("lockers", number))
    return cell is None or not cell.out_of_order


# ---------------------------------------------------------------- take


def test_a_cell_is_theirs_before_it_opens_and_opens_only_when_that_is_on_the_card(desk: LockerDesk) -> None:
    decision = desk.ask("take")
    assert desk.kinds() == ["ThingTaken"]
    assert waiting(decision, Unlock) == [Unlock("cells/1", PULSE_MS)]
    [until_ms] = [one.until_ms for one in decision.waiting if isinstance(one.command, Unlock)]
    assert until_ms == desk.steady_ms + SEND_WITHIN_MS
    assert desk.last_reply() == ("accepted", "")


def test_only_its_own_sensor_says_that_it_is_open(desk: LockerDesk) -> None:
    desk.ask("take")
    desk.done("1", Outcome.OBSERVED)
    assert desk.told(CellOpened) == []
    decision = desk.door("1", shut=False)
    assert desk.told(CellOpened) == [CellOpened("lockers", "1", "taken")]
    assert [(one.result, one.words.zh) for one in desk.replies[1:]] == [("done", "1 号柜已打开")]
    [shown] = at_once(decision, Show)
    assert isinstance(shown, Show)
    assert shown.page.headline.en == "Cell 1 is open"
    desk.shuts("1")
    assert desk.holder("1") == ANNA


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("", "1"),
        ("small", "1"),
        ("medium", LARGE),
        ("large", LARGE),
        ("accessible", LOW),
        ("small-accessible", LOW),
        ("accessible-small", LOW),
        ("large-accessible", LARGE),
    ],
)
def test_the_smallest_that_fits_and_a_low_one_for_who_asks(desk: LockerDesk, wanted: str, number: str) -> None:
    assert desk.take(thing=wanted) == number


def test_a_low_cell_is_left_for_who_needs_it_as_long_as_any_other_is_free() -> None:
    desk = LockerDesk(site=lockers_site(per_person=5))
    assert [desk.put_in() for _ in range(5)] == [*SMALL, LARGE, LOW]
    desk.forget()
    desk.ask("take", BERT)
    assert refused(desk) == ("refused", Reason.NOTHING_FREE)


@pytest.mark.parametrize("wanted", ["huge", "small-large", "small-small", "accessible-accessible", "7", "-"])
def test_a_kind_of_cell_that_nobody_knows_is_refused(desk: LockerDesk, wanted: str) -> None:
    desk.ask("take", thing=wanted)
    assert refused(desk) == ("refused", Reason.WRONG_NAME)


def test_two_people_at_once_get_two_cells(desk: LockerDesk) -> None:
    desk.ask("take", ANNA)
    desk.ask("take", BERT)
    assert (desk.holder("1"), desk.holder("2")) == (ANNA, BERT)
    desk.opens("2")
    desk.opens("1")
    assert [reply.order_id for reply in desk.replies if reply.result == "done"] == ["0" * 31 + "2", "0" * 31 + "1"]


def test_one_person_gets_so_many(desk: LockerDesk) -> None:
    desk.put_in()
    desk.put_in()
    desk.forget()
    desk.ask("take")
    assert refused(desk) == ("refused", Reason.TOO_MANY)
    desk.ask("take", BERT)
    assert desk.asked() == "3"


@pytest.mark.parametrize("at_fault", ["open", "unseen", "board down"])
def test_a_cell_is_given_only_if_its_sensor_shows_it_shut(at_fault: str) -> None:
    desk = LockerDesk()
    if at_fault == "open":
        desk.start(Recorded(holdings_known=True), open_cells=SMALL)
    elif at_fault == "unseen":
        levels = {key: value for key, value in desk.state.observed.levels.items() if not key[0].startswith("cells/")}
        desk.state = replace(desk.state, observed=replace(desk.state.observed, levels=levels))
    else:
        desk.feed(DeviceDown("cells", "unplugged"))
    assert desk.take(thing="small") == LARGE


def test_what_nobody_can_do_is_refused(desk: LockerDesk) -> None:
    desk.ask("explode")
    assert refused(desk) == ("refused", Reason.WRONG_ACTION)


def test_while_nothing_can_be_recorded_nothing_is_given_or_opened(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="the card is gone"))
    desk.forget()
    for action in ("open", "give_back", "hand_over"):
        desk.ask(action, recipient=BERT)
        assert refused(desk) == ("refused", Reason.UNRECORDED)
    desk.ask("take", BERT)
    assert refused(desk) == ("refused", Reason.UNRECORDED)
    for action in ("open_as_keeper", "clear", "retire", "restore"):
        desk.keeper(action, number)
        assert refused(desk) == ("refused", Reason.UNRECORDED)


def test_a_cell_that_fails_while_nothing_can_be_recorded_is_followed_by_no_other(desk: LockerDesk) -> None:
    desk.ask("take")
    desk.done("1")
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="the card is gone"))
    desk.forget()
    desk.wait(OPEN_WITHIN_MS)
    assert refused(desk) == ("refused", Reason.UNRECORDED)


# ---------------------------------------------------------------- open and give back


def test_it_opens_again_for_its_holder_and_stays_theirs(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("open")
    desk.opens(number)
    desk.shuts(number)
    assert desk.told(CellOpened)[-1].cause == "opened"
    assert desk.holder(number) == ANNA


def test_it_is_given_back_only_when_it_is_shut_again(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("give_back")
    assert desk.holder(number) == ANNA
    desk.opens(number)
    desk.wait(3_600_000)
    assert desk.holder(number) == ANNA
    decision = desk.shuts(number)
    assert desk.told(ThingGivenBack) == [ThingGivenBack("lockers", number, "given_back", ANNA.hex())]
    [shown] = at_once(decision, Show)
    assert isinstance(shown, Show)
    assert shown.page.lines[0].en == "Thank you, the cell is given back"


def test_giving_back_a_cell_that_stands_open_needs_no_other_opening(desk: LockerDesk) -> None:
    number = desk.take()
    desk.forget()
    desk.ask("give_back")
    assert desk.unlocks == []
    assert desk.replies[0].result == "done"
    desk.shuts(number)
    assert desk.holder(number) is None


def test_who_changes_their_mind_keeps_it(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("give_back")
    desk.opens(number)
    desk.ask("open")
    desk.shuts(number)
    assert desk.holder(number) == ANNA


def test_a_keeper_who_has_it_opened_takes_no_gift_back(desk: LockerDesk) -> None:
    """It was open to be given back; that a keeper asks for it too changes nothing."""
    number = desk.put_in()
    desk.ask("give_back")
    desk.opens(number)
    desk.keeper("open_as_keeper", number)
    desk.shuts(number)
    assert desk.holder(number) is None


def test_which_of_two_is_named_or_else_the_first(desk: LockerDesk) -> None:
    first, second = desk.put_in(), desk.put_in()
    desk.ask("open")
    assert desk.asked() == first
    desk.opens(first)
    desk.shuts(first)
    desk.ask("give_back", thing=second)
    assert desk.asked() == second


@pytest.mark.parametrize("action", ["open", "give_back"])
@pytest.mark.parametrize("thing", ["", "1", "5", "99"])
def test_nobody_opens_what_is_not_theirs(desk: LockerDesk, action: str, thing: str) -> None:
    desk.put_in()
    desk.forget()
    desk.ask(action, BERT, thing=thing)
    assert refused(desk) == ("refused", Reason.NOTHING_HELD)


def test_a_board_that_does_not_answer_is_said_at_once(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.feed(DeviceDown("cells", "unplugged"))
    desk.forget()
    desk.ask("open")
    assert refused(desk) == ("refused", Reason.OUT_OF_ORDER)
    desk.keeper("open_as_keeper", number)
    assert refused(desk) == ("refused", Reason.OUT_OF_ORDER)
    assert desk.told(CellOpenedByKeeper) == []


def test_a_cell_that_the_station_file_no_longer_has_is_out_of_order(desk: LockerDesk) -> None:
    number = desk.put_in()
    cells = {other: cell for other, cell in desk.lockers.cells.items() if other != number}
    desk.site = lockers_site(cells=cells)
    desk.forget()
    desk.ask("open")
    assert refused(desk) == ("refused", Reason.OUT_OF_ORDER)


def test_who_asks_again_while_it_opens_waits_for_the_same_opening(desk: LockerDesk) -> None:
    """One pulse; the latest order hears of it; and a cell that fails is still replaced."""
    desk.ask("take")
    desk.ask("open")
    desk.ask("give_back")
    assert desk.unlocks == ["cells/1"]
    desk.done("1")
    desk.wait(OPEN_WITHIN_MS)
    assert desk.asked() == "2"
    desk.opens("2")
    assert desk.replies[-1] == SendReply("link", "0" * 31 + "3", "done", "", desk.replies[-1].words)


def test_who_asks_to_give_back_while_it_opens_gives_it_back(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("open")
    desk.ask("give_back")
    desk.opens(number)
    desk.shuts(number)
    assert desk.holder(number) is None


def test_while_it_opens_for_one_it_opens_for_nobody_else(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("hand_over", recipient=BERT)
    desk.ask("open")
    desk.forget()
    desk.ask("give_back", BERT)
    assert refused(desk) == ("refused", Reason.IN_USE)
    desk.keeper("open_as_keeper", number)
    assert refused(desk) == ("refused", Reason.IN_USE)
    desk.keeper("clear", number)
    assert refused(desk) == ("refused", Reason.IN_USE)
    assert desk.told(CellOpenedByKeeper) == []


# ---------------------------------------------------------------- for somebody else


def test_what_is_left_for_somebody_is_opened_by_them_and_by_nobody_else(desk: LockerDesk) -> None:
    number = desk.put_in(role=Role.COURIER, recipient=BERT)
    desk.forget()
    desk.ask("open", CARL)
    assert refused(desk) == ("refused", Reason.NOTHING_HELD)
    desk.ask("give_back", BERT)
    desk.opens(number)
    desk.shuts(number)
    assert desk.holder(number) is None


def test_a_holder_hands_over_and_a_recipient_does_not(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.forget()
    desk.ask("hand_over")
    assert refused(desk) == ("refused", Reason.MISSING_FIELD)
    desk.forget()
    desk.ask("hand_over", recipient=BERT)
    assert desk.kinds() == ["ThingOffered"]
    assert [reply.result for reply in desk.replies[-2:]] == ["done", "accepted"]
    desk.ask("hand_over", BERT, recipient=CARL)
    assert refused(desk) == ("refused", Reason.NOTHING_HELD)
    assert desk.holding(number) is not None


def pick_up(desk: LockerDesk, **changes: Any) -> str:
    """A one-time pass of Bert."""
    return desk.static(**{"services": ("lockers",), "holder": BERT, "uses": Uses.ONE, **changes})


def test_a_one_time_pass_collects_what_was_left_and_then_the_cell_is_free(desk: LockerDesk) -> None:
    number = desk.put_in(role=Role.COURIER, recipient=BERT)
    code = pick_up(desk)
    desk.forget()
    desk.scan(code)
    assert desk.kinds() == ["PassUsed"]
    desk.opens(number)
    desk.shuts(number)
    assert desk.holder(number) is None
    desk.forget()
    desk.scan(code)
    assert desk.unlocks == []
    assert desk.told(AccessRefused)[-1].reason == Reason.ALREADY_USED


def test_a_pick_up_that_did_not_move_may_be_tried_again_until_the_cell_was_seen_open(desk: LockerDesk) -> None:
    number = desk.put_in(role=Role.COURIER, recipient=BERT)
    code = pick_up(desk)
    desk.scan(code)
    desk.done(number, Outcome.NOT_SENT)
    desk.forget()
    desk.scan(code)
    assert desk.told(PassUsed)[0].renewal == "again"
    desk.opens(number)
    desk.forget()
    desk.scan(code)
    assert desk.unlocks == []
    desk.shuts(number)
    desk.scan(code)
    assert desk.unlocks == []
    assert desk.told(AccessRefused)[-1].reason == Reason.ALREADY_USED


def test_a_pick_up_is_not_renewed_for_ever(desk: LockerDesk) -> None:
    number = desk.put_in(role=Role.COURIER, recipient=BERT)
    code = pick_up(desk)
    for _ in range(3):
        desk.scan(code)
        desk.done(number, Outcome.NOT_SENT)
    desk.forget()
    desk.scan(code)
    assert desk.unlocks == []

    other = pick_up(desk, id=b"q" * 16)
    desk.scan(other)
    desk.done(number, Outcome.NOT_SENT)
    desk.wait(RENEW_MS + 1)
    desk.forget()
    desk.scan(other)
    assert desk.unlocks == []


def test_a_pick_up_that_a_power_cut_spoilt_is_tried_once_more(desk: LockerDesk) -> None:
    number = desk.put_in(role=Role.COURIER, recipient=BERT)
    code = pick_up(desk)
    desk.scan(code)
    after = LockerDesk(desk.state.recorded, boot="b" * 16, steady_ms=5_000, wall_offset_ms=120_000)
    after.scan(code)
    assert after.told(PassUsed)[0].renewal == "recovered"
    after.done(number, Outcome.NOT_SENT)
    after.forget()
    after.scan(code)
    assert after.unlocks == []


def test_one_pick_up_does_not_collect_two_parcels(desk: LockerDesk) -> None:
    first = desk.put_in(role=Role.COURIER, recipient=BERT)
    desk.put_in(role=Role.COURIER, recipient=BERT)
    code = pick_up(desk)
    desk.scan(code)
    desk.opens(first)
    desk.shuts(first)
    desk.forget()
    desk.scan(code)
    assert desk.unlocks == []


def test_a_one_time_pass_whose_cell_failed_has_the_next_one(desk: LockerDesk) -> None:
    code = pick_up(desk)
    desk.scan(code)
    desk.done("1")
    desk.wait(OPEN_WITHIN_MS)
    assert desk.asked() == "2"
    desk.opens("2")
    desk.shuts("2")
    desk.forget()
    desk.scan(code)
    assert desk.unlocks == []
    assert desk.holder("2") == BERT


def test_a_pass_at_the_reader_takes_and_then_opens(desk: LockerDesk) -> None:
    desk.scan(desk.bound(services=("lockers",)))
    assert desk.told(ThingTaken)[0].thing == "1"
    desk.opens("1")
    desk.shuts("1")
    desk.wait(11_000)
    desk.scan(desk.bound(services=("lockers",)))
    desk.opens("1")
    assert desk.told(CellOpened)[-1].cause == "opened"


# ---------------------------------------------------------------- what does not open


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.ACKED, Outcome.OBSERVED])
def test_a_cell_that_stays_shut_is_out_of_order_and_another_one_opens(desk: LockerDesk, outcome: Outcome) -> None:
    desk.ask("take")
    desk.done("1", outcome)
    desk.wait(OPEN_WITHIN_MS - 1)
    assert desk.unlocks == ["cells/1"]
    desk.wait(1)
    assert desk.told(CellFailed) == [CellFailed("lockers", "1", outcome.value)]
    assert not in_service(desk, "1")
    assert (desk.holder("1"), desk.holder("2"), desk.unlocks) == (None, ANNA, ["cells/1", "cells/2"])
    desk.opens("2")
    assert desk.last_reply() == ("done", "")


def test_what_was_not_sent_may_be_asked_again_and_nothing_is_out_of_order(desk: LockerDesk) -> None:
    desk.ask("take")
    desk.done("1", Outcome.NOT_SENT)
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    assert (desk.holder("1"), in_service(desk, "1")) == (None, True)
    assert desk.take() == "1"


def test_a_command_that_nobody_heard_of_again_opens_late_and_not_by_force(desk: LockerDesk) -> None:
    """The card or the bus was too slow. What comes after all is nobody's: a keeper has to look."""
    desk.ask("take")
    desk.wait(SEND_WITHIN_MS)
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    assert (desk.holder("1"), in_service(desk, "1")) == (None, True)
    assert desk.take(BERT) == "2"
    desk.opens("1")
    assert desk.told(CellForced) == []
    assert desk.told(CellFailed) == [CellFailed("lockers", "1", "late")]
    desk.shuts("1")
    desk.wait(LATE_MS)
    assert desk.take(CARL) == "3"


def test_a_failed_cell_that_opens_late_is_for_nobody(desk: LockerDesk) -> None:
    desk.ask("take")
    desk.done("1")
    desk.wait(OPEN_WITHIN_MS)
    desk.opens("2")
    decision = desk.door("1", shut=False)
    assert desk.told(CellOpened)[-1] == CellOpened("lockers", "1", "late")
    assert desk.told(CellForced) == []
    assert len(desk.told(CellFailed)) == 1
    assert waiting(decision, SendReply) == []
    [shown] = at_once(decision, Show)
    assert isinstance(shown, Show)
    assert shown.page.lines[0].en == "Please shut it and put nothing in"


def test_later_than_late_it_is_forced(desk: LockerDesk) -> None:
    desk.ask("take")
    desk.done("1")
    desk.wait(OPEN_WITHIN_MS + LATE_MS)
    desk.door("1", shut=False)
    assert desk.told(CellForced) == [CellForced("lockers", "1")]


def test_a_cell_with_things_in_it_that_stays_shut_is_told_to_its_holder(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("open")
    desk.done(number)
    desk.wait(OPEN_WITHIN_MS)
    assert desk.last_reply() == ("unknown", "not_opened")
    assert (desk.holder(number), in_service(desk, number)) == (ANNA, False)
    desk.forget()
    desk.ask("open")
    desk.opens(number)
    assert desk.last_reply() == ("done", "")


def test_a_held_cell_that_opens_late_is_its_holder_s(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("give_back")
    desk.done(number)
    desk.wait(OPEN_WITHIN_MS)
    desk.forget()
    desk.door(number, shut=False)
    assert desk.told(CellOpened) == [CellOpened("lockers", number, "late")]
    assert desk.replies == []
    desk.shuts(number)
    assert desk.holder(number) == ANNA


def test_when_no_cell_is_left_they_are_told(desk: LockerDesk) -> None:
    for number in ("2", "3", LOW, LARGE):
        desk.keeper("retire", number)
    desk.ask("take")
    desk.done("1")
    desk.wait(OPEN_WITHIN_MS)
    assert desk.last_reply() == ("refused", Reason.NOTHING_FREE)
    assert desk.state.recorded.holdings == {}


def test_after_a_few_cells_in_a_row_it_is_not_the_cells(desk: LockerDesk) -> None:
    """The lock supply is dead: one person must not put all of them out of order."""
    desk.ask("take")
    for number in SMALL[:MAX_CELLS_TRIED]:
        assert desk.asked() == number
        desk.done(number)
        desk.wait(OPEN_WITHIN_MS)
    assert len(desk.unlocks) == MAX_CELLS_TRIED
    assert desk.last_reply() == ("refused", Reason.OUT_OF_ORDER)
    assert in_service(desk, LOW)
    assert desk.state.recorded.holdings == {}


# ---------------------------------------------------------------- doors


def test_a_cell_that_opens_by_itself_is_forced_and_of_the_highest_priority(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.forget()
    desk.door(number, shut=False)
    [event] = desk.told(CellForced)
    assert event.priority is Priority.SAFETY
    assert desk.holder(number) == ANNA
    desk.shuts(number)
    assert desk.holder(number) == ANNA


def test_what_opened_unasked_and_is_nobody_s_is_looked_into_before_anybody_gets_it(desk: LockerDesk) -> None:
    desk.door("1", shut=False)
    desk.shuts("1")
    assert [type(event).__name__ for event in desk.events] == ["CellForced", "CellFailed", "CellShut"]
    desk.feed(DeviceDown("cells", "unplugged"))
    desk.feed(DeviceUp("cells"))
    desk.door("2", shut=False)
    desk.shuts("2")
    assert [event.cell for event in desk.told(CellFailed)] == ["1", "2"]
    desk.wait(BOUNCE_MS)
    assert desk.take() == "3"
    desk.keeper("restore", "1")
    assert desk.take(BERT) == "1"


def test_a_cell_that_was_never_seen_shut_has_not_been_forced() -> None:
    """A locker is being fitted, all doors open."""
    desk = LockerDesk()
    desk.start(Recorded(journal="11" * 16, holdings_known=True), open_cells=("1", "2"))
    assert in_service(desk, "1")
    desk.shuts("1")
    desk.wait(BOUNCE_MS)
    assert desk.take() == "1"


def test_a_flapping_contact_is_no_burglary(desk: LockerDesk) -> None:
    number = desk.take()
    for _ in range(5):
        desk.shuts(number)
        desk.wait(100)
        desk.door(number, shut=False)
        desk.wait(100)
    desk.shuts(number)
    assert desk.told(CellForced) == []
    assert {event.cause for event in desk.told(CellOpened)[1:]} == {"again"}
    assert desk.holder(number) == ANNA


def test_a_cell_that_flaps_when_given_back_is_given_to_nobody_for_a_moment(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("give_back")
    desk.opens(number)
    desk.shuts(number)
    desk.wait(BOUNCE_MS - 1)
    desk.ask("take", BERT)
    assert desk.asked() != number
    desk.wait(1)
    desk.ask("take", CARL)
    assert desk.asked() == number


def test_long_after_it_was_shut_an_opening_is_forced_again(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.wait(BOUNCE_MS)
    desk.door(number, shut=False)
    assert len(desk.told(CellForced)) == 1


def test_what_opened_while_the_board_was_away_is_seen_and_not_forced(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.feed(DeviceDown("cells", "unplugged"))
    desk.wait(60_000)
    desk.feed(DeviceUp("cells"))
    desk.wait(SETTLE_MS)
    desk.door(number, shut=False)
    assert desk.told(CellOpened)[-1].cause == "unseen"
    assert desk.told(CellForced) == []


def test_a_board_that_is_lost_while_it_opens_leaves_no_cell_to_two_people(desk: LockerDesk) -> None:
    desk.ask("take")
    desk.feed(DeviceDown("cells", "unplugged"))
    desk.done("1", Outcome.UNKNOWN)
    desk.wait(OPEN_WITHIN_MS)
    assert desk.asked() == LARGE
    assert not in_service(desk, "1")


# ---------------------------------------------------------------- keepers


def test_a_keeper_opens_with_a_reason_and_it_stays_whose_it_was(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.forget()
    desk.keeper("open_as_keeper", number, "smells")
    assert desk.told(CellOpenedByKeeper) == [CellOpenedByKeeper("lockers", number, KIM.hex(), "smells")]
    desk.opens(number)
    desk.shuts(number)
    assert desk.told(CellOpened)[-1].cause == "keeper"
    assert desk.holder(number) == ANNA


@pytest.mark.parametrize("action", ["open_as_keeper", "clear", "retire", "restore"])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"role": Role.VOLUNTEER}, Reason.WRONG_ROLE),
        ({"reason": ""}, Reason.MISSING_FIELD),
        ({"thing": ""}, Reason.WRONG_NAME),
        ({"thing": "99"}, Reason.WRONG_NAME),
    ],
)
def test_a_keeper_s_word_is_a_keeper_s_with_a_reason_about_a_cell(
    desk: LockerDesk, action: str, changes: dict[str, Any], reason: Reason
) -> None:
    desk.put_in()
    desk.forget()
    given: dict[str, Any] = {"role": Role.KEEPER, "thing": "1", "reason": "look", **changes}
    desk.ask(action, KIM, **given)
    assert refused(desk) == ("refused", reason)
    assert desk.kinds() == ["AccessRefused"]


def test_what_a_keeper_has_cleared_is_free(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.keeper("clear", number)
    assert desk.told(ThingGivenBack)[-1] == ThingGivenBack("lockers", number, "keeper", KIM.hex())
    assert desk.take(BERT) == number
    desk.forget()
    desk.keeper("clear", LARGE)
    assert refused(desk) == ("refused", Reason.NOTHING_HELD)


def test_a_retired_cell_is_given_to_nobody_until_it_is_restored(desk: LockerDesk) -> None:
    desk.keeper("retire", "1", "hinge")
    assert desk.take() == "2"
    desk.keeper("restore", "1")
    assert desk.take(BERT) == "1"


def test_what_is_in_a_retired_cell_can_still_be_fetched(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.keeper("retire", number, "hinge")
    desk.ask("give_back")
    desk.opens(number)
    desk.shuts(number)
    assert desk.holder(number) is None
    assert desk.take(BERT) != number


def test_a_free_cell_opens_for_a_keeper_too(desk: LockerDesk) -> None:
    desk.keeper("open_as_keeper", LARGE)
    assert desk.asked() == LARGE
    desk.opens(LARGE)
    assert desk.holding(LARGE) is None


# ---------------------------------------------------------------- power cuts


def test_a_cell_that_was_granted_when_the_power_went_is_opened_by_asking_again(desk: LockerDesk) -> None:
    desk.ask("take")
    after = LockerDesk(desk.state.recorded, boot="b" * 16, steady_ms=5_000)
    assert after.holder("1") == ANNA
    after.ask("take", BERT)
    assert after.asked() == "2"
    after.ask("open", ANNA)
    after.opens("1")
    assert after.told(CellOpened)[-1] == CellOpened("lockers", "1", "opened")


def test_what_was_shut_while_the_power_was_away_is_given_back(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("give_back")
    desk.opens(number)
    after = LockerDesk(desk.state.recorded, boot="b" * 16, steady_ms=5_000)
    assert after.holder(number) is None


def test_what_was_opened_while_the_power_was_away_was_not_seen(desk: LockerDesk) -> None:
    number = desk.put_in()
    after = LockerDesk(desk.state.recorded, boot="b" * 16, steady_ms=5_000)
    after.start(desk.state.recorded, open_cells=(number,))
    cell = after.state.recorded.cells[thing_key("lockers", number)]
    assert (cell.open, after.holder(number)) == (True, ANNA)


def test_a_level_told_twice_is_told_once(desk: LockerDesk) -> None:
    number = desk.take()
    desk.forget()
    desk.feed(LevelChanged(desk.lockers.cells[number].point, Quantity.CLOSED, False))
    assert desk.events == []
