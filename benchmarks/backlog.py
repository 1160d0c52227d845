"""What a station has recorded that its office has not: real rows of months, in the station's own journal."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from drivers.contract import Append, CommitFailed, Row
from station import events as e
from station.journal import Journal
from station.state import Recorded, fold, recorded_document

BATCH = 1_000
SNAPSHOT_EVERY_ROWS = 5_000
EVENT_EVERY_MS = 60_000
EVENTS_A_VISIT = 4
UNLOCK_MS = 8_000


def record(folder: Path, count: int) -> str:
    """Record `count` valid events in the journal of a station that does not run; the journal's id."""
    folder.mkdir(parents=True, exist_ok=True)
    now_ms = time.time_ns() // 1_000_000
    journal = Journal.open(folder, new_id=lambda: secrets.token_hex(16), at_ms=now_ms)
    try:
        name = journal.extents()[-1].journal
        rows = list(_rows(count, now_ms - count * EVENT_EVERY_MS, journal.begun))
        for first in range(0, len(rows), BATCH):
            for signal in journal.execute(Append("journal", tuple(rows[first : first + BATCH]))):
                if isinstance(signal, CommitFailed):
                    raise OSError(f"the rows cannot be recorded: {signal.detail}")
    finally:
        journal.close()
    return name


def _rows(count: int, began_ms: int, begun: e.JournalBegun | None) -> Iterator[Row]:
    boot, recorded, visits = secrets.token_hex(8), Recorded(), _visits(began_ms)
    for seq in range(1, count + 1):
        steady_ms = seq * EVENT_EVERY_MS
        if seq == 1 and begun is not None:
            event: e.Event = begun
        elif seq % SNAPSHOT_EVERY_ROWS == 0:
            event = e.Snapshot(recorded_document(recorded))
        else:
            event = next(visits)
        body = e.body_of(event)
        row = Row(seq, began_ms + steady_ms, boot, steady_ms, event.priority, type(event).__name__, body)
        recorded = fold(recorded, event, row)
        yield row


def _visits(began_ms: int) -> Iterator[e.Event]:
    """People who come in and leave again, one after the other."""
    steady_ms = 0
    while True:
        steady_ms += EVENTS_A_VISIT * EVENT_EVERY_MS
        holder, pass_id, step_s = secrets.token_hex(16), secrets.token_hex(16), (began_ms + steady_ms) // 1000
        until_ms = steady_ms + UNLOCK_MS
        yield e.AccessGranted("door", "pass_bound", holder, "resident", until_ms, pass_id=pass_id, step_s=step_s)
        yield e.DoorOpened("door", "granted")
        yield e.DoorRelocked("door", "closed")
        yield e.DoorClosed("door", 3_200)
