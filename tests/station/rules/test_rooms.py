"""Rooms for a while: taken, private while somebody is in, free again by themselves, and never a lock for anybody."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import (
    DeviceDown,
    DeviceUp,
    Quantity,
    Relock,
    Row,
    Say,
    SendReply,
    SwitchOff,
    SwitchOn,
    Unlock,
    Words,
)
from station import events as e
from station.rules import words_rooms
from station.rules.finding import Light
from station.rules.health import findings
from station.rules.offers import offered
from station.rules.rooms import ROOM
from station.rules.site import RoomService, ScreenService, Site
from station.rules.turn import Decision, Turn
from station.state import Holding, Recorded, fold, thing_key
from station.trust.holders import Role
from tests.station.rules.desk import Desk, at_once, pod, waiting

ANNA, BERT, KIM = (letter * 16 for letter in (b"a", b"b", b"k"))
MINUTE_MS = 60_000
KEY = thing_key("booth", ROOM)


def booth_site(**changes: Any) -> Site:
    booth = RoomService(
        name="booth",
        words=Words("朗读亭", "Booth"),
        door="door",
        due_ms=60 * MINUTE_MS,
        warn_ms=5 * MINUTE_MS,
        per_person=1,
        privacy="sign",
        lamp="booth_lamp",
        fan="booth_fan",
        reader="scanner",
        ways=frozenset({"order", "pass_bound", "pass_static"}),
    )
    screen = ScreenService("front", "screen", ("door", "booth"), voice="voice")
    site = pod(reader="", holds_open=True, fire="fire")
    return replace(site, rooms={"booth": replace(booth, **changes)}, screens={"front": screen})


class RoomDesk(Desk):
    """A `Desk` with a booth behind its door."""

    def __init__(self, recorded: Recorded | None = None, **changes: Any) -> None:
        super().__init__(site=booth_site(), **changes)
        self.begin(recorded or Recorded(journal="11" * 16, holdings_known=True))

    def ask(
        self, action: str, holder: bytes = ANNA, *, role: Role = Role.RESIDENT, service: str = "booth", **changes: Any
    ) -> Decision:
        self.show()
        text = self.order(service=service, action=action, holder=holder, role=role, **changes)
        return self.send("order", text.encode())

    def keeper(self, action: str, reason: str = "nobody answers") -> Decision:
        return self.ask(action, KIM, role=Role.KEEPER, reason=reason)

    def goes_in(self) -> Decision:
        """Opens the door, goes in, shuts it; the radar sees somebody."""
        self.level("reed", Quantity.CLOSED, value=False)
        decision = self.level("radar", Quantity.PRESENT, value=True)
        self.level("reed", Quantity.CLOSED, value=True)
        return decision

    def goes_out(self) -> None:
        self.level("reed", Quantity.CLOSED, value=False)
        self.level("reed", Quantity.CLOSED, value=True)
        self.level("radar", Quantity.PRESENT, value=False)

    @property
    def holding(self) -> Holding | None:
        return self.state.recorded.holdings.get(KEY)

    @property
    def refused(self) -> list[str]:
        return [event.reason for event in self.told(e.AccessRefused)]

    def given_back(self) -> list[str]:
        return [event.cause for event in self.told(e.ThingGivenBack)]


@pytest.fixture
def desk() -> RoomDesk:
    return RoomDesk()


@pytest.fixture
def taken() -> RoomDesk:
    """Anna is in."""
    desk = RoomDesk()
    desk.ask("begin")
    desk.goes_in()
    desk.events.clear()
    return desk


# ---------------------------------------------------------------- begin


def test_begin_takes_the_room_and_opens_its_door_for_that_person(desk: RoomDesk) -> None:
    decision = desk.ask("begin")
    assert desk.kinds() == ["ThingTaken", "AccessGranted"]
    assert waiting(decision, Unlock) == [Unlock("strike", 3_000)]
    assert [(event.service, event.holder) for event in desk.told(e.AccessGranted)] == [("door", ANNA.hex())]
    opened = desk.level("reed", Quantity.CLOSED, value=False)
    assert [one.result for one in waiting(opened, SendReply) if isinstance(one, SendReply)] == ["done"]


def test_a_pass_at_the_reader_begins_and_then_comes_in_again(desk: RoomDesk) -> None:
    desk.scan(desk.static(services=("booth",), holder=ANNA))
    desk.scan(desk.static(services=("booth",), holder=ANNA))
    assert desk.kinds() == ["PassUsed", "ThingTaken", "AccessGranted", "PassUsed", "AccessGranted"]
    desk.scan(desk.static(services=("booth",), holder=BERT, id=b"q" * 16))
    assert desk.refused == ["in_use"]


def test_whoever_did_not_go_in_has_not_got_it(desk: RoomDesk) -> None:
    desk.ask("begin")
    desk.wait(8_001)
    assert desk.given_back() == ["not_entered"]
    assert desk.holding is None


@pytest.mark.parametrize("action", ["begin", "open", "end", ""])
def test_nobody_else_gets_what_is_taken(taken: RoomDesk, action: str) -> None:
    decision = taken.ask(action, BERT) if action else taken.scan(taken.static(services=("booth",), holder=BERT))
    assert taken.refused in (["in_use"], ["nothing_held"])
    assert waiting(decision, Unlock) == []


def test_the_door_itself_asks_the_room(taken: RoomDesk) -> None:
    taken.ask("open", BERT, service="door")
    assert taken.refused == ["in_use"]
    assert waiting(taken.ask("open", ANNA, service="door"), Unlock) == [Unlock("strike", 3_000)]
    assert waiting(taken.ask("open", KIM, service="door", role=Role.KEEPER), Unlock) == [Unlock("strike", 3_000)]


def test_a_free_room_has_a_door_like_any_other(desk: RoomDesk) -> None:
    assert waiting(desk.ask("open", BERT, service="door"), Unlock) == [Unlock("strike", 3_000)]


def test_a_lock_that_does_not_answer_takes_nothing(desk: RoomDesk) -> None:
    desk.feed(DeviceDown("strike", "unplugged"))
    desk.ask("begin")
    assert (desk.refused, desk.holding) == (["out_of_order"], None)


def test_while_nothing_can_be_recorded_nothing_is_lent(desk: RoomDesk) -> None:
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="disk full"))
    desk.ask("begin")
    assert (desk.refused, desk.holding) == (["unrecorded"], None)


def test_after_a_lost_journal_nobody_walks_in_on_somebody() -> None:
    desk = RoomDesk(Recorded(journal="11" * 16))
    desk.ask("begin")
    desk.ask("open", BERT, service="door")
    assert [event.reason for event in desk.told(e.AccessRefused)] == ["holdings_unknown"]
    assert waiting(desk.ask("open", KIM, service="door", role=Role.KEEPER), Unlock) == [Unlock("strike", 3_000)]


def test_what_a_room_does_not_do(desk: RoomDesk) -> None:
    desk.ask("give_back")
    assert desk.refused == ["wrong_action"]


# ---------------------------------------------------------------- private, lit and aired


def test_privacy_lamp_and_fan_while_it_is_taken_and_somebody_is_in(desk: RoomDesk) -> None:
    assert waiting(desk.ask("begin"), SwitchOn) == []
    opened = desk.level("reed", Quantity.CLOSED, value=False)
    assert waiting(opened, SwitchOn) == [SwitchOn("sign"), SwitchOn("booth_lamp"), SwitchOn("booth_fan")]
    desk.goes_in()
    ended = desk.ask("end")
    assert at_once(ended, SwitchOff) == [SwitchOff("sign")]
    assert waiting(ended, SwitchOff) == [SwitchOff("booth_lamp"), SwitchOff("booth_fan")]


def test_somebody_in_a_room_that_nobody_took_is_not_private(desk: RoomDesk) -> None:
    decision = desk.level("radar", Quantity.PRESENT, value=True)
    assert waiting(decision, SwitchOn) == []


def test_what_comes_back_is_switched_again(taken: RoomDesk) -> None:
    assert waiting(taken.feed(DeviceUp("sign")), SwitchOn) == [SwitchOn("sign")]


@pytest.mark.parametrize(("device", "value"), [("button", False), ("fire", False)])
def test_an_alarm_ends_privacy_at_once(taken: RoomDesk, device: str, value: bool) -> None:
    decision = taken.level(device, Quantity.CLOSED, value=value)
    assert at_once(decision, SwitchOff) == [SwitchOff("sign")]
    assert taken.holding is not None


# ---------------------------------------------------------------- the outside release


def test_a_keeper_opens_from_outside_with_a_reason_and_it_is_not_private_any_more(taken: RoomDesk) -> None:
    decision = taken.keeper("release")
    assert waiting(decision, Unlock) == [Unlock("strike", 3_000)]
    assert at_once(decision, SwitchOff) == [SwitchOff("sign")]
    assert taken.told(e.RoomReleased) == [e.RoomReleased("booth", KIM.hex(), "nobody answers")]
    assert taken.holding is not None
    taken.wait(MINUTE_MS)
    assert waiting(taken.feed(DeviceUp("sign")), SwitchOn) == []


@pytest.mark.parametrize(
    ("role", "reason", "why"), [(Role.RESIDENT, "x", "wrong_role"), (Role.KEEPER, "", "missing_field")]
)
def test_only_a_keeper_who_says_why(taken: RoomDesk, role: Role, reason: str, why: str) -> None:
    decision = taken.ask("release", KIM, role=role, reason=reason)
    assert (taken.refused, waiting(decision, Unlock)) == ([why], [])


def test_a_keeper_ends_it(taken: RoomDesk) -> None:
    taken.keeper("end")
    assert taken.given_back() == ["keeper"]
    assert taken.told(e.RoomReleased) == [e.RoomReleased("booth", KIM.hex(), "nobody answers")]
    taken.keeper("end")
    assert taken.refused == ["nothing_held"]


# ---------------------------------------------------------------- time


def test_whoever_is_in_is_told_and_nothing_is_locked(taken: RoomDesk) -> None:
    said: list[Words] = []
    moved: list[object] = []
    for _ in range(62):
        taken.wait(MINUTE_MS)
        assert taken.last is not None
        moved += [one.command for one in taken.last.waiting if isinstance(one.command, Unlock | Relock | SwitchOff)]
        said += [one.headline for one in taken.state.volatile.notices.values() if one.headline not in said]
    assert said == [words_rooms.over_in(5), words_rooms.TIME_IS_UP]
    assert [kind for kind in taken.kinds() if kind.startswith("Thing")] == ["ThingDueSoon", "ThingOverdue"]
    assert moved == []
    about = [(one.about, one.light) for one in findings(taken.state, taken.site, taken.now)]
    assert ("booth time", Light.LOOK) in about


def test_the_voice_says_how_long_is_left(taken: RoomDesk) -> None:
    holding = taken.holding
    assert holding is not None
    taken.steady_ms = holding.began_ms + 55 * MINUTE_MS
    decision = taken.feed(DeviceUp("radar"))
    assert at_once(decision, Say) == [Say("voice", words_rooms.over_in(5))]


def test_the_time_goes_on_over_a_power_cut(taken: RoomDesk) -> None:
    recorded = taken.state.recorded
    after = RoomDesk(recorded, boot="b" * 16, steady_ms=1_000, wall_offset_ms=taken.steady_ms + 30 * MINUTE_MS)
    after.level("radar", Quantity.PRESENT, value=True)
    told = [type(event).__name__ for event in after.wait(26 * MINUTE_MS)]
    assert "ThingDueSoon" in told
    assert "ThingOverdue" not in told


# ---------------------------------------------------------------- free again


def test_a_room_that_is_surely_empty_is_free(taken: RoomDesk) -> None:
    taken.goes_out()
    taken.wait(120_000)
    assert taken.given_back() == ["emptied"]
    taken.ask("begin", BERT)
    assert taken.holding is not None
    assert taken.holding.holder == BERT.hex()


def test_its_holder_comes_in_again_before_that(taken: RoomDesk) -> None:
    taken.goes_out()
    taken.wait(30_000)
    assert waiting(taken.ask("open"), Unlock) == [Unlock("strike", 3_000)]
    taken.goes_in()
    taken.wait(10 * MINUTE_MS)
    assert taken.given_back() == []


def test_what_was_taken_before_a_power_cut_and_never_entered_is_free_when_its_time_is_up(desk: RoomDesk) -> None:
    desk.ask("begin")
    after = RoomDesk(desk.state.recorded, boot="b" * 16, steady_ms=1_000, wall_offset_ms=desk.steady_ms)
    after.wait(61 * MINUTE_MS)
    assert after.given_back() == ["not_entered"]


def test_the_office_hears_whether_it_is_free(taken: RoomDesk) -> None:
    def free() -> list[int]:
        turn = Turn(taken.state, taken.now, taken.site)
        return [one.free for one in offered(turn, taken.site.rooms["booth"])]

    assert free() == [0]
    taken.ask("end")
    assert free() == [1]


# ---------------------------------------------------------------- whatever comes, in whatever order

steps = st.one_of(
    st.tuples(st.sampled_from(["begin", "open", "end", "release"]), st.sampled_from([ANNA, BERT, KIM])),
    st.tuples(st.sampled_from(["reed", "radar", "button", "fire"]), st.booleans()),
    st.integers(1, 400_000),
)


@given(st.lists(steps, max_size=25))
def test_two_never_have_it_and_the_record_says_all(script: list[tuple[str, Any] | int]) -> None:
    desk = RoomDesk()
    recorded = desk.state.recorded
    for step in script:
        seen = len(desk.events)
        if isinstance(step, int):
            desk.wait(step)
            recorded = desk.state.recorded
            continue
        what, how = step
        if isinstance(how, bool):
            quantity = Quantity.PRESENT if what == "radar" else Quantity.CLOSED
            desk.level(what, quantity, value=how)
        else:
            role = Role.KEEPER if how == KIM else Role.RESIDENT
            desk.show()
            holder = desk.holding.holder if desk.holding else ""
            decision = desk.ask(what, how, role=role, reason="look" if role is Role.KEEPER else "")
            if waiting(decision, Unlock) and role is not Role.KEEPER:
                assert holder in ("", how.hex())
        for event in desk.events[seen:]:
            row = Row(0, desk.now.wall_ms, desk.boot, desk.steady_ms, event.priority, type(event).__name__, "")
            recorded = fold(recorded, event, row)
        assert recorded == desk.state.recorded
        if desk.holding is None:
            assert desk.state.volatile.room_points.get("sign") is not True
