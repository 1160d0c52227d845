"""The JavaScript of docs/formats.md, in a real browser, writes passes that a station takes."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Page, sync_playwright

from station.trust.keys import Purpose
from station.trust.passes import ShownPass, write_bound_pass
from tests.station.trust.layout import base45_encode
from tests.station.trust.specimens import take_pass
from tests.station.trust.vectors import BOUND, DOCS, NOW_S, OFFICE, PHONE

pytestmark = pytest.mark.browser

ADDRESS = "https://office.example/"
"""WebCrypto wants a secure context; the page is answered by the test and no packet leaves the machine."""
SHOWINGS = 24
"""Half of all signatures have the higher s: one chance in 16 million that none of these had to be turned."""

SHOW = """
async ([pkcs8, staticBytes, prefix, first, count]) => {
  const key = await crypto.subtle.importKey(
    "pkcs8", new Uint8Array(pkcs8), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const texts = [];
  for (let second = first; second < first + count; second++) {
    texts.push(await passText(key, new Uint8Array(staticBytes), new Uint8Array(prefix), second));
  }
  return texts;
}
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    (script,) = re.findall(r"```js\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    arguments = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        try:
            page = browser.new_page()
            page.route(ADDRESS, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
            page.goto(ADDRESS)
            page.add_script_tag(content=script)
            yield page
        finally:
            browser.close()


def test_the_browser_shows_passes_that_are_taken(page: Page) -> None:
    bound = write_bound_pass(BOUND, OFFICE[Purpose.PASS])
    pkcs8 = PHONE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    first_s = NOW_S - SHOWINGS // 2
    texts: list[str] = page.evaluate(SHOW, [list(pkcs8), list(bound.static), list(bound.prefix), first_s, SHOWINGS])
    shown = [take_pass(text.encode()) for text in texts]
    assert shown == [ShownPass(BOUND, first_s + number) for number in range(SHOWINGS)]


@pytest.mark.parametrize("data", [b"", b"\x00", b"AB", b"Hello!!", bytes(range(256)), b"\xff" * 7])
def test_the_browser_writes_base45(page: Page, data: bytes) -> None:
    text: Any = page.evaluate("(bytes) => base45(new Uint8Array(bytes))", list(data))
    assert text == base45_encode(data)
