"""Every service on the phone's page, what is theirs, codes for others, and what keepers may do from afar."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client, Response

from central import tables
from central.offered import MAX_OFFERS, MAX_SERVICES, services
from central.web_bounds import TAPS_A_MINUTE
from central.web_pickup import PickUp, read_link, write_link
from central.web_told import told
from drivers.contract import Words
from station.events import AlarmRaised, CellOpened, RunBegan, StockCounted, ThingTaken, VolunteerSignedOn
from station.trust.holders import Role
from station.trust.keys import Purpose
from station.trust.orders import Order, read_order
from station.trust.passes import Uses, read_pass
from tests.central.counter import ABOUT, HEALTH, HELP_PHONE, NONCE, POD, Counter, open_counter
from tests.central.station_told import HOUR_MS, SERVICES, holdings
from tests.central.test_web import live, order_id, says

SCANNED = f"/S/{POD.upper()}/{NONCE}"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_counter(tmp_path / "office") as made:
        made.online(True)
        made.health({**HEALTH, "services": SERVICES})
        yield made


@pytest.fixture
def client(counter: Counter) -> Iterator[Client]:
    with counter.serving() as address, Client(base_url=address) as made:
        yield made


def join(client: Client, counter: Counter, role: str = "resident") -> str:
    """Somebody new on this phone; what they are called at the pod."""
    invitation = counter.invitation(role)
    assert client.post(invitation).status_code == 303
    return counter.office.holder(invitation.split("/")[2].split(".")[0], POD)


def forms(page: Response, service: str) -> list[dict[str, str]]:
    """The forms of a service with their hidden fields."""
    found = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    fields = [dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)) for form in found]
    return [
        {name: html.unescape(text) for name, text in one.items()} for one in fields if one.get("service") == service
    ]


def asks(page: Response) -> list[str]:
    return re.findall(r'name="ask" value="([^"]*)"', page.text)


def tap(client: Client, service: str, ask: str, **more: str) -> Response:
    form = forms(client.get(SCANNED), service)[0]
    return client.post("/open", data={**form, "ask": ask, **more})


def ordered(counter: Counter) -> Order:
    return read_order(counter.orders()[-1].encode(), counter.ring, station=POD)


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
