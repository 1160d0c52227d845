"""The pages over HTTP: who may do what, what is refused and how, and that a GET opens nothing."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from httpx import Client

from central.web_bounds import TAPS_A_MINUTE
from central.web_page import FILE_TYPES
from station.events import AlarmRaised
from station.trust.keys import Purpose
from station.trust.orders import read_order
from tests.central.browsing import SCANNED, fields, join, order_id, says, tap
from tests.central.counter import HELP_PHONE, NONCE, OFFICE_PHONE, POD, Counter

URL = "https://office.example"


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
