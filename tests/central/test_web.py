"""The pages over HTTP: who may do what, what is refused and how, and that a GET opens nothing."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from httpx import Client, Response

from central.web import LIVE_PAGES_END_SECONDS
from central.web_bounds import TAPS_A_MINUTE
from central.web_live import MAX_STREAMS_EACH
from central.web_page import FILE_TYPES
from central.web_pass import PASS_SECONDS
from station.events import AccessGranted, AlarmHeard, AlarmRaised, DoorForced, DoorOpened
from station.trust import base45
from station.trust.keys import Purpose
from station.trust.orders import read_order
from tests.central.counter import HEALTH, HELP_PHONE, NONCE, OFFICE_PHONE, POD, Counter, open_counter

URL = "https://office.example"
SCANNED = f"/S/{POD.upper()}/{NONCE}"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_counter(tmp_path / "office") as made:
        yield made


@pytest.fixture
def client(counter: Counter) -> Iterator[Client]:
    with counter.serving() as address, Client(base_url=address) as made:
        yield made


def join(client: Client, counter: Counter, role: str = "resident") -> None:
    answer = client.post(counter.invitation(role))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?joined"


def fields(page: Response) -> dict[str, str]:
    """The hidden fields of the first form on a page."""
    form = re.search(r"<form.*?</form>", page.text, re.DOTALL)
    assert form
    return {name: html.unescape(text) for name, text in re.findall(r'name="(\w+)" value="([^"]*)"', form[0])}


def tap(client: Client, **changes: str) -> Response:
    form = {**fields(client.get(SCANNED)), **changes}
    return client.post("/open", data={name: text for name, text in form.items() if text})


def order_id(page: Response) -> str:
    found = re.search(r"/orders/([0-9a-f]{32})/live", page.text)
    assert found
    return found[1]


def says(page: Response, *lines: str) -> None:
    """A refusal says the reason and the next step in both languages, and whom to call."""
    for line in lines:
        assert line in page.text
    assert re.search(r'href="tel:\d{8,}"', page.text)


# ---------------------------------------------------------------- who is who


def test_an_invitation_is_taken_by_a_button_and_not_by_a_preview(client: Client, counter: Counter) -> None:
    invitation = counter.invitation("resident")
    page = client.get(invitation)
    assert page.status_code == 200
    assert "登记这部手机" in page.text
    assert "set-cookie" not in page.headers
    assert client.get(SCANNED).status_code == 403
    cookie = client.post(invitation).headers["set-cookie"]
    assert cookie.startswith("person=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie
    assert client.get(SCANNED).status_code == 200


def test_with_https_cookies_and_connections_are_secure_ones(counter: Counter) -> None:
    with counter.serving(URL) as address, Client(base_url=address) as client:
        answer = client.post(counter.invitation("resident"))
    assert answer.headers["set-cookie"].startswith("__Host-person=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_an_invitation_that_is_over_or_wrong_is_refused(client: Client, counter: Counter) -> None:
    for path in (counter.invitation("resident", seconds=-1), counter.invitation("resident") + "x", "/join/office"):
        for page in (client.get(path), client.post(path)):
            assert page.status_code == 403
            says(page, "这个邀请链接不对", "Ask your community for a new invitation link")
            assert "set-cookie" not in page.headers


def test_somebody_unknown_sees_how_to_join_and_whom_to_call(client: Client) -> None:
    page = client.get(SCANNED)
    assert page.status_code == 403
    says(page, "这部手机还没有登记", "Open the invitation link", HELP_PHONE, "富民公园阅读微空间")
    assert "<form" not in page.text


# ---------------------------------------------------------------- from scan to order


def test_the_scanned_address_names_the_station_and_opens_nothing(client: Client, counter: Counter) -> None:
    join(client, counter)
    page = client.get(SCANNED)
    assert page.status_code == 200
    for line in ("富民公园阅读微空间·阅山房", "Fumin Park reading pod", "开门", "Open the door", HELP_PHONE):
        assert line in page.text
    assert fields(page)["service"] == "door"
    assert client.get(f"/S/{POD}/{NONCE}").status_code == 200
    assert page.text.count("main-button") == 1  # the help button is not something to open
    assert client.head(SCANNED).status_code == 200
    assert counter.published == []


def test_a_station_with_two_doors_has_two_named_buttons(client: Client, counter: Counter) -> None:
    join(client, counter)
    page = client.get(f"/S/FUTIAN-REST/{NONCE}")
    assert page.text.count("main-button") == 2
    assert "前门" in page.text
    assert "Back door" in page.text
    assert OFFICE_PHONE in page.text  # the station has no number of its own


def test_one_tap_is_one_signed_order_with_its_own_picture(client: Client, counter: Counter) -> None:
    join(client, counter)
    page = tap(client)
    assert page.status_code == 200
    (text,) = counter.orders()
    order = read_order(text.encode(), counter.ring, station=POD)
    assert order.id.hex() == order_id(page)
    assert (order.station, order.service, order.action, order.purpose) == (POD, "door", "open", Purpose.ORDER)
    assert "正在开门" in page.text
    assert "data-unsent" not in page.text
    assert page.text.count("<svg viewBox") >= 1


def test_without_a_broker_the_code_is_shown_at_once(client: Client, counter: Counter) -> None:
    join(client, counter)
    counter.connected = False
    page = tap(client)
    assert page.status_code == 200
    assert 'data-unsent="yes"' in page.text


def test_get_never_opens(client: Client, counter: Counter) -> None:
    join(client, counter)
    form = fields(client.get(SCANNED))
    page = client.get("/open", params=form)
    assert page.status_code == 405
    says(page, "要站在门口才能开门", "Scan the code")
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.request(method, "/open", data=form).status_code == 405
    assert counter.published == []


@pytest.mark.parametrize(
    ("changes", "status", "line"),
    [
        ({"token": ""}, 403, "这一页放得太久了"),
        ({"token": "AAAAAAAAAAAAAAAAAAAAAA"}, 403, "这一页放得太久了"),
        ({"station": "nowhere"}, 404, "没有找到这个站点"),
        ({"service": "sos"}, 404, "没有这项服务"),
        ({"service": "vault"}, 404, "没有这项服务"),
        ({"service": ""}, 404, "没有这项服务"),
        ({"nonce": ""}, 400, "要站在门口才能开门"),
        ({"nonce": "jbswy3dpehpk3pxp"}, 400, "要站在门口才能开门"),
        ({"nonce": NONCE * 2}, 400, "要站在门口才能开门"),
        ({"nonce": "x" * 5000}, 413, "提交的内容不完整"),
    ],
)
def test_a_form_that_is_not_right_opens_nothing(
    client: Client, counter: Counter, changes: dict[str, str], status: int, line: str
) -> None:
    join(client, counter)
    page = tap(client, **changes)
    assert page.status_code == status
    says(page, line)
    assert counter.published == []


def test_somebody_elses_form_opens_nothing(client: Client, counter: Counter) -> None:
    join(client, counter)
    form = fields(client.get(SCANNED))
    join(client, counter)  # another person on this phone
    assert client.post("/open", data=form).status_code == 403
    client.cookies.clear()
    assert client.post("/open", data=form).status_code == 403
    assert counter.published == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": "http://localhost:1"}, 403),
    ],
)
def test_a_form_from_another_site_opens_nothing(
    client: Client, counter: Counter, headers: dict[str, str], status: int
) -> None:
    join(client, counter)
    form = fields(client.get(SCANNED))
    assert client.post("/open", data=form, headers=headers).status_code == status
    assert len(counter.orders()) == (status == 200)


def test_taps_are_bounded_per_person(client: Client, counter: Counter) -> None:
    join(client, counter)
    answers = [tap(client).status_code for _ in range(TAPS_A_MINUTE + 1)]
    assert answers == [200] * TAPS_A_MINUTE + [429]
    says(tap(client), "您点得太快了", "Wait a minute")
    join(client, counter)
    assert tap(client).status_code == 200
    assert len(counter.orders()) == TAPS_A_MINUTE + 1


def test_an_address_without_a_good_nonce_says_to_scan(client: Client, counter: Counter) -> None:
    join(client, counter)
    for path, status in ((f"/S/{POD.upper()}", 200), (f"/S/{POD}/short", 404), (f"/S/{POD}/{NONCE.lower()}", 404)):
        page = client.get(path)
        assert page.status_code == status
        says(page, "请用手机扫描门口屏幕上的二维码", HELP_PHONE)
    page = client.get(f"/S/NOWHERE/{NONCE}")
    assert page.status_code == 404
    says(page, "没有找到这个站点", OFFICE_PHONE)


# ---------------------------------------------------------------- what becomes of it


def live(client: Client, path: str) -> dict[str, Any]:
    """The first thing that a live page sends."""
    with client.stream("GET", path) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                return dict(json.loads(line[6:]))
    raise AssertionError("the live page ended without a word")


@pytest.mark.parametrize(
    ("result", "reason", "state", "line"),
    [
        ("done", "", "opened", "门已打开"),
        ("refused", "nonce_expired", "refused", "请重新扫描门口屏幕上的二维码"),
        ("unknown", "not_opened", "not_opened", "听到开锁声就推门"),
        ("unknown", "journal", "unknown", "请推一下门"),
    ],
)
def test_the_stations_own_reply_is_told(
    client: Client, counter: Counter, result: str, reason: str, state: str, line: str
) -> None:
    join(client, counter)
    order = order_id(tap(client))
    counter.reply(order, result, reason, "门已打开" if result == "done" else "站点的话", "The station's words")
    told = live(client, f"/orders/{order}/live")
    assert told["state"] == state
    assert told["over"] is True
    assert line in told["title"]["zh"] + told["next"]["zh"]
    page = client.get(f"/orders/{order}")
    assert f'data-state="{state}"' in page.text
    assert line in page.text
    assert HELP_PHONE in page.text


def test_an_order_is_told_only_to_whom_it_belongs(client: Client, counter: Counter) -> None:
    join(client, counter)
    order = order_id(tap(client))
    assert client.get(f"/orders/{order}").status_code == 200
    join(client, counter)
    for path in (f"/orders/{order}", f"/orders/{order}/live", "/orders/" + "0" * 32, "/orders/x/live"):
        page = client.get(path)
        assert page.status_code == 404
        says(page, "这次开门已经结束")


def test_live_pages_are_bounded_per_person_and_given_back(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    with ExitStack() as streams:
        for _ in range(MAX_STREAMS_EACH):
            first = streams.enter_context(client.stream("GET", "/office/live"))
            assert next(first.iter_lines()).startswith("retry:")
        assert client.get("/office/live").status_code == 503
    give_up = time.monotonic() + 5
    while True:  # the office notices by itself that a browser has gone
        with client.stream("GET", "/office/live") as again:
            if again.status_code == 200:
                break
        assert time.monotonic() < give_up


def test_the_office_closes_while_pages_are_live(counter: Counter) -> None:
    with ExitStack() as streams:
        with counter.serving() as address:
            client = streams.enter_context(Client(base_url=address))
            join(client, counter, "office")
            live_page = streams.enter_context(client.stream("GET", "/office/live")).iter_lines()
            assert next(live_page).startswith("retry:")
            closing = time.monotonic()
        assert time.monotonic() - closing < LIVE_PAGES_END_SECONDS
        assert [line for line in live_page if line.startswith("retry:")] == []


# ---------------------------------------------------------------- passes


def phone_key() -> str:
    point = generate_private_key(SECP256R1()).public_key()
    return base64url(point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(client: Client) -> str:
    found = re.search(r'data-token="([^"]*)"', client.get("/pass").text)
    assert found
    return found[1]


def test_a_phone_gets_a_pass_for_its_own_key(client: Client, counter: Counter) -> None:
    join(client, counter, "courier")
    answer = client.post("/pass/new", data={"station": POD, "token": token(client), "key": phone_key()})
    assert answer.status_code == 200
    issued = answer.json()
    assert issued["expires_s"] - client.get("/pass/now").json()["now_ms"] // 1000 == pytest.approx(PASS_SECONDS, abs=2)
    assert set(issued) == {"static", "prefix", "expires_s"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token": "x"}, 403),
        ({"station": "nowhere"}, 400),
        ({"key": ""}, 400),
        ({"key": "AAAA"}, 400),
        ({"key": "!" * 44}, 400),
        ({"key": base64url(b"\x02" + b"\xff" * 32)}, 400),
        ({"key": "x" * 5000}, 413),
    ],
)
def test_a_pass_is_refused_in_words(client: Client, counter: Counter, changes: dict[str, str], status: int) -> None:
    join(client, counter)
    form = {"station": POD, "token": token(client), "key": phone_key(), **changes}
    answer = client.post("/pass/new", data=form)
    assert answer.status_code == status
    refusal = answer.json()
    assert refusal["reason"]["zh"]
    assert OFFICE_PHONE in refusal["next"]["en"]


def test_nobody_gets_a_pass_without_joining(client: Client) -> None:
    page = client.get("/pass")
    assert page.status_code == 200
    answer = client.post("/pass/new", data={"station": POD, "token": token(client), "key": phone_key()})
    assert answer.status_code == 403
    assert answer.json()["reason"]["zh"] == "这部手机还没有登记。"


def test_the_worker_names_exactly_the_files_of_the_page(client: Client) -> None:
    worker = client.get("/pass-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    kept = json.loads(re.search(r"const FILES = (.*);", worker.text).group(1))  # type: ignore[union-attr]
    used = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/pass").text)
    assert sorted(kept) == sorted(used)
    for address in kept:
        assert client.get(address).status_code == 200


# ---------------------------------------------------------------- staff


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


# ---------------------------------------------------------------- what holds for all


def test_every_answer_keeps_to_itself(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    addresses = ["/", SCANNED, "/pass", "/pass-worker.js", "/pass/now", f"/v/{POD}", "/office", "/nothing", "/static/x"]
    for path in [*addresses, *re.findall(r'"(/static/[^"]+)"', client.get("/pass").text)]:
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        if not path.startswith("/static/") and path != "/pass-worker.js":
            assert headers["cache-control"] == "no-store"


def test_no_page_has_a_script_or_style_of_its_own(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    counter.events(AlarmRaised("sos", "sos", "button"))
    for page in (client.get(path) for path in ("/", SCANNED, "/pass", f"/v/{POD}", "/office", "/nothing")):
        assert not re.search(r"<script(?![^>]* src=)", page.text)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text)
        assert 'lang="zh-CN"' in page.text
        assert 'lang="en"' in page.text


def test_a_fault_at_the_office_is_a_calm_page(client: Client, counter: Counter) -> None:
    join(client, counter, "office")
    counter.health({"findings": []})
    with counter.store.write() as transaction:
        transaction.connection.execute(sa.text("UPDATE hints SET health = 'no JSON'"))
    page = client.get("/office")
    assert page.status_code == 500
    says(page, "办公室的系统出了故障")
    assert "Traceback" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_files_are_those_of_the_pages_only(client: Client) -> None:
    assert client.get("/static/base.html").status_code == 404
    assert client.get("/static/..%2Fweb.py").status_code == 404
    assert set(FILE_TYPES) == {".css", ".js", ".svg"}
    assert "immutable" not in client.get("/static/site.css").headers["cache-control"]


def test_a_static_pass_text_is_what_the_page_signs_behind(client: Client, counter: Counter) -> None:
    """The bytes that the page gets are those of the office's COSE_Sign1, without scheme and base45."""
    join(client, counter)
    issued = client.post("/pass/new", data={"station": POD, "token": token(client), "key": phone_key()}).json()
    static = base64.urlsafe_b64decode(issued["static"] + "==")
    prefix = base64.urlsafe_b64decode(issued["prefix"] + "==")
    assert static in prefix
    assert base45.decode(base45.encode(static).encode()) == static
