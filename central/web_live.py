"""Live pages: the office's changes, brought from its thread into the pages' loop, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from central.views import Change

MAX_STREAMS = 200
MAX_STREAMS_EACH = 6
"""Live pages of one person: a few tabs, and a reconnect that crosses the old connection's end."""
HEARTBEAT_SECONDS = 15
STREAM_SECONDS = 1800
"""A live page starts over after this long; the browser reconnects by itself."""
RECONNECT_MS = 2000

Wanted = Callable[[Change], bool]
Draw = Callable[[], tuple[dict[str, Any], bool]]
"""What a page should show now, as JSON values, and whether that is the end. Called in a worker thread."""


class Live:
    """Wakes the live pages. `publish` may be called from any thread once `start` was called in the loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pages: dict[asyncio.Event, Wanted] = {}
        self._each: Counter[str] = Counter()
        self.closed = False

    def start(self) -> None:
        """Take the running loop as the one of the pages."""
        self._loop = asyncio.get_running_loop()
        self.closed = False

    def publish(self, change: Change) -> None:
        """Wake every page that wants this change; returns at once."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has just been closed: nobody looks any more
                loop.call_soon_threadsafe(self._wake, change)

    def close(self) -> None:
        """End every live page; called in the loop."""
        self.closed = True
        for page in self._pages:
            page.set()

    def enter(self, name: str, wanted: Wanted) -> asyncio.Event | None:
        """A page that is set at every wanted change; None when all are taken."""
        if len(self._pages) >= MAX_STREAMS or self._each[name] >= MAX_STREAMS_EACH or self.closed:
            return None
        page = asyncio.Event()
        self._pages[page] = wanted
        self._each[name] += 1
        return page

    def leave(self, name: str, page: asyncio.Event) -> None:
        """The page has gone."""
        del self._pages[page]
        self._each -= Counter([name])  # drops the name with its last page

    def _wake(self, change: Change) -> None:
        for page, wanted in self._pages.items():
            if wanted(change):
                page.set()


class LiveResponse(Response):
    """Sends what `draw` gives, now and after every wanted change, until `draw` says that it is over.

    `name` is whose page it is. Changes within `redraw_seconds` are drawn together. When all live pages are taken the
    answer is 503: the page stays as it is.
    """

    media_type = "text/event-stream"

    def __init__(self, live: Live, name: str, wanted: Wanted, draw: Draw, redraw_seconds: float = 0) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._live, self._name, self._wanted, self._draw = live, name, wanted, draw
        self._redraw_seconds = redraw_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._live.enter(self._name, self._wanted)
        if page is None:
            await Response(status_code=503)(scope, receive, send)
            return
        left = asyncio.ensure_future(_left(receive, page))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._tell(page, left, send)
            if not left.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            return  # the browser has gone
        finally:
            self._live.leave(self._name, page)
            left.cancel()

    async def _tell(self, page: asyncio.Event, left: asyncio.Future[None], send: Send) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + STREAM_SECONDS
        text, over = f"retry: {RECONNECT_MS}\n\n", False
        changed, told = True, ""
        while not over and not left.done() and not self._live.closed and loop.time() < give_up:
            if changed:
                page.clear()
                values, over = await run_in_threadpool(self._draw)
                drawn = json.dumps(values, ensure_ascii=False)
                text += f"data: {drawn}\n\n" if drawn != told else ""
                told = drawn
            await send({"type": "http.response.body", "body": (text or ":\n\n").encode(), "more_body": True})
            text = ""
            if not over:
                await asyncio.sleep(self._redraw_seconds)
                changed = await _set_within(page, HEARTBEAT_SECONDS)


async def _left(receive: Receive, page: asyncio.Event) -> None:
    """Wait until the browser has gone, and wake its page."""
    while (await receive())["type"] != "http.disconnect":
        pass
    page.set()


async def _set_within(page: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(page.wait(), seconds)
    except TimeoutError:
        return False
    return True
