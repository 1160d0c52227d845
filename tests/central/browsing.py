"""What a browser does on the office's pages, for tests over HTTP."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from httpx import Client, Response

from tests.central.counter import NONCE, POD, Counter

SCANNED = f"/S/{POD.upper()}/{NONCE}"


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


def live(client: Client, path: str) -> dict[str, Any]:
    """The first thing that a live page sends."""
    with client.stream("GET", path) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                return dict(json.loads(line[6:]))
    raise AssertionError("the live page ended without a word")
