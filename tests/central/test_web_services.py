"""Every service on the phone's page: what is offered, what a tap asks for, what the station says to it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client

from central import tables
from central.offered import MAX_OFFERS, MAX_SERVICES, services
from central.web_bounds import TAPS_A_MINUTE
from central.web_told import told
from drivers.contract import Words
from station.events import VolunteerSignedOn
from station.trust.keys import Purpose
from tests.central.browsing import SCANNED, live, order_id, says
from tests.central.counter import ABOUT, POD, Counter
from tests.central.service_browsing import asks, forms, join, ordered, tap
from tests.central.station_told import SERVICES

pytestmark = pytest.mark.usefixtures("full_station")


# ---------------------------------------------------------------- what is offered


def test_every_service_that_the_station_declares_is_offered(client: Client, counter: Counter) -> None:
    join(client, counter)
    page = client.get(SCANNED)
    for line in (
        "储物柜",
        "Phone charging",
        "雨伞",
        "便民药箱",
        "Microwave",
        "4 个空",
        "2 points",
        'data-colour="yellow"',
    ):
        assert line in page.text
    assert asks(page) == [
        "open/",
        *("take/small", "take/medium", "take/accessible"),
        *("start/1", "start/3"),
        *("take/", "give_back/"),
        *("take/plaster", "take/mask"),
        "start/",
    ]
    assert page.text.count("offer none") == 3  # a large cell, socket 2 and patches are there, and none is free
    assert "求助按钮" not in page.text
    assert "志愿服务" not in page.text
    assert len(page.content) < 20_000


def test_volunteers_are_offered_what_is_for_them(client: Client, counter: Counter) -> None:
    holder = join(client, counter, "volunteer")
    page = client.get(SCANNED)
    assert "志愿服务" in page.text
    assert [ask for ask in asks(page) if ask.startswith(("sign", "task"))] == ["sign_on/", "task/clean"]
    counter.events(VolunteerSignedOn("people", holder, True))
    page = client.get(SCANNED)
    assert [ask for ask in asks(page) if ask.startswith(("sign", "task"))] == ["sign_off/", "task/clean"]


def test_a_closed_service_says_so_and_offers_nothing(client: Client, counter: Counter) -> None:
    join(client, counter)
    counter.health({"findings": [], "services": {"lockers": {**SERVICES["lockers"], "closed": True}}})
    page = client.get(SCANNED)
    assert "现在不在开放时间" in page.text
    assert asks(page) == []


def test_before_the_first_health_document_the_station_file_counts(client: Client, counter: Counter) -> None:
    join(client, counter)
    counter.health({"findings": []})
    assert asks(client.get(SCANNED)) == ["open/"]
    assert tap(client, "door", "open/").status_code == 200


def test_what_a_station_tells_is_taken_for_what_it_is() -> None:
    about = ABOUT[POD]
    assert [one.name for one in services(about, None)] == ["door", "sos"]
    hostile: list[Any] = ["x", [], {}, {"": {}}, {"a": 1}, {"A B": {"type": "door"}}, {"a": {"type": 7}}]
    for told_it in (*hostile, {"a": {"type": "screen"}}):
        assert [one.name for one in services(about, {"services": told_it})] == ["door", "sos"]
    many = [{"action": "take", "thing": f"t{number}", "free": number} for number in range(100)]
    odd = [{"action": "Take it", "zh": "x"}, 5, {"action": "take", "thing": "../x"}, {"action": "take", "free": "many"}]
    lots = {f"s{number}": {"type": "stock", "zh": "x" * 5_000, "offers": many} for number in range(200)}
    found = services(about, {"services": lots})
    assert len(found) == MAX_SERVICES
    assert len(found[0].offers) == MAX_OFFERS
    assert len(found[0].words.zh) <= 200
    (one,) = services(about, {"services": {"a": {"type": "stock", "things": ["ok", "no no", 3], "offers": odd}}})
    assert [(offer.action, offer.thing, offer.free) for offer in one.offers] == [("take", "", None)]
    assert one.things == ("ok",)
    assert one.words == Words("a", "a")


# ---------------------------------------------------------------- asked for


@pytest.mark.parametrize(
    ("service", "ask", "more", "expected"),
    [
        ("lockers", "take/small", {}, ("take", "small", None)),
        ("charge", "start/3", {}, ("start", "3", None)),
        ("umbrellas", "give_back/", {}, ("give_back", "", None)),
        ("medicine", "take/plaster", {"count": "3"}, ("take", "plaster", 3)),
        ("microwave", "start/", {"count": "3"}, ("start", "", None)),
    ],
)
def test_a_tap_is_an_order_for_that_thing(
    client: Client,
    counter: Counter,
    service: str,
    ask: str,
    more: dict[str, str],
    expected: tuple[str, str, int | None],
) -> None:
    join(client, counter)
    page = tap(client, service, ask, **more)
    assert page.status_code == 200
    assert "正在办理" in page.text
    order = ordered(counter)
    assert order.service == service
    assert (order.action, order.thing, order.count) == expected
    assert (order.recipient, order.purpose) == (b"", Purpose.ORDER)
    assert ('id="code"' in page.text) == bool(SERVICES[service].get("scanned"))  # no scanner there reads a picture


@pytest.mark.parametrize(
    ("service", "ask"),
    [
        ("lockers", "retire/7"),
        ("lockers", "open_as_keeper/7"),
        ("lockers", "open/7"),
        ("lockers", "take/../x"),
        ("people", "sign_on/"),
        ("sos", "clear/"),
        ("vault", "take/"),
    ],
)
def test_what_is_not_offered_to_somebody_is_not_asked_for(
    client: Client, counter: Counter, service: str, ask: str
) -> None:
    join(client, counter)
    form = forms(client.get(SCANNED), "lockers")[0]
    page = client.post("/open", data={**form, "service": service, "ask": ask})
    assert page.status_code == 404
    says(page, "请重新扫描门口屏幕上的二维码")
    assert counter.published == []


def test_taps_on_any_service_are_bounded_together(client: Client, counter: Counter) -> None:
    join(client, counter)
    form = forms(client.get(SCANNED), "lockers")[0]
    for _ in range(TAPS_A_MINUTE):
        assert client.post("/open", data={**form, "ask": "take/small", "for_other": "yes"}).status_code == 200
    assert client.post("/open", data={**form, "ask": "take/small"}).status_code == 429


def people(counter: Counter) -> int:
    with counter.store.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.people)).scalar() or 0)


def test_no_person_is_made_for_a_form_that_orders_nothing(client: Client, counter: Counter) -> None:
    join(client, counter)
    before = people(counter)
    for changes in ({"token": "x"}, {"nonce": "short"}, {"ask": "take/huge"}):
        tapped = client.post(
            "/open",
            data={**forms(client.get(SCANNED), "lockers")[0], "ask": "take/small", "for_other": "yes", **changes},
        )
        assert tapped.status_code in (400, 403, 404)
    assert people(counter) == before


# ---------------------------------------------------------------- what the station says


def test_the_result_is_what_the_station_itself_says(client: Client, counter: Counter) -> None:
    join(client, counter)
    order = order_id(tap(client, "lockers", "take/small"))
    counter.reply(order, "accepted", "", "已同意，正在开锁", "Granted, unlocking")
    first = live(client, f"/orders/{order}/live")
    assert (first["state"], first["over"], first["title"]["en"]) == ("accepted", False, "The station agrees")
    counter.reply(order, "done", "", "7 号柜已打开", "Cell 7 is open")
    last = live(client, f"/orders/{order}/live")
    assert last["title"] == {"zh": "7 号柜已打开", "en": "Cell 7 is open"}
    assert last["next"]["en"] == "Shut the cell when you are done."
    assert (last["over"], last["done"]) == (True, True)
    page = client.get(f"/orders/{order}")
    assert "7 号柜已打开" in page.text
    assert SCANNED in page.text  # and on to the next thing


@pytest.mark.parametrize(
    ("result", "reason", "state"),
    [
        ("refused", "nothing_free", "refused"),
        ("unknown", "not_opened", "not_opened"),
        ("unknown", "journal", "not_opened"),
    ],
)
def test_what_was_not_done_is_told_in_the_stations_words(
    client: Client, counter: Counter, result: str, reason: str, state: str
) -> None:
    join(client, counter)
    order = order_id(tap(client, "lockers", "take/small"))
    counter.reply(order, result, reason, "站点的话", "The station's words")
    found = live(client, f"/orders/{order}/live")
    assert (found["state"], found["title"]["zh"], found["done"]) == (state, "站点的话", False)
    assert found["next"]["zh"]


def test_a_type_that_nobody_knows_yet_is_served_too(client: Client, counter: Counter) -> None:
    join(client, counter)
    offer = {"action": "wash", "zh": "洗衣", "en": "Wash", "free": 1}
    counter.health({"services": {"washer": {"type": "laundry", "zh": "洗衣房", "en": "Laundry", "offers": [offer]}}})
    assert "洗衣房" in client.get(SCANNED).text
    assert tap(client, "washer", "wash/").status_code == 200
    assert ordered(counter).action == "wash"
    assert told(None, "laundry").title.en == "One moment"
