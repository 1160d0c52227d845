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
from drivers.contract import Mood, Page, PageShown, Say, Show, WireLost, Wires, Words
from drivers.screen import Driver, Settings
from drivers.screen_board import BLANK_MS, COLOURS, MAX_REPORTS, qr_svg
from drivers.screen_server import MAX_CLIENTS

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


class ManualClock:
    def __init__(self) -> None:
        self.now_ms = 1000

    def steady_ms(self) -> int:
        return self.now_ms

    def rest(self, milliseconds: int) -> None:
        self.now_ms += milliseconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
    for method, path in (("GET", "/"), ("GET", "/state.json"), ("GET", "/live"), ("POST", "/shown")):
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


def test_nothing_else_is_served(screen: Screen) -> None:
    for path in ("/../drivers/screen.py", "/screen.py", "/shown", "/state.json?x"):
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
