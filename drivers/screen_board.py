"""What a screen shows right now, shared between the driver's thread and the browsers' connections."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Any

from drivers.contract import Clock, Page, Words

BLANK_MS = 25_000
"""A page is taken away this long after it was told: a frozen controller must not leave an old code on show."""

MAX_REPORTS = 16
QUIET_ZONE = 4  # modules of white around a QR code, ISO/IEC 18004

COLOURS = {
    "red": Words("红 · 驿站", "Red · station"),
    "orange": Words("橙 · 阅读", "Orange · reading"),
    "yellow": Words("黄 · 骑手", "Yellow · couriers"),
    "green": Words("绿 · 低碳", "Green · low carbon"),
    "cyan": Words("青", "Cyan"),
    "blue": Words("蓝 · 安全", "Blue · safety"),
    "purple": Words("紫", "Purple"),
}
"""The word beside each colour, for whoever does not see it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, when (steady) it was told, and its code as a picture."""

    page: Page
    at_ms: int
    svg: str | None


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
    """One page at a time. `reports` holds the steps that browsers have painted and the driver has not yet told."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: Shown | None = None
        self._steps: deque[int] = deque(maxlen=2)  # a report may cross the next page on its way
        self._listeners: set[Queue[None]] = set()
        self.reports: Queue[int] = Queue(MAX_REPORTS)
        self.closed = False

    def show(self, page: Page) -> None:
        before = self._shown
        if before is not None and before.page.code == page.code:
            svg = before.svg
        else:
            svg = qr_svg(page.code) if page.code else None
        if page.code and page.step is not None and page.step not in self._steps:
            self._steps.append(page.step)
        self._shown = Shown(page, self._clock.steady_ms(), svg)
        self._wake()

    def state(self) -> dict[str, Any]:
        """What people see now, as JSON values; `left_ms` is how long it may stay without another word."""
        shown = self._shown
        if shown is None:
            return {"blank": True, "help_phone": ""}
        page = shown.page
        left_ms = shown.at_ms + BLANK_MS - self._clock.steady_ms()
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
            "step": page.step if page.code else None,  # only what people can scan is reported
            "help_phone": page.help_phone,
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

    def listen(self) -> Queue[None]:
        """Something comes out of the queue whenever the page changes, and when the screen closes."""
        listener: Queue[None] = Queue(1)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Queue[None]) -> None:
        self._listeners.discard(listener)

    def watched(self) -> bool:
        """Whether a browser is connected."""
        return bool(self._listeners)

    def close(self) -> None:
        self.closed = True
        self._wake()

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


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
