"""The "DC 02" lock board (Guangzhou Dingchang, 12 channels), 9600 8N1: `cells/7` is its channel 7."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from drivers import lockboard_dc02_frames as frames
from drivers.contract import Clock, Wires
from drivers.lock_board import LockBoard
from drivers.lock_board_line import Heard, Opened, Status
from drivers.lockboard_dc02_frames import Frame, Word
from drivers.settings import BusSettings

BAUD = 9_600
_STATES = {frames.OPEN: True, frames.CLOSED: False}
_STATE_DATA, _LOCK_AND_STATE_DATA, _MASK_DATA = 1, 2, 2


class Settings(BusSettings):
    """One board."""

    language: ClassVar[str] = "DC02"

    driver: Literal["lockboard-dc02"]
    address: int = Field(1, ge=1, le=15, description="of the board, by its switches")
    channels: int = Field(12, ge=1, le=frames.LOCKS, description="how many cells it has")

    def channel_numbers(self) -> range:
        return range(1, self.channels + 1)


class _Language:
    unlock_answer_ms = 1_500
    """The manual does not say when a board answers: as long as for the 8A boards."""
    status_answer_ms = 300

    def __init__(self, settings: Settings) -> None:
        self._board = settings.address

    def unlock(self, channel: int) -> bytes:
        return frames.write(self._board, Word.OPEN_ONE, bytes((channel,)))

    def after_unlock(self) -> bytes:
        return b""

    def status(self) -> bytes:
        return frames.write(self._board, Word.READ_ALL)

    def probe(self) -> bytes:
        return self.status()

    def find(self, data: bytes) -> Heard:
        found = list(frames.frames(data))
        own = [frame for frame in found if frame.board == self._board]
        answers = tuple(answer for frame in own if (answer := self._answer(frame)) is not None)
        return Heard(answers, len(data) - sum(frame.size for frame in found))

    def _answer(self, frame: Frame) -> Status | Opened | None:
        data = frame.data
        match frame.word, len(data):
            case Word.READ_ALL, size if size == _MASK_DATA:
                return Status({channel: not is_open for channel, is_open in enumerate(frames.open_locks(data), 1)})
            case Word.OPEN_ONE, size if size in (_STATE_DATA, _LOCK_AND_STATE_DATA) and data[-1] in _STATES:
                return Opened(data[0] if size == _LOCK_AND_STATE_DATA else None, _STATES[data[-1]])
        return None


class Driver(LockBoard):
    """Gives `CLOSED` of each cell."""

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        super().__init__(name, _Language(settings), settings.channels, wires.serial(settings.port, BAUD), clock)
