"""A "WKLY" lock board (start bytes 57 4B 4C 59), written from the protocol notes.

A frame is the start, its whole length, board, command, data, and the XOR of everything before.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

from simulator.devices.lock_board import LockBoard
from simulator.devices.spot import Spot

BAUD = 9_600
THINK_MS = 200
"""A reading takes a quarter of a second on a board in the field, 24 state bytes included."""
UNLOCK_ANSWER_MS = 500
START = b"\x57\x4b\x4c\x59"
LEAST_BYTES = 8
OPEN_TOGETHER, OPEN_ONE, READ_ONE, READ_ALL, CHANGED = 0x80, 0x82, 0x83, 0x84, 0x85
OPEN_ALL, OPEN_IN_TURN, HOLD, LET_GO = 0x86, 0x87, 0x88, 0x89
DONE, FAILED = 0x00, 0xFF
OPEN, CLOSED = 0x00, 0x01
HELD_MS = 2**40
IN_TURN_MS = 300


class LockboardWkly(LockBoard):
    """State machine of one board. `first_channel` is what it calls its first one.

    `answers_unlock` False: it opens, and never answers 82. `tells_changes`: it tells by itself when a door moves.
    """

    def __init__(
        self,
        *,
        address: int = 0,
        channels: int = 24,
        first_channel: int = 1,
        answers_unlock: bool = True,
        tells_changes: bool = False,
    ) -> None:
        super().__init__(address=address, channels=channels, baud=BAUD, think_ms=THINK_MS)
        self.answers_unlock = answers_unlock
        self.tells_changes = tells_changes
        self.fails: set[int] = set()
        """Channels whose state it cannot tell: it says FF."""
        self._first = first_channel

    # ------------------------------------------------------------ the line

    def frame_in(self, held: bytes) -> tuple[bytes, int] | None:
        at = held.find(START)
        while 0 <= at <= len(held) - LEAST_BYTES:
            size = held[at + len(START)]
            frame = held[at : at + size]
            if size >= LEAST_BYTES and len(frame) == size and reduce(xor, frame) == 0 and frame[5] == self.address:
                return frame, at + size
            at = held.find(START, at + 1)
        return None

    def only_reads(self, frame: bytes) -> bool:
        return frame[6] in (READ_ONE, READ_ALL)

    def obey(self, frame: bytes, now_ms: int) -> None:
        command, data = frame[6], frame[7:-1]
        channels = [number - self._first + 1 for number in (data[1:] if command in (0x80, 0x87) else data)]
        asked_ms = now_ms + self.think_ms
        match command:
            case 0x82 if len(channels) == 1:
                self._open_one(channels[0], now_ms)
            case 0x83 if len(channels) == 1:
                self.say(lambda at_ms: self._one(READ_ONE, channels[0], at_ms), asked_ms)
            case 0x84:
                self.say(self._all, asked_ms)
            case 0x80 | 0x86 | 0x87:
                several = range(1, self.channels + 1) if command == OPEN_ALL else channels
                for place, channel in enumerate(several):
                    self.fire(channel, now_ms + (place * IN_TURN_MS if command == OPEN_IN_TURN else 0))
                self.say(self._framed(command, bytes((DONE,))), asked_ms)
            case 0x88 | 0x89 if len(channels) == 1:
                if command == HOLD:
                    self.fire(channels[0], now_ms, HELD_MS)
                else:
                    self.let_go(channels[0], now_ms)
                self.say(self._framed(command, bytes((DONE, data[0]))), asked_ms)

    def _open_one(self, channel: int, now_ms: int) -> None:
        self.fire(channel, now_ms)
        if self.answers_unlock:
            answer_ms = now_ms + round(UNLOCK_ANSWER_MS * (1 + self.drift))
            self.say(lambda at_ms: self._one(OPEN_ONE, channel, at_ms), answer_ms)

    # ------------------------------------------------------------ what it says

    def change_frame(self, channel: int) -> bytes:
        if not self.tells_changes:
            return b""
        return self._framed(CHANGED, bytes((channel + self._first - 1, self._state(channel, 0))))

    def _one(self, command: int, channel: int, now_ms: int) -> bytes:
        is_there = 1 <= channel <= self.channels
        status, state = (DONE, self._state(channel, now_ms)) if is_there else (FAILED, FAILED)
        return self._framed(command, bytes((status, channel + self._first - 1 & 0xFF, state)))

    def _all(self, now_ms: int) -> bytes:
        states = [self._state(channel, now_ms) for channel in range(1, self.channels + 1)]
        return self._framed(READ_ALL, bytes((DONE, len(states), *states)))

    def _state(self, channel: int, now_ms: int) -> int:
        if channel in self.fails:
            return FAILED
        return OPEN if self.shows_open(channel, now_ms) else CLOSED

    def _framed(self, command: int, data: bytes) -> bytes:
        body = START + bytes((LEAST_BYTES + len(data), self.speaks_as(), command)) + data
        return body + bytes((reduce(xor, body),))


def twin(spot: Spot) -> LockboardWkly:
    return LockboardWkly(**spot.picked("address", "channels", "first_channel"))
