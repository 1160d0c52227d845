"""Commit, then act: numbers what was decided, hands it to the journal, and keeps commands back until it is on the card.

While one commit runs the next gathers, so a burst costs one write to the card. Pure: time is an argument.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from drivers.contract import Append, Command, JournalExtent, Now, Priority, Row, SendAlarm
from station import events as e
from station.rules.site import Site
from station.rules.turn import Decision, Waiting
from station.state import Recorded, Recovered, fold, recorded_document

LATE_MS = 2_000
"""A commit that takes longer makes the station unrecorded."""
TELEMETRY_WAITS_MS = 60_000
MAX_GATHERED = 2_000
"""Events in memory while the journal cannot be written; beyond that the least dear go, and are counted."""
MAX_BATCH = 500
SNAPSHOT_EVERY_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class _Gathered:
    event: e.Event
    now: Now


@dataclass(slots=True)
class _Batch:
    """What one commit carries."""

    rows: tuple[Row, ...]
    waiting: tuple[Waiting, ...]
    gathered: tuple[_Gathered, ...]
    asked_ms: int


@dataclass(slots=True)
class Recorder:
    """Between decisions and the journal. `journal` is "" until the journal has been opened."""

    site: Site
    journal: str = ""
    next_seq: int = 1
    _events: deque[_Gathered] = field(default_factory=deque)
    _waiting: deque[Waiting] = field(default_factory=deque)
    _flight: _Batch | None = None
    _lost: Counter[str] = field(default_factory=Counter)
    _rows_since_snapshot: int = 0
    _since_ms: int | None = None  # the first turn: without a journal that is how long nothing could be recorded

    def gather(self, decision: Decision, now: Now) -> None:
        """Take what was decided at `now`."""
        if self._since_ms is None:
            self._since_ms = now.steady_ms
        self._events.extend(_Gathered(event, now) for event in decision.events)
        self._waiting.extend(decision.waiting)
        while len(self._events) > MAX_GATHERED:
            self._drop_one()

    def _drop_one(self) -> None:
        dearest = max(one.event.priority for one in self._events)
        for index, one in enumerate(self._events):
            if one.event.priority == dearest:
                del self._events[index]
                self._lost[type(one.event).__name__] += 1
                return

    def hand_over(self, recorded: Recorded, now: Now) -> Append | None:
        """The next batch for the journal; None when one is under way or nothing is due."""
        if not self.journal or self._flight is not None or not self._due(now):
            return None
        if self._lost:
            lost = e.EventsLost(dict(self._lost))
            self._lost.clear()
            self._events.appendleft(_Gathered(lost, now))
            self._rows_since_snapshot = SNAPSHOT_EVERY_ROWS
        taken = [self._events.popleft() for _ in range(min(MAX_BATCH, len(self._events)))]
        if self._rows_since_snapshot + len(taken) >= SNAPSHOT_EVERY_ROWS and not self._events:
            taken.append(_Gathered(e.Snapshot(recorded_document(recorded)), now))
            self._rows_since_snapshot = 0
        self._rows_since_snapshot += len(taken)
        rows = tuple(_row(self.next_seq + index, one) for index, one in enumerate(taken))
        waiting = () if self._events else tuple(self._waiting)
        if not self._events:
            self._waiting.clear()
        self.next_seq += len(rows)
        self._flight = _Batch(rows, waiting, tuple(taken), now.steady_ms)
        return Append(self.site.journal, rows)

    def want_snapshot(self) -> None:
        """Record a snapshot with the next batch, and have one soon: rows that the state rests on may go then."""
        self._rows_since_snapshot = SNAPSHOT_EVERY_ROWS

    def _due(self, now: Now) -> bool:
        if self._waiting or self._rows_since_snapshot >= SNAPSHOT_EVERY_ROWS:
            return True
        if not self._events:
            return False
        if any(one.event.priority <= Priority.ORDER for one in self._events):
            return True
        return now.steady_ms - self._events[0].now.steady_ms >= TELEMETRY_WAITS_MS

    def committed(self, extents: Iterable[JournalExtent], now: Now) -> tuple[Command, ...]:
        """What may be done now that the journal reaches these tails; what came too late is dropped."""
        flight = self._flight
        tail = next((extent.tail_seq for extent in extents if extent.journal == self.journal), None)
        if flight is None or tail is None or tail < self.next_seq - 1:
            return ()
        self._flight = None
        alarms = [
            SendAlarm(self.site.link, self.journal, row) for row in flight.rows if row.priority == Priority.SAFETY
        ]
        ready = [one.command for one in flight.waiting if one.until_ms is None or now.steady_ms <= one.until_ms]
        return (*ready, *alarms)

    def unrecorded_alarms(self, decision: Decision, now: Now) -> tuple[Command, ...]:
        """Safety events that cannot be recorded now are told to the office all the same, under a likely number."""
        safety = [event for event in decision.events if event.priority == Priority.SAFETY]
        if not self.journal:
            return ()
        after = self.next_seq + len(self._events)
        return tuple(
            SendAlarm(self.site.link, self.journal, _row(after + index, _Gathered(event, now)))
            for index, event in enumerate(safety)
        )

    def alarms_held_up(self) -> tuple[Command, ...]:
        """The safety events that wait for the card, told to the office as soon as the card is known to be late."""
        if not self.journal:
            return ()
        flight = self._flight.rows if self._flight is not None else ()
        gathered = tuple(_row(self.next_seq + index, one) for index, one in enumerate(self._events))
        safety = [row for row in (*flight, *gathered) if row.priority == Priority.SAFETY]
        return tuple(SendAlarm(self.site.link, self.journal, row) for row in safety)

    def recovered(self, signal: Recovered, now: Now) -> Recorded:
        """The journal was opened: what it has not got goes in next, behind the beginning of a new one.

        Returns the recorded state after all of that.
        """
        opened = next(extent for extent in signal.extents if not extent.closed)
        self._take_back(opened, now)
        self.journal, self.next_seq = opened.journal, opened.tail_seq + 1
        self._rows_since_snapshot = max(self._rows_since_snapshot, signal.replayed)
        if signal.begun is not None:
            begun = _Gathered(signal.begun, now)
            recorded = fold(signal.recorded, signal.begun, _row(0, begun))
            if signal.begun.parent:
                self._events.appendleft(_Gathered(e.Snapshot(recorded_document(recorded)), now))
            self._events.appendleft(begun)
        recorded = signal.recorded
        for one in self._events:
            recorded = fold(recorded, one.event, _row(0, one))
        return recorded

    def _take_back(self, opened: JournalExtent, now: Now) -> None:
        """A batch that was under way is on the card whole, or not at all."""
        flight, self._flight = self._flight, None
        if flight is None or (self.journal == opened.journal and opened.tail_seq >= self.next_seq - 1):
            return
        self._events.extendleft(reversed(flight.gathered))
        in_time = [one for one in flight.waiting if one.until_ms is None or now.steady_ms <= one.until_ms]
        self._waiting.extendleft(reversed(in_time))

    def late(self, now: Now) -> bool:
        """True when something dear has waited too long for the card."""
        oldest = self._oldest_ms()
        return oldest is not None and now.steady_ms - oldest >= LATE_MS

    def _oldest_ms(self) -> int | None:
        asked = [self._flight.asked_ms] if self._flight is not None else []
        dear = [one.now.steady_ms for one in self._events if one.event.priority <= Priority.ORDER][:1]
        unopened = [self._since_ms] if not self.journal and self._since_ms is not None else []
        return min(asked + dear + unopened, default=None)

    def deadline(self) -> int | None:
        """When the journal counts as late, or telemetry is due (steady)."""
        oldest = self._oldest_ms()
        if oldest is not None:
            return oldest + LATE_MS
        return self._events[0].now.steady_ms + TELEMETRY_WAITS_MS if self._events else None


def _row(seq: int, one: _Gathered) -> Row:
    event, now = one.event, one.now
    return Row(seq, now.wall_ms, now.boot, now.steady_ms, event.priority, type(event).__name__, e.body_of(event))
