"""The "WKLY" lock board (start bytes 57 4B 4C 59), 9600 8N1: `cells/7` is its channel 7.

Some of these boards never answer when they open a cell. Then the cell itself is read; nothing is sent twice.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from drivers import lockboard_wkly_frames as frames
from drivers.contract import Clock, Wires
from drivers.lock_board import LockBoard
from drivers.lock_board_line import Heard, Opened, Status
from drivers.lockboard_wkly_frames import Frame, Word
from drivers.settings import BusSettings

BAUD = 9_600
_ONE_DATA, _ALL_DATA = 3, 2


class Settings(BusSettings):
    """One board."""

    language: ClassVar[str] = "WKLY"

    driver: Literal["lockboard-wkly"]
    address: int = Field(0, ge=0, le=31, description="of the board, by its switches")
    channels: int = Field(24, ge=1, le=32, description="how many cells it has")
    first_channel: Literal[0, 1] = Field(1, description="what the board calls its first channel; most say 1")

    def channel_numbers(self) -> range:
        return range(1, self.channels + 1)


class _Language:
    unlock_answer_ms = 1_000
    status_answer_ms = 500

    def __init__(self, settings: Settings) -> None:
        self._board = settings.address
        self._offset = settings.first_channel - 1

    def unlock(self, channel: int) -> bytes:
        return frames.write(self._board, Word.OPEN_ONE, bytes((channel + self._offset,)))

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
        told = any(frame.word == Word.CHANGED for frame in found)
        return Heard(answers, len(data) - sum(frame.size for frame in found), told)

    def _answer(self, frame: Frame) -> Status | Opened | None:
        data = frame.data
        if frame.word == Word.OPEN_ONE and len(data) == _ONE_DATA:
            is_open = {frames.OPEN: True, frames.CLOSED: False}.get(data[2])
            return Opened(data[1] - self._offset, is_open, failed=data[0] != frames.DONE)
        if frame.word != Word.READ_ALL or len(data) < _ALL_DATA or data[0] != frames.DONE or len(data) != 2 + data[1]:
            return None
        states = {channel: state for channel, state in enumerate(data[2:], 1) if state in (frames.OPEN, frames.CLOSED)}
        return Status({channel: state == frames.CLOSED for channel, state in states.items()})


class Driver(LockBoard):
    """Gives `CLOSED` of each cell."""

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        super().__init__(name, _Language(settings), settings.channels, wires.serial(settings.port, BAUD), clock)
