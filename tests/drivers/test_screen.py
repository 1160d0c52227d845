"""The screen's page over real HTTP on loopback: what it shows, what it reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image
from pydantic import ValidationError

from drivers import registry
from drivers.contract import Mood, Page, PageShown, Say, Show, Words
from drivers.screen import Driver, Settings
from drivers.screen_board import BLANK_MS, COLOURS, MAX_REPORTS, qr_svg
from tests.drivers.screen_rig import CODE, SCREEN_PAGE, Screen, live, open_screen


@pytest.fixture
def screen() -> Iterator[Screen]:
    yield from open_screen()


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


def test_the_code_can_be_read_and_is_small() -> None:
    svg = qr_svg(CODE)
    size = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1))  # type: ignore[union-attr]
    image = Image.new("L", (size, size), 255)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1H", svg):
        image.paste(0, (int(x), int(y), int(x) + int(run), int(y) + 1))
    (found,) = zxingcpp.read_barcodes(image.resize((size * 4, size * 4), Image.Resampling.NEAREST))
    assert found.text == CODE
    assert size <= 33 + 8  # version 4: alphanumeric mode, level M


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
