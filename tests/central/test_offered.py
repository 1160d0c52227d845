"""What a station tells of its services is what the office shows, and keepers are offered only what stations do."""

from __future__ import annotations

import json
from typing import cast

from central.about import About
from central.offered import services
from central.service_kinds import KINDS
from central.times import HOUR_MS, MINUTE_MS, late, until
from central.web_keeper import deeds
from central.web_people import Visitor
from drivers.contract import Answer, Asked, Words
from station.rules import books, loans, lockers, people, rooms, stock
from station.rules.lost import _ACTIONS as LOST
from station.rules.offers import offered
from station.rules.turn import Turn
from station.state import Recorded, Stock, thing_key
from tests.station.rules.desk import JOURNAL, Desk, at_once
from tests.station.rules.test_offers import full_station, shown

NOBODY = About.model_validate({"name": {"zh": "站", "en": "Stop"}})


def test_the_office_reads_every_offer_of_a_full_station() -> None:
    desk = Desk(site=shown(full_station()))
    filled = {thing_key(box, item): Stock(9) for box, one in desk.site.stock.items() for item in one.items}
    desk.begin(Recorded(journal=JOURNAL, holdings_known=True, stock=filled))
    (answer,) = at_once(desk.feed(Asked("control", 1, "health")), Answer)
    found = {one.name: one for one in services(NOBODY, json.loads(cast("Answer", answer).document))}
    assert set(found) == {*desk.site.services, *desk.site.alarms}
    turn = Turn(desk.state, desk.now, desk.site)
    for name, service in desk.site.services.items():
        there = [(one.action, one.thing, one.words, one.free, one.points) for one in offered(turn, service)]
        assert there
        assert [(one.action, one.thing, one.words, one.free, one.points) for one in found[name].offers] == there
        assert found[name].words == service.words
        assert found[name].type in KINDS


def test_keepers_are_offered_only_what_a_station_does() -> None:
    """An action that the pages name and no rule knows would always be refused."""
    known = {
        "lockers": set(lockers._ACTIONS),
        "loans": {*loans._ACTIONS, *LOST},
        "books": {*books._ACTIONS, *LOST},
        "stock": set(stock._ACTIONS),
        "room": set(rooms._ACTIONS),
        "people": set(people._ACTIONS),
    }
    for kind, actions in known.items():
        row = KINDS[kind]
        for deed in (*row.keeper, *row.steward, *row.own, *row.asked):
            assert deed.action in actions, f"{kind} {deed.action}"


def test_residents_have_no_deeds_from_afar() -> None:
    desk = Desk(site=shown(full_station()))
    desk.begin()
    (answer,) = at_once(desk.feed(Asked("control", 1, "health")), Answer)
    for service in services(NOBODY, json.loads(cast("Answer", answer).document)):
        assert deeds(service, Visitor("0" * 32, "resident")) == ()


def test_ends_and_delays_are_told_as_people_say_them() -> None:
    now_ms = 1_790_000_000_000
    assert until(now_ms + 40 * 24 * HOUR_MS, now_ms).zh.endswith(" 前")
    assert "月" in until(now_ms + 40 * 24 * HOUR_MS, now_ms).zh
    assert until(now_ms, now_ms).en.endswith("today")
    assert late(now_ms - 10_000, now_ms) == Words("已超时 1 分钟", "1 min overdue")
    assert late(now_ms - 59 * MINUTE_MS, now_ms) == Words("已超时 59 分钟", "59 min overdue")
    assert late(now_ms - 47 * HOUR_MS, now_ms) == Words("已超时 47 小时", "47 h overdue")
    assert late(now_ms - 49 * HOUR_MS, now_ms) == Words("已超时 2 天", "2 days overdue")
