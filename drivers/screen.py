"""A station's own screen: a page on loopback for a kiosk browser (`chromium --kiosk http://127.0.0.1:PORT/`).

It shows what it was last told, live, and blanks itself when nothing has come for `BLANK_MS`. The browser reports the
step of the rotating code once it has painted it, so that a code counts only after people could see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from queue import Empty
from typing import ClassVar, Literal

from pydantic import Field

from drivers.contract import Clock, Command, PageShown, Quantity, Show, Signal, WireLost, Wires
from drivers.screen_board import Board
from drivers.screen_server import ScreenServer
from drivers.settings import DeviceSettings

PAINT_WAIT_SECONDS = 0.3
"""How long `Show` waits for the browser to say that the page is painted; later reports come by `poll`."""

REST_MS = 1000
"""How late a report may be noticed when the browser was slow or has just come back."""


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
        if not command.page.code or command.page.step is None or not self._board.watched():
            return []
        return self._reported(PAINT_WAIT_SECONDS)

    def poll(self) -> Iterable[Signal]:
        """The reports that came in the meantime. Raises `WireLost` when the page is no longer served."""
        if not self._server.serving():
            raise WireLost("the screen's page is no longer served; it is started again")
        return self._reported(0)

    def _reported(self, wait_seconds: float) -> list[Signal]:
        signals: list[Signal] = []
        with suppress(Empty):
            if wait_seconds:
                signals.append(PageShown(self._name, self._board.reports.get(timeout=wait_seconds)))
            while True:
                signals.append(PageShown(self._name, self._board.reports.get_nowait()))
        return signals

    def rest_ms(self) -> int:
        return REST_MS

    def close(self) -> None:
        """End every connection and free the port; may be called twice."""
        self._server.close()
