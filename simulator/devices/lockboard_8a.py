"""An "8A/80" lock board (Guangzhou Shuoming and clones), written from the protocol notes.

Requests are 5 bytes (unlock several: 6) that end in their XOR. The board answers an unlock 500 ms later with what the
lock's contact shows then, and reads at once, three status bytes or more, the highest channels first.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Literal

from simulator.devices.lock_board import PULSE_MS, LockBoard
from simulator.devices.spot import Spot

BAUD = 9_600
THINK_MS = 20
UNLOCK_ANSWER_MS = 500
UNLOCK, READ, UNLOCK_SEVERAL = 0x8A, 0x80, 0x90
ASK = 0x33
CONTACT_IS_ONE, CONTACT_IS_ZERO = 0x11, 0x00
REQUEST_BYTES = 5
SEVERAL_BYTES = 6
GROUP = 8
LEAST_GROUPS = 3
HELD_MS = 2**40
"""A coil that is held on: until somebody lets it go."""


def checked(data: bytes) -> bytes:
    return data + bytes((reduce(xor, data, 0),))


class Lockboard8a(LockBoard):
    """State machine of one board.

    `feedback` is how the locks' contacts are wired. `groups` are the status bytes that it sends. `change_head` 0x82 or
    0x81: it tells by itself when a door moves. Fault of its own: `answers_unlock` False.
    """

    def __init__(
        self,
        *,
        address: int = 1,
        channels: int = 24,
        feedback: Literal["closed_shorts", "open_shorts"] = "closed_shorts",
        high_first: bool = True,
        groups: int | None = None,
        change_head: int | None = None,
    ) -> None:
        super().__init__(address=address, channels=channels, baud=BAUD, think_ms=THINK_MS)
        self.answers_unlock = True
        self.change_head = change_head
        self._one_is_open = feedback == "open_shorts"
        self._high_first = high_first
        self._groups = groups or max(LEAST_GROUPS, -(-channels // GROUP))

    # ------------------------------------------------------------ the line

    def frame_in(self, held: bytes) -> tuple[bytes, int] | None:
        for at in range(len(held) - REQUEST_BYTES + 1):
            size = SEVERAL_BYTES if held[at] == UNLOCK_SEVERAL else REQUEST_BYTES
            frame = held[at : at + size]
            if len(frame) == size and frame[1] == self.address and checked(frame[:-1]) == frame:
                return frame, at + size
        return None

    def only_reads(self, frame: bytes) -> bool:
        return frame[0] == READ and frame[3] == ASK

    def obey(self, frame: bytes, now_ms: int) -> None:
        head, channel = frame[0], frame[2]
        asked_ms = now_ms + self.think_ms
        match head, frame[3]:
            case 0x8A, 0x11 if channel:
                self._unlock(channel, now_ms)
            case 0x8A, 0x11:
                for each in range(1, self.channels + 1):
                    self.fire(each, now_ms)
            case 0x80, 0x33 if channel:
                if channel <= self.channels:
                    self.say(lambda at_ms: self._one(READ, channel, at_ms), asked_ms)
            case 0x80, 0x33:
                self.say(self._all, asked_ms)
            case 0x9A, 0x11:
                self.fire(channel, now_ms, HELD_MS)
            case 0x9B, 0x11:
                self.let_go(channel, now_ms)
            case 0x90, _:
                self._unlock_several(frame[2:-1], now_ms)

    def _unlock(self, channel: int, now_ms: int) -> None:
        if channel > self.channels:
            return
        self.fire(channel, now_ms, PULSE_MS)
        if self.answers_unlock:
            answer_ms = now_ms + round(UNLOCK_ANSWER_MS * (1 + self.drift))
            self.say(lambda at_ms: self._one(UNLOCK, channel, at_ms), answer_ms)

    def _unlock_several(self, masks: bytes, now_ms: int) -> None:
        for place, mask in enumerate(masks):
            for bit in range(GROUP):
                if mask >> bit & 1:
                    self.fire(place * GROUP + bit + 1, now_ms)

    # ------------------------------------------------------------ what it says

    def change_frame(self, channel: int) -> bytes:
        if self.change_head is None:
            return b""
        return self._one(self.change_head, channel, 0)

    def _one(self, head: int, channel: int, now_ms: int) -> bytes:
        status = CONTACT_IS_ONE if self._bit(channel, now_ms) else CONTACT_IS_ZERO
        return checked(bytes((head, self.speaks_as(), channel, status)))

    def _all(self, now_ms: int) -> bytes:
        groups = [
            sum(self._bit(GROUP * group + bit + 1, now_ms) << bit for bit in range(GROUP))
            for group in range(self._groups)
        ]
        ordered = groups[::-1] if self._high_first else groups
        return checked(bytes((READ, self.speaks_as(), *ordered, ASK)))

    def _bit(self, channel: int, now_ms: int) -> bool:
        """A place without a lock has an open circuit."""
        return channel <= self.channels and self.shows_open(channel, now_ms) == self._one_is_open


def twin(spot: Spot) -> Lockboard8a:
    high_first = spot.settings.get("status_order", "high_first") == "high_first"
    return Lockboard8a(**spot.picked("address", "channels", "feedback"), high_first=high_first)
