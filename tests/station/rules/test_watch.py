"""Alarms without a button: what the station raises by itself, once, and who ends it."""

import json
from dataclasses import replace

import pytest

from drivers.contract import (
    DeviceDown,
    DeviceTampered,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Quantity,
    Row,
    Say,
    Show,
    SwitchOff,
    SwitchOn,
    Unlock,
)
from station import events as e
from station.rules import alarms
from station.rules.decide import next_deadline
from station.rules.health import findings
from station.rules.site import CAUSES, AlarmService, CellOf, LockerService, Site, WatchService
from station.rules.watch import AGAIN_MS, ITSELF, LOST_MS
from station.state import Recorded, fold
from station.trust.holders import Role
from station.trust.nonces import asked_nonce
from station.trust.ring import Purpose
from tests.station.rules.desk import KEYS, Desk, at_once, pod, waiting

MINUTE_MS = 60_000


def watched(**changes: str | int | frozenset[str]) -> Site:
    """A pod that watches for everything; with a table of its own where something is said about it."""
    table = {"watch": replace(WatchService("watch"), **changes)} if changes else {}  # type: ignore[arg-type]
    return replace(pod(), watches=table)


def desk_of(site: Site) -> Desk:
    desk = Desk(site=site)
    desk.begin()
    return desk


@pytest.fixture
def desk() -> Desk:
    return desk_of(watched())


def raised(desk: Desk) -> list[tuple[str, str, str]]:
    return [(event.service, event.what, event.source) for event in desk.told(e.AlarmRaised)]


def cleared(desk: Desk) -> list[tuple[str, str]]:
    return [(event.service, event.by) for event in desk.told(e.AlarmCleared)]


def breaks_in(desk: Desk) -> None:
    desk.level("reed", Quantity.CLOSED, value=False)


def shuts(desk: Desk) -> None:
    desk.level("reed", Quantity.CLOSED, value=True)


def ordered(desk: Desk, alarm: str, action: str) -> None:
    """The office's operator answers an alarm: asks for a nonce first."""
    number = desk.state.volatile.asks
    ask = json.dumps({"ask_id": f"{number:032x}"}).encode()
    desk.send("ask", ask, key=KEYS[Purpose.OPERATE])
    desk.orders += 1
    text = desk.order(
        key=Purpose.OPERATE,
        screen=None,
        service=alarm,
        action=action,
        nonce=asked_nonce(desk.state.volatile.secret, number),
        role=Role.KEEPER,
    )
    desk.send("order", text.encode())


# ---------------------------------------------------------------- the causes


def test_a_forced_door_is_an_alarm_until_a_person_clears_it(desk: Desk) -> None:
    breaks_in(desk)
    assert raised(desk) == [("forced-door", "forced", "door")]
    shuts(desk)
    desk.wait(60 * MINUTE_MS)
    assert cleared(desk) == []
    ordered(desk, "forced-door", "clear")
    assert cleared(desk) == [("forced-door", (b"h" * 16).hex())]
    breaks_in(desk)
    assert len(raised(desk)) == 2


def test_a_door_that_is_held_open_ends_its_alarm_by_being_shut(desk: Desk) -> None:
    desk.scan(desk.order())
    breaks_in(desk)
    desk.wait(45_000)
    assert raised(desk) == [("held-door", "held", "door")]
    shuts(desk)
    assert cleared(desk) == [("held-door", ITSELF)]
    assert desk.state.recorded.alarms == {}


def test_tampering_with_a_device(desk: Desk) -> None:
    desk.feed(DeviceTampered("scanner", "its settings were changed"))
    desk.feed(DeviceTampered("scanner", "its settings were changed"))
    assert raised(desk) == [("tamper-scanner", "tamper", "scanner")]


def test_a_device_that_a_service_needs_is_lost_after_a_minute(desk: Desk) -> None:
    desk.feed(DeviceDown("strike", "unplugged"))
    desk.wait(LOST_MS - 1)
    assert raised(desk) == []
    desk.wait(1)
    assert raised(desk) == [("lost-strike", "lost", "strike")]
    desk.feed(DeviceUp("strike"))
    assert cleared(desk) == [("lost-strike", ITSELF)]


def test_other_devices_may_be_away(desk: Desk) -> None:
    desk.feed(DeviceDown("lamp", "unplugged"))
    desk.wait(60 * MINUTE_MS)
    assert raised(desk) == []


def test_a_device_that_never_answers_is_lost_too() -> None:
    desk = desk_of(replace(watched(), essential=frozenset({"cells"})))
    desk.wait(LOST_MS)
    assert raised(desk) == [("lost-cells", "lost", "cells")]


@pytest.mark.parametrize(("board", "fine_c", "hot_c"), [(True, 79.9, 80.0), (False, 59.9, 60.0)])
def test_too_hot_is_another_thing_for_a_board_than_for_a_room(
    desk: Desk, board: bool, fine_c: float, hot_c: float
) -> None:
    if board:
        desk.level("sensor", Quantity.UNDER_VOLTAGE, value=False)
    desk.feed(LevelChanged("sensor", Quantity.TEMPERATURE_C, fine_c))
    assert raised(desk) == []
    desk.feed(LevelChanged("sensor", Quantity.TEMPERATURE_C, hot_c))
    assert raised(desk) == [("hot-sensor", "hot", "sensor")]
    desk.feed(LevelChanged("sensor", Quantity.TEMPERATURE_C, 20.0))
    desk.wait(MINUTE_MS)
    assert cleared(desk) == []


def test_a_flood_of_refused_codes(desk: Desk) -> None:
    desk.feed(JunkReceived("scanner", "not text", 25))
    assert raised(desk) == [("flood-scanner", "flood", "scanner")]


def test_a_forced_cell() -> None:
    lockers = LockerService(name="cells", words=pod().words, cells={"7": CellOf("board/7", "small")})
    desk = desk_of(replace(watched(), lockers={"cells": lockers}))
    desk.feed(DeviceUp("board"))
    desk.level("board/7", Quantity.CLOSED, value=True)
    desk.wait(MINUTE_MS)
    desk.level("board/7", Quantity.CLOSED, value=False)
    assert ("forced-cells-7", "forced", "cells/7") in raised(desk)


# ---------------------------------------------------------------- bounded


def test_a_device_that_comes_and_goes_does_not_fill_the_journal(desk: Desk) -> None:
    for _ in range(30):
        desk.feed(DeviceDown("strike", "loose plug"))
        desk.wait(2 * MINUTE_MS)
        desk.feed(DeviceUp("strike"))
    assert len(raised(desk)) <= 1 + 60 * MINUTE_MS // AGAIN_MS
    assert len(cleared(desk)) == len(raised(desk))


def test_what_came_back_and_stays_is_raised_when_ten_minutes_are_over(desk: Desk) -> None:
    desk.feed(DeviceDown("strike", "loose plug"))
    desk.wait(LOST_MS)
    desk.feed(DeviceUp("strike"))
    desk.feed(DeviceDown("strike", "loose plug"))
    desk.wait(AGAIN_MS - 1)
    assert len(raised(desk)) == 1
    desk.wait(1)
    assert len(raised(desk)) == 2


def test_what_a_person_cleared_is_not_raised_again_while_its_cause_stands(desk: Desk) -> None:
    desk.feed(DeviceDown("strike", "gone for repair"))
    desk.wait(LOST_MS)
    ordered(desk, "lost-strike", "clear")
    desk.wait(60 * MINUTE_MS)
    assert len(raised(desk)) == 1
    desk.feed(DeviceUp("strike"))
    desk.feed(DeviceDown("strike", "again"))
    desk.wait(LOST_MS)
    assert len(raised(desk)) == 2


def test_nothing_is_due_once_it_was_told(desk: Desk) -> None:
    desk.feed(DeviceDown("strike", "unplugged"))
    desk.wait(LOST_MS)
    due_ms = next_deadline(desk.state, desk.site)
    assert due_ms is not None
    assert due_ms > desk.steady_ms


def test_before_anything_was_recovered_nothing_is_raised_and_nothing_is_due() -> None:
    desk = Desk(site=watched())
    desk.scan(desk.order())
    desk.level("reed", Quantity.CLOSED, value=True)
    desk.level("reed", Quantity.CLOSED, value=False)
    desk.feed(DeviceDown("strike", "unplugged"))
    desk.wait(10 * MINUTE_MS)
    assert raised(desk) == []


# ---------------------------------------------------------------- heard, escalated, over a power cut


def test_the_office_hears_it_and_nobody_is_woken(desk: Desk) -> None:
    breaks_in(desk)
    ordered(desk, "forced-door", "heard")
    assert [event.service for event in desk.told(e.AlarmHeard)] == ["forced-door"]
    shuts(desk)
    desk.wait(60 * MINUTE_MS)
    assert desk.told(e.AlarmEscalated) == []


def test_nobody_has_heard_it_for_ten_minutes(desk: Desk) -> None:
    breaks_in(desk)
    desk.wait(10 * MINUTE_MS)
    assert [(event.service, event.after_s) for event in desk.told(e.AlarmEscalated)] == [("forced-door", 600)]


def test_an_answer_to_an_alarm_that_is_over_changes_nothing(desk: Desk) -> None:
    ordered(desk, "lost-strike", "clear")
    assert (cleared(desk), desk.told(e.AccessRefused)) == ([], [])


@pytest.mark.parametrize(("alarm", "action"), [("nothing-door", "clear"), ("forced-door", "open")])
def test_what_is_no_alarm_and_what_one_does_not_do(desk: Desk, alarm: str, action: str) -> None:
    breaks_in(desk)
    ordered(desk, alarm, action)
    assert [event.reason for event in desk.told(e.AccessRefused)] in (["wrong_service"], ["wrong_action"])
    assert cleared(desk) == []


def test_after_a_power_cut_the_same_alarms_stand(desk: Desk) -> None:
    desk.feed(DeviceDown("strike", "unplugged"))
    desk.wait(LOST_MS)
    breaks_in(desk)
    recorded = Recorded()
    for event in desk.events:
        recorded = fold(recorded, event, Row(0, 0, desk.boot, 0, event.priority, type(event).__name__, ""))
    assert set(recorded.alarms) == {"lost-strike", "forced-door"}
    after = Desk(site=replace(desk.site, essential=frozenset({"strike", "absent"})), boot="b" * 16, steady_ms=1_000)
    after.begin(recorded)
    assert set(after.state.recorded.alarms) == {"forced-door"}
    after.wait(10 * MINUTE_MS)
    assert [event.service for event in after.told(e.AlarmEscalated)] == ["forced-door"]


def test_a_lost_device_is_not_found_before_it_has_answered() -> None:
    recorded = fold(
        Recorded(), e.AlarmRaised("lost-cells", "lost", "cells"), Row(0, 0, "a" * 16, 0, e.AlarmRaised.priority, "", "")
    )
    desk = Desk(site=replace(watched(), essential=frozenset({"cells"})), boot="b" * 16)
    desk.begin(recorded)
    desk.wait(MINUTE_MS)
    assert (raised(desk), cleared(desk)) == ([], [])
    desk.feed(DeviceUp("cells"))
    assert cleared(desk) == [("lost-cells", ITSELF)]


# ---------------------------------------------------------------- who is told, and how loudly


def test_residents_are_not_frightened(desk: Desk) -> None:
    decision = desk.feed(DeviceTampered("scanner", "its settings were changed"))
    assert at_once(decision, Say) == at_once(decision, SwitchOn) == at_once(decision, Show) == []
    found = [(one.about, one.words.en) for one in findings(desk.state, desk.site, desk.now)]
    assert ("tamper-scanner", "scanner: Equipment was tampered with") in found


def test_a_siren_where_the_station_file_wants_one() -> None:
    desk = desk_of(watched(causes=frozenset({"tamper"}), siren="siren", light="lamp", escalate_after_s=60))
    decision = desk.feed(DeviceTampered("scanner", "its settings were changed"))
    assert at_once(decision, SwitchOn) == [SwitchOn("siren", 600_000), SwitchOn("lamp")]
    desk.wait(MINUTE_MS)
    assert len(desk.told(e.AlarmEscalated)) == 1
    ordered(desk, "tamper-scanner", "clear")
    assert desk.last is not None
    assert waiting(desk.last, SwitchOff) == [SwitchOff("siren"), SwitchOff("lamp")]


def test_what_no_table_names_is_not_raised() -> None:
    desk = desk_of(watched(causes=frozenset({"tamper"})))
    breaks_in(desk)
    desk.wait(MINUTE_MS)
    desk.feed(DeviceDown("strike", "unplugged"))
    desk.wait(60 * MINUTE_MS)
    assert raised(desk) == []


def test_a_siren_goes_on_for_the_other_alarm_that_stands() -> None:
    desk = desk_of(watched(causes=CAUSES, siren="siren"))
    breaks_in(desk)
    desk.level("button", Quantity.CLOSED, value=False)
    ordered(desk, "forced-door", "clear")
    assert desk.last is not None
    assert waiting(desk.last, SwitchOff) == []
    ordered(desk, "sos", "clear")
    assert waiting(desk.last, SwitchOff) == [SwitchOff("siren")]


def test_sos_takes_the_screen_and_releases_the_door_whatever_else_stands(desk: Desk) -> None:
    breaks_in(desk)
    decision = desk.level("button", Quantity.CLOSED, value=False)
    assert at_once(decision, Unlock) == [Unlock("strike", 3_000)]
    assert at_once(decision, SwitchOn)[-1] == SwitchOn("siren", 600_000)
    shown = at_once(decision, Show)[-1]
    assert isinstance(shown, Show)
    assert shown.page.mood == "alarm"


def test_a_box_that_was_opened_is_no_page_for_residents() -> None:
    lid = AlarmService("lid", pod().words, "tamper", "lid", pressed_closed=False)
    desk = desk_of(replace(watched(), alarms={"lid": lid}))
    decision = desk.level("lid", Quantity.CLOSED, value=False)
    assert raised(desk) == [("lid", "tamper", "lid")]
    assert [show.page.mood for show in at_once(decision, Show) if isinstance(show, Show)] == []


# ---------------------------------------------------------------- names


def test_an_alarm_that_is_called_like_a_service_gets_a_name_of_its_own() -> None:
    site = watched()
    taken = replace(site, doors={"held-door": site.doors["door"], **site.doors})
    assert alarms.name_of(taken, "held", "door") == "held--door"
    assert alarms.alarm_of(taken, "held-door") is None
    found = alarms.alarm_of(taken, "held--door")
    assert found is not None
    assert found.what == "held"


def test_whatever_it_is_about_the_name_is_one_that_an_order_can_carry(desk: Desk) -> None:
    for about in ("office document/ring", "Ä" * 40, "cells/7", "x" * 64):
        name = alarms.name_of(desk.site, "flood", about)
        assert len(name) <= alarms.MAX_NAME
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
