"""Kerong CU12 and CU16 lock boards, 19200 8N1 from the factory: `cells/1` is the lock with number 0 on the wire.

An unlock usually gets no answer: the hooks are read afterwards, and nothing is sent twice.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from drivers import lockboard_cu16_frames as frames
from drivers.contract import Clock, Wires
from drivers.lock_board import LockBoard
from drivers.lock_board_line import Heard, Status
from drivers.settings import BusSettings

MAX_ADDRESS = 14
"""15 is every board on the line at once."""


class Settings(BusSettings):
    """One board."""

    language: ClassVar[str] = "CU16"

    driver: Literal["lockboard-cu16"]
    address: int = Field(0, ge=0, le=MAX_ADDRESS, description="of the board, by its switches")
    channels: int = Field(16, ge=1, le=frames.LOCKS, description="how many cells it has: 12 or 16")
    baud: Literal[9_600, 19_200, 57_600, 115_200] = Field(19_200, description="as set in the board")

    def channel_numbers(self) -> range:
        return range(1, self.channels + 1)

    def line(self) -> str:
        return f"{self.baud} baud 8N1"


class _Language:
    unlock_answer_ms = 0
    status_answer_ms = 300

    def __init__(self, settings: Settings) -> None:
        self._board = settings.address

    def unlock(self, channel: int) -> bytes:
        return frames.unlock(self._board, channel - 1)

    def after_unlock(self) -> bytes:
        """Some boards stay busy until they have been asked this; an answer, if one comes, has no known form."""
        return frames.read_time(self._board)

    def status(self) -> bytes:
        return frames.read(self._board)

    def probe(self) -> bytes:
        return self.status()

    def find(self, data: bytes) -> Heard:
        found = list(frames.statuses(data))
        own = tuple(Status(dict(enumerate(hooks, 1))) for board, hooks in found if board == self._board)
        return Heard(own, len(data) - len(found) * frames.STATUS_BYTES)


class Driver(LockBoard):
    """Gives `CLOSED` of each cell."""

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        port = wires.serial(settings.port, settings.baud)
        super().__init__(name, _Language(settings), settings.channels, port, clock)
