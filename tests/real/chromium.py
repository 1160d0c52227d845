"""Debian's Chromium under playwright, and how a test sees a page as a person does: as a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PHONE = {"width": 390, "height": 844}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def phone(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A phone without cookies. Whatever a page complains of on its console fails the test at the end."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, device_scale_factor=2, **options
    )
    complaints: list[str] = []
    context.on("weberror", lambda fault: complaints.append(str(fault.error)))
    context.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    try:
        yield context
        # A page that is refused and a network that is pulled are what some tests are about.
        faults = [text for text in complaints if "Failed to load resource" not in text and "net::ERR_" not in text]
        if faults:
            raise AssertionError(f"the page complained: {faults}")
    finally:
        context.close()


def codes_in(place: Page | Locator) -> list[str]:
    """The texts of all QR codes in a screenshot, as a scanner reads them."""
    picture = Image.open(io.BytesIO(place.screenshot()))
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def violations(page: Page) -> str:
    """What axe-core has to say against a page; empty when it is fine."""
    results = Axe().run(page, options=RULES)
    return "\n".join(
        f"{fault['id']}: {fault['help']}: {', '.join(str(node['target']) for node in fault['nodes'])}"
        for fault in results.response["violations"]
    )
