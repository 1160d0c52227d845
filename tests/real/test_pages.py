"""The office's pages in a real browser, with a real office behind them: what a person sees and can do."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from central.web_pickup import PickUp, write_link
from drivers.contract import Mood, Show, Wires, Words
from drivers.contract import Page as ScreenPage
from drivers.screen import Driver, Settings
from simulator.wires.free_port import free_port
from station.events import AlarmRaised, DoorOpened
from station.trust import base45
from station.trust.cose import P256_ORDER
from station.trust.orders import read_order
from station.trust.passes import Uses, must_be_later, read_pass
from tests.central.counter import HEALTH, HELP_PHONE, NONCE, OFFICE_PHONE, POD, Counter
from tests.central.station_told import SERVICES, holdings
from tests.drivers.screen_rig import ManualClock
from tests.real.chromium import codes_in, phone, violations

pytestmark = pytest.mark.browser

MAX_PAGE_BYTES = 60_000
SCANNED = f"/S/{POD.upper()}/{NONCE}"


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    with phone(browser, base_url=address, locale="zh-CN") as made:
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def join(page: Page, counter: Counter, role: str = "resident") -> None:
    page.goto(counter.invitation(role))
    page.get_by_role("button", name="登记 Join").click()
    expect(page.get_by_text("已登记")).to_be_visible()


def tap(page: Page) -> None:
    page.get_by_role("button", name="开门 Open the door").click()


def shown_order(page: Page) -> str:
    live = page.locator("#order").get_attribute("data-live")
    assert live
    return live.split("/")[2]


# ---------------------------------------------------------------- flow A, and C


def test_from_the_screens_picture_to_the_open_door(
    page: Page, browser: Browser, counter: Counter, address: str
) -> None:
    join(page, counter)
    port = free_port()
    screen = Driver("display", Settings(driver="screen", port=port), cast("Wires", None), ManualClock())
    kiosk = browser.new_page(viewport={"width": 800, "height": 480})
    try:
        kiosk.goto(f"http://127.0.0.1:{port}/")
        name, code = Words("富民公园", "Fumin Park"), f"{address}/S/{POD}/{NONCE}".upper()
        screen.execute(Show("display", ScreenPage("orange", Mood.CALM, name, name, (), code, 1)))
        expect(kiosk.locator("#qr svg")).to_be_visible()
        (scanned,) = codes_in(kiosk)
    finally:
        kiosk.context.close()
        screen.close()
    assert scanned == code
    page.goto(scanned)
    expect(page.get_by_role("heading", level=1)).to_contain_text("富民公园阅读微空间·阅山房")
    assert page.url == f"{address}/S/{POD.upper()}"
    assert NONCE not in page.evaluate("JSON.stringify(history.state) + document.referrer")
    assert counter.published == []
    tap(page)
    expect(page.locator("#order .title")).to_have_text("正在开门 Opening the door")
    assert NONCE not in page.url
    assert len(counter.orders()) == 1
    order = shown_order(page)
    counter.reply(order, "accepted", "", "已同意，正在开锁", "Granted, unlocking")
    expect(page.locator("#order .title")).to_have_text("锁已打开，请推门 Unlocked: push the door")
    counter.reply(order, "done", "", "门已打开", "The door is open")
    expect(page.locator("#order .title")).to_have_text("门已打开 The door is open")
    expect(page.locator("#code")).to_be_hidden()


def test_a_refusal_says_why_what_next_and_whom_to_call(page: Page, counter: Counter) -> None:
    join(page, counter)
    page.goto(SCANNED)
    tap(page)
    counter.reply(shown_order(page), "refused", "outside_hours", "现在不在开放时间", "Closed at this hour")
    expect(page.locator("#order")).to_have_attribute("data-state", "refused")
    expect(page.locator("#order .title")).to_have_text("现在不在开放时间 Closed at this hour")
    expect(page.locator("#order .next")).to_contain_text("请看门上的开放时间")
    expect(page.get_by_role("link", name=HELP_PHONE)).to_be_visible()


def test_without_a_reply_the_same_order_is_a_code_three_seconds_after_the_tap(
    page: Page, context: BrowserContext, counter: Counter
) -> None:
    join(page, counter)
    page.goto(SCANNED)
    before = time.monotonic()
    tap(page)
    expect(page.locator("#order .title")).to_have_text("正在开门 Opening the door")
    context.set_offline(True)  # the phone needs nothing more from the network
    expect(page.locator("#code")).to_be_hidden()
    expect(page.locator("#code")).to_be_visible(timeout=6000)
    assert time.monotonic() - before >= 2.9
    expect(page.locator("#order .title")).to_have_text(
        "请把此码对准门口的扫描器 Hold this code to the scanner at the door"
    )
    assert codes_in(page) == counter.orders()
    context.set_offline(False)


def test_a_late_reply_takes_the_code_away(page: Page, counter: Counter) -> None:
    join(page, counter)
    counter.connected = False
    page.goto(SCANNED)
    tap(page)
    expect(page.locator("#code")).to_be_visible(timeout=1500)  # nothing was sent: no waiting
    counter.reply(shown_order(page), "done", "", "门已打开", "The door is open")
    expect(page.locator("#code")).to_be_hidden()
    expect(page.locator("#order .title")).to_have_text("门已打开 The door is open")


def test_two_quick_taps_are_one_order(page: Page, counter: Counter) -> None:
    join(page, counter)
    page.goto(SCANNED)
    page.evaluate("const b = document.querySelector('.main-button'); b.click(); b.click()")
    expect(page.locator("#order")).to_be_visible()
    assert len(counter.orders()) == 1


def test_without_javascript_it_all_works_too(browser: Browser, counter: Counter, address: str) -> None:
    with phone(browser, base_url=address, java_script_enabled=False) as context:
        page = context.new_page()
        join(page, counter)
        page.goto(SCANNED)
        tap(page)
        expect(page.get_by_text("Still shut? Hold this code")).to_be_visible()
        assert codes_in(page.locator("#code")) == counter.orders()
        counter.reply(shown_order(page), "done", "", "门已打开", "The door is open")
        page.get_by_role("link", name="看看结果").click()
        expect(page.locator("#order .title")).to_have_text("门已打开 The door is open")


def test_no_log_line_ever_holds_a_nonce(page: Page, counter: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    join(page, counter)
    page.goto(SCANNED)
    tap(page)
    expect(page.locator("#order")).to_be_visible()
    out, err = capfd.readouterr()
    assert NONCE not in out + err


# ---------------------------------------------------------------- flow B: the pass


def take_pass(page: Page, counter: Counter) -> None:
    join(page, counter)
    page.goto("/pass")
    page.get_by_role("button", name="富民公园阅读微空间").click()
    expect(page.locator("#qr svg")).to_be_visible()


def read_shown_pass(page: Page, counter: Counter) -> int:
    """The second for which the pass on the page was signed, as a station reads it from the picture."""
    (text,) = codes_in(page)
    shown = read_pass(
        text.encode(), counter.ring, station=POD, groups=(), wall_s=int(time.time()), revoked=None, floor_s=0
    )
    assert shown.pass_.services == ("door",)
    assert shown.pass_.holder_key is not None
    assert shown.step_s is not None
    return shown.step_s


def test_the_phone_makes_a_key_and_shows_a_pass_that_a_station_takes(page: Page, counter: Counter) -> None:
    take_pass(page, counter)
    assert abs(read_shown_pass(page, counter) - time.time()) < 15
    extractable = page.evaluate("keptPasses().then((passes) => passes.map((one) => one.key.extractable))")
    assert extractable == [False]
    expect(page.locator("#other")).to_be_hidden()
    expect(page.locator("#until")).to_contain_text("有效期到")


def test_it_is_signed_again_every_ten_seconds(page: Page, counter: Counter) -> None:
    take_pass(page, counter)
    first, before = read_shown_pass(page, counter), codes_in(page)
    page.wait_for_function(
        "(old) => document.querySelector('#qr path:last-child').getAttribute('d') !== old",
        arg=page.locator("#qr path").last.get_attribute("d"),
        timeout=15_000,
    )
    assert codes_in(page) != before
    second = read_shown_pass(page, counter)
    assert 9 <= second - first <= 12
    must_be_later(second, first)


def test_it_opens_without_a_network(page: Page, context: BrowserContext, counter: Counter) -> None:
    take_pass(page, counter)
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("caches.match('/pass').then((kept) => Boolean(kept))")
    context.set_offline(True)
    page.reload()
    expect(page.locator("#qr svg")).to_be_visible()
    read_shown_pass(page, counter)
    expect(page.get_by_role("heading", level=2).first).to_contain_text("富民公园")
    page.get_by_role("button", name="福田骑手驿站").click()
    expect(page.locator("#said-title")).to_have_text("没有网络 No network")
    context.set_offline(False)


def test_a_phone_whose_clock_is_wrong_shows_the_offices_time(browser: Browser, counter: Counter, address: str) -> None:
    with phone(browser, base_url=address) as context:
        page = context.new_page()
        page.add_init_script("const now = Date.now; Date.now = () => now() - 3600e3")
        take_pass(page, counter)
        assert abs(read_shown_pass(page, counter) - time.time()) < 15


def test_an_old_pass_renews_itself_and_a_dead_one_says_so(
    page: Page, context: BrowserContext, counter: Counter
) -> None:
    take_pass(page, counter)
    age = """(seconds) => keptPasses().then(([one]) =>
      keepPass({ ...one, fetched: one.fetched - seconds, expires: one.expires - seconds }))"""
    page.evaluate(age, 5 * 86_400)
    page.reload()
    expect(page.locator("#qr svg")).to_be_visible()
    page.wait_for_function("keptPasses().then(([one]) => one.expires - Date.now() / 1000 > 6 * 86400)")
    read_shown_pass(page, counter)
    page.evaluate(age, 8 * 86_400)
    context.set_offline(True)
    page.reload()
    expect(page.locator("#said-title")).to_have_text("通行证已过期 This pass has expired")
    expect(page.locator("#qr svg")).to_be_hidden()
    context.set_offline(False)


@pytest.mark.parametrize(
    "missing",
    ["delete Crypto.prototype.subtle", "Object.defineProperty(window, 'indexedDB', { value: undefined })"],
)
def test_an_old_browser_is_told_so_and_shown_another_way_in(page: Page, counter: Counter, missing: str) -> None:
    page.add_init_script(missing)
    join(page, counter)
    page.goto("/pass")
    expect(page.get_by_text("这个浏览器不能存放通行证")).to_be_visible()
    for way in ("用手机扫描门口屏幕上的二维码", "请办公室给您打印一张通行卡", OFFICE_PHONE):
        expect(page.locator("#other")).to_contain_text(way)
    expect(page.locator("#choose")).to_be_hidden()
    assert violations(page) == ""


def test_nobody_unknown_gets_a_pass(page: Page) -> None:
    page.goto("/pass")
    page.get_by_role("button", name="富民公园阅读微空间").click()
    expect(page.locator("#said-title")).to_have_text("这部手机还没有登记。 This phone has not joined yet.")
    expect(page.locator("#said-next")).to_contain_text(OFFICE_PHONE)


# ---------------------------------------------------------------- staff


def test_the_volunteers_page_follows_the_station(page: Page, counter: Counter) -> None:
    join(page, counter, "volunteer")
    page.goto(f"/v/{POD}")
    expect(page.locator(".light")).to_contain_text("还没有消息")
    counter.online(True)
    counter.health(HEALTH)
    expect(page.locator(".light")).to_contain_text("请看一下 Please take a look")
    expect(page.get_by_text("检查插头和线")).to_be_visible()
    counter.events(DoorOpened("door", "granted"))
    expect(page.get_by_text("门开了")).to_be_visible()


def test_the_office_hears_an_alarm_and_answers(page: Page, counter: Counter) -> None:
    join(page, counter, "office")
    page.goto("/office")
    counter.events(AlarmRaised("sos", "sos", "button"))
    page.get_by_role("button", name="我来处理 I am on it").click()
    expect(page.get_by_role("heading", name="报警")).to_be_visible()
    assert len(counter.orders()) == 1


# ---------------------------------------------------------------- every service


def with_everything(counter: Counter) -> None:
    counter.online(True)
    counter.health({**HEALTH, "services": SERVICES})


def test_a_cell_is_taken_for_somebody_else_who_collects_it_with_a_picture(
    page: Page, browser: Browser, counter: Counter, address: str
) -> None:
    with_everything(counter)
    join(page, counter)
    page.goto(SCANNED)
    page.get_by_label("留给别人来取").check()
    page.get_by_role("button", name="小号柜 Small cell").click()
    expect(page.locator("#order .title")).to_have_text("正在办理 One moment")
    expect(page.get_by_role("button", name="给对方取件码")).to_be_hidden()
    order = shown_order(page)
    counter.reply(order, "accepted", "", "已同意，正在开锁", "Granted, unlocking")
    expect(page.locator("#order .title")).to_have_text("站点已同意 The station agrees")
    counter.reply(order, "done", "", "7 号柜已打开", "Cell 7 is open")
    expect(page.locator("#order .title")).to_have_text("7 号柜已打开 Cell 7 is open")
    page.get_by_role("button", name="给对方取件码").click()
    expect(page.get_by_role("heading", name="发给来取的人")).to_be_visible()
    sent = page.locator("#share").get_attribute("data-address")
    assert sent
    assert sent.startswith(address)
    with phone(browser) as other:
        collector = other.new_page()
        collector.goto(sent)  # a phone that never joined
        (text,) = codes_in(collector)
    shown = read_pass(
        text.encode(), counter.ring, station=POD, groups=(), wall_s=int(time.time()), revoked=None, floor_s=0
    )
    assert (shown.pass_.services, shown.pass_.uses) == (("lockers",), Uses.ONE)


def test_the_link_is_sent_on_by_a_tap(page: Page, context: BrowserContext, counter: Counter, address: str) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    link = write_link(counter.secret, PickUp(POD, int(time.time()) + 3600, "SG1:TEST"))
    page.add_init_script("delete Navigator.prototype.share")
    page.goto(f"/pick-up/{link}")
    page.get_by_role("button", name="发送链接 Send the link").click()
    expect(page.get_by_role("status")).to_have_text("已复制 Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{address}/pick-up/{link}"


def test_where_no_scanner_reads_an_order_the_page_says_that_no_answer_came(page: Page, counter: Counter) -> None:
    with_everything(counter)
    join(page, counter)
    page.goto(SCANNED)
    page.get_by_role("button", name="启动 Start").click()
    expect(page.locator("#order .title")).to_have_text("站点还没有回答 No answer from the station yet", timeout=6000)
    assert codes_in(page) == []
    counter.reply(shown_order(page), "done", "", "微波炉已启动", "Microwave: started")
    expect(page.locator("#order .title")).to_have_text("微波炉已启动 Microwave: started")
    page.get_by_role("link", name="回到本站").click()
    expect(page.get_by_role("button", name="启动 Start")).to_be_visible()
    assert NONCE not in page.url


def test_how_many_is_chosen_by_thumb_and_by_keyboard(page: Page, counter: Counter) -> None:
    with_everything(counter)
    join(page, counter)
    page.goto(SCANNED)
    page.get_by_role("radio", name="1").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="2")).to_be_checked()
    page.get_by_role("radio", name="3").check()
    page.get_by_role("button", name="创可贴 Plasters").click()
    expect(page.locator("#order")).to_be_visible()
    assert read_order(counter.orders()[0].encode(), counter.ring, station=POD).count == 3


def test_without_javascript_every_service_works_too(browser: Browser, counter: Counter, address: str) -> None:
    with_everything(counter)
    with phone(browser, base_url=address, java_script_enabled=False) as context:
        page = context.new_page()
        join(page, counter)
        page.goto(SCANNED)
        page.get_by_label("留给别人来取").check()
        page.get_by_role("button", name="中号柜 Medium cell").click()
        assert codes_in(page.locator("#code")) == counter.orders()
        counter.reply(shown_order(page), "done", "", "8 号柜已打开", "Cell 8 is open")
        page.get_by_role("link", name="看看结果").click()
        expect(page.locator("#order .title")).to_have_text("8 号柜已打开 Cell 8 is open")
        page.get_by_role("button", name="给对方取件码").click()
        expect(page.get_by_label("链接 The link")).to_have_value(page.url)


def test_a_keeper_writes_a_reason_while_the_page_goes_on(page: Page, counter: Counter) -> None:
    with_everything(counter)
    join(page, counter, "keeper")
    page.goto(f"/v/{POD}")
    page.locator("summary", has_text="储物柜").click()
    form = page.locator("details", has_text="储物柜")
    form.get_by_label("哪一个").select_option("7")
    form.get_by_label("原因").fill("something smells")
    counter.events(DoorOpened("door", "granted"))
    expect(page.get_by_text("门开了")).to_be_visible()
    expect(form.get_by_label("原因")).to_have_value("something smells")  # what is drawn anew is not what is written in
    form.get_by_role("button", name="打开查看 Open and look").click()
    expect(page.locator("#order .title")).to_have_text("正在办理 One moment")
    order = read_order(counter.orders()[0].encode(), counter.ring, station=POD)
    assert (order.action, order.thing, order.reason) == ("open_as_keeper", "7", "something smells")


# ---------------------------------------------------------------- every page


def every_page(page: Page, counter: Counter) -> Iterator[str]:
    """Brings the browser to one page after the other, and names it."""
    page.goto(SCANNED)
    yield "not joined"
    page.goto(counter.invitation("office"))
    yield "join"
    page.get_by_role("button", name="登记 Join").click()
    yield "home"
    counter.online(True)
    counter.health(HEALTH)
    counter.events(AlarmRaised("sos", "sos", "button"), DoorOpened("door", "granted"))
    page.goto(f"/v/{POD}")
    yield "volunteer"
    page.goto("/office")
    yield "office"
    page.goto(f"/S/FUTIAN-REST/{NONCE}")
    yield "two doors"
    page.goto(SCANNED)
    yield "station"
    yield from every_service(page, counter)
    page.goto(SCANNED)
    tap(page)
    expect(page.locator("#order")).to_be_visible()
    yield "opening"
    expect(page.locator("#code")).to_be_visible(timeout=6000)
    yield "code"
    for state in ("accepted", "unknown"):
        counter.reply(shown_order(page), state, "not_opened", "门没有打开", "The door was not opened")
        expect(page.locator("#order")).not_to_have_attribute("data-state", "code")
        yield state
    page.goto("/pass")
    expect(page.locator("#choose")).to_be_visible()
    yield "choose"
    page.get_by_role("button", name="富民公园阅读微空间").click()
    expect(page.locator("#qr svg")).to_be_visible()
    yield "pass"


def every_service(page: Page, counter: Counter) -> Iterator[str]:
    """The pages of a station with everything, as the office sees it and somebody who has things there."""
    with_everything(counter)
    person = page.context.cookies()[0]["value"].split(".")[0]
    counter.events(*holdings(counter.office.holder(person, POD), int(time.time() * 1000)))
    page.goto(SCANNED)
    yield "services and yours"
    page.get_by_label("留给别人来取").check()
    page.get_by_role("button", name="小号柜").click()
    expect(page.locator("#order")).to_be_visible()
    counter.reply(shown_order(page), "done", "", "8 号柜已打开", "Cell 8 is open")
    expect(page.get_by_role("button", name="给对方取件码")).to_be_visible()
    yield "put away"
    page.get_by_role("button", name="给对方取件码").click()
    expect(page.get_by_role("heading", name="发给来取的人")).to_be_visible()
    yield "pick-up code"
    page.goto(f"/v/{POD}")
    for summary in page.locator("summary").all():
        summary.click()
    yield "keeper"
    page.goto("/office")
    yield "office with everything"


@pytest.mark.parametrize(("scheme", "size"), [("light", ""), ("dark", "large")])
def test_every_page_can_be_read_and_used_by_everybody(
    browser: Browser, counter: Counter, address: str, scheme: str, size: str
) -> None:
    with phone(browser, base_url=address, color_scheme=scheme) as context:
        page = context.new_page()
        page.add_init_script(f"localStorage.setItem('text', '{size}')")
        for name in every_page(page, counter):
            assert violations(page) == "", name
            seen = page.evaluate(
                """() => {
                  const shown = (element) => element.checkVisibility() && element.getClientRects().length > 0;
                  const pressed = "button, a, summary, select, label.tick, .counts label";
                  const small = [...document.querySelectorAll(pressed)].filter(shown)
                    .map((element) => [element.textContent, element.getBoundingClientRect()])
                    .filter(([, box]) => box.width < 60 || box.height < 60).map(([text]) => text.trim());
                  const sizes = [...document.querySelectorAll("main *")].filter(shown)
                    .filter((element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
                    .map((element) => parseFloat(getComputedStyle(element).fontSize));
                  const root = document.documentElement;
                  return {small, letters: Math.min(...sizes), over: root.scrollWidth - root.clientWidth,
                          body: parseFloat(getComputedStyle(document.body).fontSize)};
                }"""
            )
            assert seen["small"] == [], name
            assert seen["letters"] >= (27 if size else 18), name
            assert seen["body"] == (30 if size else 20), name
            assert seen["over"] <= 0, name


def test_every_page_weighs_less_than_60_kilobytes(page: Page, counter: Counter) -> None:
    for name in every_page(page, counter):
        weight = page.evaluate(
            """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
              .reduce((sum, part) => sum + part.decodedBodySize, 0)"""
        )
        assert 8_000 < weight < MAX_PAGE_BYTES, name


def test_large_text_is_remembered(page: Page) -> None:
    page.goto("/")
    button = page.get_by_role("button", name="大字 Large")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.goto("/pass")
    expect(page.locator("html")).to_have_attribute("data-text", "large")
    page.get_by_role("button", name="大字 Large").click()
    page.reload()
    expect(page.locator("html")).not_to_have_attribute("data-text", "large")


# ---------------------------------------------------------------- the scripts by themselves


@pytest.fixture
def scripts(page: Page) -> Page:
    """The pass page, once its own script has come to rest."""
    page.goto("/pass")
    expect(page.locator("#choose")).to_be_visible()
    return page


def test_the_pages_qr_codes_read_back_at_every_length(scripts: Page) -> None:
    letters, pick = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", random.Random(1)
    for length in (1, 2, 20, 21, 77, 122, 149, 150, 198, 243, 311, 342, 366, 367, 418, 419, 420, 483, 484, 512, 528):
        text = "".join(pick.choice(letters) for _ in range(length))
        scripts.evaluate(
            """(text) => {
              const place = document.createElement("div");
              place.id = "drawn";
              place.append(qrSvg(text));
              document.body.replaceChildren(place);
            }""",
            text,
        )
        assert codes_in(scripts.locator("#drawn")) == [text], length


def test_what_has_no_place_in_a_code_is_refused(scripts: Page) -> None:
    for text in ("abc", "码", "A" * 529):
        assert (
            scripts.evaluate("(text) => { try { qrMatrix(text); } catch (fault) { return fault.name; } }", text)
            == "RangeError"
        )


def test_the_page_writes_base45_and_signatures_as_the_station_reads_them(scripts: Page) -> None:
    pick = random.Random(2)
    for size in (0, 1, 2, 3, 348, 349):
        data = pick.randbytes(size)
        assert scripts.evaluate("(bytes) => base45(new Uint8Array(bytes))", list(data)) == base45.encode(data)
    half = P256_ORDER // 2
    for s in (1, half, half + 1, P256_ORDER - 1, pick.randrange(P256_ORDER)):
        signature = pick.randbytes(32) + s.to_bytes(32, "big")
        low = scripts.evaluate("(bytes) => [...withLowS(new Uint8Array(bytes))]", list(signature))
        assert bytes(low) == signature[:32] + min(s, P256_ORDER - s).to_bytes(32, "big")
