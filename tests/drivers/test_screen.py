"""The screen's page over real HTTP on loopback: what it shows, who may look, what it reports."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
import zxingcpp
from PIL import Image
from pydantic import ValidationError

from drivers import registry
from drivers.contract import (
    MAX_BUTTONS,
    Button,
    ButtonTouched,
    DigitsEntered,
    Mood,
    Page,
    PageShown,
    Say,
    Show,
    WireLost,
    Wires,
    Words,
)
from drivers.screen import REST_MS, TOUCH_REST_MS, Driver, Settings
from drivers.screen_board import BLANK_MS, COLOURS, MAX_REPORTS, MAX_TOUCHES, TOUCH_EVERY_MS, qr_svg
from drivers.screen_server import MAX_CLIENTS
from simulator.wires.free_port import free_port

CODE = "HTTPS://OFFICE.EXAMPLE/S/FUMIN-POD-1/JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SCREEN_PAGE = Page(
    colour="orange",
    mood=Mood.CALM,
    title=Words("富民公园阅读微空间", "Fumin Park reading pod"),
    headline=Words("扫码开门", "Scan to open the door"),
    lines=(Words("全天开放", "Open day and night"),),
    code=CODE,
    step=7,
    help_phone="0755-12345",
)
BUTTONS = (
    Button("lockers", Words("存取柜", "Lockers"), "blue"),
    Button("charge", Words("手机充电", "Phone charging"), "green"),
)
TOUCH_PAGE = replace(SCREEN_PAGE, buttons=BUTTONS)
KEYPAD_PAGE = replace(
    SCREEN_PAGE,
    headline=Words("请输入取件码", "Type your pick-up code"),
    buttons=(Button("cancel", Words("取消", "Cancel")),),
    keypad_digits=6,
)


class ManualClock:
    def __init__(self) -> None:
        self.now_ms = 1000

    def steady_ms(self) -> int:
        return self.now_ms

    def rest(self, milliseconds: int) -> None:
        self.now_ms += milliseconds


class Screen:
    """A driver with its port and clock, and a browser's side of it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.clock = ManualClock()
        settings = Settings(driver="screen", port=self.port)
        self.driver = Driver("display", settings, cast("Wires", None), self.clock)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def state(self) -> dict[str, Any]:
        status, _, body = self.ask("GET", "/state.json")
        assert status == 200
        return cast("dict[str, Any]", json.loads(body))

    def report(self, body: bytes, **headers: str) -> int:
        origin = {"Origin": f"http://127.0.0.1:{self.port}"}
        return self.ask("POST", "/shown", body, **{**origin, **headers})[0]

    def touch(self, message: object, **headers: str) -> int:
        origin = {"Origin": f"http://127.0.0.1:{self.port}"}
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return self.ask("POST", "/touch", body, **{**origin, **headers})[0]

    def token(self) -> str:
        return cast("str", self.state()["token"])


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.driver.close()


def live(screen: Screen) -> Iterator[dict[str, Any]]:
    """The states that a browser receives."""
    connection = http.client.HTTPConnection("127.0.0.1", screen.port, timeout=5)
    try:
        connection.request("GET", "/live")
        answer = connection.getresponse()
        while line := answer.readline():
            if line.startswith(b"data: "):
                yield json.loads(line[6:])
    finally:
        connection.close()


def test_nothing_is_shown_before_the_first_word(screen: Screen) -> None:
    assert screen.state() == {"blank": True, "help_phone": ""}


def test_what_was_told_is_shown_in_both_languages(screen: Screen) -> None:
    assert list(screen.driver.execute(Show("display", SCREEN_PAGE))) == []  # nobody looks, so nobody reports
    state = screen.state()
    assert state["title"] == {"zh": "富民公园阅读微空间", "en": "Fumin Park reading pod"}
    assert state["headline"] == {"zh": "扫码开门", "en": "Scan to open the door"}
    assert state["lines"] == [{"zh": "全天开放", "en": "Open day and night"}]
    assert state["colour_words"] == {"zh": "橙 · 阅读", "en": "Orange · reading"}
    assert state["step"] == 7
    assert state["help_phone"] == "0755-12345"
    assert state["left_ms"] == BLANK_MS


def test_every_colour_has_its_word() -> None:
    assert set(COLOURS) == {"red", "orange", "yellow", "green", "cyan", "blue", "purple"}


def test_it_goes_blank_when_the_controller_is_silent_and_keeps_the_help_phone(screen: Screen) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    screen.clock.rest(BLANK_MS - 1)
    assert screen.state()["left_ms"] == 1
    screen.clock.rest(1)
    assert screen.state() == {"blank": True, "help_phone": "0755-12345"}
    screen.driver.execute(Show("display", SCREEN_PAGE))
    assert screen.state()["blank"] is False


def test_a_browser_gets_the_page_at_once_and_every_change(screen: Screen) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    states = live(screen)
    assert next(states)["step"] == 7
    next_page = Page("orange", Mood.WELCOME, SCREEN_PAGE.title, Words("门已开", "The door is open"))
    screen.driver.execute(Show("display", next_page))
    state = next(states)
    assert (state["headline"]["zh"], state["mood"], state["code_svg"]) == ("门已开", "welcome", None)
    states.close()  # type: ignore[attr-defined]


def test_a_painted_step_is_reported_once(screen: Screen) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    assert screen.report(b'{"step": 7}') == 204
    assert list(screen.driver.poll()) == [PageShown("display", 7)]
    assert list(screen.driver.poll()) == []


def test_a_report_that_crosses_the_next_page_still_counts_and_an_older_one_does_not(screen: Screen) -> None:
    for step in (7, 8, 9):
        screen.driver.execute(Show("display", Page("red", Mood.CALM, Words("", ""), Words("", ""), (), CODE, step)))
    assert screen.report(b'{"step": 8}') == 204
    assert screen.report(b'{"step": 7}') == 409
    assert list(screen.driver.poll()) == [PageShown("display", 8)]


def test_a_step_whose_code_is_not_on_show_is_not_reported(screen: Screen) -> None:
    screen.driver.execute(Show("display", replace(SCREEN_PAGE, code=None)))
    assert screen.state()["step"] is None
    assert screen.report(b'{"step": 7}') == 409


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"7",
        b"{}",
        b'{"step": "7"}',
        b'{"step": true}',
        b'{"step": 7.0}',
        b'{"step": -1}',
        b'{"step": 99999999999999999999}',
        b"\xff",
        b"[" * 60,
        b'{"step": 7' + b" " * 64 + b"}",
    ],
)
def test_a_report_that_is_none_is_refused(screen: Screen, body: bytes) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    assert screen.report(body) == 400
    assert list(screen.driver.poll()) == []


def test_waiting_reports_are_bounded(screen: Screen) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    answers = [screen.report(b'{"step": 7}') for _ in range(MAX_REPORTS + 1)]
    assert answers == [204] * MAX_REPORTS + [409]
    assert len(list(screen.driver.poll())) == MAX_REPORTS


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}"]
)
def test_another_host_name_is_refused(screen: Screen, host: str) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    for method, path in (
        ("GET", "/"),
        ("GET", "/state.json"),
        ("GET", "/live"),
        ("POST", "/shown"),
        ("POST", "/touch"),
    ):
        status, _, body = screen.ask(method, path, b'{"step": 7}', Host=host.format(port=screen.port))
        assert status == 421
        assert CODE.encode() not in body
    assert list(screen.driver.poll()) == []


def test_another_page_may_neither_look_nor_report(screen: Screen) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    assert screen.ask("GET", "/state.json", Sec_Fetch_Site="cross-site")[0] == 403
    assert screen.ask("GET", "/live", Sec_Fetch_Site="same-site")[0] == 403
    assert screen.report(b'{"step": 7}', Origin="http://evil.example") == 403
    assert screen.ask("POST", "/shown", b'{"step": 7}')[0] == 403  # no Origin at all
    assert list(screen.driver.poll()) == []


def test_a_button_of_the_page_comes_back_when_it_is_touched(screen: Screen) -> None:
    screen.driver.execute(Show("display", TOUCH_PAGE))
    state = screen.state()
    assert state["buttons"][0] == {"key": "lockers", "words": {"zh": "存取柜", "en": "Lockers"}, "colour": "blue"}
    assert state["code_svg"] is not None
    assert screen.touch({"token": state["token"], "key": "charge"}) == 204
    assert list(screen.driver.poll()) == [ButtonTouched("display", "charge")]
    assert list(screen.driver.poll()) == []


def test_digits_come_back_once_and_are_in_no_text(screen: Screen, capfd: pytest.CaptureFixture[str]) -> None:
    screen.driver.execute(Show("display", KEYPAD_PAGE))
    assert screen.state()["keypad_digits"] == 6
    assert screen.touch({"token": screen.token(), "digits": "031415"}) == 204
    (entered,) = screen.driver.poll()
    assert entered == DigitsEntered("display", "031415")
    assert "031415" not in repr(entered)
    assert list(screen.driver.poll()) == []
    assert capfd.readouterr() == ("", "")


def test_a_page_that_asks_for_digits_shows_no_code_and_reports_none(screen: Screen) -> None:
    screen.driver.execute(Show("display", KEYPAD_PAGE))
    assert (screen.state()["code_svg"], screen.state()["step"]) == (None, None)
    assert screen.report(b'{"step": 7}') == 409
    screen.driver.execute(Show("display", TOUCH_PAGE))
    assert screen.state()["code_svg"] is not None


def test_the_next_code_and_small_lines_do_not_disturb_a_finger(screen: Screen) -> None:
    screen.driver.execute(Show("display", TOUCH_PAGE))
    token = screen.token()
    screen.driver.execute(Show("display", replace(TOUCH_PAGE, code=CODE[:-1] + "A", step=8, lines=())))
    assert screen.touch({"token": token, "key": "lockers"}) == 204


@pytest.mark.parametrize(
    "following",
    [
        SCREEN_PAGE,
        replace(TOUCH_PAGE, buttons=BUTTONS[:1]),
        replace(TOUCH_PAGE, headline=Words("打开三号柜？", "Open cell 3?")),
        replace(TOUCH_PAGE, keypad_digits=6),
    ],
)
def test_a_touch_that_was_meant_for_another_page_is_refused(screen: Screen, following: Page) -> None:
    screen.driver.execute(Show("display", TOUCH_PAGE))
    token = screen.token()
    screen.driver.execute(Show("display", following))
    assert screen.token() != token
    assert screen.touch({"token": token, "key": "lockers"}) == 409
    screen.driver.execute(Show("display", TOUCH_PAGE))
    assert screen.touch({"token": token, "key": "lockers"}) == 409  # asked again, it is another question
    assert list(screen.driver.poll()) == []


def test_a_dark_screen_takes_no_touch(screen: Screen) -> None:
    screen.driver.execute(Show("display", TOUCH_PAGE))
    token = screen.token()
    screen.clock.rest(BLANK_MS)
    assert screen.touch({"token": token, "key": "lockers"}) == 409
    assert list(screen.driver.poll()) == []


def test_only_what_the_page_offers_can_be_touched(screen: Screen) -> None:
    token = "0" * 32
    assert screen.touch({"token": token, "key": "lockers"}) == 409  # nothing was ever shown
    screen.driver.execute(Show("display", SCREEN_PAGE))
    assert screen.token() == ""
    assert screen.touch({"token": token, "key": "lockers"}) == 409
    screen.driver.execute(Show("display", TOUCH_PAGE))
    assert screen.touch({"token": token, "key": "lockers"}) == 409
    assert screen.touch({"token": screen.token(), "key": "open"}) == 409
    assert screen.touch({"token": screen.token(), "digits": "031415"}) == 409
    screen.driver.execute(Show("display", KEYPAD_PAGE))
    for digits in ("03141", "0314159"):
        assert screen.touch({"token": screen.token(), "digits": digits}) == 409
    assert list(screen.driver.poll()) == []


NO_TOUCHES: tuple[object, ...] = (
    b"",
    b"7",
    b"\xff",
    b"[" * 190,
    {},
    {"key": "lockers"},
    {"token": "TOKEN"},
    {"token": "TOKEN", "key": ""},
    {"token": "TOKEN", "key": "Lockers"},
    {"token": "TOKEN", "key": "l" * 65},
    {"token": "TOKEN", "key": ["lockers"]},
    {"token": "TOKEN", "key": "lockers", "digits": "031415"},
    {"token": "TOKEN", "key": "lockers", "more": 1},
    {"token": "TOKEN", "digits": 31415},
    {"token": "TOKEN", "digits": "03141x"},
    {"token": "TOKEN", "digits": "٠٣١٤١٥"},
    {"token": "TOKEN", "digits": " 31415"},
    {"token": "\ud800" * 8, "key": "lockers"},
    {"token": "TOKEN", "key": "lockers", " " * 128: 1},
)


def test_a_touch_that_is_none_is_refused(screen: Screen) -> None:
    screen.driver.execute(Show("display", replace(KEYPAD_PAGE, buttons=BUTTONS)))
    token = screen.token()
    for message in NO_TOUCHES:
        body = message if isinstance(message, bytes) else json.dumps(message).replace("TOKEN", token).encode()
        assert screen.touch(body) == 400, message
    assert list(screen.driver.poll()) == []


def test_another_page_may_not_touch(screen: Screen) -> None:
    screen.driver.execute(Show("display", TOUCH_PAGE))
    message = {"token": screen.token(), "key": "lockers"}  # as if it had got hold of the token
    assert screen.touch(message, Origin="http://evil.example") == 403
    assert screen.touch(message, Origin="null") == 403
    assert screen.touch(message, Origin=f"http://localhost:{screen.port}") == 403  # not the Host that it names
    assert screen.touch(message, Sec_Fetch_Site="cross-site") == 403
    assert screen.ask("POST", "/touch", json.dumps(message).encode())[0] == 403  # no Origin at all
    assert list(screen.driver.poll()) == []


def test_touches_come_no_faster_than_fingers_and_are_bounded(screen: Screen) -> None:
    screen.driver.execute(Show("display", TOUCH_PAGE))
    message = {"token": screen.token(), "key": "lockers"}
    assert [screen.touch(message) for _ in range(3)] == [204, 429, 429]
    screen.clock.rest(TOUCH_EVERY_MS - 1)
    assert screen.touch(message) == 429
    screen.clock.rest(1)
    assert screen.touch(message) == 204
    for _ in range(MAX_TOUCHES):  # nobody polls
        screen.clock.rest(TOUCH_EVERY_MS)
        screen.touch(message)
    assert list(screen.driver.poll()) == [ButtonTouched("display", "lockers")] * MAX_TOUCHES
    assert screen.touch(message) == 204  # one that did not fit has not begun a pause


def test_a_page_has_at_most_so_many_buttons(screen: Screen) -> None:
    many = tuple(Button(f"cells/{number}".replace("/", ":"), Words("柜", "Cell")) for number in range(MAX_BUTTONS + 1))
    screen.driver.execute(Show("display", replace(SCREEN_PAGE, buttons=many)))
    assert len(screen.state()["buttons"]) == MAX_BUTTONS
    assert screen.touch({"token": screen.token(), "key": f"cells:{MAX_BUTTONS}"}) == 409


def test_it_looks_often_only_while_somebody_may_touch_something(screen: Screen) -> None:
    screen.driver.execute(Show("display", TOUCH_PAGE))
    assert screen.driver.rest_ms() == REST_MS  # no browser
    watcher = live(screen)
    next(watcher)
    assert screen.driver.rest_ms() == TOUCH_REST_MS
    screen.driver.execute(Show("display", replace(SCREEN_PAGE, code=None)))
    assert screen.driver.rest_ms() == REST_MS
    watcher.close()  # type: ignore[attr-defined]


def test_nothing_else_is_served(screen: Screen) -> None:
    for path in ("/../drivers/screen.py", "/screen.py", "/shown", "/touch", "/state.json?x"):
        assert screen.ask("GET", path)[0] == 404
    assert screen.ask("POST", "/", b"")[0] == 404
    assert screen.ask("DELETE", "/")[0] == 501


def test_the_page_allows_no_script_but_its_own(screen: Screen) -> None:
    for path in ("/", "/screen_page.css", "/screen_page.js"):
        status, headers, body = screen.ask("GET", path)
        assert status == 200
        assert len(body) > 500
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_the_code_can_be_read_and_is_small() -> None:
    svg = qr_svg(CODE)
    size = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1))  # type: ignore[union-attr]
    image = Image.new("L", (size, size), 255)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1H", svg):
        image.paste(0, (int(x), int(y), int(x) + int(run), int(y) + 1))
    (found,) = zxingcpp.read_barcodes(image.resize((size * 4, size * 4), Image.Resampling.NEAREST))
    assert found.text == CODE
    assert size <= 33 + 8  # version 4: alphanumeric mode, level M


def test_a_port_that_is_taken_is_a_lost_wire_with_a_mend(screen: Screen) -> None:
    settings = Settings(driver="screen", port=screen.port)
    with pytest.raises(WireLost, match=f"port {screen.port} .*give this screen another port"):
        Driver("second", settings, cast("Wires", None), screen.clock)


def test_it_may_be_closed_twice_and_ends_what_is_open() -> None:
    made = Screen()
    states = live(made)
    next(states)
    idle = socket.create_connection(("127.0.0.1", made.port))
    made.driver.close()
    made.driver.close()
    assert list(states) == []
    idle.close()
    with pytest.raises(WireLost):
        made.driver.poll()


def test_too_many_browsers_are_turned_away_and_the_others_go_on(screen: Screen) -> None:
    screen.driver.execute(Show("display", SCREEN_PAGE))
    watchers = [live(screen) for _ in range(MAX_CLIENTS)]
    for watcher in watchers:
        next(watcher)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        screen.ask("GET", "/state.json")
    screen.driver.execute(Show("display", SCREEN_PAGE))
    assert next(watchers[-1])["step"] == 7
    for watcher in watchers:
        watcher.close()  # type: ignore[attr-defined]


def test_settings_take_no_address_and_no_privileged_port() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "screen", "port": 8310, "host": "0.0.0.0"})
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "screen", "port": 80})


def test_two_screens_cannot_share_a_port() -> None:
    assert Settings(driver="screen", port=8310).wires() == Settings(driver="screen", port=8310).wires()
    assert Settings(driver="screen", port=8310).wires() != Settings(driver="screen", port=8311).wires()


def test_it_is_found_by_its_name() -> None:
    assert registry.find("screen").Driver is Driver


def test_it_cannot_speak(screen: Screen) -> None:
    with pytest.raises(TypeError, match="Say"):
        screen.driver.execute(Say("display", Words("门已开", "The door is open")))
