"""A station's own screen: a page on loopback for a kiosk browser (`chromium --kiosk http://127.0.0.1:PORT/`).

It shows what it was last told, live, and blanks itself when nothing has come for `BLANK_MS`. The browser reports the
step of the rotating code once it has painted it, so that a code counts only after people could see it.

On a touch screen it has hands, too: the page's buttons come back as `ButtonTouched`, the digits of its keypad as
`DigitsEntered`. A display without touch shows pages that have neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Empty, Queue
from typing import ClassVar, Literal, TypeVar

from pydantic import Field

from drivers.contract import (
    ButtonTouched,
    Clock,
    Command,
    DigitsEntered,
    PageShown,
    Quantity,
    Show,
    Signal,
    WireLost,
    Wires,
)
from drivers.screen_board import Board
from drivers.screen_server import ScreenServer
from drivers.settings import DeviceSettings

PAINT_WAIT_SECONDS = 0.3
"""How long `Show` waits for the browser to say that the page is painted; later reports come by `poll`."""

REST_MS = 1000
"""How late a report may be noticed when the browser was slow or has just come back."""

TOUCH_REST_MS, FIRST_TOUCH_REST_MS = 50, 200
"""How late a touch may be noticed: a finger expects its answer within 100 ms. The first one wakes the screen up."""
TOUCHED_FOR_MS = 60_000

T = TypeVar("T")


class Settings(DeviceSettings):
    """One display. The address is always loopback: the rotating code means "I stand before this door"."""

    driver: Literal["screen"]
    port: int = Field(ge=1024, le=65535, description="TCP port on 127.0.0.1 that the kiosk browser opens")

    def wires(self) -> tuple[str, ...]:
        return (f"TCP port {self.port}",)


class Driver:
    """Serves one page to the browsers of this machine."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Show})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:  # noqa: ARG002 - a page has no wire
        self._name = name
        self._clock = clock
        self._touched_until_ms = 0
        self._board = Board(clock)
        try:
            self._server = ScreenServer(settings.port, self._board)
        except OSError as fault:
            raise WireLost(
                f"port {settings.port} on 127.0.0.1 cannot be opened ({fault.strerror}): "
                f"give this screen another port in the station file, or end the program that has it"
            ) from fault

    def execute(self, command: Command) -> Iterable[Signal]:
        """Show a page, and give the browser a moment to report it."""
        if not isinstance(command, Show):
            raise TypeError(f"a screen cannot do {type(command).__name__}")
        self._board.show(command.page)
        if self._board.expects_report():
            with suppress(Empty):
                return [PageShown(self._name, self._board.reports.get(timeout=PAINT_WAIT_SECONDS)), *self._news()]
        return []

    def poll(self) -> Iterable[Signal]:
        """What was painted and touched in the meantime. Raises `WireLost` when the page is no longer served."""
        if not self._server.serving():
            raise WireLost("the screen's page is no longer served; it is started again")
        return self._news()

    def _news(self) -> list[Signal]:
        signals: list[Signal] = [PageShown(self._name, step) for step in _waiting(self._board.reports)]
        for touch in _waiting(self._board.touches):
            self._touched_until_ms = self._clock.steady_ms() + TOUCHED_FOR_MS
            if touch.key:
                signals.append(ButtonTouched(self._name, touch.key))
            else:
                signals.append(DigitsEntered(self._name, touch.digits))
        return signals

    def rest_ms(self) -> int:
        if not self._board.touchable():
            return REST_MS
        return TOUCH_REST_MS if self._clock.steady_ms() < self._touched_until_ms else FIRST_TOUCH_REST_MS

    def close(self) -> None:
        """End every connection and free the port; may be called twice."""
        self._server.close()


def _waiting(queue: Queue[T]) -> Iterator[T]:
    """What waits in a queue now."""
    with suppress(Empty):
        while True:
            yield queue.get_nowait()
