"""The screen's server on loopback: who may look, what is served, how many."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from typing import cast

import pytest

from drivers.contract import Show, WireLost, Wires
from drivers.screen import Driver, Settings
from drivers.screen_server import MAX_CLIENTS
from tests.drivers.screen_rig import CODE, SCREEN_PAGE, Screen, live, open_screen


@pytest.fixture
def screen() -> Iterator[Screen]:
    yield from open_screen()


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
