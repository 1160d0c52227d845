"""Wishes and complaints in a real browser: written on a phone, followed by number, answered; and easy to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.central.counter import NONCE, POD, Counter
from tests.real.chromium import phone, violations

pytestmark = pytest.mark.browser

MAX_PAGE_BYTES = 60_000
READ = """() => {
  const shown = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const box = (element) => (element.closest("label") ?? element).getBoundingClientRect();
  const targets = [...document.querySelectorAll("button, a.button, input:not([type=hidden]), textarea, select")];
  const sizes = [...document.querySelectorAll("main *")].filter(shown)
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((element) => parseFloat(getComputedStyle(element).fontSize));
  const root = document.documentElement;
  const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return {weight: parts.reduce((sum, part) => sum + part.decodedBodySize, 0), over: root.scrollWidth - root.clientWidth,
          small: targets.filter(shown).filter((one) => box(one).width < 60 || box(one).height < 60)
            .map((one) => one.outerHTML), letters: Math.min(...sizes)};
}"""


def join(page: Page, counter: Counter, role: str = "resident") -> None:
    page.goto(counter.invitation(role))
    page.get_by_role("button", name="登记 Join").click()
    expect(page.get_by_text("已登记")).to_be_visible()


def every_page(page: Page, staff: Page, counter: Counter) -> Iterator[tuple[str, Page]]:
    """From the scanned station to the closed complaint, one page after the other."""
    join(page, counter)
    page.goto(f"/S/{POD.upper()}/{NONCE}")
    page.get_by_role("link", name="愿望和意见").click()
    expect(page.get_by_role("radio", name="愿望 Wish")).to_be_checked()
    yield "form", page
    page.get_by_role("radio", name="意见 Complaint").check()
    page.get_by_role("combobox").select_option("door")
    page.get_by_role("textbox").fill("阅读灯一直在闪，晚上看书眼睛疼。\n谢谢！")
    page.get_by_role("button", name="提交 Send").click()
    expect(page.get_by_text("已收到 Received")).to_be_visible()
    number = page.locator(".number").inner_text()
    yield "received", page
    join(staff, counter, "volunteer")
    staff.goto(f"/v/{POD}")
    staff.get_by_role("link", name="1 条待答").click()
    expect(staff.get_by_text("阅读灯一直在闪")).to_be_visible()
    yield "list", staff
    staff.get_by_role("button", name="我来处理 I am on it").click()
    expect(staff.get_by_text("有人在处理")).to_be_visible()
    yield "list with one taken on", staff
    page.reload()
    expect(page.get_by_text("有人在处理")).to_be_visible()
    yield "taken on", page
    staff.get_by_role("textbox").fill("灯已经换好了。")
    staff.get_by_role("button", name="答复并办结").click()
    expect(staff.get_by_text("没有待办")).to_be_visible()
    yield "list with nothing left", staff
    page.goto("/")
    page.get_by_role("link", name="查询愿望和意见").click()
    yield "number", page
    page.get_by_role("textbox").fill(number.lower())
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("灯已经换好了。")).to_be_visible()
    yield "closed", page
    page.goto(f"/wish/{POD}")
    expect(page.get_by_role("link", name=number)).to_be_visible()
    yield "form with one's own", page


@pytest.mark.parametrize(("scheme", "size"), [("light", ""), ("dark", "large")])
def test_a_complaint_is_followed_until_it_is_closed_by_everybody(
    browser: Browser, counter: Counter, address: str, scheme: str, size: str, tmp_path: Path
) -> None:
    options = {"base_url": address, "color_scheme": scheme}
    with phone(browser, **options) as context, phone(browser, **options) as other:
        page, staff = context.new_page(), other.new_page()
        for one in (page, staff):
            one.add_init_script(f"localStorage.setItem('text', '{size}')")
        for name, shown in every_page(page, staff, counter):
            (tmp_path / f"{name}.png").write_bytes(shown.screenshot(full_page=True))
            assert violations(shown) == "", name
            seen = shown.evaluate(READ)
            assert seen["small"] == [], name
            assert seen["letters"] >= (27 if size else 18), name
            assert seen["over"] == 0, name
            assert 8_000 < seen["weight"] < MAX_PAGE_BYTES, name
