"""Who has what until when: warned, due, overdue, whatever the clock does; lost, told, and one-time passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import ClockTrust, MessageReceived, Unlock
from station.events import (
    AccessRefused,
    CellOpened,
    DocumentTaken,
    HoldingsTold,
    JournalBegun,
    MessageForged,
    PassUsed,
    ThingDueMoved,
    ThingDueSoon,
    ThingOverdue,
    ThingTaken,
)
from station.rules import holdings
from station.state import NOBODY, Recorded, read_recorded, recorded_document
from station.trust.documents import Document, write_document
from station.trust.held import HOLDINGS, Held, Holdings, write_holdings
from station.trust.keys import Purpose
from station.trust.passes import Uses
from station.trust.refusal import Reason
from tests.station.rules.desk import JOURNAL, KEYS, STATION, WALL_MS, WALL_S, waiting
from tests.station.rules.locker_desk import ANNA, BERT, CARL, KIM, LockerDesk, lockers_site

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def desk() -> LockerDesk:
    return LockerDesk()


def restart(
    desk: LockerDesk,
    *,
    away_ms: int = 0,
    trust: ClockTrust = ClockTrust.SYNCED,
) -> LockerDesk:
    """The same station after a power cut of so long."""
    steady_ms = 5_000
    offset_ms = desk.steady_ms + desk.wall_offset_ms + away_ms - steady_ms
    return LockerDesk(desk.state.recorded, boot="b" * 16, steady_ms=steady_ms, wall_offset_ms=offset_ms, trust=trust)


def times(desk: LockerDesk) -> list[str]:
    return [kind for kind in desk.kinds() if kind in ("ThingDueSoon", "ThingOverdue", "ThingDueMoved")]


# ---------------------------------------------------------------- due


def test_it_is_due_after_what_the_station_file_says_and_warned_before() -> None:
    desk = LockerDesk(site=lockers_site(due_ms=4 * HOUR_MS, warn_ms=HOUR_MS))
    taken_ms = desk.steady_ms
    number = desk.take()
    desk.shuts(number)
    desk.forget()
    desk.later(taken_ms + 3 * HOUR_MS - 1 - desk.steady_ms)
    assert times(desk) == []
    desk.later(1)
    assert desk.told(ThingDueSoon) == [ThingDueSoon("lockers", number)]
    desk.later(HOUR_MS - 1)
    assert desk.told(ThingOverdue) == []
    desk.later(1)
    assert desk.told(ThingOverdue) == [ThingOverdue("lockers", number)]
    desk.later(10 * DAY_MS)
    assert times(desk) == ["ThingDueSoon", "ThingOverdue"]


def test_the_loop_wakes_for_it(desk: LockerDesk) -> None:
    desk.put_in()
    due_ms = holdings.deadline(desk.state, desk.site)
    assert due_ms is not None
    desk.steady_ms = due_ms - 1
    desk.later(0)
    assert times(desk) == []
    desk.later(1)
    assert times(desk) == ["ThingDueSoon"]


def test_what_is_overdue_is_still_its_holder_s(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.later(DAY_MS)
    assert desk.told(ThingOverdue) != []
    desk.ask("give_back")
    desk.opens(number)
    desk.shuts(number)
    assert desk.holder(number) is None


def test_time_goes_on_while_the_power_is_away(desk: LockerDesk) -> None:
    desk.put_in()
    after = restart(desk, away_ms=DAY_MS)
    after.later(0)
    holding = after.holding("1")
    assert holding is not None
    assert (holding.warned, holding.overdue) == (True, True)
    assert holdings.deadline(after.state, after.site) is None


def test_a_short_power_cut_makes_nothing_due(desk: LockerDesk) -> None:
    desk.put_in()
    after = restart(desk, away_ms=HOUR_MS)
    after.later(21 * HOUR_MS)
    assert times(after) == []
    after.later(HOUR_MS)
    assert times(after) == ["ThingDueSoon"]


def test_while_nobody_knows_the_time_nothing_is_overdue(desk: LockerDesk) -> None:
    desk.put_in()
    after = restart(desk, away_ms=0, trust=ClockTrust.FLOOR)
    after.later(10 * DAY_MS)
    assert times(after) == []
    after.trust = ClockTrust.SYNCED
    after.later(0)
    assert times(after) == ["ThingDueSoon", "ThingOverdue"]


@pytest.mark.parametrize("step_ms", [3 * DAY_MS, -3 * DAY_MS, 2 * HOUR_MS, -2 * HOUR_MS])
def test_a_corrected_clock_takes_nothing_from_what_was_told(desk: LockerDesk, step_ms: int) -> None:
    taken_ms = desk.steady_ms
    desk.put_in()
    desk.wall_offset_ms += step_ms
    desk.later(taken_ms + 23 * HOUR_MS - 1 - desk.steady_ms)
    assert desk.told(ThingDueSoon) == []
    desk.later(1)
    assert len(desk.told(ThingDueSoon)) == 1
    desk.later(HOUR_MS)
    assert len(desk.told(ThingOverdue)) == 1


@pytest.mark.parametrize("step_ms", [3 * DAY_MS, 2 * HOUR_MS])
def test_nor_does_it_after_a_power_cut(desk: LockerDesk, step_ms: int) -> None:
    """The clock was behind; what stands in the journal moves along with it."""
    desk.put_in()
    desk.wall_offset_ms += step_ms
    desk.later(HOUR_MS)
    assert len(desk.told(ThingDueMoved)) == 1
    after = restart(desk)
    after.later(21 * HOUR_MS)
    assert times(after) == []
    after.later(HOUR_MS)
    assert times(after) == ["ThingDueSoon"]


def test_a_clock_that_drifts_writes_nothing(desk: LockerDesk) -> None:
    desk.put_in()
    for _ in range(20):
        desk.wall_offset_ms += 2_000
        desk.later(60_000)
    assert desk.told(ThingDueMoved) == []


def test_what_was_taken_before_the_time_was_known_has_its_whole_time() -> None:
    late = LockerDesk(trust=ClockTrust.FLOOR, wall_offset_ms=-30 * DAY_MS)
    taken_ms = late.steady_ms
    late.put_in()
    assert late.told(ThingTaken)[0].dated is False
    late.trust, late.wall_offset_ms = ClockTrust.SYNCED, 0
    late.later(0)
    [moved] = late.told(ThingDueMoved)
    assert abs(moved.due_at_ms - (WALL_MS + taken_ms + DAY_MS)) < 1_000
    after = restart(late)
    after.later(22 * HOUR_MS)
    assert times(after) == []


def test_and_a_fresh_one_when_the_power_went_before_the_time_was_known() -> None:
    lost = LockerDesk(trust=ClockTrust.FLOOR, wall_offset_ms=-30 * DAY_MS)
    lost.put_in()
    after = LockerDesk(lost.state.recorded, boot="b" * 16, steady_ms=5_000, trust=ClockTrust.FLOOR)
    after.later(5 * DAY_MS)
    assert times(after) == []
    known = LockerDesk(after.state.recorded, boot="c" * 16, steady_ms=5_000)
    holding = known.holding("1")
    assert holding is not None
    assert holding.due_at_ms == WALL_MS + 5_000 + DAY_MS
    known.later(23 * HOUR_MS - 60_000)
    assert times(known) == []
    known.later(60_000)
    assert times(known) == ["ThingDueSoon"]


def test_what_no_service_of_this_station_lends_is_left_alone(desk: LockerDesk) -> None:
    number = desk.put_in()
    holding = desk.holding(number)
    assert holding is not None
    other = {"gone/1": replace(holding, service="gone")}
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, holdings=other))
    desk.later(10 * DAY_MS)
    assert times(desk) == []


# ---------------------------------------------------------------- lost and told


def document(version: int, journal: str, *held: Held, audience: str = STATION, body: bytes = b"") -> bytes:
    body = body or write_holdings(Holdings(journal, held))
    return write_document(Document(HOLDINGS, version, audience, WALL_S, body), KEYS[Purpose.DOCUMENT])


def told(thing: str, holder: bytes, due_at_ms: int | None = WALL_MS + DAY_MS, recipient: str = "") -> Held:
    return "lockers", thing, holder.hex(), "resident", due_at_ms, recipient


def lost() -> LockerDesk:
    """A station whose journal has just begun: nobody knows who holds what."""
    return LockerDesk(Recorded(journal=JOURNAL))


def arrives(desk: LockerDesk, data: bytes) -> None:
    desk.feed(MessageReceived("link", f"document/{HOLDINGS}", data, b"", b"", retained=True))


def test_after_a_lost_journal_nothing_is_given_until_the_office_has_told() -> None:
    desk = lost()
    for action in ("take", "open", "give_back", "hand_over"):
        desk.ask(action, recipient=BERT)
        assert desk.last_reply() == ("refused", Reason.HOLDINGS_UNKNOWN)
    desk.scan(desk.static(services=("lockers",)))
    assert desk.told(AccessRefused)[-1].reason == Reason.HOLDINGS_UNKNOWN
    assert desk.told(PassUsed) == []
    assert desk.unlocks == []


def test_a_keeper_may_still_open() -> None:
    desk = lost()
    desk.keeper("open_as_keeper", "1")
    assert desk.unlocks == ["cells/1"]


def test_what_the_office_told_is_known() -> None:
    desk = lost()
    arrives(desk, document(1, JOURNAL, told("1", ANNA, recipient=BERT.hex()), told("2", CARL, None)))
    assert [type(event).__name__ for event in desk.events[-2:]] == ["HoldingsTold", "DocumentTaken"]
    assert (desk.holder("1"), desk.holder("2")) == (ANNA, CARL)
    desk.ask("open", BERT)
    assert desk.asked() == "1"
    assert desk.take(KIM) == "3"
    desk.later(10 * DAY_MS)
    assert {event.thing for event in desk.told(ThingOverdue)} == {"1", "3"}


def test_what_was_told_is_due_when_it_was_and_not_anew() -> None:
    desk = lost()
    due_at_ms = WALL_MS + desk.steady_ms + 2 * HOUR_MS
    arrives(desk, document(1, JOURNAL, told("1", ANNA, due_at_ms)))
    desk.later(HOUR_MS)
    assert times(desk) == ["ThingDueSoon"]
    desk.later(HOUR_MS)
    assert times(desk) == ["ThingDueSoon", "ThingOverdue"]


def test_who_knows_takes_the_version_only(desk: LockerDesk) -> None:
    arrives(desk, document(4, JOURNAL, told("1", ANNA)))
    assert desk.told(HoldingsTold) == []
    assert desk.told(DocumentTaken)[0].version == 4
    assert desk.holding("1") is None


def test_what_is_told_for_another_journal_or_for_everybody_says_nothing() -> None:
    desk = lost()
    arrives(desk, document(1, "99" * 16, told("1", ANNA)))
    arrives(desk, document(2, JOURNAL, told("1", ANNA), audience="@everyone"))
    assert [event.version for event in desk.told(DocumentTaken)] == [1, 2]
    assert desk.told(HoldingsTold) == []
    desk.ask("take")
    assert desk.last_reply() == ("refused", Reason.HOLDINGS_UNKNOWN)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"journal":"x","holdings":[]}', b'{"holdings":[]}'])
def test_a_body_that_cannot_be_read_is_told_and_taken_for_nothing(body: bytes) -> None:
    desk = lost()
    arrives(desk, document(1, JOURNAL, body=body))
    assert [event.name for event in desk.told(MessageForged)] == ["document/holdings"]
    assert desk.told(DocumentTaken) == []
    arrives(desk, document(1, JOURNAL))
    assert len(desk.told(HoldingsTold)) == 1


def test_an_older_document_is_refused() -> None:
    desk = lost()
    arrives(desk, document(3, "99" * 16))
    arrives(desk, document(2, JOURNAL, told("1", ANNA)))
    assert desk.told(MessageForged)[0].reason == Reason.VERSION_TOO_OLD
    assert desk.told(HoldingsTold) == []


def test_what_journal_and_office_do_not_agree_on_is_for_keepers_only(desk: LockerDesk) -> None:
    """A rolled-back journal says Anna, the office says Bert: neither opens it, and nobody else gets it."""
    number = desk.put_in()
    same = desk.put_in(CARL)
    begun = JournalBegun("44" * 16, parent=JOURNAL)
    rolled = replace(desk.state.recorded, journal=begun.journal, holdings_known=False)
    after = LockerDesk(rolled, boot="b" * 16)
    arrives(after, document(1, begun.journal, told(number, BERT), told(same, CARL), told("3", KIM)))
    assert (after.holder(number), after.holder(same), after.holder("3")) == (NOBODY.encode(), CARL, KIM)
    for person in (ANNA, BERT):
        after.ask("open", person, thing=number)
        assert after.last_reply() == ("refused", Reason.NOTHING_HELD)
    after.forget()
    after.keeper("open_as_keeper", number)
    assert after.asked() == number
    after.opens(number)
    after.shuts(number)
    after.keeper("clear", number)
    after.wait(3_000)
    assert after.take(b"z" * 16) == number


def test_a_station_without_an_office_knows_by_itself() -> None:
    desk = LockerDesk(Recorded(journal=JOURNAL), site=replace(lockers_site(), office_url=""))
    assert holdings.known(desk.state, desk.site)


def test_a_snapshot_holds_all_of_it(desk: LockerDesk) -> None:
    number = desk.put_in()
    desk.ask("hand_over", recipient=BERT)
    assert desk.holding(number) is not None
    recorded = desk.state.recorded
    assert read_recorded(recorded_document(recorded)) == recorded


# ---------------------------------------------------------------- passes


def test_a_one_time_pass_is_used_on_the_card_before_anything_moves(desk: LockerDesk) -> None:
    decision = desk.scan(desk.static(services=("lockers",), uses=Uses.ONE))
    assert desk.kinds() == ["PassUsed", "ThingTaken"]
    assert len(waiting(decision, Unlock)) == 1


def test_a_pass_that_is_refused_is_not_used(desk: LockerDesk) -> None:
    for number in ("1", "2", "3", "4", "5"):
        desk.keeper("retire", number)
    desk.forget()
    desk.scan(desk.static(services=("lockers",), uses=Uses.ONE))
    assert desk.kinds() == ["AccessRefused"]
    desk.keeper("restore", "1")
    desk.scan(desk.static(services=("lockers",), uses=Uses.ONE))
    assert desk.told(CellOpened) == []
    assert desk.asked() == "1"


def test_a_bound_pass_is_not_shown_twice_at_one_second(desk: LockerDesk) -> None:
    code = desk.bound(services=("lockers",))
    desk.scan(code)
    desk.forget()
    desk.scan(code)
    assert desk.unlocks == []
    assert desk.told(AccessRefused)[0].reason == Reason.REPEATED_STEP
