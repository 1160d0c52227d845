"""What a browser does on the pages of a station with every service, for tests over HTTP."""

from __future__ import annotations

import html
import re

from httpx import Client, Response

from station.trust.orders import Order, read_order
from tests.central.browsing import SCANNED
from tests.central.counter import POD, Counter


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
