"""The pages of those who look after stations, over HTTP: the light, the list, alarms."""

from __future__ import annotations

import pytest
from httpx import Client

from station.events import AccessGranted, AlarmHeard, AlarmRaised, DoorForced, DoorOpened
from station.trust.keys import Purpose
from station.trust.orders import read_order
from tests.central.browsing import fields, join, live, says
from tests.central.counter import HEALTH, HELP_PHONE, POD, Counter


@pytest.mark.parametrize("role", [None, "resident", "courier"])
def test_staff_pages_are_for_staff(client: Client, counter: Counter, role: str | None) -> None:
    if role:
        join(client, counter, role)
    for path in (f"/v/{POD}", f"/v/{POD}/live", "/office", "/office/live"):
        page = client.get(path)
        assert page.status_code == 403
        says(page, "这一页只给志愿者和工作人员看")
    assert client.post("/office/heard", data={"station": POD, "service": "sos"}).status_code == 403
    assert counter.published == []


@pytest.mark.parametrize("role", ["volunteer", "keeper"])
def test_a_volunteer_sees_the_light_and_what_to_do(client: Client, counter: Counter, role: str) -> None:
    join(client, counter, role)
    assert "还没有消息" in client.get(f"/v/{POD}").text
    counter.online(True)
    counter.health(HEALTH)
    counter.events(granted(), DoorOpened("door", "granted"))
    page = client.get(f"/v/{POD}")
    for line in ("请看一下", "radar：没有响应", "检查插头和线", "strike: Fine", "门开了", "Access granted", HELP_PHONE):
        assert line in page.text
    assert client.get("/office").status_code == 403
    assert client.get("/v/nowhere").status_code == 404


def granted() -> AccessGranted:
    return AccessGranted("door", "order_by_link", "00" * 16, "resident", 9000)


def test_a_station_that_is_away_is_one_to_look_at(client: Client, counter: Counter) -> None:
    join(client, counter, "volunteer")
    counter.health({"light": "ok", "findings": [HEALTH["findings"][0]]})
    counter.online(True)
    assert "一切正常" in client.get(f"/v/{POD}").text
    counter.online(False)
    page = client.get(f"/v/{POD}")
    for line in ("请看一下", "连不上办公室", "站点照常开门"):
        assert line in page.text


def test_a_health_document_that_nobody_expected_is_still_a_page(client: Client, counter: Counter) -> None:
    join(client, counter, "volunteer")
    for odd in ({}, {"findings": "x"}, {"findings": [1, {"about": "<i>", "light": "purple"}]}):
        counter.health(odd)
        page = client.get(f"/v/{POD}")
        assert page.status_code == 200
        assert "<i>" not in page.text


def test_the_office_sees_every_station_worst_first(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    counter.online(True)
    counter.health({"light": "ok", "findings": [HEALTH["findings"][0]]})
    assert "一切正常" in client.get("/office").text
    counter.events(AlarmRaised("sos", "sos", "button"))
    page = client.get("/office")
    for line in ("报警", "有人求助", "我来处理", "请马上处理", "骑手驿站", "Reading pod", 'data-colour="orange"'):
        assert line in page.text
    assert page.text.index("请马上处理") < page.text.index("还没有消息")
    assert live(client, "/office/live")["html"].strip() in page.text


def test_an_alarm_that_overtakes_its_backlog_is_seen(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    counter.alarm_ahead(DoorForced("door"))
    page = client.get("/office")
    assert "门被强行打开" in page.text
    assert "我来处理" not in page.text  # the station's state does not know it yet


def test_an_alarm_that_the_station_tells_too_is_said_once(client: Client, counter: Counter) -> None:
    join(client, counter, "volunteer")
    counter.events(AlarmRaised("sos", "sos", "button"))
    told = {"about": "sos", "light": "act", "zh": "求助：报警中", "en": "Help: alarm", "next_zh": "", "next_en": ""}
    counter.health({"light": "act", "findings": [told]})
    page = client.get(f"/v/{POD}")
    assert "有人求助" in page.text
    assert "求助：报警中" not in page.text


def test_heard_is_an_operators_order_to_the_station(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    counter.events(AlarmRaised("sos", "sos", "button"))
    form = fields(client.get("/office"))
    assert client.post("/office/heard", data={**form, "token": "x"}).status_code == 403
    assert client.get("/office/heard", params=form).status_code == 405
    assert counter.orders() == []
    assert client.post("/office/heard", data=form).headers["location"] == "/office"
    (text,) = counter.orders()
    order = read_order(text.encode(), counter.ring, station=POD)
    assert (order.service, order.action, order.purpose) == ("sos", "heard", Purpose.OPERATE)
    counter.events(AlarmHeard("sos", order.holder.hex()))
    page = client.get("/office")
    assert "已有人处理" in page.text
    assert "我来处理" not in page.text


def test_a_station_that_does_not_answer_is_said_so(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    counter.events(AlarmRaised("sos", "sos", "button"))
    form = fields(client.get("/office"))
    counter.connected = False
    page = client.post("/office/heard", data=form)
    assert page.status_code == 503
    says(page, "站点没有回答", HELP_PHONE)
