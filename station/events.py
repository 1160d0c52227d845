"""Everything that may be recorded. Kinds are never renamed; fields are only added, with defaults.

An event's place is `(station, journal, seq)`. Its kind is the class name; its body is the JSON of its fields. The
office folds the same events with the same code (`station/state.py`). Safety, access and order events change the
recorded state; health and telemetry never do.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from drivers.contract import Level, Priority, Quantity, Row

CHAIN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened and was recorded."""

    priority: ClassVar[Priority]


class SafetyEvent(Event):
    """P0: kept longest, copied to the office ahead of the backlog."""

    __slots__ = ()
    priority = Priority.SAFETY


class AccessEvent(Event):
    """P1: who came in, what was lent."""

    __slots__ = ()
    priority = Priority.ACCESS


class OrderEvent(Event):
    """P2: orders, documents and configuration."""

    __slots__ = ()
    priority = Priority.ORDER


class HealthEvent(Event):
    """P3: devices, link and clock."""

    __slots__ = ()
    priority = Priority.HEALTH


class TelemetryEvent(Event):
    """P4: levels for figures and pictures."""

    __slots__ = ()
    priority = Priority.TELEMETRY


# ---------------------------------------------------------------- configuration and the journal itself


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


# ---------------------------------------------------------------- access and doors


@dataclass(frozen=True, slots=True)
class AccessGranted(AccessEvent):
    """Somebody may come in until `until_steady_ms` of this boot. `order` and `pass_id` are hex, one of them empty.

    `once` names a pass that serves one visit; `expires_s` is when such a pass dies by itself (unix seconds).
    """

    service: str
    way: str  # order_by_link, order_by_scanner, pass_static, pass_bound
    holder: str
    role: str
    until_steady_ms: int
    order: str = ""
    pass_id: str = ""
    once: bool = False
    expires_s: int = 0
    step_s: int = 0  # the second that a bound pass was signed for
    renewal: str = ""  # a visit's own grant again: again (within 120 s) or recovered (after a power cut)


@dataclass(frozen=True, slots=True)
class AccessRefused(AccessEvent):
    """The first refusal at a reader for a reason; later ones are counted in `RefusalsCounted`."""

    service: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefusalsCounted(AccessEvent):
    """Further refusals at a reader for one reason in the last minute."""

    source: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class CodesFlooded(SafetyEvent):
    """So many refused codes at one reader in a minute that somebody should look."""

    source: str
    count: int


@dataclass(frozen=True, slots=True)
class DoorOpened(AccessEvent):
    """The contact opened. Forced openings are `DoorForced`.

    `cause` is granted, held_open, egress (its button), fire, left (somebody was in), unexplained (no sensor could
    tell) or unseen (it happened while the controller was not running).
    """

    service: str
    cause: str


@dataclass(frozen=True, slots=True)
class DoorClosed(AccessEvent):
    """The contact closed again after `open_ms`; None when it happened while the controller was not running."""

    service: str
    open_ms: int | None


@dataclass(frozen=True, slots=True)
class DoorRelocked(AccessEvent):
    """The unlock window is over; `cause` is closed or ended."""

    service: str
    cause: str


@dataclass(frozen=True, slots=True)
class DoorNotOpened(AccessEvent):
    """The unlock window ended and the contact never opened."""

    service: str


@dataclass(frozen=True, slots=True)
class DoorForced(SafetyEvent):
    """The contact opened without a grant, an egress press or a fire signal."""

    service: str


@dataclass(frozen=True, slots=True)
class DoorHeldWarned(AccessEvent):
    """The door has been open for half of the time that counts as held."""

    service: str


@dataclass(frozen=True, slots=True)
class DoorHeld(SafetyEvent):
    """The door has been open too long."""

    service: str
    open_ms: int


@dataclass(frozen=True, slots=True)
class RelockFailed(SafetyEvent):
    """The door is shut and the lock monitor does not say locked."""

    service: str


@dataclass(frozen=True, slots=True)
class BoltLocked(AccessEvent):
    """After `RelockFailed`: the lock monitor says locked again."""

    service: str


@dataclass(frozen=True, slots=True)
class EgressUsed(AccessEvent):
    """Somebody pressed the exit button; its wire cuts lock power by itself, the controller only sees it."""

    service: str


@dataclass(frozen=True, slots=True)
class HoldOpenBegan(OrderEvent):
    """The office holds a door open (typhoon, heat) until a steady time of this boot; it lapses by itself."""

    service: str
    order: str
    until_steady_ms: int


@dataclass(frozen=True, slots=True)
class HoldOpenEnded(OrderEvent):
    """The hold lapsed or was ended; `cause` is lapsed or order."""

    service: str
    cause: str


@dataclass(frozen=True, slots=True)
class OrderRefused(OrderEvent):
    """An order that came by link and named this station was refused."""

    order: str
    reason: str


# ---------------------------------------------------------------- alarms


@dataclass(frozen=True, slots=True)
class AlarmRaised(SafetyEvent):
    """`what` is sos, fire or tamper; `source` the device that told."""

    service: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class AlarmHeard(SafetyEvent):
    """Somebody has taken the alarm on; `by` is a holder or a name of the office."""

    service: str
    by: str


@dataclass(frozen=True, slots=True)
class AlarmEscalated(SafetyEvent):
    """Nobody heard the alarm for `after_s` seconds."""

    service: str
    after_s: int


@dataclass(frozen=True, slots=True)
class AlarmCleared(SafetyEvent):
    """The cause is gone and the alarm was ended; `by` as in `AlarmHeard`."""

    service: str
    by: str


# ---------------------------------------------------------------- presence, health, telemetry


@dataclass(frozen=True, slots=True)
class RoomOccupied(AccessEvent):
    """Somebody is in."""

    service: str


@dataclass(frozen=True, slots=True)
class RoomEmptied(AccessEvent):
    """Every sensor has agreed for long enough that nobody is in."""

    service: str


@dataclass(frozen=True, slots=True)
class DeviceLost(HealthEvent):
    """A device stopped answering."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceFound(HealthEvent):
    """A device answers again after `away_ms`."""

    device: str
    away_ms: int


@dataclass(frozen=True, slots=True)
class TamperSeen(SafetyEvent):
    """A device's settings had been changed by somebody and were put back."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class LinkChanged(HealthEvent):
    """The connection to the office came or went."""

    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ClockTrustChanged(HealthEvent):
    """Trust in the wall clock changed; `wall_ms` is the time afterwards."""

    trust: str
    wall_ms: int


@dataclass(frozen=True, slots=True)
class RecordingResumed(HealthEvent):
    """The journal can be written again; it could not for `away_ms`, because of `reason`."""

    reason: str
    away_ms: int


@dataclass(frozen=True, slots=True)
class LevelNoted(TelemetryEvent):
    """A level worth a figure."""

    device: str
    quantity: Quantity
    value: Level


# ---------------------------------------------------------------- text and back


def _leaves(base: type[Event]) -> list[type[Event]]:
    found: list[type[Event]] = []
    for kind in base.__subclasses__():
        found.extend(_leaves(kind) or [kind])
    return found


KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in _leaves(Event)}
"""Every kind by its name."""

_adapters: dict[str, TypeAdapter[Any]] = {}


def _adapter(kind: str) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(KINDS[kind])
    return _adapters[kind]


def body_of(event: Event) -> str:
    """The event's fields as compact JSON text."""
    kind = type(event).__name__
    return _adapter(kind).dump_json(event).decode()


def read_event(kind: str, body: str) -> Event | None:
    """The event of a row. None for a kind that this version does not know: store and show it, do not fold it.

    Raises ValueError when a known kind's body does not fit.
    """
    if kind not in KINDS:
        return None
    try:
        event: Event = _adapter(kind).validate_json(body)
    except ValidationError as fault:
        raise ValueError(f"a row of kind {kind} cannot be read: {fault.errors()[0]['msg']}") from fault
    return event


def first_chain(journal: str) -> bytes:
    """The chain before a journal's first row (16 bytes); `journal` is its id, 32 hex digits."""
    return hashlib.sha256(b"micro-station journal 1" + bytes.fromhex(journal)).digest()[:CHAIN_BYTES]


def next_chain(before: bytes, row: Row) -> bytes:
    """The chain after `row` (16 bytes): SHA-256 over the chain before it and its length-prefixed fields, cut."""
    boot, kind, body = row.boot.encode(), row.kind.encode(), row.body.encode()
    numbers = struct.pack(">QqqB", row.seq, row.at_ms, row.steady_ms, row.priority)
    fields = b"".join(len(part).to_bytes(4, "big") + part for part in (numbers, boot, kind, body))
    return hashlib.sha256(before + fields).digest()[:CHAIN_BYTES]
