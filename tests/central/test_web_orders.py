"""What becomes of an order over HTTP: the station's own reply, told live and to whom it belongs."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest
from httpx import Client

from central.web import LIVE_PAGES_END_SECONDS
from central.web_live import MAX_STREAMS_EACH
from tests.central.browsing import join, live, order_id, says, tap
from tests.central.counter import HELP_PHONE, Counter


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
