"""What all locker boards have in common: a host that asks, a board that answers, one exchange at a time.

A lock is driven once for each command, whatever comes back; the board times its own pulse, and `Unlock.pulse_ms` is
only a wish that these boards do not take. Whether a cell is shut is read from the board a few times a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, TypeGuard

from drivers.contract import (
    Clock,
    Command,
    CommandDone,
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
from drivers.lock_board_line import Answer, Language, Line, Opened, Status

STATUS_EVERY_MS, STATUS_SOON_MS = 400, 120
"""Between two readings, and while a cell may be about to move."""
SOON_FOR_MS = 5_000
COIL_MS = 300
"""How long a board drives a coil: the next one waits, for the sake of the supply."""
LOOK_FOR_MS, LOOK_EVERY_MS = 800, 100
"""How long, after an unlock without an answer, the contact is watched."""
LOOK_TRIES = 2
LATE_MS = 10_000
"""For so long an answer that did not come in time may still come, and be taken for that of the same cell's next."""
FOLLOW_UP_MS = 100
MAX_MISSED = 3
MAX_BLIND = 6
"""Readings in a row that may all be late answers to earlier ones."""


def _is_status(answer: Answer) -> TypeGuard[Status]:
    return isinstance(answer, Status)


def _opened(channel: int) -> Callable[[Answer], TypeGuard[Opened]]:
    def fits(answer: Answer) -> TypeGuard[Opened]:
        return isinstance(answer, Opened) and answer.channel in (channel, None)

    return fits


class LockBoard:
    """Gives `CLOSED` of each cell. Other families are made by giving it another `Language`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Unlock})
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.CLOSED})

    def __init__(self, name: str, language: Language, channels: int, wire: SerialWire, clock: Clock) -> None:
        now = clock.steady_ms()
        self._name = name
        self._language = language
        self._channels = channels
        self._line = Line(name, language, wire, clock)
        self._clock = clock
        self._shut: dict[int, bool] = {}
        self._missed = self._blind = 0
        self._late_statuses = 0
        self._late_unlocks: dict[int, int] = {}
        self._soon_until = self._coil_until = self._due = now
        self._news: list[Signal] = []
        try:
            self._begin()
        except BaseException:
            self._line.close()
            raise

    def _begin(self) -> None:
        """One try: whoever opened it tries again, and others on this line wait for as short a time as can be."""
        if not self._line.find_echo() or not self._read_status():
            raise WireLost("no lock board answers: check its supply, A and B, its address switch and its speed")

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
        self._clock.rest(max(0, self._coil_until - self._clock.steady_ms()))
        sent_ms = self._clock.steady_ms()
        self._coil_until = sent_ms + COIL_MS
        answers = self._line.ask(self._language.unlock(channel), self._language.unlock_answer_ms, _opened(channel))
        if follow_up := self._language.after_unlock():
            self._line.say(follow_up, FOLLOW_UP_MS)
        sure = [one for one in answers if not self._may_be_late(one, sent_ms)]
        self._late_unlocks.pop(channel, None)
        if not sure:
            return self._look_at(channel)
        answer = sure[-1]
        if answer.open is not None:
            self._note(channel, not answer.open)
        if answer.failed:
            return Outcome.UNKNOWN, "the board says that it failed"
        if answer.open:
            return Outcome.OBSERVED, ""
        return Outcome.ACKED, "" if answer.open is None else "the board says that it is still shut"

    def _may_be_late(self, answer: Opened, sent_ms: int) -> bool:
        """Whether it may be the answer to an earlier command: where it names no channel, to that of any cell."""
        until = self._late_unlocks
        late_until = max(until.values(), default=0) if answer.channel is None else until.get(answer.channel, 0)
        return sent_ms < late_until

    def _look_at(self, channel: int) -> tuple[Outcome, str]:
        """No answer that counts: the contact may still show what happened. Nothing is sent twice."""
        detail = ""
        if self._language.unlock_answer_ms:
            self._line.fall_silent()
            self._late_unlocks[channel] = self._clock.steady_ms() + LATE_MS
            detail = "the board gave no answer that is surely to this"
        until = self._clock.steady_ms() + LOOK_FOR_MS
        while True:
            is_read = self._read_status()
            if is_read and self._shut.get(channel) is False:
                return Outcome.OBSERVED, detail
            if self._missed >= LOOK_TRIES:
                return Outcome.UNKNOWN, "the board does not answer"
            if self._clock.steady_ms() >= until:
                shows = "shows the cell shut" if channel in self._shut else "is not known"
                return Outcome.UNKNOWN, f"{detail or 'the board answers no unlock'}, and its contact {shows}"
            self._clock.rest(LOOK_EVERY_MS)

    def poll(self) -> Iterable[Signal]:
        """Read all cells when it is time, or when the board says that one moved.

        `WireLost` after three readings in a row without a valid answer, or when every answer may be a late one.
        """
        if self._line.idle():
            self._due = self._clock.steady_ms()
        if self._clock.steady_ms() >= self._due:
            self._read_status()
            if self._missed >= MAX_MISSED or self._blind >= MAX_BLIND:
                raise WireLost("the lock board answers no more: check its supply, and A and B")
        return self._told()

    def _read_status(self) -> bool:
        """True when the cells are known as they are now. After a reading without an answer one may still be late."""
        found = self._line.ask(self._language.status(), self._language.status_answer_ms, _is_status)
        self._blind += 1
        if found:
            self._missed = 0
            self._late_statuses -= len(found)
        else:
            self._missed += 1
            self._late_statuses += 1
            self._line.fall_silent()
        is_now = self._late_statuses < 0
        if is_now:
            self._late_statuses = self._blind = 0
            for channel, shut in sorted(found[-1].shut.items()):
                self._note(channel, shut)
        now = self._clock.steady_ms()
        self._due = now + (STATUS_EVERY_MS if is_now and now >= self._soon_until else STATUS_SOON_MS)
        return is_now

    def _note(self, channel: int, shut: bool) -> None:
        if channel <= self._channels and self._shut.get(channel) is not shut:
            self._shut[channel] = shut
            self._news.append(LevelChanged(point_of(self._name, channel), Quantity.CLOSED, shut))

    def _told(self) -> list[Signal]:
        news, self._news = self._news, []
        return [*news, *self._line.junk()]

    def rest_ms(self) -> int:
        return max(1, self._due - self._clock.steady_ms())

    def close(self) -> None:
        """The board times its own pulses: there is nothing to end."""
        self._line.close()
