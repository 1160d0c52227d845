"""The demo's page of the full station in a real browser: cells, sockets, and what hands do with them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.real.chromium import chromium, violations
from tests.real.demo_picture import SOON_MS, Picture, looking_at
from tests.simulator.demo_process import DemoProcess, running_demo

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with running_demo(tmp_path_factory.mktemp("full"), "--station", "micro-station") as started:
        yield started
    assert started.process.returncode == 0, started.printed
    assert started.left_behind() == []


@pytest.fixture
def full(browser: Browser, demo: DemoProcess) -> Iterator[Picture]:
    yield from looking_at(browser, demo)


def test_the_phone_takes_a_cell_that_opens_on_the_picture_and_is_pushed_shut(full: Picture) -> None:
    cells = full.page.locator(".cell")
    expect(cells).to_have_count(47)
    full.shows(link=True)
    full.tap_on_the_phone("小号柜")
    opened = full.page.locator(".cell[data-state=open]")
    expect(opened).to_have_count(1, timeout=SOON_MS)
    expect(opened).to_contain_text("1")
    full.says("phone-says", "1 号柜已打开")
    full.says("log", "储物柜 1")
    opened.click()
    full.page.locator("#hand-deeds").get_by_role("button", name="推上").click()
    expect(opened).to_have_count(0, timeout=SOON_MS)
    full.says("rows", "柜门关好")
    full.page.locator("#hand-away").click()


def test_a_phone_that_is_plugged_in_charges_once_its_socket_has_power(full: Picture) -> None:
    full.tap_on_the_phone("3 号插座")
    socket = full.page.locator("#fittings [data-thing='socket/charging/3']")
    expect(socket).to_have_attribute("data-state", "on", timeout=SOON_MS)
    socket.click()
    full.page.locator("#hand-deeds").get_by_role("button", name="插手机").click()
    expect(socket).to_have_attribute("data-state", "charges", timeout=SOON_MS)
    expect(socket).to_contain_text("8 W")
    full.page.locator("#hand-deeds").get_by_role("button", name="拔下来").click()
    expect(socket).to_contain_text("0 W", timeout=SOON_MS)


def test_a_jammed_cell_holds_and_a_locked_one_does_not_give_way(full: Picture) -> None:
    cell = full.page.locator("#fittings [data-thing='cell/lockers/30']")
    hand = full.page.locator("#hand-deeds")
    cell.click()
    hand.get_by_role("button", name="拉一下").click()
    full.says("log", "拉不动，锁着")
    hand.get_by_role("button", name="卡住").click()
    expect(cell).to_have_attribute("data-state", "stuck", timeout=SOON_MS)
    hand.get_by_role("button", name="弄松").click()
    expect(cell).to_have_attribute("data-state", "shut", timeout=SOON_MS)


def test_the_full_station_fits_a_thumb(full: Picture) -> None:
    assert violations(full.page) == ""
    boxes = full.page.evaluate(
        """() => ({
          wide: document.documentElement.scrollWidth - innerWidth,
          small: [...document.querySelectorAll("button:not([hidden])")].filter((one) => one.checkVisibility())
            .filter((one) => one.getBoundingClientRect().height < 48 || one.getBoundingClientRect().width < 44).length,
        })"""
    )
    assert boxes == {"wide": 0, "small": 0}
