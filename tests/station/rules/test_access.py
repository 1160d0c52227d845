from dataclasses import replace
from typing import Any

import pytest

from drivers.contract import (
    ClockTrust,
    DeviceDown,
    HoldReleased,
    PageShown,
    Quantity,
    Say,
    SendNonce,
    SendReply,
    Show,
    Unlock,
)
from station.events import AccessRefused, DoorOpened
from station.rules.entry import RENEW_MS
from station.state import Recorded
from station.trust.holders import Role
from station.trust.nonces import NONCE_VALID_SECONDS, read_nonce_text
from station.trust.passes import Uses
from station.trust.refusal import Reason
from station.trust.ring import Purpose
from tests.station.rules.desk import JOURNAL, KEYS, SECRET, Desk, at_once, pod, revoked, waiting
from tests.station.weeks import daily


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.begin()
    return desk


def refusal(desk: Desk) -> str | None:
    reasons = [event.reason for event in desk.told(AccessRefused)]
    return reasons[-1] if reasons else None


# ---------------------------------------------------------------- B: the station scans the phone


def test_a_bound_pass_opens_and_the_lock_waits_for_the_card(desk: Desk) -> None:
    decision = desk.scan(desk.bound())
    assert desk.kinds() == ["AccessGranted"]
    assert waiting(decision, Unlock) == [Unlock("strike", 3_000)]
    assert at_once(decision, Unlock) == []


def test_the_unlock_is_worthless_after_the_window(desk: Desk) -> None:
    decision = desk.scan(desk.bound())
    assert [one.until_ms for one in decision.waiting if isinstance(one.command, Unlock)] == [desk.steady_ms + 8_000]


def test_people_are_told_on_screen_and_by_voice(desk: Desk) -> None:
    decision = desk.scan(desk.bound())
    shown = at_once(decision, Show)
    assert isinstance(shown[-1], Show)
    assert shown[-1].page.headline.zh == "请进"
    assert len(at_once(decision, Say)) == 1


def test_a_screenshot_of_a_bound_pass_is_refused(desk: Desk) -> None:
    photograph = desk.bound()
    desk.scan(photograph)
    desk.scan(photograph)
    assert refusal(desk) == Reason.REPEATED_STEP


def test_an_old_photograph_is_stale(desk: Desk) -> None:
    desk.scan(desk.bound(step_s=desk.wall_s - 61))
    assert refusal(desk) == Reason.STALE_STEP


def test_the_same_person_opens_again_a_second_later(desk: Desk) -> None:
    desk.scan(desk.bound())
    desk.steady_ms += 1_000
    desk.scan(desk.bound())
    assert desk.kinds() == ["AccessGranted", "AccessGranted"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"audience": "other-pod"}, Reason.WRONG_AUDIENCE),
        ({"services": ("locker",)}, Reason.WRONG_SERVICE),
        ({"exp_s": 1_790_000_000 - 3_600}, Reason.EXPIRED),
        ({"nbf_s": 1_790_000_000 + 3_000}, Reason.NOT_YET_VALID),
    ],
)
def test_a_pass_that_is_not_for_here_and_now(desk: Desk, changes: dict[str, Any], reason: Reason) -> None:
    if "exp_s" in changes:
        changes = {**changes, "iat_s": 1_789_000_000, "nbf_s": 1_789_000_000}
    decision = desk.scan(desk.static(**changes))
    assert refusal(desk) == reason
    assert waiting(decision, Unlock) == []


def test_a_refusal_says_reason_next_step_and_phone_number(desk: Desk) -> None:
    decision = desk.scan(b"https://example.com")
    shown = at_once(decision, Show)[-1]
    assert isinstance(shown, Show)
    assert shown.page.headline.en == "This is not a code for this station"
    assert shown.page.lines[0].zh
    assert shown.page.help_phone == "0755-12345678"


def test_a_group_pass_opens_a_station_of_the_group(desk: Desk) -> None:
    desk.scan(desk.static(audience="@pods"))
    assert desk.kinds() == ["AccessGranted"]


def test_a_revoked_pass(desk: Desk) -> None:
    desk.send("document/revoked", revoked(2, b"p" * 16))
    desk.scan(desk.static())
    assert refusal(desk) == Reason.REVOKED


def test_static_passes_only_where_the_door_takes_them() -> None:
    desk = Desk(site=pod(ways=frozenset({"order", "pass_bound"})))
    desk.begin()
    desk.scan(desk.static())
    assert refusal(desk) == Reason.UNKNOWN_SCHEME


def test_a_pass_needs_the_time_and_an_order_does_not(desk: Desk) -> None:
    desk.trust = ClockTrust.FLOOR
    desk.scan(desk.bound())
    assert refusal(desk) == Reason.CLOCK_UNKNOWN
    desk.scan(desk.order())
    assert desk.kinds()[-1] == "AccessGranted"


def test_an_old_revocation_list_stops_passes_and_no_orders(desk: Desk) -> None:
    desk.steady_ms += 8 * 86_400_000
    desk.show()
    desk.scan(desk.static())
    assert refusal(desk) == Reason.REVOCATIONS_TOO_OLD
    desk.scan(desk.order())
    assert desk.kinds()[-1] == "AccessGranted"


def test_lost_floors_stop_passes_until_a_hello_confirms() -> None:
    desk = Desk()
    desk.begin(floors={})
    desk.scan(desk.static())
    assert refusal(desk) == Reason.FLOORS_UNCONFIRMED
    desk.hello()
    desk.scan(desk.static())
    assert desk.kinds()[-1] == "AccessGranted"


# ---------------------------------------------------------------- one-time passes


def test_a_one_time_pass_is_for_one_visit(desk: Desk) -> None:
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    desk.level("reed", Quantity.CLOSED, False)
    desk.level("reed", Quantity.CLOSED, True)
    desk.steady_ms += 1_000
    desk.scan(code)
    assert refusal(desk) == Reason.ALREADY_USED


def test_its_own_grant_is_renewed_twice_while_nobody_opened(desk: Desk) -> None:
    code = desk.static(uses=Uses.ONE)
    for _ in range(3):
        desk.scan(code)
        desk.wait(10_000)
    assert desk.kinds().count("AccessGranted") == 3
    desk.scan(code)
    assert refusal(desk) == Reason.ALREADY_USED


def test_not_after_two_minutes(desk: Desk) -> None:
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    desk.wait(RENEW_MS + 1)
    desk.scan(code)
    assert refusal(desk) == Reason.ALREADY_USED


def test_not_at_all_where_there_is_no_contact() -> None:
    desk = Desk(site=pod(contact=""))
    desk.begin()
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    desk.scan(code)
    assert refusal(desk) == Reason.ALREADY_USED


def test_once_within_a_minute_of_a_power_cut(desk: Desk) -> None:
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    after = Desk(boot="b" * 16, steady_ms=5_000, wall_offset_ms=60_000)
    after.begin(desk.state.recorded)
    after.scan(code)
    assert after.kinds()[-1] == "AccessGranted"
    after.scan(code)
    assert refusal(after) == Reason.ALREADY_USED


def test_not_a_minute_after_the_power_cut(desk: Desk) -> None:
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    after = Desk(boot="b" * 16, steady_ms=5_000)
    after.begin(desk.state.recorded)
    after.wait(60_001)
    after.scan(code)
    assert refusal(after) == Reason.ALREADY_USED


def test_one_that_was_granted_while_the_door_stood_open_is_used(desk: Desk) -> None:
    desk.scan(desk.order())
    desk.level("reed", Quantity.CLOSED, False)
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    desk.scan(code)
    assert refusal(desk) == Reason.ALREADY_USED


def test_one_that_was_renewed_while_the_door_stood_open_is_used(desk: Desk) -> None:
    code = desk.static(uses=Uses.ONE)
    desk.scan(code)
    desk.wait(10_000)
    desk.level("reed", Quantity.CLOSED, False)
    desk.scan(code)
    desk.level("reed", Quantity.CLOSED, True)
    desk.scan(code)
    assert desk.kinds().count("AccessGranted") == 2
    assert refusal(desk) == Reason.ALREADY_USED


def test_two_people_with_one_time_passes_walk_in_through_one_opening(desk: Desk) -> None:
    first, second = desk.static(uses=Uses.ONE, id=b"1" * 16), desk.static(uses=Uses.ONE, id=b"2" * 16)
    desk.scan(first)
    desk.scan(second)
    desk.level("reed", Quantity.CLOSED, False)
    desk.level("reed", Quantity.CLOSED, True)
    desk.scan(first)
    desk.scan(second)
    assert desk.kinds().count("AccessGranted") == 2


def test_passes_from_before_the_amnesia() -> None:
    after = Desk()
    after.begin(Recorded(journal=JOURNAL, amnesia_at_ms=after.now.wall_ms))
    after.scan(after.static(uses=Uses.ONE))
    assert refusal(after) == Reason.ISSUED_BEFORE_AMNESIA
    after.scan(after.static())
    assert after.kinds()[-1] == "AccessGranted"


# ---------------------------------------------------------------- A and C: orders


def test_an_order_by_link_opens_and_is_answered(desk: Desk) -> None:
    decision = desk.send("order", desk.order().encode())
    assert waiting(decision, Unlock) == [Unlock("strike", 3_000)]
    replies = waiting(decision, SendReply)
    assert [reply.result for reply in replies if isinstance(reply, SendReply)] == ["accepted"]
    opened = desk.level("reed", Quantity.CLOSED, False)
    assert [reply.result for reply in waiting(opened, SendReply) if isinstance(reply, SendReply)] == ["done"]


def test_the_same_order_by_scanner_and_by_link_opens_once(desk: Desk) -> None:
    text = desk.order()
    desk.scan(text)
    decision = desk.send("order", text.encode())
    assert desk.kinds().count("AccessGranted") == 1
    assert waiting(decision, SendReply) == []


def test_an_order_is_worthless_after_a_restart(desk: Desk) -> None:
    text = desk.order()
    desk.begin(desk.state.recorded, secret=bytes(32))
    desk.scan(text)
    assert refusal(desk) == Reason.UNKNOWN_NONCE


def test_a_used_order_is_worthless_after_a_restart_too(desk: Desk) -> None:
    text = desk.order()
    desk.scan(text)
    desk.begin(desk.state.recorded, secret=bytes(32))
    desk.scan(text)
    assert desk.kinds().count("AccessGranted") == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"station": "other-pod"}, Reason.WRONG_STATION),
        ({"service": "locker"}, Reason.WRONG_SCREEN),
        ({"screen": "back"}, Reason.WRONG_SCREEN),
        ({"action": "explode"}, Reason.WRONG_ACTION),
        ({"action": "hold_open", "duration_s": 600}, Reason.WRONG_PURPOSE),
        ({"nonce": bytes(10)}, Reason.UNKNOWN_NONCE),
    ],
)
def test_an_order_for_something_else(desk: Desk, changes: dict[str, Any], reason: Reason) -> None:
    decision = desk.send("order", desk.order(**changes).encode())
    assert refusal(desk) == reason
    assert waiting(decision, Unlock) == []


def test_a_retained_order_opens_nothing(desk: Desk) -> None:
    decision = desk.send("order", desk.order().encode(), retained=True)
    assert refusal(desk) == Reason.RETAINED
    assert waiting(decision, Unlock) == []


def test_a_picture_is_good_for_a_while_after_it_left_the_screen(desk: Desk) -> None:
    seen_ms = desk.steady_ms
    text = desk.order(at_ms=seen_ms)
    desk.steady_ms += NONCE_VALID_SECONDS * 1000
    desk.scan(text)
    assert desk.kinds()[-1] == "AccessGranted"


def test_and_not_longer(desk: Desk) -> None:
    text = desk.order()
    desk.wait(NONCE_VALID_SECONDS * 1000 + 1)
    desk.scan(text)
    assert refusal(desk) == Reason.NONCE_EXPIRED


def test_a_code_that_no_screen_has_reported_is_unknown(desk: Desk) -> None:
    desk.scan(desk.order(at_ms=desk.steady_ms + 20_000))
    assert refusal(desk) == Reason.UNKNOWN_NONCE


def test_a_screen_cannot_vouch_for_a_far_step(desk: Desk) -> None:
    far_ms = desk.steady_ms + 3_600_000
    desk.feed(PageShown("screen", far_ms // 20_000))
    desk.scan(desk.order(at_ms=far_ms))
    assert refusal(desk) == Reason.UNKNOWN_NONCE


def test_thirty_two_people_scan_one_picture(desk: Desk) -> None:
    for _ in range(32):
        desk.scan(desk.order())
    assert desk.kinds().count("AccessGranted") == 32
    desk.scan(desk.order())
    assert refusal(desk) == Reason.NONCE_EXHAUSTED


def test_an_order_signed_with_the_key_of_another_purpose(desk: Desk) -> None:
    forged = desk.order().encode()
    desk.scan(forged[:-1] + (b"0" if forged[-1:] != b"0" else b"1"))
    assert "AccessGranted" not in desk.kinds()


# ---------------------------------------------------------------- the operator, without a person at the screen


def asked(desk: Desk) -> bytes:
    message = b'{"ask_id": "%s", "service": "door", "action": "hold_open"}' % (b"ab" * 16)
    decision = desk.send("ask", message, key=KEYS[Purpose.OPERATE])
    answers = at_once(decision, SendNonce)
    assert isinstance(answers[0], SendNonce)
    return read_nonce_text(answers[0].nonce)


def test_the_office_holds_a_door_open_for_a_while() -> None:
    desk = Desk(site=pod(holds_open=True))
    desk.begin()
    text = desk.order(key=Purpose.OPERATE, nonce=asked(desk), screen=None, action="hold_open", duration_s=600)
    decision = desk.send("order", text.encode())
    assert waiting(decision, HoldReleased) == [HoldReleased("strike")]
    desk.level("reed", Quantity.CLOSED, False)
    assert [event.cause for event in desk.told(DoorOpened)] == ["held_open"]
    assert "HoldOpenEnded" in [type(event).__name__ for event in desk.wait(600_001)]


def test_a_pulse_lock_cannot_be_held_open(desk: Desk) -> None:
    text = desk.order(key=Purpose.OPERATE, nonce=asked(desk), screen=None, action="hold_open", duration_s=600)
    desk.send("order", text.encode())
    assert refusal(desk) == Reason.WRONG_ACTION


def test_an_asked_nonce_is_for_one_order(desk: Desk) -> None:
    value = asked(desk)
    desk.send("order", desk.order(key=Purpose.OPERATE, nonce=value, screen=None).encode())
    desk.send("order", desk.order(key=Purpose.OPERATE, nonce=value, screen=None).encode())
    assert desk.kinds().count("AccessGranted") == 1
    assert refusal(desk) == Reason.UNKNOWN_NONCE


def test_an_asked_nonce_is_worthless_after_30_seconds(desk: Desk) -> None:
    value = asked(desk)
    desk.wait(30_001)
    desk.send("order", desk.order(key=Purpose.OPERATE, nonce=value, screen=None).encode())
    assert "AccessGranted" not in desk.kinds()


@pytest.mark.parametrize("ask_id", ["", "ab", "AB" * 16, "zz" * 16, "ab" * 17])
def test_an_ask_whose_id_has_not_the_form_of_one_gets_no_nonce(desk: Desk, ask_id: str) -> None:
    message = f'{{"ask_id": "{ask_id}", "service": "door", "action": "open"}}'.encode()
    decision = desk.send("ask", message, key=KEYS[Purpose.OPERATE])
    assert at_once(decision, SendNonce) == []


def test_an_ask_that_nobody_signed_gets_no_nonce(desk: Desk) -> None:
    decision = desk.send("ask", b'{"ask_id": "x", "service": "door", "action": "open"}')
    assert at_once(decision, SendNonce) == []
    assert desk.kinds() == ["MessageForged", "AccessRefused"]


# ---------------------------------------------------------------- who, when, and whether it can be recorded


def test_a_role_that_the_door_does_not_know() -> None:
    desk = Desk(site=pod(roles=frozenset({"keeper"})))
    desk.begin()
    desk.scan(desk.static())
    assert refusal(desk) == Reason.WRONG_ROLE
    desk.scan(desk.static(role=Role.KEEPER))
    assert desk.kinds()[-1] == "AccessGranted"


def test_hours_bind_everybody_but_the_keeper(desk: Desk) -> None:
    minute = (desk.now.wall_ms // 60_000 + 480) % 1_440
    shut = Desk(site=pod(hours=daily((minute + 60) % 1_440, (minute + 120) % 1_440)))
    shut.begin()
    shut.scan(shut.static())
    assert refusal(shut) == Reason.OUTSIDE_HOURS
    shut.scan(shut.static(role=Role.KEEPER))
    assert shut.kinds()[-1] == "AccessGranted"


def test_hours_do_not_bind_an_order_while_the_time_is_unknown(desk: Desk) -> None:
    minute = (desk.now.wall_ms // 60_000 + 480) % 1_440
    shut = Desk(site=pod(hours=daily((minute + 60) % 1_440, (minute + 120) % 1_440)))
    shut.begin()
    shut.trust = ClockTrust.FLOOR
    shut.scan(shut.order())
    assert shut.kinds()[-1] == "AccessGranted"


@pytest.mark.parametrize(("shift", "opens"), [(-30, True), (30, False)])
def test_hours_over_midnight(shift: int, *, opens: bool) -> None:
    desk = Desk()
    minute = (desk.now.wall_ms // 60_000 + 480) % 1_440
    desk.site = pod(hours=daily((minute + shift) % 1_440, (minute + shift + 720) % 1_440))
    desk.begin()
    desk.scan(desk.static())
    assert (desk.kinds()[-1] == "AccessGranted") is opens


def test_a_lock_that_does_not_answer(desk: Desk) -> None:
    desk.feed(DeviceDown("strike", "unplugged"))
    desk.scan(desk.static())
    assert refusal(desk) == Reason.OUT_OF_ORDER


def test_a_journal_that_cannot_be_written_refuses_by_default(desk: Desk) -> None:
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="disk full"))
    desk.scan(desk.static())
    assert refusal(desk) == Reason.UNRECORDED


def test_or_admits_at_once_where_the_station_file_says_so_but_never_one_time_passes() -> None:
    desk = Desk(site=pod(admits_unrecorded=True))
    desk.begin()
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="disk full"))
    decision = desk.scan(desk.static())
    assert at_once(decision, Unlock) == [Unlock("strike", 3_000)]
    desk.scan(desk.static(uses=Uses.ONE, id=b"1" * 16))
    assert refusal(desk) == Reason.UNRECORDED


# ---------------------------------------------------------------- junk


def test_junk_is_counted_not_recorded(desk: Desk) -> None:
    for _ in range(15):
        desk.scan(b"junk")
    assert desk.kinds() == ["AccessRefused"]
    counted = desk.wait(60_000)
    assert [(type(event).__name__, getattr(event, "count", None)) for event in counted] == [("RefusalsCounted", 14)]


def test_a_flood_of_refused_codes_is_an_alarm_once(desk: Desk) -> None:
    for _ in range(100):
        desk.scan(b"junk")
    assert desk.kinds() == ["AccessRefused", "CodesFlooded"]


def test_secrets_and_nonces_are_in_no_event_and_no_message(desk: Desk) -> None:
    text = desk.order()
    value = desk.state.volatile.secret
    decision = desk.send("order", text.encode())
    seen = [one for one in decision.at_once if not isinstance(one, Show)]
    told = repr((decision.events, decision.waiting, seen))
    assert value == SECRET
    assert SECRET.hex() not in told
    assert repr(SECRET) not in told
    assert text not in told


def test_a_door_that_takes_no_orders() -> None:
    desk = Desk(site=pod(ways=frozenset({"pass_bound"})))
    desk.begin()
    desk.scan(desk.order())
    assert refusal(desk) == Reason.UNKNOWN_SCHEME
    desk.scan(desk.bound())
    assert desk.kinds()[-1] == "AccessGranted"
