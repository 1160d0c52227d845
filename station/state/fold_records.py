"""What the journal says of itself, and the documents that were taken over."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import DocumentHeld, Recorded, read_recorded
from station.state.tables import with_item


def _begun(recorded: Recorded, event: e.JournalBegun, _: Row) -> Recorded:
    amnesia_at_ms = event.amnesia_at_ms or recorded.amnesia_at_ms
    return replace(recorded, journal=event.journal, amnesia_at_ms=amnesia_at_ms, holdings_known=False)


def _dated(recorded: Recorded, event: e.AmnesiaDated, _: Row) -> Recorded:
    return replace(recorded, amnesia_at_ms=event.at_ms)


def _snapshot(_recorded: Recorded, event: e.Snapshot, _: Row) -> Recorded:
    return read_recorded(event.state)


def _taken(recorded: Recorded, event: e.DocumentTaken, _: Row) -> Recorded:
    held = DocumentHeld(event.version, event.sha256)
    return replace(recorded, documents=with_item(recorded.documents, event.name, held))


def _confirmed(recorded: Recorded, event: e.DocumentsConfirmed, _: Row) -> Recorded:
    return replace(recorded, confirmed_at_ms=event.office_ms)


FOLDS = {
    e.JournalBegun: _begun,
    e.AmnesiaDated: _dated,
    e.Snapshot: _snapshot,
    e.DocumentTaken: _taken,
    e.DocumentsConfirmed: _confirmed,
}
