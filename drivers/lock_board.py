"""What all locker boards have in common: a host that asks, a board that answers, one exchange at a time.

A lock is driven once for each command, whatever comes back; the board times its own pulse, and `Unlock.pulse_ms` is
only a wish that these boards do not take. Whether a cell is shut is read from the board a few times a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    JunkReceived,
    LevelChanged,
    Outcome,
    Quantity,
    SerialWire,
    Signal,
    Unlock,
    WireLost,
    channel_of,
    point_of,
)

GAP_MS = 5
"""Before every request: 3.5 characters at 9600 baud are 4 ms."""
QUIET_MS = 25
"""Silence that ends a reply: adapters hand one over in several pieces."""
MAX_QUIET_MS = 200
MAX_REPLY_BYTES = 256
STATUS_EVERY_MS, STATUS_SOON_MS = 300, 120
"""Between two readings, and while a cell may be about to move."""
SOON_FOR_MS = 5_000
MAX_MISSED = 3
JUNK_EVERY_MS = 1_000


@dataclass(frozen=True, slots=True)
class Status:
    """What a board says of its cells: True where the door is shut. A channel that it does not name is not known."""

    shut: Mapping[int, bool]


@dataclass(frozen=True, slots=True)
class Opened:
    """A board's answer to an unlock; `open` is what its contact says, None where the answer does not tell."""

    channel: int
    open: bool | None


@dataclass(frozen=True, slots=True)
class Heard:
    """A valid frame of this board, and how many bytes around it belong to nothing."""

    frame: Status | Opened
    stray: int


class Language(Protocol):
    """The bytes of one family of boards, for one board with its settings. Pure."""

    unlock_answer_ms: int
    """How long an answer to an unlock may take; 0: this board gives none."""
    status_answer_ms: int

    def unlock(self, channel: int) -> bytes:
        """Open one cell."""
        ...

    def status(self) -> bytes:
        """Read all cells."""
        ...

    def find(self, data: bytes) -> Heard | None:
        """The last valid frame of this board in what has arrived; None when there is none."""
        ...


class LockBoard:
    """Gives `CLOSED` of each cell. Other families are made by giving it another `Language`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Unlock})
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.CLOSED})

    def __init__(self, name: str, language: Language, channels: int, wire: SerialWire, clock: Clock) -> None:
        self._name = name
        self._language = language
        self._channels = channels
        self._wire = wire
        self._clock = clock
        self._echo = False
        self._shut: dict[int, bool] = {}
        self._missed = 0
        self._stray = 0
        self._stray_at = clock.steady_ms() - JUNK_EVERY_MS
        self._soon_until = clock.steady_ms()
        self._news: list[Signal] = []
        self._due = clock.steady_ms()
        try:
            self._find_echo()
        except BaseException:
            wire.close()
            raise

    def _find_echo(self) -> None:
        """An adapter that echoes is found out by a request that cannot be its own answer."""
        request = self._language.status()
        for _ in range(MAX_MISSED):
            data = self._exchange(request, self._language.status_answer_ms)
            self._echo = data.startswith(request)
            heard = self._language.find(data[len(request) :] if self._echo else data)
            if heard is not None and isinstance(heard.frame, Status):
                self._take(heard)
                return
        raise WireLost("the lock board does not answer: check its supply, A and B, its address switch and its speed")

    # ------------------------------------------------------------ the driver

    def execute(self, command: Command) -> Iterable[Signal]:
        """Open one cell. `OBSERVED`: the board's own contact shows it open."""
        if not isinstance(command, Unlock):
            raise TypeError(f"a lock board cannot do {type(command).__name__}")
        channel = channel_of(command.device)
        if not 1 <= channel <= self._channels:
            words = f"{self._name} has the channels 1 to {self._channels}"
            return [CommandDone(command.device, "Unlock", Outcome.NOT_SENT, words)]
        outcome, detail = self._unlock(channel)
        now = self._clock.steady_ms()
        self._soon_until, self._due = now + SOON_FOR_MS, now
        return [*self._told(), CommandDone(command.device, "Unlock", outcome, detail)]

    def _unlock(self, channel: int) -> tuple[Outcome, str]:
        request = self._language.unlock(channel)
        data = self._exchange(request, self._language.unlock_answer_ms)
        heard = self._language.find(self._without_echo(data, request))
        if heard is None or not isinstance(heard.frame, Opened) or heard.frame.channel != channel:
            self._stray += len(data)
            return self._look_at(channel)
        self._stray += heard.stray
        if heard.frame.open:
            return Outcome.OBSERVED, ""
        return Outcome.ACKED, "" if heard.frame.open is None else "the board says that it is still shut"

    def _look_at(self, channel: int) -> tuple[Outcome, str]:
        """No valid answer came: the board's contact may still show what happened. Nothing is sent twice."""
        self._read_status()
        if self._shut.get(channel) is False:
            return Outcome.OBSERVED, "the board gave no valid answer"
        return Outcome.UNKNOWN, "the board gave no valid answer"

    def poll(self) -> Iterable[Signal]:
        """Read all cells when it is time. `WireLost` after three readings in a row without a valid answer."""
        now = self._clock.steady_ms()
        if now >= self._due:
            self._read_status()
            if self._missed >= MAX_MISSED:
                raise WireLost("the lock board answers no more: check its supply, and A and B")
        return self._told()

    def _read_status(self) -> None:
        request = self._language.status()
        data = self._exchange(request, self._language.status_answer_ms)
        heard = self._language.find(self._without_echo(data, request))
        if heard is None or not isinstance(heard.frame, Status):
            self._missed += 1
            self._stray += len(data)
            self._fall_silent()
        else:
            self._missed = 0
            self._take(heard)
        now = self._clock.steady_ms()
        self._due = now + (STATUS_SOON_MS if now < self._soon_until or self._missed else STATUS_EVERY_MS)

    def _take(self, heard: Heard) -> None:
        self._stray += heard.stray
        if not isinstance(heard.frame, Status):
            return
        for channel, shut in sorted(heard.frame.shut.items()):
            if channel <= self._channels and self._shut.get(channel) is not shut:
                self._shut[channel] = shut
                self._news.append(LevelChanged(point_of(self._name, channel), Quantity.CLOSED, shut))

    def _told(self) -> list[Signal]:
        news, self._news = self._news, []
        now = self._clock.steady_ms()
        if self._stray and now >= self._stray_at + JUNK_EVERY_MS:
            news.append(JunkReceived(self._name, "bytes that are no frame of this board", self._stray))
            self._stray, self._stray_at = 0, now
        return news

    def rest_ms(self) -> int:
        return max(1, self._due - self._clock.steady_ms())

    def close(self) -> None:
        """The board times its own pulses: there is nothing to end."""
        self._wire.close()

    # ------------------------------------------------------------ bytes

    def _exchange(self, request: bytes, answer_ms: int) -> bytes:
        """Send a request once; what came within its time, until the line fell silent."""
        self._clock.rest(GAP_MS)
        self._wire.discard_input()
        self._wire.write(request)
        data = b""
        until = self._clock.steady_ms() + answer_ms
        echoed = len(request) if self._echo else 0
        while len(data) < MAX_REPLY_BYTES:
            wait_ms = QUIET_MS if len(data) > echoed else until - self._clock.steady_ms()
            piece = self._wire.read(MAX_REPLY_BYTES - len(data), max(0, wait_ms))
            if not piece:
                break
            data += piece
        return data

    def _without_echo(self, data: bytes, request: bytes) -> bytes:
        return data.removeprefix(request) if self._echo else data

    def _fall_silent(self) -> None:
        """A late answer must not be taken for the next one's."""
        until = self._clock.steady_ms() + MAX_QUIET_MS
        while self._clock.steady_ms() < until and self._wire.read(MAX_REPLY_BYTES, QUIET_MS):
            pass
