"""The screen's page in a real browser: what people see, what it reports, and that it goes dark."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from playwright.sync_api import Browser, Page, expect

from drivers.contract import (
    MAX_BUTTONS,
    Button,
    ButtonTouched,
    DigitsEntered,
    Mood,
    PageShown,
    Show,
    Signal,
    Wires,
    Words,
)
from drivers.contract import Page as ScreenPage
from drivers.screen import Driver, Settings
from drivers.screen_board import BLANK_MS, COLOURS, TOUCH_EVERY_MS
from simulator.wires.free_port import free_port
from tests.drivers.screen_rig import CODE, KEYPAD_PAGE, SCREEN_PAGE, TOUCH_PAGE, ManualClock
from tests.real.chromium import chromium, codes_in, violations

pytestmark = pytest.mark.browser

LONG = Words(
    "站点丢失过记录，旧的一次性通行证不能再用，请在手机上重新领取一张通行证再来",
    "The station lost its records: older one-time passes no longer work, get a new one on your phone",
)
SERVICES = tuple(
    Button(f"service:{place}", words, colour)
    for place, (words, colour) in enumerate(
        zip(
            (
                Words("开门", "Open the door"),
                Words("存取柜", "Lockers"),
                Words("手机充电", "Phone charging"),
                Words("借伞还伞", "Umbrellas and raincoats"),
                Words("心愿与意见箱", "Wishes and complaints"),
                Words("呼叫求助", "Call for help"),
            )
            * 2,
            itertools.cycle((*COLOURS, "")),
            strict=False,
        )
    )
)
FINGER_PIXELS = 60
SCAN_PIXELS = 180
"""The smallest code, quiet zone and all: 4 pixels a module, 35 mm on a display of 7 inches with 800 pixels."""


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

    def touch(self, selector: str) -> None:
        self.page.tap(selector)

    def type(self, digits: str) -> None:
        for digit in digits:
            self.touch(f"[data-digit='{digit}']")

    def touched(self) -> list[Signal]:
        """What the driver tells next of touches; within 5 s."""
        give_up = time.monotonic() + 5
        while time.monotonic() < give_up:
            if found := [signal for signal in self.driver.poll() if not isinstance(signal, PageShown)]:
                return found
            self.page.wait_for_timeout(10)
        return []

    def open(self) -> None:
        self.page.goto(f"http://127.0.0.1:{self.port}/")


@pytest.fixture
def kiosk(browser: Browser) -> Iterator[Kiosk]:
    context = browser.new_context(viewport={"width": 800, "height": 480}, has_touch=True)
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


def test_a_touched_button_comes_back_and_shows_it_at_once(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.show(TOUCH_PAGE)
    charge = kiosk.page.get_by_role("button", name="手机充电 Phone charging")
    resting = charge.evaluate("(it) => getComputedStyle(it).backgroundColor")
    charge.tap()
    assert charge.evaluate("(it) => getComputedStyle(it).backgroundColor") != resting
    assert kiosk.touched() == [ButtonTouched("display", "charge")]
    assert codes_in(kiosk.page) == [CODE]


def test_the_digits_come_back_together_and_only_then(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.driver.execute(Show("display", KEYPAD_PAGE))
    kiosk.type("0314")
    kiosk.touch("#back")
    expect(kiosk.page.locator("#typed")).to_have_attribute("aria-label", "已输入 3/6 位 3 of 6 digits")
    expect(kiosk.page.locator("#typed .full")).to_have_count(3)
    kiosk.driver.execute(Show("display", replace(KEYPAD_PAGE, step=8, lines=())))  # the same question
    kiosk.type("41")
    expect(kiosk.page.locator("#typed .full")).to_have_count(5)
    assert list(kiosk.driver.poll()) == []
    assert "0314" not in kiosk.page.content()
    kiosk.type("5")
    assert kiosk.page.locator("#keys .touched").count() == 0  # a key that stays lit tells the last digit
    assert kiosk.touched() == [DigitsEntered("display", "031415")]
    expect(kiosk.page.locator("#typed .full")).to_have_count(0)


def test_cancel_forgets_the_digits_and_presses_the_page_s_own_way_out(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.driver.execute(Show("display", KEYPAD_PAGE))
    expect(kiosk.page.locator("#buttons")).to_be_hidden()  # the keypad has it
    kiosk.type("03")
    kiosk.touch("#cancel")
    expect(kiosk.page.locator("#typed .full")).to_have_count(0)
    assert kiosk.touched() == [ButtonTouched("display", "cancel")]
    kiosk.driver.execute(Show("display", replace(KEYPAD_PAGE, buttons=())))
    kiosk.type("03")
    expect(kiosk.page.locator("#typed .full")).to_have_count(2)
    kiosk.touch("#cancel")
    expect(kiosk.page.locator("#typed .full")).to_have_count(0)
    assert list(kiosk.driver.poll()) == []


def test_digits_that_somebody_left_behind_are_forgotten(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    kiosk.open()
    kiosk.driver.execute(Show("display", KEYPAD_PAGE))
    kiosk.type("03")
    kiosk.page.clock.fast_forward(19_000)
    kiosk.driver.execute(Show("display", KEYPAD_PAGE))
    kiosk.type("1")
    kiosk.page.clock.fast_forward(19_000)
    expect(kiosk.page.locator("#typed .full")).to_have_count(3)
    kiosk.page.clock.fast_forward(1_000)
    expect(kiosk.page.locator("#typed .full")).to_have_count(0)
    kiosk.type("03")
    kiosk.driver.execute(Show("display", replace(KEYPAD_PAGE, headline=Words("请再输入一次", "Type it again"))))
    expect(kiosk.page.locator("h2")).to_contain_text("请再输入一次")
    expect(kiosk.page.locator("#typed .full")).to_have_count(0)


def test_a_touch_on_a_page_that_is_no_longer_on_show_is_refused_and_the_page_catches_up(kiosk: Kiosk) -> None:
    kiosk.page.add_init_script("window.EventSource = class { set onmessage(told) { window.told = told; } }")
    page = replace(TOUCH_PAGE, code=None, step=None)
    kiosk.driver.execute(Show("display", page))
    kiosk.open()
    kiosk.page.evaluate("async () => told({ data: await (await fetch('state.json')).text() })")
    expect(kiosk.page.locator("#buttons button")).to_have_count(2)
    kiosk.driver.execute(Show("display", replace(page, headline=Words("打开三号柜？", "Open cell 3?"))))
    kiosk.touch("#buttons button >> nth=0")  # the news did not reach this browser
    expect(kiosk.page.locator("h2")).to_contain_text("打开三号柜")
    assert list(kiosk.driver.poll()) == []
    kiosk.touch("#buttons button >> nth=0")
    assert kiosk.touched() == [ButtonTouched("display", "lockers")]


def test_a_page_of_another_program_cannot_touch(kiosk: Kiosk, browser: Browser) -> None:
    kiosk.driver.execute(Show("display", replace(KEYPAD_PAGE, buttons=SERVICES)))
    token = kiosk.driver._board.state()["token"]  # as if it had got hold of it
    context = browser.new_context()
    page = context.new_page()
    page.route("http://evil.test/", lambda route: route.fulfill(body="<title>evil</title>", content_type="text/html"))
    page.goto("http://evil.test/")
    answers = page.evaluate(
        """async ([port, token]) => {
          const tries = [];
          for (const host of ["127.0.0.1", "localhost"]) {
            const at = `http://${host}:${port}/`;
            tries.push(fetch(at + "state.json").then((answer) => answer.text(), () => "unreadable"));
            for (const mode of ["cors", "no-cors"]) {
              for (const answer of [{ key: "service:1" }, { digits: "031415" }]) {
                const body = JSON.stringify({ token, ...answer });
                const told = fetch(at + "touch", { method: "POST", mode, body });
                tries.push(told.then((answer) => answer.type, () => "unreadable"));
              }
            }
          }
          return Promise.all(tries);
        }""",
        [kiosk.port, token],
    )
    context.close()
    assert set(answers) <= {"unreadable", "opaque"}
    assert list(kiosk.driver.poll()) == []


@pytest.mark.parametrize("size", [(800, 480), (1024, 600), (1280, 800), (480, 800)])
def test_targets_are_for_thumbs_and_the_code_stays_big_enough(kiosk: Kiosk, size: tuple[int, int]) -> None:
    kiosk.page.set_viewport_size({"width": size[0], "height": size[1]})
    kiosk.open()
    way_out = Button("cancel", Words("取消", "Cancel"))
    lines = (Words("或触摸您需要的", "or touch what you need"),)
    pages = [
        replace(SCREEN_PAGE, mood=mood, code=code, step=7 if code else None, lines=lines, buttons=SERVICES[:count])
        for mood, code, count in itertools.product((Mood.CALM, Mood.ALARM), (CODE, None), (1, 2, 6, 7, MAX_BUTTONS))
    ]
    pages += [replace(KEYPAD_PAGE, buttons=(*SERVICES[:2], way_out), keypad_digits=count) for count in (4, 6, 8)]
    for page in pages:
        kiosk.driver.execute(Show("display", page))
        count = 2 + 12 if page.keypad_digits else len(page.buttons)
        expect(kiosk.page.locator("button:visible")).to_have_count(count)
        boxes = kiosk.page.evaluate(
            """() => {
              const of = (it) => it.getBoundingClientRect();
              const keys = [...document.querySelectorAll("button")].filter((it) => it.offsetParent);
              const say = document.querySelector("#say");
              return {least: Math.min(...keys.flatMap((it) => [of(it).width, of(it).height])),
                      right: Math.max(...keys.map((it) => of(it).right)), width: innerWidth,
                      low: Math.max(of(say).bottom, ...keys.map((it) => of(it).bottom)),
                      help: of(document.querySelector("#help")).top, band: of(document.querySelector("#band")).bottom,
                      high: Math.min(of(say).top, ...keys.map((it) => of(it).top)),
                      cut: keys.filter((it) => it.scrollWidth > it.clientWidth + 1
                                            || it.scrollHeight > it.clientHeight + 1).map((it) => it.textContent),
                      said: parseFloat(getComputedStyle(document.querySelector("#headline-zh")).fontSize)};
            }"""
        )
        assert boxes["least"] >= FINGER_PIXELS
        assert boxes["right"] <= boxes["width"]
        assert boxes["band"] <= boxes["high"]
        assert boxes["low"] <= boxes["help"] + 1
        assert boxes["cut"] == []
        assert boxes["said"] >= 24
        if page.code and not page.keypad_digits:
            box = kiosk.page.locator("#qr").bounding_box()
            assert box is not None
            assert box["width"] >= SCAN_PIXELS
            assert codes_in(kiosk.page) == [CODE]


def test_nothing_stands_against_the_page_with_targets(kiosk: Kiosk) -> None:
    kiosk.open()
    for page in (
        replace(SCREEN_PAGE, buttons=SERVICES),
        replace(SCREEN_PAGE, mood=Mood.ALARM, code=None, step=None, buttons=SERVICES[:6]),
        KEYPAD_PAGE,
    ):
        kiosk.driver.execute(Show("display", page))
        expect(kiosk.page.locator("h2")).to_contain_text(page.headline.zh)
        assert violations(kiosk.page) == ""
    kiosk.clock.rest(TOUCH_EVERY_MS)
    kiosk.driver.execute(Show("display", TOUCH_PAGE))
    kiosk.touch("#buttons button >> nth=0")
    assert violations(kiosk.page) == ""  # with a button that was just touched
