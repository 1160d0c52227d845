"""What to send to the office next: pure, no clock, no wire.

The journal is the queue. For every journal the office's word (`cursor`) and the card's (`tail`) are known; between the
two a few batches are in flight. They go in order; when the oldest is not stored in time, everything after the cursor
goes again. Closed journals drain beside the open one, a batch at a time: an old one that never gets through (a conflict
at the office) must not hold up today's rows, and today's rows must not hold up the old ones for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drivers.contract import Hole, JournalExtent, Row
from sync.contract import MAX_BATCH_BYTES, MAX_ROWS, Alarm, HoleSent, RowSent

OPEN_WINDOW = 4
"""Batches of the open journal that are on their way at once."""
CLOSED_WINDOW = 1
MAX_CLOSED_LANES = 4
"""Closed journals that drain at the same time."""
FIRST_PATIENCE_MS = 10_000
"""How long a batch may take to be stored before it goes again; doubles up to `MAX_PATIENCE_MS`."""
MAX_PATIENCE_MS = 300_000
OVERDUE_MS, HURRY_MS = 1_000, 500
"""After a sign of life of the office, what was sent before it goes again, unless stored: `HURRY_MS` later, but not
before it has been on its way for `OVERDUE_MS` as well."""
UNREADABLE_REST_MS = 1_000
"""How long a journal is left alone that gave no rows although it has some."""

MAX_ALARMS = 64
FIRST_ALARM_REPEAT_MS = 5_000
MAX_ALARM_REPEAT_MS = 60_000


@dataclass(frozen=True, slots=True)
class Request:
    """Rows to read: at most `limit`, after `after_seq`, up to `tail_seq`."""

    journal: str
    after_seq: int
    tail_seq: int
    limit: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows `first_seq..last_seq` of a journal as the payload of one `up/events`."""

    journal: str
    first_seq: int
    last_seq: int
    payload: bytes


def pack(request: Request, items: Sequence[Row | Hole]) -> Batch | None:
    """The longest batch that begins with what was asked for and stays within the bounds; None when nothing was read.

    A single row longer than `MAX_BATCH_BYTES` travels alone. Raises ValueError when `items` do not follow
    `request.after_seq` without a gap, or run past the tail: the journal was read wrongly, and nothing may be sent.
    """
    texts: list[str] = []
    size, after, head = 200, request.after_seq, b""
    for item in items[:MAX_ROWS]:
        first, last = (item.seq, item.seq) if isinstance(item, Row) else (item.first_seq, item.last_seq)
        if not first <= after + 1 <= last or last > request.tail_seq or (texts and first != after + 1):
            raise ValueError(f"journal {request.journal}: {first}..{last} was read after {after}")
        sent = RowSent.of(item) if isinstance(item, Row) else HoleSent.of(item)
        text = sent.model_dump_json()
        size += len(text.encode()) + 1
        if texts and size > MAX_BATCH_BYTES:
            break
        texts.append(text)
        after, head = last, item.chain
    if not texts:
        return None
    first_item = items[0]
    first_seq = first_item.seq if isinstance(first_item, Row) else first_item.first_seq
    payload = (
        f'{{"journal":"{request.journal}","first_seq":{first_seq},"items":[{",".join(texts)}],"head":"{head.hex()}"}}'
    )
    return Batch(request.journal, first_seq, after, payload.encode())


@dataclass(slots=True)
class _Lane:
    """One journal on its way to the office. `sent` is the last row handed to the wire in this go."""

    cursor: int
    tail: int
    sent: int
    closed: bool
    in_flight: deque[tuple[int, int]]  # (last seq, when sent)
    patience_ms: int = FIRST_PATIENCE_MS
    hurry_ms: int | None = None
    rest_until_ms: int = 0

    def begin_again(self) -> None:
        self.sent = self.cursor
        self.in_flight.clear()
        self.hurry_ms = None

    def learn(self, extent: JournalExtent) -> None:
        if extent.cursor_seq != self.cursor:
            self.patience_ms, self.hurry_ms = FIRST_PATIENCE_MS, None
        lowered = extent.cursor_seq < self.cursor or extent.tail_seq < self.sent
        self.cursor, self.tail, self.closed = extent.cursor_seq, extent.tail_seq, extent.closed
        if lowered:
            self.begin_again()
            return
        while self.in_flight and self.in_flight[0][0] <= self.cursor:
            self.in_flight.popleft()
        self.sent = max(self.sent, self.cursor)

    def expire(self, now_ms: int) -> None:
        if self.hurry_ms is not None and now_ms >= self.hurry_ms:
            self.begin_again()
            self.patience_ms = FIRST_PATIENCE_MS
        if self.in_flight and now_ms - self.in_flight[0][1] >= self.patience_ms:
            self.begin_again()
            self.patience_ms = min(2 * self.patience_ms, MAX_PATIENCE_MS)

    def has_work(self, now_ms: int) -> bool:
        window = CLOSED_WINDOW if self.closed else OPEN_WINDOW
        return self.sent < self.tail and len(self.in_flight) < window and now_ms >= self.rest_until_ms


class Outbox:
    """Which rows go next, per journal. Every `now_ms` is steady time."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._last = ""  # the journal that had its turn

    def learn(self, extents: Iterable[JournalExtent]) -> None:
        """Take over what the journals hold and what the office has; journals that are not named are gone."""
        known, self._lanes = self._lanes, {}
        for extent in extents:
            lane = known.get(extent.journal)
            if lane is None:
                cursor = extent.cursor_seq
                lane = _Lane(cursor, extent.tail_seq, cursor, extent.closed, deque())
            lane.learn(extent)
            self._lanes[extent.journal] = lane

    def wanted(self, now_ms: int) -> Request | None:
        """What to read next; None while everything is sent or the windows are full."""
        for lane in self._lanes.values():
            lane.expire(now_ms)
        for journal in self._in_turn():
            lane = self._lanes[journal]
            if lane.has_work(now_ms):
                return Request(journal, lane.sent, lane.tail, min(MAX_ROWS, lane.tail - lane.sent))
        return None

    def sent(self, batch: Batch, now_ms: int) -> None:
        """`batch` was handed to the wire."""
        lane = self._lanes[batch.journal]
        if not lane.sent < batch.last_seq <= lane.tail:
            raise ValueError(f"journal {batch.journal}: {batch.last_seq} sent after {lane.sent}, tail {lane.tail}")
        lane.sent = batch.last_seq
        lane.in_flight.append((batch.last_seq, now_ms))
        self._last = batch.journal

    def unreadable(self, request: Request, now_ms: int) -> None:
        """The journal gave nothing for `request`: ask the others, and this one again after a rest."""
        self._lanes[request.journal].rest_until_ms = now_ms + UNREADABLE_REST_MS
        self._last = request.journal

    def disconnected(self) -> None:
        """What was in flight counts as lost: everything after the cursors goes again."""
        for lane in self._lanes.values():
            lane.begin_again()
            lane.patience_ms = FIRST_PATIENCE_MS

    def nudge(self, now_ms: int) -> None:
        """The office gave a sign of life: what has waited for it goes again soon, unless a cursor moves before."""
        for lane in self._lanes.values():
            if lane.in_flight and lane.hurry_ms is None:
                lane.hurry_ms = max(now_ms, lane.in_flight[0][1] + OVERDUE_MS) + HURRY_MS

    def waiting_rows(self) -> int:
        """Rows that the office has not stored yet."""
        return sum(lane.tail - lane.cursor for lane in self._lanes.values())

    def _in_turn(self) -> list[str]:
        """The journals that may be sent now, the one after the last first."""
        closed = [journal for journal, lane in self._lanes.items() if lane.closed and lane.cursor < lane.tail]
        busy = [journal for journal in closed if self._lanes[journal].in_flight]
        idle = [journal for journal in closed if not self._lanes[journal].in_flight]
        allowed = {*busy, *idle[: max(0, MAX_CLOSED_LANES - len(busy))]}
        journals = [journal for journal, lane in self._lanes.items() if not lane.closed or journal in allowed]
        place = journals.index(self._last) + 1 if self._last in journals else 0
        return journals[place:] + journals[:place]


@dataclass(slots=True)
class _Repeat:
    payload: bytes
    due_ms: int
    pause_ms: int = FIRST_ALARM_REPEAT_MS


class Alarms:
    """Copies of safety rows, sent ahead of everything and repeated until the office has stored the row itself."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int], _Repeat] = {}

    def add(self, journal: str, row: Row, now_ms: int) -> None:
        """Send a copy of `row` from now on. Beyond `MAX_ALARMS` the oldest is left to the journal."""
        payload = Alarm(journal=journal, row=RowSent.of(row)).model_dump_json().encode()
        while len(self._waiting) >= MAX_ALARMS:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[journal, row.seq] = _Repeat(payload, now_ms)

    def learn(self, extents: Iterable[JournalExtent]) -> None:
        """Forget what the office has stored."""
        cursors = {extent.journal: extent.cursor_seq for extent in extents}
        stored = [key for key in self._waiting if key[0] not in cursors or cursors[key[0]] >= key[1]]
        for key in stored:
            del self._waiting[key]

    def due(self, now_ms: int) -> bytes | None:
        """The payload of a copy that goes now, None when none is due; it is due again after a growing pause."""
        for repeat in self._waiting.values():
            if now_ms >= repeat.due_ms:
                repeat.due_ms = now_ms + repeat.pause_ms
                repeat.pause_ms = min(2 * repeat.pause_ms, MAX_ALARM_REPEAT_MS)
                return repeat.payload
        return None

    def connected(self, now_ms: int) -> None:
        """A new connection: every copy goes at once."""
        for repeat in self._waiting.values():
            repeat.due_ms, repeat.pause_ms = now_ms, FIRST_ALARM_REPEAT_MS
