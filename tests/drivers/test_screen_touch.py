"""Touches over real HTTP on loopback: buttons and digits, and only those of the page that is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.contract import MAX_BUTTONS, Button, ButtonTouched, DigitsEntered, Page, Show, Words
from drivers.screen import FIRST_TOUCH_REST_MS, REST_MS, TOUCH_REST_MS, TOUCHED_FOR_MS
from drivers.screen_board import BLANK_MS, MAX_TOUCHES, TOUCH_EVERY_MS
from tests.drivers.screen_rig import BUTTONS, CODE, KEYPAD_PAGE, SCREEN_PAGE, TOUCH_PAGE, Screen, live, open_screen


@pytest.fixture
def screen() -> Iterator[Screen]:
    yield from open_screen()


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
    assert screen.driver.rest_ms() == FIRST_TOUCH_REST_MS
    assert screen.touch({"token": screen.token(), "key": TOUCH_PAGE.buttons[0].key}) == 204
    assert [type(one) for one in screen.driver.poll()] == [ButtonTouched]
    assert screen.driver.rest_ms() == TOUCH_REST_MS
    screen.clock.rest(TOUCHED_FOR_MS)
    assert screen.driver.rest_ms() == FIRST_TOUCH_REST_MS
    screen.driver.execute(Show("display", replace(SCREEN_PAGE, code=None)))
    assert screen.driver.rest_ms() == REST_MS
    watcher.close()  # type: ignore[attr-defined]
