"""What a screen shows right now, shared between the driver's thread and the browsers' connections."""

from __future__ import annotations

import secrets
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from queue import Empty, Full, Queue
from typing import Any

from drivers.contract import MAX_BUTTONS, Button, Clock, Page, Words, both

BLANK_MS = 25_000
"""A page is taken away this long after it was told: a frozen controller must not leave an old code on show."""

MAX_REPORTS = 16
MAX_TOUCHES = 4
"""Touches that wait for the driver, which looks a few times a second while there is something to touch."""

TOUCH_EVERY_MS = 300
"""Touches that come faster are not meant: a finger that trembles, or no finger."""

TOKEN_BYTES = 16
QUIET_ZONE = 4  # modules of white around a QR code, ISO/IEC 18004

COLOURS = {
    "red": both("Red · station"),
    "orange": both("Orange · reading"),
    "yellow": both("Yellow · couriers"),
    "green": both("Green · low carbon"),
    "cyan": both("Cyan"),
    "blue": both("Blue · safety"),
    "purple": both("Purple"),
}
"""The word beside each colour, for whoever does not see it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, when (steady) it was told, and its code as a picture.

    `token` stands for what can be touched, and changes with it: a finger that was meant for another question is told
    by it. Only the screen's own page can read it. Empty: there is nothing to touch.
    """

    page: Page
    at_ms: int
    svg: str | None
    token: str


@dataclass(frozen=True, slots=True)
class Touch:
    """A button's key, or else the digits that were typed: a secret."""

    token: str  # ASCII
    key: str = ""
    digits: str = field(default="", repr=False)


class Answer(Enum):
    """What becomes of a touch."""

    TAKEN = auto()
    STALE = auto()  # it was meant for something that is not on show
    TOO_SOON = auto()


def qr_svg(text: str) -> str:
    """`text` as a QR code, level M, one unit a module, with its quiet zone. Dark runs are one path."""
    import qrcode  # noqa: PLC0415 - a station without a display has no use for it

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1H{start}z")
            x += 1
    size = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{"".join(runs)}"/></svg>'
    )


class Board:
    """One page at a time. `reports` (steps that were painted) and `touches` wait here until the driver tells them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: Shown | None = None
        self._steps: deque[int] = deque(maxlen=2)  # a report may cross the next page on its way
        self._listeners: set[Queue[None]] = set()
        self.reports: Queue[int] = Queue(MAX_REPORTS)
        self.touches: Queue[Touch] = Queue(MAX_TOUCHES)
        # When (steady) the last touch was taken. Whoever has taken it out is the only one who judges a touch.
        self._touched_ms: Queue[int] = Queue(1)
        self._touched_ms.put(clock.steady_ms() - TOUCH_EVERY_MS)
        self.closed = False

    def show(self, page: Page) -> None:
        before = self._shown
        code = _code(page)
        if code and page.step is not None and page.step not in self._steps:
            self._steps.append(page.step)
        if before is not None and _question(before.page) == _question(page):
            token = before.token
        else:
            token = secrets.token_hex(TOKEN_BYTES) if _touchable(page) else ""
        self._shown = Shown(page, self._clock.steady_ms(), self._picture(code), token)
        self._wake()

    def _picture(self, code: str | None) -> str | None:
        before = self._shown
        if before is not None and _code(before.page) == code:
            return before.svg
        return qr_svg(code) if code else None

    def state(self) -> dict[str, Any]:
        """What people see now, as JSON values; `left_ms` is how long it may stay without another word."""
        shown = self._shown
        if shown is None:
            return {"blank": True, "help_phone": ""}
        page = shown.page
        left_ms = self._left_ms(shown)
        if left_ms <= 0:
            return {"blank": True, "help_phone": page.help_phone}
        return {
            "blank": False,
            "left_ms": left_ms,
            "colour": page.colour,
            "colour_words": _words(COLOURS.get(page.colour, Words(page.colour, page.colour))),
            "mood": page.mood.value,
            "title": _words(page.title),
            "headline": _words(page.headline),
            "lines": [_words(line) for line in page.lines],
            "code_svg": shown.svg,
            "step": page.step if _code(page) else None,  # only what people can scan is reported
            "help_phone": page.help_phone,
            "buttons": [
                {"key": button.key, "words": _words(button.words), "colour": button.colour} for button in _buttons(page)
            ],
            "keypad_digits": page.keypad_digits,
            "token": shown.token,
        }

    def report(self, step: int) -> bool:
        """A browser has painted `step`. False when that step is not on show, or too many reports wait."""
        if step not in self._steps:
            return False
        try:
            self.reports.put_nowait(step)
        except Full:
            return False
        return True

    def touch(self, touch: Touch) -> Answer:
        """Somebody touched something. It counts only when it is on show now, and not too soon after the last."""
        touched_ms = self._touched_ms.get()
        try:
            now_ms = self._clock.steady_ms()
            if not self._offers(touch):
                return Answer.STALE
            if now_ms < touched_ms + TOUCH_EVERY_MS:
                return Answer.TOO_SOON
            self.touches.put_nowait(touch)
        except Full:
            return Answer.TOO_SOON
        else:
            touched_ms = now_ms
            return Answer.TAKEN
        finally:
            self._touched_ms.put(touched_ms)

    def _offers(self, touch: Touch) -> bool:
        shown = self._shown
        if shown is None or not shown.token or self._left_ms(shown) <= 0:
            return False
        if not secrets.compare_digest(shown.token, touch.token):
            return False
        if touch.key:
            return touch.key in {button.key for button in _buttons(shown.page)}
        return len(touch.digits) == shown.page.keypad_digits

    def touchable(self) -> bool:
        """Whether somebody may touch something now."""
        shown = self._shown
        return shown is not None and bool(shown.token) and self._watched()

    def listen(self) -> Queue[None]:
        """Something comes out of the queue at once, whenever the page changes, and when the screen closes."""
        listener: Queue[None] = Queue(1)
        listener.put_nowait(None)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Queue[None]) -> None:
        self._listeners.discard(listener)

    def expects_report(self) -> bool:
        """Whether a browser will tell that it has painted the code."""
        shown = self._shown
        return shown is not None and shown.svg is not None and shown.page.step is not None and self._watched()

    def close(self) -> None:
        self.closed = True
        self._wake()

    def _watched(self) -> bool:
        return bool(self._listeners)

    def _left_ms(self, shown: Shown) -> int:
        return shown.at_ms + BLANK_MS - self._clock.steady_ms()

    def _wake(self) -> None:
        for listener in list(self._listeners):
            with suppress(Full):  # it has been woken already and will find the newest page
                listener.put_nowait(None)


def wait(listener: Queue[None], seconds: float) -> bool:
    """Whether the page changed within `seconds`."""
    try:
        listener.get(timeout=seconds)
    except Empty:
        return False
    return True


def _code(page: Page) -> str | None:
    """A page that asks for a number shows no code: one thing at a time, and the keypad needs the room."""
    return None if page.keypad_digits else page.code


def _buttons(page: Page) -> tuple[Button, ...]:
    return page.buttons[:MAX_BUTTONS]


def _touchable(page: Page) -> bool:
    return bool(page.buttons or page.keypad_digits)


def _question(page: Page) -> tuple[object, ...]:
    """What a finger answers. The rotating code and the small lines may change under it."""
    return page.headline, page.buttons, page.keypad_digits


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
