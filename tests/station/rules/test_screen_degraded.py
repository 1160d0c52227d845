"""What a screen says while something is broken: the most important first, two lines, and only what is its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import ClockTrust, DeviceDown, DeviceUp, LevelChanged, LinkDown, LinkUp, Page, Quantity, Words
from station.rules import health, screen, words, words_degraded
from station.rules.finding import Light
from station.rules.office import SILENT_MS
from station.rules.site import ScreenService, Site
from station.rules.words_degraded import not_usable
from tests.station.rules.desk import Desk, pod
from tests.station.rules.locker_desk import LockerDesk, lockers_site
from tests.station.rules.wall import Wall, room


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.begin()
    desk.hello()
    return desk


def page(desk: Desk) -> Page:
    desk.state = replace(desk.state, volatile=replace(desk.state.volatile, notices={}))
    return screen.page(desk.state, desk.site, desk.site.screens["front"], desk.now)


def lines(desk: Desk) -> tuple[Words, ...]:
    return page(desk).lines


def unrecord(desk: Desk, why: str = "the card takes too long") -> None:
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded=why))


def lose(desk: Desk, *devices: str) -> None:
    for device in devices:
        desk.feed(DeviceDown(device, "unplugged"))


def test_all_is_well(desk: Desk) -> None:
    assert (page(desk).headline, lines(desk)) == (words.SCAN_TO_OPEN, (words.WITH_YOUR_PHONE,))


def test_at_most_two_lines_the_most_important_first(desk: Desk) -> None:
    desk.feed(LinkDown("link", "no route"))
    desk.trust = ClockTrust.FLOOR
    assert lines(desk) == (words.OFFLINE, words_degraded.NO_CLOCK)
    lose(desk, "strike")
    assert lines(desk) == (words_degraded.NO_LOCK, words.OFFLINE)
    unrecord(desk)
    assert lines(desk) == (words.CANNOT_RECORD, words.CALL)


def test_how_to_scan_is_said_only_while_it_is_as_ever(desk: Desk) -> None:
    lose(desk, "scanner")
    assert lines(desk) == (words_degraded.USE_THE_CODE,)
    desk.feed(DeviceUp("scanner"))
    desk.feed(LinkDown("link", "no route"))
    assert lines(desk) == (words.WITH_YOUR_PHONE, words.OFFLINE)


def test_without_scanner_and_network_there_is_no_way_in(desk: Desk) -> None:
    lose(desk, "scanner")
    desk.feed(LinkDown("link", "no route"))
    assert lines(desk) == (words_degraded.NO_WAY,)
    desk.feed(DeviceUp("scanner"))
    assert words.OFFLINE in lines(desk)


def test_a_silent_office_after_a_minute_and_no_more_when_it_answers(desk: Desk) -> None:
    desk.feed(LinkUp("link"))
    desk.wait(SILENT_MS - 1)
    assert lines(desk) == (words.WITH_YOUR_PHONE,)
    desk.wait(1)
    assert lines(desk) == (words_degraded.USE_YOUR_PASS,)
    assert link_finding(desk) == (Light.LOOK, "The network is there, but the office does not answer")
    lose(desk, "scanner")
    assert lines(desk) == (words_degraded.NO_WAY,)
    desk.feed(DeviceUp("scanner"))
    desk.trust = ClockTrust.FLOOR
    assert lines(desk)[0] == words_degraded.NO_WAY
    desk.trust = ClockTrust.SYNCED
    desk.hello()
    assert lines(desk) == (words.WITH_YOUR_PHONE,)
    assert link_finding(desk) == (Light.OK, "Connected to the office")


def link_finding(desk: Desk) -> tuple[Light, str] | None:
    found = (one for one in health.findings(desk.state, desk.site, desk.now) if one.about == "link")
    return next(((one.light, one.words.en) for one in found), None)


def test_a_station_that_runs_alone_misses_no_network() -> None:
    desk = Desk(site=replace(pod(), office_url=""))
    desk.begin()
    desk.feed(LinkDown("link", "the station file names no office"))
    desk.wait(3_600_000)
    assert lines(desk) == (words_degraded.WITH_YOUR_PASS,)
    assert link_finding(desk) is None


def test_without_keys_nothing_can_be_checked(desk: Desk) -> None:
    desk.state = replace(desk.state, observed=replace(desk.state.observed, ring=None))
    assert lines(desk) == (words_degraded.NO_WAY,)


@pytest.mark.parametrize("broken", ["lock", "card"])
def test_the_headline_does_not_promise_a_door_that_cannot_be_opened(desk: Desk, broken: str) -> None:
    if broken == "lock":
        lose(desk, "strike")
    else:
        unrecord(desk)
    assert page(desk).headline == words.SORRY


def test_a_door_that_admits_unrecorded_says_so() -> None:
    desk = Desk(site=pod(admits_unrecorded=True))
    desk.begin()
    unrecord(desk)
    assert page(desk).headline == words.SCAN_TO_OPEN
    assert lines(desk) == (words.CANNOT_RECORD, words_degraded.PASSES_OPEN)


def test_a_full_card_is_no_matter_of_waiting(desk: Desk) -> None:
    desk.feed(LevelChanged("board", Quantity.DISK_FREE_BYTES, health.NO_DISK_BYTES))
    unrecord(desk)
    assert lines(desk)[0] == words.CANNOT_RECORD
    desk.feed(LevelChanged("board", Quantity.DISK_FREE_BYTES, health.NO_DISK_BYTES - 1))
    assert lines(desk) == (words_degraded.FULL, words.CALL)


def locker_desk(site: Site | None = None) -> LockerDesk:
    desk = LockerDesk(site=site)
    desk.hello()
    return desk


def test_some_cells_and_all_cells() -> None:
    desk = locker_desk()
    lose(desk, "tower")
    some = Words("储物柜（部分）", "Lockers (some)")
    assert lines(desk) == (words.WITH_YOUR_PHONE, not_usable([some], things_inside=True))
    lose(desk, "cells")
    assert lines(desk)[1] == not_usable([Words("储物柜", "Lockers")], things_inside=True)
    assert lines(desk)[1].zh.endswith("取物请拨打下方电话")


def test_a_screen_speaks_of_its_own_services_only() -> None:
    site = lockers_site()
    desk = locker_desk(replace(site, screens={"front": ScreenService("front", "screen", ("door",), voice="voice")}))
    lose(desk, "tower", "cells")
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, holdings_known=False))
    assert lines(desk) == (words.WITH_YOUR_PHONE,)


def test_a_wall_of_lockers_promises_no_door() -> None:
    site = lockers_site()
    desk = locker_desk(replace(site, screens={"front": ScreenService("front", "screen", ("lockers",), voice="voice")}))
    desk.feed(LinkDown("link", "no route"))
    assert lines(desk)[1] == words_degraded.OFFLINE_THINGS
    unrecord(desk)
    assert lines(desk) == (words.CANNOT_RECORD, words.CALL)


def test_nobody_knows_who_holds_what() -> None:
    desk = locker_desk()
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, holdings_known=False))
    assert lines(desk) == (words.WITH_YOUR_PHONE, words_degraded.WHO_HOLDS_WHAT)


@pytest.fixture
def wall() -> Wall:
    wall = Wall(site=replace(room(), ups=("ups",)))
    wall.begin()
    wall.hello()
    return wall


def test_one_socket_less_is_no_news(wall: Wall) -> None:
    wall.lose("meter1")
    assert lines(wall) == (words.WITH_YOUR_PHONE,)
    wall.lose("meter2")
    assert lines(wall)[1].en == "Not usable now: Charging"
    wall.lose("float")
    assert lines(wall)[1].en == "Not usable now: Charging, Kettle"


def test_more_than_three_names_are_too_small_to_read() -> None:
    names = [Words(str(number), str(number)) for number in range(4)]
    assert not_usable(names, things_inside=False).en == "Not usable now: 0, 1, 2 and more"


def test_on_battery_where_something_is_paused_and_nowhere_else(wall: Wall) -> None:
    wall.says("ups", Quantity.ON_BATTERY, value=True)
    assert lines(wall) == (words.WITH_YOUR_PHONE, words_degraded.ON_BATTERY)
    wall.site = replace(wall.site, screens={"front": ScreenService("front", "screen", ("door",), voice="voice")})
    assert lines(wall) == (words.WITH_YOUR_PHONE,)


def test_an_alarm_and_a_notice_stand_above_all_of_it(desk: Desk) -> None:
    lose(desk, "scanner")
    desk.level("button", Quantity.CLOSED, False)
    assert page(desk).headline == words.ALARM["sos"]
