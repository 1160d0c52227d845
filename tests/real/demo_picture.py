"""The demo's page as a person uses it in a real browser."""

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from tests.real.chromium import PHONE, codes_in
from tests.simulator.demo_process import DemoProcess

SOON_MS = 15_000
"""Every change on the page is awaited, and on a busy machine a controller takes a while to start."""

STOCKED_MS = 60_000
"""A volunteer fills the boxes first, one order after the other, and the screen tells each."""

SCANS = 10


class Picture:
    """The page as a person uses it: levels as it shows them, buttons by their words."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def shows(self, **levels: bool) -> None:
        for name, on in levels.items():
            expect(self.page.locator("#demo")).to_have_attribute(f"data-{name}", "on" if on else "off", timeout=SOON_MS)

    def press(self, words: str) -> None:
        expect(self.page.locator("#demo")).to_have_attribute("data-busy", "", timeout=SOON_MS)
        self.page.get_by_role("button", name=words).click()

    def big_button(self, words: str) -> None:
        expect(self.page.locator("#main-deed")).to_contain_text(words, timeout=SOON_MS)
        expect(self.page.locator("#demo")).to_have_attribute("data-busy", "", timeout=SOON_MS)
        self.page.locator("#main-deed").click()

    def says(self, place: Literal["screen-says", "phone-says", "log", "rows", "light"], words: str) -> None:
        expect(self.page.locator(f"#{place}")).to_contain_text(words, timeout=SOON_MS)

    def code_on(self, device: Literal["screen", "phone"]) -> str:
        """What a scanner reads in the picture on a device."""
        expect(self.page.locator(f"#{device}-code")).to_be_visible(timeout=SOON_MS)
        self.page.wait_for_function("id => document.getElementById(id).complete", arg=f"{device}-code")
        (code,) = codes_in(self.page.locator(f"#{device}-code"))
        return code

    def tap_on_the_phone(self, words: str) -> None:
        """Scan the screen's code, and tap something on the page behind it; until the office knows it, scan again."""
        expect(self.page.locator("#screen-says")).to_contain_text("扫码开门", timeout=STOCKED_MS)
        offers = self.page.locator("#offers")
        for _ in range(SCANS):
            self.press("扫码 Scan the screen’s code")
            expect(offers).to_be_visible(timeout=SOON_MS)
            if offers.get_by_role("button", name=words).count():
                break
        offers.get_by_role("button", name=words).click(timeout=SOON_MS)

    def walk_in_and_out(self) -> None:
        """From an unlocked door to a shut one, with nobody inside."""
        self.big_button("推门进去")
        self.shows(open=True, inside=True, lamp=True)
        self.shows(open=False, free=False)
        self.big_button("开门出来")
        self.shows(open=True, inside=False)
        self.shows(open=False)


def looking_at(browser: Browser, demo: DemoProcess) -> Iterator[Picture]:
    """The picture of a demo on somebody's phone."""
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    complaints: list[str] = []
    context.on("weberror", lambda fault: complaints.append(str(fault.error)))
    context.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page = context.new_page()
    page.goto(demo.addresses[0])
    expect(page.locator("#demo")).to_have_attribute("data-seen", "yes")
    yield Picture(page)
    context.close()
    assert complaints == [], complaints
