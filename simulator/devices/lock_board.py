"""What all locker boards have in common: coils, bolts, doors, contacts, and a board that answers on its line.

A door springs open when its coil is fired. While the coil is on the bolt does not catch. The board computes when it is
looked at; what it is going to say is worded when it says it, from what its contacts show then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from simulator.faults import Sent
from simulator.wires.memory import FOR_EVER_MS

PULSE_MS = 300
SILENCE_MS = 20
"""Ends a request that stopped halfway."""
MAX_HELD = 256
MAX_FIRED = 100_000
TELL_MS = 30
"""From a door's move to the frame with which a board tells it by itself."""
FLAP_MS = 10
BABBLE_EVERY_MS = 50
BABBLE_BYTES = 24
MAX_BABBLED = 20
"""What it said longer ago nobody has listened to."""

Wording = Callable[[int], bytes]
"""A frame, given the time at which it begins."""


@dataclass(frozen=True, slots=True)
class Fired:
    """One time that a coil was under current."""

    channel: int
    at_ms: int
    until_ms: int


class LockBoard:
    """One board. Channels count from 1 here. `frame_in` and `obey` are the language.

    Faults beyond those of the line: `silent` (neither acts nor answers), `answers_as` (another board's number in its
    answers), `says_before` (a frame between request and answer), `babble` (its transmitter never stops), `stuck`
    bolts do not move, `stuck_contacts` keep showing what they show, `drift` is by how much its clock is slow.
    """

    def __init__(self, *, address: int, channels: int, baud: int, think_ms: int) -> None:
        self.address = address
        self.channels = channels
        self.think_ms = think_ms
        self.silent = False
        self.answers_as: int | None = None
        self.says_before = b""
        self.stuck: set[int] = set()
        self.stuck_contacts: set[int] = set()
        self.drift = 0.0
        self.fired: list[Fired] = []
        """Every time that a coil was fired, the last one at the end."""
        self._baud = baud
        self._open: set[int] = set()
        self._shown_open: set[int] = set()
        self._flapping_until: dict[int, int] = {}
        self._coming: list[tuple[int, Wording]] = []
        self._babble_at: int | None = None
        self._random = Random(0)  # noqa: S311 - play, not secrets
        self._held = b""
        self._held_at = 0

    # ------------------------------------------------------------ the language

    def frame_in(self, held: bytes) -> tuple[bytes, int] | None:
        """The first whole request to this board in `held`, and where it ends."""
        raise NotImplementedError

    def obey(self, frame: bytes, now_ms: int) -> None:
        """Do what a request says; `say` the answer."""
        raise NotImplementedError

    def change_frame(self, channel: int) -> bytes:  # noqa: ARG002 - some boards have one
        """What it says by itself when a door has moved; nothing at all by most."""
        return b""

    def constant_until_ms(self, request: bytes, now_ms: int) -> int | None:
        """Until when it answers this request in the same way; None for what is no reading of its cells."""
        found = None if self.silent or self._coming else self.frame_in(request)
        if found is None or not self.only_reads(found[0]):
            return None
        return now_ms if any(until > now_ms for until in self._flapping_until.values()) else FOR_EVER_MS

    def only_reads(self, frame: bytes) -> bool:
        """Whether a request moves nothing."""
        raise NotImplementedError

    # ------------------------------------------------------------ the line

    @property
    def baud(self) -> int:
        return self._baud

    def due_ms(self) -> int | None:
        if self._babble_at is not None:
            return self._babble_at
        return min((at for at, _ in self._coming), default=None)

    def tick(self, now_ms: int) -> list[Sent]:
        if self._babble_at is not None:
            return self._babbled(self._babble_at, now_ms)
        ready = sorted((one for one in self._coming if one[0] <= now_ms), key=lambda one: one[0])
        self._coming = [one for one in self._coming if one[0] > now_ms]
        return [(at_ms, word(at_ms)) for at_ms, word in ready] if not self.silent else []

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        sent = self.tick(now_ms)
        if now_ms - self._held_at > SILENCE_MS:
            self._held = b""
        self._held = (self._held + data)[-MAX_HELD:]
        self._held_at = now_ms
        while (found := self.frame_in(self._held)) is not None:
            frame, end = found
            self._held = self._held[end:]
            if not self.silent:
                if self.says_before:
                    self.say(self.says_before, now_ms)
                self.obey(frame, now_ms)
        return sent

    def say(self, frame: bytes | Wording, at_ms: int) -> None:
        """Say this then."""
        self._coming.append((at_ms, (lambda _at: frame) if isinstance(frame, bytes) else frame))

    def speaks_as(self) -> int:
        """The number that it puts into its answers."""
        return self.address if self.answers_as is None else self.answers_as

    def _babbled(self, from_ms: int, now_ms: int) -> list[Sent]:
        times = range(from_ms, now_ms + 1, BABBLE_EVERY_MS)
        self._babble_at = from_ms + len(times) * BABBLE_EVERY_MS
        return [(at_ms, self._random.randbytes(BABBLE_BYTES)) for at_ms in times[-MAX_BABBLED:]]

    # ------------------------------------------------------------ coils

    def fire(self, channel: int, now_ms: int, pulse_ms: int = PULSE_MS) -> None:
        """Put a coil under current for so long by the board's own clock."""
        if not 1 <= channel <= self.channels:
            return
        self.fired = [*self.fired[-MAX_FIRED:], Fired(channel, now_ms, now_ms + round(pulse_ms * (1 + self.drift)))]
        if channel not in self.stuck:
            self._move(channel, opened=True, now_ms=now_ms)

    def let_go(self, channel: int, now_ms: int) -> None:
        """Take the current away."""
        self.fired = [self._cut(one, now_ms) if one.channel == channel else one for one in self.fired]

    def _cut(self, one: Fired, now_ms: int) -> Fired:
        return replace(one, until_ms=now_ms) if one.until_ms > now_ms else one

    def is_energised(self, channel: int, now_ms: int) -> bool:
        return any(one.channel == channel and one.at_ms <= now_ms < one.until_ms for one in self.fired)

    def longest_on_ms(self, channel: int) -> int:
        """The longest time for which a coil was under current without a break."""
        longest, since, until = 0, 0, -1
        for one in self.fired:
            if one.channel == channel:
                since = since if one.at_ms <= until else one.at_ms
                until = max(until, one.until_ms)
                longest = max(longest, until - since)
        return longest

    # ------------------------------------------------------------ doors and contacts

    def is_open(self, channel: int) -> bool:
        """Whether the door itself stands open."""
        return channel in self._open

    def shows_open(self, channel: int, now_ms: int) -> bool:
        """What the contact says."""
        shown = channel in self._shown_open
        if now_ms < self._flapping_until.get(channel, now_ms):
            return shown != bool(now_ms // FLAP_MS % 2)
        return shown

    def push_shut(self, channel: int, now_ms: int) -> bool:
        """Somebody shuts a door. False: its bolt does not catch, since the coil is on or the bolt is stuck."""
        if self.is_energised(channel, now_ms) or (channel in self.stuck and channel in self._open):
            return False
        self._move(channel, opened=False, now_ms=now_ms)
        return True

    def pull(self, channel: int, now_ms: int) -> None:
        """Somebody breaks a door open."""
        self._move(channel, opened=True, now_ms=now_ms)

    def flap(self, channel: int, now_ms: int, *, for_ms: int) -> None:
        """A loose contact goes to and fro."""
        self._flapping_until[channel] = now_ms + for_ms

    def babble(self, now_ms: int, *, on: bool) -> None:
        """Its transmitter fails, or is mended."""
        self._babble_at = now_ms if on else None

    def power_cycle(self, now_ms: int) -> None:
        """The supply goes and comes: coils fall off, half a request and what was to be said are forgotten."""
        self.fired = [self._cut(one, now_ms) for one in self.fired]
        self._held = b""
        self._coming.clear()

    def _move(self, channel: int, *, opened: bool, now_ms: int) -> None:
        if opened == (channel in self._open):
            return
        (self._open.add if opened else self._open.discard)(channel)
        if channel in self.stuck_contacts:
            return
        (self._shown_open.add if opened else self._shown_open.discard)(channel)
        if frame := self.change_frame(channel):
            self.say(frame, now_ms + TELL_MS)
