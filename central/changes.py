"""What goes wrong at the office's counter, and who wants to know what is new there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from central.views import Change

MAX_SUBSCRIBERS = 256
"""How many live pages at once; `subscribe` raises `OfficeBusy` beyond."""

_log = logging.getLogger(__name__)


class OfficeFault(Exception):
    """The office cannot do that; the message says why and what to do next."""


class UnknownStation(OfficeFault):
    """No station of this name was added."""


class OfficeBusy(OfficeFault):
    """A bound was reached; try again later."""


class NoPoints(OfficeFault):
    """Somebody has fewer volunteer points than it takes; `points` may be negative."""

    def __init__(self, points: int, price: int) -> None:
        super().__init__(f"there are {points} volunteer points, and it takes {price}")
        self.points = points
        self.price = price


class StationAway(OfficeFault):
    """The station does not answer, or the office has no broker now."""


class Changes:
    """Who wants to know of changes; told from the thread on which they happen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[Change], None]] = {}

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Add a callback; returns what removes it. Raises `OfficeBusy`."""
        token = object()
        with self._lock:
            if len(self._callbacks) >= MAX_SUBSCRIBERS:
                raise OfficeBusy(f"{MAX_SUBSCRIBERS} pages are live already")
            self._callbacks[token] = callback
        return lambda: self._remove(token)

    def tell(self, change: Change) -> None:
        """Tell everybody; a callback that raises is dropped."""
        with self._lock:
            callbacks = list(self._callbacks.items())
        for token, callback in callbacks:
            try:
                callback(change)
            except Exception:  # noqa: BLE001 - a page's fault must not stop the acknowledgements
                _log.exception("a live page failed and gets no more changes")
                self._remove(token)

    def _remove(self, token: object) -> None:
        with self._lock:
            self._callbacks.pop(token, None)
