"""The pass page over HTTP: a pass for a phone's own key, and what is refused."""

from __future__ import annotations

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from httpx import Client

from central.web_pass import PASS_SECONDS
from station.trust import base45
from tests.central.browsing import join
from tests.central.counter import OFFICE_PHONE, POD, Counter


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


def test_a_static_pass_text_is_what_the_page_signs_behind(client: Client, counter: Counter) -> None:
    """The bytes that the page gets are those of the office's COSE_Sign1, without scheme and base45."""
    join(client, counter)
    issued = client.post("/pass/new", data={"station": POD, "token": token(client), "key": phone_key()}).json()
    static = base64.urlsafe_b64decode(issued["static"] + "==")
    prefix = base64.urlsafe_b64decode(issued["prefix"] + "==")
    assert static in prefix
    assert base45.decode(base45.encode(static).encode()) == static
