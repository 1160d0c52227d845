"""A screen's driver with its port and clock, a browser's side of it, and some pages."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from drivers.contract import Button, Mood, Page, Wires, Words
from drivers.screen import Driver, Settings
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


def open_screen() -> Iterator[Screen]:
    """A screen that is closed afterwards."""
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
