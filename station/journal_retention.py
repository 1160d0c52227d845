"""Which rows of a journal go, and when: old ones that the office has, and at the cap the least dear first.

Rows that the office has leave from the front and without a trace. Any other row leaves a hole marker in its place, so
that the chain goes on over it. The newest snapshot and what came after it stay as far as they hold the state, because
recovery needs them; hence a full snapshot follows every hole in which the state changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from drivers.contract import Hole, Priority
from station.journal_schema import transaction, write_about
from station.journal_volume import INSERT_HOLE, Volume, hole_of, hole_values

KEEP_DAYS = 14
"""How long a row stays after the office has it: longer than an office's backup is old."""

KEEP_MS = KEEP_DAYS * 24 * 3600 * 1000
CAP_BYTES = 64 * 1024 * 1024

STEP_ROWS = 128
"""Rows that go in one step; an append never waits for more than one."""

SCAN_ROWS = 2048
"""Rows that one step looks at to find them."""

AIM_PARTS = 64
"""Once the cap is reached rows go until a 64th of it is free again, so that not every append makes one go."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did.

    Attributes:
        dropped: rows that went before the office had them, by kind.
        more: another step would find something to do.
        snapshot_wanted: nothing more may go before a snapshot is recorded.
    """

    dropped: Mapping[str, int] = field(default_factory=dict)
    more: bool = False
    snapshot_wanted: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Rows (seq, kind, chain) that may go, how far the search came, and whether it would find more."""

    rows: Sequence[tuple[int, str, bytes]]
    until_seq: int
    more: bool


class Retention:
    """Keeps one journal within its cap, in steps that are short enough to stand between two appends."""

    def __init__(self, volume: Volume, cap_bytes: int) -> None:
        """Nothing happens before the first step."""
        self._volume = volume
        self._cap_bytes = cap_bytes
        self._trimming = False
        # How far each priority has been searched: rows go oldest first, so that nothing of it is left before here.
        self._searched = dict.fromkeys(Priority, 0)

    def over_by(self) -> int:
        """Bytes above the cap; negative below it."""
        return self._volume.used_bytes() - self._cap_bytes

    def step(self, now_ms: int | None) -> Step:
        """Let at most `STEP_ROWS` rows go. `now_ms` is the wall time as far as known. Raises sqlite3.Error."""
        if now_ms is not None and self._drop_front(before_ms=now_ms - KEEP_MS):
            return Step(more=True)
        over = self.over_by()
        self._trimming = over > (-(self._cap_bytes // AIM_PARTS) if self._trimming else 0)
        if not self._trimming:
            return Step()
        if self._drop_front():
            return Step(more=True)
        for priority in reversed(Priority):
            found = self._oldest(priority)
            if found.rows or found.more:
                dropped = self._drop(found.rows)
                self._searched[priority] = found.until_seq
                return Step(dropped, more=True)
        apart = self._volume.tail_seq - (self._volume.snapshot_seq or self._volume.about.start_seq)
        return Step(snapshot_wanted=over > 0 and apart >= STEP_ROWS)

    def _drop_front(self, before_ms: int | None = None) -> bool:
        """Let the oldest rows go that the office has (and that are from before `before_ms`), without a trace."""
        volume = self._volume
        last_seq = min(volume.cursor_seq, volume.state_seq() - 1)
        found = volume.connection.execute(
            "SELECT seq, at_ms, chain FROM rows WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (volume.about.start_seq, last_seq, STEP_ROWS),
        ).fetchall()
        going = list(takewhile(lambda row: before_ms is None or row[1] < before_ms, found))
        if not going:
            return False
        start_seq, _, start_chain = going[-1]
        about = replace(volume.about, start_seq=start_seq, start_chain=start_chain, cursor_seq=volume.cursor_seq)
        with transaction(volume.connection):
            volume.connection.execute("DELETE FROM rows WHERE seq <= ?", (start_seq,))
            volume.connection.execute(
                "DELETE FROM holes WHERE last_seq <= ? AND first_seq <= ?", (start_seq, start_seq)
            )
            write_about(volume.connection, about)
        volume.about = about
        return True

    def _oldest(self, priority: Priority) -> Found:
        """The oldest rows of a priority that may go."""
        end_seq = self._volume.state_seq() if priority <= Priority.ORDER else self._volume.tail_seq + 1
        seen = self._volume.connection.execute(
            "SELECT seq, priority, kind, chain FROM rows WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?",
            (self._searched[priority], end_seq, SCAN_ROWS),
        ).fetchall()
        going = [(seq, kind, chain) for seq, of, kind, chain in seen if of == priority][:STEP_ROWS]
        if len(going) == STEP_ROWS:
            return Found(going, going[-1][0], more=True)
        return Found(going, seen[-1][0] if seen else self._searched[priority], more=len(seen) == SCAN_ROWS)

    def _drop(self, going: Sequence[tuple[int, str, bytes]]) -> Mapping[str, int]:
        """Let rows go and leave hole markers. Returns those that the office did not have, by kind."""
        cursor_seq = self._volume.cursor_seq
        connection = self._volume.connection
        with transaction(connection):
            for hole in self._runs(going):
                connection.execute("DELETE FROM rows WHERE seq BETWEEN ? AND ?", (hole.first_seq, hole.last_seq))
                connection.execute(INSERT_HOLE, hole_values(self._with_neighbours(hole)))
        return Counter(kind for seq, kind, _ in going if seq > cursor_seq)

    def _runs(self, going: Sequence[tuple[int, str, bytes]]) -> Iterator[Hole]:
        """One hole for each run of rows; none reaches over the office's cursor, which it must be able to name."""
        run: Hole | None = None
        for seq, kind, chain in going:
            if run is not None and seq == run.last_seq + 1 and run.last_seq != self._volume.cursor_seq:
                run = Hole(run.first_seq, seq, Counter(run.counts) + Counter([kind]), chain)
                continue
            if run is not None:
                yield run
            run = Hole(seq, seq, {kind: 1}, chain)
        if run is not None:
            yield run

    def _with_neighbours(self, hole: Hole) -> Hole:
        """Take the marker that ends just before and the one that begins just after into this one."""
        connection, cursor_seq = self._volume.connection, self._volume.cursor_seq
        before = connection.execute(
            "SELECT first_seq, last_seq, counts, chain FROM holes WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1",
            (hole.first_seq,),
        ).fetchone()
        if before is not None and before[1] == hole.first_seq - 1 != cursor_seq:
            other = hole_of(before)
            hole = Hole(other.first_seq, hole.last_seq, Counter(other.counts) + Counter(hole.counts), hole.chain)
            connection.execute("DELETE FROM holes WHERE first_seq = ?", (other.first_seq,))
        after = connection.execute(
            "SELECT first_seq, last_seq, counts, chain FROM holes WHERE first_seq = ?", (hole.last_seq + 1,)
        ).fetchone()
        if after is not None and hole.last_seq != cursor_seq:
            other = hole_of(after)
            hole = Hole(hole.first_seq, other.last_seq, Counter(hole.counts) + Counter(other.counts), other.chain)
            connection.execute("DELETE FROM holes WHERE first_seq = ?", (other.first_seq,))
        return hole
