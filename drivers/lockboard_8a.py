"""The "8A/80" lock board (Guangzhou Shuoming and clones), 9600 8N1: `cells/7` is its channel 7.

`feedback` says what the lock's own contact does: it usually closes a circuit while the cell is shut (`closed_shorts`).
A state that is always inverted means the other one.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from drivers import lockboard_8a_frames as frames
from drivers.contract import Clock, Wires
from drivers.lock_board import LockBoard
from drivers.lock_board_line import Heard, Opened, Status
from drivers.settings import BusSettings

BAUD = 9_600
MAX_CHANNELS = 50


class Settings(BusSettings):
    """One board."""

    language: ClassVar[str] = "8A"

    driver: Literal["lockboard-8a"]
    address: int = Field(1, ge=1, le=31, description="of the board, by its switches")
    channels: int = Field(24, ge=1, le=MAX_CHANNELS, description="how many cells it has")
    feedback: Literal["closed_shorts", "open_shorts"] = Field(
        "closed_shorts", description="the locks' contacts are closed while the cells are shut, or while they are open"
    )
    status_order: Literal["high_first", "low_first"] = Field(
        "high_first", description="which channels come first when all are read; open cell 1 and look"
    )

    def channel_numbers(self) -> range:
        return range(1, self.channels + 1)


class _Language:
    unlock_answer_ms = 1_500
    """The board answers about 500 ms later, when its contact has settled."""
    status_answer_ms = 300

    def __init__(self, settings: Settings) -> None:
        self._board = settings.address
        self._bit_is_shut = settings.feedback == "closed_shorts"
        self._high_first = settings.status_order == "high_first"

    def unlock(self, channel: int) -> bytes:
        return frames.unlock(self._board, channel)

    def after_unlock(self) -> bytes:
        return b""

    def status(self) -> bytes:
        return frames.read_all(self._board)

    def probe(self) -> bytes:
        """One channel: a board of eight that sends one status byte can answer "read all" with the same bytes."""
        return frames.read_one(self._board, 1)

    def find(self, data: bytes) -> Heard:
        found = list(frames.frames(data, high_first=self._high_first))
        own = [one.frame for one in found if one.board == self._board]
        answers = tuple(answer for frame in own if (answer := self._answer(frame)) is not None)
        told = any(isinstance(one.frame, frames.One) and one.frame.head in frames.CHANGED for one in found)
        return Heard(answers, len(data) - sum(one.size for one in found), told)

    def _answer(self, frame: frames.One | frames.All) -> Status | Opened | None:
        """What a board says by itself is no answer."""
        match frame:
            case frames.All(bits):
                return Status({channel: bit is self._bit_is_shut for channel, bit in enumerate(bits, 1)})
            case frames.One(frames.UNLOCK, channel, bit):
                return Opened(channel, bit is not self._bit_is_shut)
        return None


class Driver(LockBoard):
    """Gives `CLOSED` of each cell."""

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        super().__init__(name, _Language(settings), settings.channels, wires.serial(settings.port, BAUD), clock)
