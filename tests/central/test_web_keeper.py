"""How services stand, and what keepers and volunteers may do from afar."""

from __future__ import annotations

import re
import time

import pytest
from httpx import Client, Response

from station.events import AlarmRaised, CellOpened, StockCounted, ThingTaken
from station.trust.holders import Role
from station.trust.keys import Purpose
from tests.central.browsing import live, says
from tests.central.counter import HELP_PHONE, POD, Counter
from tests.central.service_browsing import join, ordered
from tests.central.station_told import holdings

pytestmark = pytest.mark.usefixtures("full_station")


# ---------------------------------------------------------------- those who look after it


def keeper_form(page: Response, service: str, action: str) -> dict[str, str]:
    """The form of a service that has a button for this action."""
    for form in re.findall(r"<form.*?</form>", page.text, re.DOTALL):
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        if fields.get("service") == service and f'name="action" value="{action}"' in form:
            return {**fields, "action": action}
    raise AssertionError(f"no form for {action} of {service}")


def test_each_service_is_shown_as_it_stands(client: Client, counter: Counter) -> None:
    join(client, counter, "volunteer")
    counter.events(
        *holdings("0" * 31 + "1", int(time.time() * 1000)),
        CellOpened("lockers", "12", "unseen"),
        StockCounted("medicine", "plaster", 12, "ab" * 16, "2027-03-31"),
    )
    page = client.get(f"/v/{POD}")
    lockers = page.text[page.text.index("储物柜") : page.text.index("手机充电")]
    counted = re.findall(r'<li class="mark (\w+)"><b>(\d+)</b>', lockers)
    assert counted[:5] == [("free", "6"), ("open", "1"), ("in_use", "3"), ("overdue", "1"), ("out", "1")]
    assert counted[5:][2] == ("overdue", "3")
    assert counted[5:][10:] == [("out", "11"), ("open", "12")]
    for line in ("创可贴：剩 12，有效期到 2027-03-31", "Not running", "0 on duty", "Not told by the station yet"):
        assert line in page.text
    assert live(client, f"/v/{POD}/live")["html"].strip() in page.text


@pytest.mark.parametrize("role", ["keeper", "office"])
def test_a_keeper_opens_a_cell_and_says_why(client: Client, counter: Counter, role: str) -> None:
    join(client, counter, role)
    form = keeper_form(client.get(f"/v/{POD}"), "lockers", "open_as_keeper")
    answer = client.post(f"/v/{POD}/order", data={**form, "thing": "7", "reason": "  something   smells "})
    assert answer.status_code == 303
    order = ordered(counter)
    assert (order.service, order.action, order.thing, order.reason) == (
        "lockers",
        "open_as_keeper",
        "7",
        "something smells",
    )
    assert (order.purpose, order.role) == (Purpose.OPERATE, Role.KEEPER)
    page = client.get(answer.headers["location"])
    assert 'id="code"' not in page.text  # nobody stands at the scanner
    counter.reply(order.id.hex(), "done", "", "7 号柜已打开", "Cell 7 is open")
    page = client.get(answer.headers["location"])
    assert "7 号柜已打开" in page.text
    assert f'href="/v/{POD}"' in page.text


def test_a_keepers_order_without_a_reason_is_none(client: Client, counter: Counter) -> None:
    join(client, counter, "keeper")
    form = keeper_form(client.get(f"/v/{POD}"), "lockers", "retire")
    for reason in ("", "   "):
        page = client.post(f"/v/{POD}/order", data={**form, "thing": "7", "reason": reason})
        assert page.status_code == 400
        says(page, "请写明原因", "write the reason")
    assert counter.orders() == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token": "x"}, 403),
        ({"service": "nothing"}, 404),
        ({"action": "take"}, 404),
        ({"action": "hand_over"}, 404),
        ({"thing": "../7"}, 400),
        ({"reason": "\x07"}, 400),
        ({"reason": "x" * 5_000}, 413),
    ],
)
def test_a_keepers_form_that_is_not_right_does_nothing(
    client: Client, counter: Counter, changes: dict[str, str], status: int
) -> None:
    join(client, counter, "keeper")
    form = {**keeper_form(client.get(f"/v/{POD}"), "lockers", "clear"), "thing": "7", "reason": "empty"}
    assert client.post(f"/v/{POD}/order", data={**form, **changes}).status_code == status
    assert client.get(f"/v/{POD}/order", params=form).status_code == 405
    assert client.post("/v/nowhere/order", data=form).status_code == 404
    assert counter.orders() == []


def test_volunteers_refill_and_count_and_nothing_more(client: Client, counter: Counter) -> None:
    join(client, counter, "volunteer")
    page = client.get(f"/v/{POD}")
    assert "open_as_keeper" not in page.text
    form = {**keeper_form(page, "medicine", "refill"), "thing": "mask", "count": "20", "reason": "2027-03-31"}
    assert client.post(f"/v/{POD}/order", data=form).status_code == 303
    order = ordered(counter)
    assert (order.action, order.thing, order.count, order.reason) == ("refill", "mask", 20, "2027-03-31")
    assert order.role is Role.VOLUNTEER
    form = {**form, "service": "lockers", "action": "open_as_keeper", "thing": "7", "reason": "curious"}
    assert client.post(f"/v/{POD}/order", data=form).status_code == 404
    join(client, counter)
    assert client.post(f"/v/{POD}/order", data=form).status_code == 403


def test_a_keeper_holds_the_door_open_for_a_while(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    form = {**keeper_form(client.get(f"/v/{POD}"), "door", "hold_open"), "reason": "delivery"}
    assert client.post(f"/v/{POD}/order", data=form).status_code == 303
    assert ordered(counter).duration_s == 20 * 60


def test_a_loan_is_noted_as_lost_by_what_was_taken(client: Client, counter: Counter) -> None:
    join(client, counter, "keeper")
    counter.events(ThingTaken("umbrellas", "3-aabbccdd-120", "0" * 31 + "1", "resident", None))
    form = {**keeper_form(client.get(f"/v/{POD}"), "umbrellas", "lost"), "thing": "3-aabbccdd-120", "reason": "gone"}
    assert client.post(f"/v/{POD}/order", data=form).status_code == 303
    assert (ordered(counter).action, ordered(counter).thing) == ("lost", "3-aabbccdd-120")


def test_a_station_that_does_not_answer_a_keeper_is_said_so(client: Client, counter: Counter) -> None:
    join(client, counter, "keeper")
    form = {**keeper_form(client.get(f"/v/{POD}"), "lockers", "clear"), "thing": "7", "reason": "empty"}
    counter.connected = False
    page = client.post(f"/v/{POD}/order", data=form)
    assert page.status_code == 503
    says(page, "站点没有回答", HELP_PHONE)


# ---------------------------------------------------------------- alarms


def answer_form(page: Response, action: str) -> dict[str, str]:
    found = re.search(rf'action="/office/{action}".*?</form>', page.text, re.DOTALL)
    assert found, page.text
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0]))


@pytest.mark.parametrize("action", ["heard", "clear"])
@pytest.mark.parametrize(
    ("role", "path", "back"), [("office", "/office", "/office"), ("keeper", f"/v/{POD}", f"/v/{POD}")]
)
def test_an_alarm_is_heard_and_cleared(
    client: Client, counter: Counter, role: str, path: str, back: str, action: str
) -> None:
    join(client, counter, role)
    counter.events(AlarmRaised("sos", "sos", "button"))
    form = answer_form(client.get(path), action)
    assert client.post(f"/office/{action}", data={**form, "token": "x"}).status_code == 403
    assert client.post(f"/office/{action}", data=form).headers["location"] == back
    assert (ordered(counter).service, ordered(counter).action) == ("sos", action)
    assert ordered(counter).purpose is Purpose.OPERATE


def test_an_alarm_that_nobody_pressed_is_answered_too(client: Client, counter: Counter) -> None:
    """A station raises alarms by itself, under names that are no service's."""
    join(client, counter, "office")
    counter.events(AlarmRaised("forced-door", "forced", "reed"))
    assert client.post("/office/clear", data=answer_form(client.get("/office"), "clear")).status_code == 303
    assert (ordered(counter).service, ordered(counter).action) == ("forced-door", "clear")


def test_volunteers_see_an_alarm_and_do_not_answer_it(client: Client, counter: Counter) -> None:
    join(client, counter, "volunteer")
    counter.events(AlarmRaised("sos", "sos", "button"))
    page = client.get(f"/v/{POD}")
    assert "有人求助" in page.text
    assert "/office/heard" not in page.text
    form = {"station": POD, "service": "sos", "token": "x"}
    assert client.post("/office/clear", data=form).status_code == 403
    assert counter.orders() == []


def test_the_office_counts_what_each_station_has(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    counter.events(*holdings("0" * 31 + "1", int(time.time() * 1000)))
    page = client.get("/office")
    assert re.search(r'<li class="mark overdue"><b>1</b> 超时 <span lang="en">overdue</span>', page.text)
    assert live(client, "/office/live")["html"].strip() in page.text
