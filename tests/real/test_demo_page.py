"""The demo's page in a real browser: one is the resident, and what the page shows is what devices and office did."""

import re
import signal
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.real.chromium import PHONE, chromium, violations
from tests.real.demo_picture import SOON_MS, Picture, looking_at
from tests.simulator.demo_process import READING_POD, DemoProcess, running_demo

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with running_demo(tmp_path_factory.mktemp("demo"), *READING_POD) as started:
        yield started
    assert started.process.returncode == 0, started.printed
    assert started.left_behind() == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def ready(browser: Browser, demo: DemoProcess) -> None:
    """Passes open once station and office agree on the documents."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(demo.addresses[0])
        expect(page.locator("#rows")).to_contain_text("办公室确认了文件", timeout=SOON_MS)


@pytest.fixture
def picture(browser: Browser, demo: DemoProcess) -> Iterator[Picture]:
    yield from looking_at(browser, demo)


def test_from_scan_to_open_door(picture: Picture) -> None:
    picture.says("screen-says", "扫码开门 Scan to open the door")
    address = picture.code_on("screen")
    assert re.fullmatch(r"HTTP://127\.0\.0\.1:\d+/S/FUMIN-POD-1/[A-Z2-7]{16,}", address)
    picture.big_button("扫码")
    picture.says("phone-says", "锁已打开，请推门")
    picture.says("screen-says", "请进")
    picture.shows(free=True)
    picture.says("rows", "允许进入")
    picture.walk_in_and_out()
    picture.says("log", "门关上了")
    picture.says("rows", "门关了")


def test_the_scanner_reads_the_pass_on_the_phone(picture: Picture) -> None:
    picture.press("出示通行证")
    assert picture.code_on("phone").startswith("SG2:")
    picture.shows(free=True)
    picture.says("log", "读到 SG2:…")
    picture.walk_in_and_out()


def test_with_the_cable_pulled_the_phone_shows_the_order_to_the_scanner(picture: Picture) -> None:
    picture.press("拔网线")
    picture.shows(cable=False)
    picture.big_button("扫码")
    picture.says("phone-says", "正在开门")
    picture.says("phone-says", "请把此码对准门口的扫描器")
    assert picture.code_on("phone").startswith("SO1:")
    picture.shows(free=True)
    picture.says("log", "读到 SO1:…")
    before = picture.page.locator("#rows li").first.text_content()
    picture.walk_in_and_out()
    assert picture.page.locator("#rows li").first.text_content() == before, "the office knows nothing of it yet"
    picture.press("插网线")
    picture.shows(cable=True)
    picture.says("rows", "门关了")


def test_after_a_power_cut_the_door_opens_again(picture: Picture) -> None:
    picture.press("断电")
    picture.shows(power=False, free=False, lamp=False)
    picture.says("screen-says", "黑屏")
    picture.says("light", "控制器没有回答")
    picture.press("推门进去")
    picture.says("log", "推不动，门锁着")
    picture.press("出示通行证")
    picture.says("log", "没有读到码")
    picture.big_button("来电")
    picture.shows(power=True)
    picture.says("screen-says", "扫码开门")
    picture.shows(link=True)
    picture.big_button("扫码")
    picture.shows(free=True)
    picture.walk_in_and_out()


def test_sos_sounds_the_siren_and_opens_until_the_office_clears_it(picture: Picture) -> None:
    picture.press("按 SOS")
    picture.shows(sos=True, siren=True, free=True)
    picture.says("screen-says", "已发出求助，请留在原地")
    picture.says("light", "请马上处理")
    picture.says("rows", "报警")
    picture.press("松开 SOS")
    picture.shows(sos=False, siren=True)
    picture.press("请办公室解除")
    picture.shows(siren=False)
    picture.says("rows", "报警解除")
    picture.says("light", "一切正常")


def test_an_old_photograph_of_a_pass_opens_nothing(picture: Picture) -> None:
    picture.press("出示旧照片")
    picture.says("screen-says", "此码已过期")
    picture.says("rows", "拒绝进入")
    picture.shows(free=False, open=False)


def test_a_forced_door_is_told_to_the_office_and_stays_open_while_it_is_propped(picture: Picture) -> None:
    picture.says("rows", "人都走了")  # until then an opening may be somebody who leaves
    picture.press("抵住门")
    picture.press("撬门")
    picture.shows(open=True, free=False, propped=True)
    picture.says("screen-says", "门被强行打开")
    picture.says("rows", "门被强行打开")
    picture.page.wait_for_timeout(2500)  # longer than the closer takes
    picture.shows(open=True)
    picture.press("放开门")
    picture.shows(open=False)


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")], ids=["phone", "desk"])
def test_nothing_stands_against_the_page(
    browser: Browser, demo: DemoProcess, size: dict[str, int], scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(demo.addresses[0])
        expect(page.locator("#demo")).to_have_attribute("data-seen", "yes")
        assert violations(page) == ""
        boxes = page.evaluate(
            """() => ({
              wide: document.documentElement.scrollWidth - innerWidth,
              main: document.querySelector("#main-deed").getBoundingClientRect().toJSON(),
              small: [...document.querySelectorAll("button")].filter((button) => button.checkVisibility())
                .filter((button) => button.getBoundingClientRect().height < 50).length,
            })"""
        )
        assert boxes["wide"] <= 0
        assert boxes["small"] == 0
        assert boxes["main"]["bottom"] <= size["height"]
        assert boxes["main"]["height"] >= 60


def test_a_page_that_has_lost_its_demo_says_so(browser: Browser, demo: DemoProcess) -> None:
    """The last one here: it ends the demo of all."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(demo.addresses[0])
        expect(page.locator("#demo")).to_have_attribute("data-seen", "yes")
        expect(page.locator("#lost")).to_be_hidden()
        demo.end(signal.SIGTERM)
        expect(page.locator("#lost")).to_be_visible(timeout=SOON_MS)
