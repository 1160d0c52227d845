"""The journal itself, its snapshots, and the documents that were taken over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from station.events.base import OrderEvent, SafetyEvent


@dataclass(frozen=True, slots=True)
class StationStarted(OrderEvent):
    """The controller began or recovered. `file_hash` is the SHA-256 of the station file."""

    version: str
    file_hash: str
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class JournalBegun(SafetyEvent):
    """A new journal; `parent` is the one that was set aside, empty for a station's first."""

    journal: str
    parent: str = ""
    parent_seq: int = 0
    parent_head: str = ""
    reason: str = ""
    amnesia_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AmnesiaDated(SafetyEvent):
    """The journal began while the time was not known; now it is: one-time passes from before are refused."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Snapshot(OrderEvent):
    """The whole recorded state (`station.state.Recorded` as JSON), so that a reader may begin here."""

    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventsLost(SafetyEvent):
    """Events that had to go while the journal could not be written, by kind; a `Snapshot` follows."""

    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class DocumentTaken(OrderEvent):
    """A signed document was verified and taken over. `sha256` is of its bytes, in hex."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DocumentsConfirmed(OrderEvent):
    """A signed hello named the very documents that are held here, at this office time; at most one an hour."""

    office_ms: int


@dataclass(frozen=True, slots=True)
class MessageForged(SafetyEvent):
    """Something from the office's side was not signed by a key of its purpose: `unsigned` or `forged`."""

    name: str
    reason: str
