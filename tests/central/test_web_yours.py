"""What is theirs on the phone's page, and codes with which somebody else collects."""

from __future__ import annotations

import html
import re
import time

import pytest
from httpx import Client, Response

from central.web_pickup import PickUp, read_link, write_link
from station.events import RunBegan, ThingOverdue, ThingTaken
from station.trust.holders import Role
from station.trust.passes import Uses, read_pass
from tests.central.browsing import SCANNED, order_id, says
from tests.central.counter import HELP_PHONE, POD, Counter
from tests.central.service_browsing import asks, forms, join, ordered, tap
from tests.central.station_told import HOUR_MS, SERVICES, holdings

pytestmark = pytest.mark.usefixtures("full_station")


# ---------------------------------------------------------------- yours


def test_what_is_theirs_is_shown_with_what_they_can_do(client: Client, counter: Counter) -> None:
    holder = join(client, counter)
    assert "Yours" not in client.get(SCANNED).text
    counter.events(*holdings(holder, int(time.time() * 1000)))
    page = client.get(SCANNED)
    mine = page.text[page.text.index("Yours") : page.text.index("Phone charging")]
    for line in ("7 号柜", "Cell 3", "3 h overdue", "有人留给您的", "2 号插座", "until "):
        assert line in mine
    assert "Cell 5" not in page.text
    cell = ("open/{}", "give_back/{}", "hand_over/{}")
    wanted = [ask.format(number) for number in ("3", "7") for ask in cell]
    assert set(asks(page)) >= {*wanted, "open/9", "give_back/9", "stop/2"}
    assert "hand_over/9" not in asks(page)
    assert holder not in page.text


def test_what_is_overdue_by_an_unknown_time_is_said_without_one(client: Client, counter: Counter) -> None:
    holder, now_ms = join(client, counter), int(time.time() * 1000)
    counter.events(
        ThingTaken("lockers", "3", holder, "resident", now_ms - 3 * HOUR_MS, dated=False),
        ThingOverdue("lockers", "3"),
    )
    page = client.get(SCANNED)
    assert "已超时 <span" in page.text
    assert "h overdue" not in page.text


def test_theirs_is_opened_by_its_name(client: Client, counter: Counter) -> None:
    holder = join(client, counter)
    counter.events(*holdings(holder, int(time.time() * 1000)))
    assert tap(client, "lockers", "open/7").status_code == 200
    order = ordered(counter)
    assert (order.action, order.thing, order.holder.hex()) == ("open", "7", holder)
    assert tap(client, "lockers", "open/5").status_code == 404
    join(client, counter)
    assert "Yours" not in client.get(SCANNED).text
    assert tap(client, "lockers", "open/7").status_code == 404
    assert len(counter.orders()) == 1


def test_a_run_that_they_started_may_be_stopped(client: Client, counter: Counter) -> None:
    holder = join(client, counter)
    counter.events(RunBegan("microwave", holder, "resident", 60_000))
    assert tap(client, "microwave", "stop/").status_code == 200
    assert ordered(counter).action == "stop"


def test_while_the_station_is_away_yours_may_be_out_of_date(client: Client, counter: Counter) -> None:
    holder = join(client, counter)
    counter.events(*holdings(holder, int(time.time() * 1000)))
    assert "may be out of date" not in client.get(SCANNED).text
    counter.online(False)
    assert "may be out of date" in client.get(SCANNED).text


# ---------------------------------------------------------------- for somebody else


def put_away(client: Client) -> Response:
    return tap(client, "lockers", "take/small", for_other="yes")


def pick_up_form(page: Response) -> tuple[str, dict[str, str]]:
    found = re.search(r'action="(/orders/\w+/pick-up)".*?name="token" value="([^"]*)"', page.text, re.DOTALL)
    assert found
    return found[1], {"token": html.unescape(found[2])}


def test_something_for_somebody_else_becomes_a_one_time_pass(client: Client, counter: Counter) -> None:
    join(client, counter)
    page = put_away(client)
    order = ordered(counter)
    assert len(order.recipient) == len(order.holder)
    assert order.recipient != order.holder
    path, form = pick_up_form(page)
    assert client.post(path, data=form).status_code == 409  # nothing is open yet
    counter.reply(order_id(page), "done", "", "7 号柜已打开", "Cell 7 is open")
    answer = client.post(path, data=form)
    assert answer.status_code == 303
    link = answer.headers["location"]
    assert client.post(path, data=form).headers["location"] == link  # one pass, however often it is asked for
    client.cookies.clear()
    page = client.get(link)
    for line in (
        "取件码",
        "Pick-up code",
        "富民公园阅读微空间",
        "For one use",
        HELP_PHONE,
        str(client.base_url).rstrip("/") + link,
    ):
        assert line in page.text
    pick_up = read_link(counter.secret, link.removeprefix("/pick-up/"))
    assert pick_up is not None
    shown = read_pass(
        pick_up.text.encode(), counter.ring, station=POD, groups=(), wall_s=int(time.time()), revoked=None, floor_s=0
    ).pass_
    assert (shown.services, shown.uses, shown.role) == (("lockers",), Uses.ONE, Role.RESIDENT)
    assert shown.holder == order.recipient


def test_what_is_theirs_may_be_handed_over(client: Client, counter: Counter) -> None:
    holder = join(client, counter)
    counter.events(ThingTaken("lockers", "7", holder, "resident", int(time.time() * 1000) + HOUR_MS))
    page = tap(client, "lockers", "hand_over/7")
    assert ordered(counter).recipient
    pick_up_form(page)


def test_a_pick_up_code_is_only_for_whoever_put_it_away(client: Client, counter: Counter) -> None:
    join(client, counter)
    page = put_away(client)
    counter.reply(order_id(page), "done", "", "7 号柜已打开", "Cell 7 is open")
    path, form = pick_up_form(page)
    assert client.post(path, data={"token": "x"}).status_code == 403
    assert client.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(path, data={"token": "x" * 5_000}).status_code == 413
    assert client.get(path).status_code == 405
    join(client, counter)
    assert client.post(path, data=form).status_code == 404


def test_an_order_for_oneself_has_no_pick_up_code(client: Client, counter: Counter) -> None:
    join(client, counter)
    page = tap(client, "lockers", "take/small")
    counter.reply(order_id(page), "done", "", "7 号柜已打开", "Cell 7 is open")
    path = f"/orders/{order_id(page)}/pick-up"
    assert path not in client.get(f"/orders/{order_id(page)}").text
    assert client.post(path, data={"token": forms(client.get(SCANNED), "lockers")[0]["token"]}).status_code == 404


def test_nothing_is_for_others_where_no_pass_opens(client: Client, counter: Counter) -> None:
    holder = join(client, counter)
    services_told = {**SERVICES, "lockers": {**SERVICES["lockers"], "pick_up": False}}
    counter.health({"findings": [], "services": services_told})
    counter.events(ThingTaken("lockers", "7", holder, "resident", int(time.time() * 1000) + HOUR_MS))
    page = client.get(SCANNED)
    assert "for_other" not in page.text
    assert "hand_over/7" not in asks(page)
    put_away(client)
    assert ordered(counter).recipient == b""


def test_nothing_is_for_others_where_residents_may_not_collect(client: Client, counter: Counter) -> None:
    """A pick-up code is a resident's pass: a station for couriers only would refuse it."""
    holder = join(client, counter, "courier")
    services_told = {**SERVICES, "lockers": {**SERVICES["lockers"], "roles": ["courier", "keeper"]}}
    counter.health({"findings": [], "services": services_told})
    counter.events(ThingTaken("lockers", "7", holder, "courier", int(time.time() * 1000) + HOUR_MS))
    page = client.get(SCANNED)
    assert "for_other" not in page.text
    assert {"open/7", "take/small"} <= set(asks(page))
    assert "hand_over/7" not in asks(page)
    form = forms(page, "lockers")[0]
    assert client.post("/open", data={**form, "ask": "hand_over/7"}).status_code == 404
    put_away(client)
    assert ordered(counter).recipient == b""


def test_only_the_offices_own_links_show_a_code(client: Client, counter: Counter) -> None:
    late = PickUp(POD, int(time.time()) - 1, "SG1:X")
    for link, status in (
        ("x", 404),
        ("x.y", 404),
        (write_link(bytes(32), late), 404),
        ("A" * 3_000, 404),
        (write_link(counter.secret, late), 410),
        (write_link(counter.secret, PickUp("nowhere", int(time.time()) + 60, "SG1:X")), 410),
    ):
        page = client.get(f"/pick-up/{link}")
        assert page.status_code == status
        says(page, "Ask whoever left it for you")
    good = write_link(counter.secret, PickUp(POD, int(time.time()) + 60, "SG1:X"))
    assert client.get(f"/pick-up/{good}").status_code == 200
    assert client.get(f"/pick-up/{good[:-1]}").status_code == 404
