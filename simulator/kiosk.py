"""The browser before a station's screen, without a browser: it reads the page, paints the picture, reports the step."""

from __future__ import annotations

import http.client
import io
import json
import re
from dataclasses import dataclass
from typing import Any

import zxingcpp
from PIL import Image, ImageDraw

PIXELS_A_MODULE = 6
TIMEOUT_SECONDS = 5.0
_RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1[hH]-?\d+z")
_SIZE = re.compile(r'viewBox="0 0 (\d+) \d+"')


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody before the screen sees: its words, and the picture of its code as PNG (None when it is blank)."""

    headline: str
    mood: str
    step: int | None
    picture: bytes | None


def look(port: int) -> Seen:
    """Look at the screen once, and report the step that was painted, as its page does. Raises OSError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/state.json")
        state: dict[str, Any] = json.loads(connection.getresponse().read())
        if state.get("blank", True):
            return Seen("", "blank", None, None)
        picture = paint(state["code_svg"]) if state["code_svg"] else None
        step = state["step"]
        headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{port}"}
        connection.request("POST", "/shown", json.dumps({"step": step}), headers)
        connection.getresponse().read()
        return Seen(state["headline"]["zh"], state["mood"], step, picture)
    finally:
        connection.close()


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
