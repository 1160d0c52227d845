"""A "DC 02" lock board (Guangzhou Dingchang, 12 channels), written from the protocol notes.

Requests begin with DC 02, answers with DC FE; address, command, length, data, and the sum from the address on. The
notes do not say when it answers an unlock: here as late as the 8A boards, when its contact has settled.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.devices.lock_board import LockBoard
from simulator.devices.spot import Spot

BAUD = 9_600
THINK_MS = 20
UNLOCK_ANSWER_MS = 500
REQUEST, ANSWER = b"\xdc\x02", b"\xdc\xfe"
LEAST_BYTES = 6
LOCKS = 12
VERSION, OPEN_ONE, READ_ONE, READ_ALL = 0x01, 0x10, 0x11, 0x12
OPEN_ALL, OPEN_SEVERAL, STEADY, OPEN_TOGETHER, STEADY_SEVERAL = 0x14, 0x15, 0x16, 0x18, 0x1A
DATA_BYTES = {
    VERSION: 0,
    OPEN_ONE: 1,
    READ_ONE: 1,
    READ_ALL: 0,
    OPEN_ALL: 0,
    OPEN_SEVERAL: 2,
    STEADY: 2,
    OPEN_TOGETHER: 2,
    STEADY_SEVERAL: 2,
}
FIRMWARE = 0x10
IN_TURN_MS = 300
HELD_MS = 2**40
"""A steady output: until somebody switches it off."""


class LockboardDc02(LockBoard):
    """State machine of one board.

    `short_answers`: it leaves the lock's number out of its answers to 10 and 11, as the manual prints them.
    `answers_unlock` False: it opens, and never answers 10.
    """

    def __init__(
        self, *, address: int = 1, channels: int = LOCKS, short_answers: bool = False, answers_unlock: bool = True
    ) -> None:
        super().__init__(address=address, channels=channels, baud=BAUD, think_ms=THINK_MS)
        self.short_answers = short_answers
        self.answers_unlock = answers_unlock

    # ------------------------------------------------------------ the line

    def frame_in(self, held: bytes) -> tuple[bytes, int] | None:
        at = held.find(REQUEST)
        while 0 <= at <= len(held) - LEAST_BYTES:
            size = LEAST_BYTES + held[at + 4]
            frame = held[at : at + size]
            is_frame = len(frame) == size and sum(frame[2:-1]) & 0xFF == frame[-1]
            if is_frame and frame[2] == self.address and DATA_BYTES.get(frame[3]) == frame[4]:
                return frame, at + size
            at = held.find(REQUEST, at + 1)
        return None

    def only_reads(self, frame: bytes) -> bool:
        return frame[3] in (VERSION, READ_ONE, READ_ALL)

    def obey(self, frame: bytes, now_ms: int) -> None:
        command, data = frame[3], frame[5:-1]
        asked_ms = now_ms + self.think_ms
        match command:
            case 0x01:
                self.say(self._framed(VERSION, bytes((FIRMWARE, 0))), asked_ms)
            case 0x10:
                self._open_one(data[0], now_ms)
            case 0x11 if self._is_there(data[0]):
                self.say(lambda at_ms: self._one(READ_ONE, data[0], at_ms), asked_ms)
            case 0x12:
                self.say(lambda at_ms: self._all(READ_ALL, at_ms), asked_ms)
            case 0x14 | 0x15 | 0x18:
                several = range(1, self.channels + 1) if command == OPEN_ALL else locks_in(data)
                self._open_several(command, several, now_ms)
            case 0x16 | 0x1A:
                self._hold(command, data, now_ms)

    def _open_one(self, channel: int, now_ms: int) -> None:
        if not self._is_there(channel):
            return
        self.fire(channel, now_ms)
        if self.answers_unlock:
            self.say(lambda at_ms: self._one(OPEN_ONE, channel, at_ms), self._settled_ms(now_ms))

    def _open_several(self, command: int, channels: Iterable[int], now_ms: int) -> None:
        last_ms = now_ms
        for place, channel in enumerate(channels):
            last_ms = now_ms if command == OPEN_TOGETHER else now_ms + place * IN_TURN_MS
            self.fire(channel, last_ms)
        self.say(lambda at_ms: self._all(command, at_ms), self._settled_ms(last_ms))

    def _hold(self, command: int, data: bytes, now_ms: int) -> None:
        """One output on or off; or of all at once those in the mask on, the others off."""
        wanted = {data[0]: bool(data[1])} if command == STEADY else dict.fromkeys(range(1, self.channels + 1), False)
        if command == STEADY_SEVERAL:
            wanted |= dict.fromkeys(locks_in(data), True)
        done = all(map(self._is_there, wanted))
        for channel, on in wanted.items() if done else ():
            if on:
                self.fire(channel, now_ms, HELD_MS)
            else:
                self.let_go(channel, now_ms)
        self.say(self._framed(command, bytes((done,))), now_ms + self.think_ms)

    def _settled_ms(self, fired_ms: int) -> int:
        return fired_ms + round(UNLOCK_ANSWER_MS * (1 + self.drift))

    def _is_there(self, channel: int) -> bool:
        return 1 <= channel <= self.channels

    # ------------------------------------------------------------ what it says

    def _one(self, command: int, channel: int, now_ms: int) -> bytes:
        state = bytes((self.shows_open(channel, now_ms),))
        return self._framed(command, state if self.short_answers else bytes((channel,)) + state)

    def _all(self, command: int, now_ms: int) -> bytes:
        mask = sum(1 << lock - 1 for lock in range(1, self.channels + 1) if self.shows_open(lock, now_ms))
        return self._framed(command, mask.to_bytes(2, "big"))

    def _framed(self, command: int, data: bytes) -> bytes:
        body = bytes((self.speaks_as(), command, len(data))) + data
        return ANSWER + body + bytes((sum(body) & 0xFF,))


def locks_in(mask: bytes) -> list[int]:
    bits = int.from_bytes(mask, "big")
    return [lock for lock in range(1, LOCKS + 1) if bits >> lock - 1 & 1]


def twin(spot: Spot) -> LockboardDc02:
    return LockboardDc02(**spot.picked("address", "channels"))
