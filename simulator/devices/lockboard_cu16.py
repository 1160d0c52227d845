"""A Kerong CU12 or CU16 lock board (02 .. 03 SUM), written from the protocol notes.

A request is 5 bytes; its address has the board in the high and the lock, from 0, in the low half. An unlock is silent.
"""

from __future__ import annotations

from simulator.devices.lock_board import LockBoard
from simulator.devices.spot import Spot

BAUD = 19_200
THINK_MS = 20
START, END = 0x02, 0x03
READ, UNLOCK, READ_EVERY_BOARD, UNLOCK_ALL, READ_TIME = 0x30, 0x31, 0x32, 0x33, 0x38
STATUS, STATUS_OF_EVERY_BOARD = 0x35, 0x36
EVERY_BOARD = 0x0F
REQUEST_BYTES = 5
LOCKS = 16


class LockboardCu16(LockBoard):
    """State machine of one board. Locks count from 1 here, and from 0 on the wire.

    `answers_unlock`: it says its status after an unlock. `busy_after_unlock`: it hears nothing but a question for its
    unlock time until it has got one.
    """

    def __init__(
        self,
        *,
        address: int = 0,
        channels: int = LOCKS,
        baud: int = BAUD,
        answers_unlock: bool = False,
        busy_after_unlock: bool = False,
    ) -> None:
        super().__init__(address=address, channels=channels, baud=baud, think_ms=THINK_MS)
        self.answers_unlock = answers_unlock
        self.busy_after_unlock = busy_after_unlock
        self.says_its_time = False
        """Whether the question for its unlock time gets an answer. The notes show none, and no form for it."""
        self.items: set[int] = set()
        """Places whose second sensor says that something lies in them."""
        self._busy = False

    # ------------------------------------------------------------ the line

    def frame_in(self, held: bytes) -> tuple[bytes, int] | None:
        for at in range(len(held) - REQUEST_BYTES + 1):
            frame = held[at : at + REQUEST_BYTES]
            is_frame = frame[0] == START and frame[3] == END and sum(frame[:4]) & 0xFF == frame[4]
            if is_frame and frame[1] >> 4 in (self.address, EVERY_BOARD):
                return frame, at + REQUEST_BYTES
        return None

    def only_reads(self, frame: bytes) -> bool:
        return frame[2] == READ and not self._busy

    def obey(self, frame: bytes, now_ms: int) -> None:
        board, lock, command = frame[1] >> 4, frame[1] & 0x0F, frame[2]
        if command == READ_TIME:
            self._busy = False
            if self.says_its_time:
                self.say(self._time(), now_ms + self.think_ms)
            return
        if self._busy or (board != self.address and command != READ_EVERY_BOARD):
            return
        match command:
            case 0x30 | 0x32:
                code = STATUS if command == READ else STATUS_OF_EVERY_BOARD
                self.say(lambda at_ms: self._status(code, at_ms), now_ms + self.think_ms)
            case 0x31 | 0x33:
                for each in range(1, self.channels + 1) if command == UNLOCK_ALL else (lock + 1,):
                    self.fire(each, now_ms)
                self._busy = self.busy_after_unlock
                if self.answers_unlock:
                    self.say(lambda at_ms: self._status(STATUS, at_ms), now_ms + self.think_ms)

    def power_cycle(self, now_ms: int) -> None:
        super().power_cycle(now_ms)
        self._busy = False

    # ------------------------------------------------------------ what it says

    def _status(self, code: int, now_ms: int) -> bytes:
        locks = range(1, self.channels + 1)
        hooks = sum(1 << lock - 1 for lock in locks if not self.shows_open(lock, now_ms))
        items = sum(1 << item - 1 for item in self.items)
        return self._framed(code, hooks.to_bytes(2, "little") + items.to_bytes(2, "little"))

    def _time(self) -> bytes:
        return self._framed(READ_TIME, bytes((30, 0, 0, 0)))

    def _framed(self, code: int, data: bytes) -> bytes:
        body = bytes((START, self.speaks_as() << 4, code)) + data + bytes((END,))
        return body + bytes((sum(body) & 0xFF,))


def twin(spot: Spot) -> LockboardCu16:
    return LockboardCu16(**spot.picked("address", "channels", "baud"))
