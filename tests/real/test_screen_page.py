"""The screen's page in a real browser: what people see, what it reports, and that it goes dark."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import cast

import pytest
from playwright.sync_api import Browser, Page, expect

from drivers.contract import Mood, PageShown, Show, Wires, Words
from drivers.contract import Page as ScreenPage
from drivers.screen import Driver, Settings
from drivers.screen_board import BLANK_MS, COLOURS
from tests.drivers.test_screen import CODE, SCREEN_PAGE, ManualClock, free_port
from tests.real.chromium import chromium, codes_in, violations

pytestmark = pytest.mark.browser

LONG = Words(
    "站点丢失过记录，旧的一次性通行证不能再用，请在手机上重新领取一张通行证再来",
    "The station lost its records: older one-time passes no longer work, get a new one on your phone",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Kiosk:
    """A screen and the browser that shows it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clock = ManualClock()
        self.port = free_port()
        self.driver = self.start()

    def start(self) -> Driver:
        return Driver("display", Settings(driver="screen", port=self.port), cast("Wires", None), self.clock)

    def show(self, page: ScreenPage) -> list[PageShown]:
        signals = [*self.driver.execute(Show("display", page))]
        give_up = time.monotonic() + 5
        while page.step is not None and not signals and time.monotonic() < give_up:
            signals += self.driver.poll()
        return cast("list[PageShown]", signals)

    def open(self) -> None:
        self.page.goto(f"http://127.0.0.1:{self.port}/")


@pytest.fixture
def kiosk(browser: Browser) -> Iterator[Kiosk]:
    context = browser.new_context(viewport={"width": 800, "height": 480})
    made = Kiosk(context.new_page())
    yield made
    made.driver.close()
    context.close()


def test_the_painted_step_is_reported_and_the_code_can_be_scanned(kiosk: Kiosk) -> None:
    kiosk.open()
    expect(kiosk.page.locator("#blank")).to_be_visible()
    assert kiosk.show(SCREEN_PAGE) == [PageShown("display", 7)]
    expect(kiosk.page.locator("h1").first).to_contain_text("富民公园阅读微空间")
    expect(kiosk.page.locator("h2")).to_have_text("扫码开门 Scan to open the door")
    expect(kiosk.page.locator("#colour")).to_have_text("橙 · 阅读 Orange · reading")
    expect(kiosk.page.locator("#help-phone")).to_have_text("0755-12345")
    assert codes_in(kiosk.page) == [CODE]


def test_the_next_code_takes_the_place_of_the_last(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.show(SCREEN_PAGE)
    following = ScreenPage("orange", Mood.CALM, SCREEN_PAGE.title, SCREEN_PAGE.headline, (), CODE[:-1] + "A", 8)
    assert kiosk.show(following) == [PageShown("display", 8)]
    assert codes_in(kiosk.page) == [CODE[:-1] + "A"]


def test_it_goes_dark_25_seconds_after_the_last_word(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    kiosk.open()
    kiosk.driver.execute(Show("display", SCREEN_PAGE))
    expect(kiosk.page.locator("#page")).to_be_visible()
    kiosk.page.clock.fast_forward(BLANK_MS - 1000)
    expect(kiosk.page.locator("#page")).to_be_visible()
    kiosk.page.clock.fast_forward(1000)
    expect(kiosk.page.locator("#page")).to_be_hidden()
    expect(kiosk.page.locator("#blank")).to_contain_text("请稍候 One moment")
    expect(kiosk.page.locator("#blank-phone")).to_have_text("0755-12345")
    assert codes_in(kiosk.page) == []


def test_a_browser_that_comes_late_gets_only_what_is_left(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    kiosk.driver.execute(Show("display", SCREEN_PAGE))
    kiosk.clock.rest(BLANK_MS - 2000)
    kiosk.open()
    expect(kiosk.page.locator("#page")).to_be_visible()
    kiosk.page.clock.fast_forward(2000)
    expect(kiosk.page.locator("#page")).to_be_hidden()


def test_it_finds_a_controller_that_was_started_again(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.show(SCREEN_PAGE)
    kiosk.driver.close()
    kiosk.driver = kiosk.start()
    expect(kiosk.page.locator("#blank")).to_be_visible(timeout=10_000)
    assert kiosk.show(SCREEN_PAGE) == [PageShown("display", 7)]


@pytest.mark.parametrize("size", [(800, 480), (1280, 720), (1920, 1080), (480, 800)])
def test_everything_fits_on_every_display(kiosk: Kiosk, size: tuple[int, int]) -> None:
    kiosk.page.set_viewport_size({"width": size[0], "height": size[1]})
    kiosk.open()
    for mood, code in itertools.product(Mood, (CODE, None)):
        step = 7 if code else None
        kiosk.show(ScreenPage("blue", mood, SCREEN_PAGE.title, LONG, (LONG, LONG), code, step, "0755-12345"))
        expect(kiosk.page.locator("#code")).to_be_visible(visible=bool(code))
        boxes = kiosk.page.evaluate(
            """() => {
              const of = (id) => document.querySelector(id).getBoundingClientRect();
              return {say: of("#say").bottom, band: of("#band").bottom, top: of("#say").top, help: of("#help").top,
                      bottom: of("#help").bottom, height: innerHeight,
                      wide: document.documentElement.scrollWidth - innerWidth};
            }"""
        )
        assert boxes["band"] <= boxes["top"]
        assert boxes["say"] <= boxes["help"] + 1
        assert boxes["bottom"] <= boxes["height"] + 1
        assert boxes["wide"] <= 0


def test_nothing_stands_against_the_page(kiosk: Kiosk) -> None:
    kiosk.open()
    assert violations(kiosk.page) == ""
    moods = itertools.cycle(Mood)
    for colour in COLOURS:
        page = ScreenPage(colour, next(moods), SCREEN_PAGE.title, LONG, (LONG,), CODE, 7, "0755-12345")
        kiosk.show(page)
        assert violations(kiosk.page) == ""
