"""The kiosk browser before a station's screen, without a browser: it follows the page, paints it, and reports the step.

It has hands, too: `press` and `type` touch what is on the glass, and nothing else. As in the real one a code is painted
before it is reported, and the page goes dark when the station is silent.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import zxingcpp
from PIL import Image, ImageDraw

from drivers.contract import Button, Words

LOOPBACK = "127.0.0.1"
PIXELS_A_MODULE = 6
RECONNECT_SECONDS = 0.1
ANSWER_SECONDS = 5.0
MAX_LINE_BYTES = 262_144
_RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1[hH]-?\d+z")
_SIZE = re.compile(r'viewBox="0 0 (\d+) \d+"')


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody before the screen sees. `picture` (PNG) is its code, None when it shows none."""

    mood: str
    colour: str
    title: Words
    headline: Words
    lines: tuple[Words, ...]
    help_phone: str
    picture: bytes | None
    buttons: tuple[Button, ...] = ()
    keypad_digits: int = 0


NOTHING = Seen("blank", "", Words("", ""), Words("", ""), (), "", None)
"""A dark screen."""


class Kiosk:
    """Looks at the screen on `port` from `open` to `close`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._seen = NOTHING
        self._dark_at = 0.0
        self._painted: tuple[str, bytes] = ("", b"")
        self._token = ""
        self._looking: asyncio.Task[None] | None = None

    @property
    def seen(self) -> Seen:
        """What is on the glass now."""
        return self._seen if asyncio.get_running_loop().time() < self._dark_at else NOTHING

    def open(self) -> None:
        """Begin to look."""
        self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Look away; may be called twice."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
            self._looking = None

    async def press(self, key: str) -> bool:
        """Touch a button; False when the page had just changed or the finger came too soon.

        Raises ValueError when no such button is on the glass.
        """
        if key not in {button.key for button in self.seen.buttons}:
            raise ValueError(f"the screen shows no button {key}")
        return await self._touch({"key": key})

    async def type(self, digits: str) -> bool:
        """Touch the keypad until all digits are typed; False as for `press`.

        Raises ValueError when the screen does not ask for so many digits.
        """
        if not digits or len(digits) != self.seen.keypad_digits:
            raise ValueError(f"the screen asks for {self.seen.keypad_digits} digits")
        return await self._touch({"digits": digits})

    async def _touch(self, answer: dict[str, str]) -> bool:
        return await self._post("/touch", {"token": self._token, **answer})

    async def _look(self) -> None:
        while True:
            with suppress(OSError, EOFError, ValueError):  # the controller is not there, or went away in mid-sentence
                await self._follow()
            self._dark_at = 0.0
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self) -> None:
        request = f"GET /live HTTP/1.0\r\nHost: {LOOPBACK}:{self.port}\r\nAccept: text/event-stream\r\n\r\n"
        async with self._asking(request) as answer:
            while line := await answer.readline():
                if line.startswith(b"data: "):
                    await self._show(json.loads(line.removeprefix(b"data: ")))

    async def _show(self, state: dict[str, Any]) -> None:
        if state.get("blank", True):
            self._dark_at = 0.0
            return
        self._seen = Seen(
            mood=state["mood"],
            colour=state["colour"],
            title=_words(state["title"]),
            headline=_words(state["headline"]),
            lines=tuple(_words(line) for line in state["lines"]),
            help_phone=state["help_phone"],
            picture=self._paint(state["code_svg"]),
            buttons=tuple(Button(one["key"], _words(one["words"]), one["colour"]) for one in state["buttons"]),
            keypad_digits=state["keypad_digits"],
        )
        self._token = state["token"]
        self._dark_at = asyncio.get_running_loop().time() + state["left_ms"] / 1000
        if state["step"] is not None:
            await self._post("/shown", {"step": state["step"]})

    def _paint(self, svg: str | None) -> bytes | None:
        if svg is None:
            return None
        if self._painted[0] != svg:
            self._painted = svg, paint(svg)
        return self._painted[1]

    async def _post(self, path: str, message: dict[str, Any]) -> bool:
        """Whether the station took the message."""
        body = json.dumps(message)
        origin = f"{LOOPBACK}:{self.port}"
        request = (
            f"POST {path} HTTP/1.0\r\nHost: {origin}\r\nOrigin: http://{origin}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        async with asyncio.timeout(ANSWER_SECONDS), self._asking(request) as answer:
            return (await answer.readline()).split()[1:2] == [b"204"]

    @asynccontextmanager
    async def _asking(self, request: str) -> AsyncIterator[asyncio.StreamReader]:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port, limit=MAX_LINE_BYTES)
        try:
            writer.write(request.encode())
            yield reader
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _words(words: dict[str, str]) -> Words:
    return Words(words["zh"], words["en"])


def paint(svg: str) -> bytes:
    """The picture (PNG) of a code that is drawn as rows of modules. Raises ValueError for any other drawing."""
    size = _SIZE.search(svg)
    if size is None:
        raise ValueError("not the drawing of a code")
    edge = int(size.group(1)) * PIXELS_A_MODULE
    picture = Image.new("L", (edge, edge), 255)
    draw = ImageDraw.Draw(picture)
    for x, y, width in (map(int, run) for run in _RUN.findall(svg)):
        left, top = x * PIXELS_A_MODULE, y * PIXELS_A_MODULE
        draw.rectangle((left, top, left + width * PIXELS_A_MODULE - 1, top + PIXELS_A_MODULE - 1), fill=0)
    png = io.BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()


def read_code(picture: bytes) -> str:
    """What a phone's camera reads in a picture; "" when there is no code in it."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return found[0].text if found else ""
