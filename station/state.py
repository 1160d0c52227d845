"""What the station knows: recorded, observed and volatile.

Recorded is a fold over events; observed is the last level of everything; volatile dies on purpose with every recovery.
`fold` is the one model of a station; the office folds with it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from drivers.contract import JournalExtent, Level, Page, Priority, Quantity, Row, Signal, Words
from station import events as e
from station.trust.ring import Revocations, Ring

UNDATED_MS = 2**53
"""`amnesia_at_ms` of a journal that began while the time was not known."""
STEP_MEMORY_SECONDS = 300
VISIT_MEMORY_SECONDS = 86_400

Key = TypeVar("Key")
Value = TypeVar("Value")


# ---------------------------------------------------------------- recorded


@dataclass(frozen=True, slots=True)
class Window:
    """Until when a door may be opened, by the steady time of one boot, and for which one-time passes."""

    boot: str
    began_ms: int
    until_ms: int
    order: str = ""  # the latest order, which is told what became of it
    passes: tuple[str, ...] = ()  # one-time passes whose visit begins with the next opening


@dataclass(frozen=True, slots=True)
class HoldOpen:
    """The office holds a door open until a steady time of one boot."""

    boot: str
    until_ms: int
    order: str


@dataclass(frozen=True, slots=True)
class Door:
    """One door as recorded. `open` is None before the contact was ever seen."""

    open: bool | None = None
    opened_boot: str = ""
    opened_ms: int = 0
    window: Window | None = None
    hold: HoldOpen | None = None
    warned: bool = False
    held: bool = False
    forced: bool = False
    relock_failed: bool = False
    occupied: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """The one use of a one-time pass."""

    boot: str
    began_ms: int
    expires_s: int
    renewals: int = 0
    recovered: bool = False
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that was raised and not yet cleared."""

    what: str
    source: str
    boot: str
    raised_ms: int
    raised_at_ms: int
    heard_by: str = ""
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class DocumentHeld:
    """The newest document that was taken over under a name."""

    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """Survives a power cut: what a fold over the safety, access and order events gives."""

    journal: str = ""
    amnesia_at_ms: int | None = None
    doors: Mapping[str, Door] = field(default_factory=dict)
    visits: Mapping[str, Visit] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    documents: Mapping[str, DocumentHeld] = field(default_factory=dict)
    confirmed_at_ms: int = 0  # office time of the last hello that confirmed the documents


# ---------------------------------------------------------------- observed and volatile


@dataclass(frozen=True, slots=True)
class Reading:
    """A level and since when (steady) it has been so."""

    value: Level
    since_ms: int


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Whether a device answers, since when (steady), and what its driver said last."""

    up: bool
    since_ms: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """Read again at every start."""

    levels: Mapping[tuple[str, Quantity], Reading] = field(default_factory=dict)
    devices: Mapping[str, DeviceState] = field(default_factory=dict)
    link_up: bool = False
    link_since_ms: int = 0
    link_detail: str = ""
    extents: tuple[JournalExtent, ...] = ()
    unrecorded: str = ""  # why the journal cannot be written; empty when it can
    unrecorded_ms: int = 0
    ring: Ring | None = None
    revocations: Revocations | None = None
    floors: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Greeting:
    """A hello that was sent and not yet answered."""

    nonce: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refusals at one reader for one reason since the last count."""

    count: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What the screen says for a while."""

    mood: str
    headline: Words
    lines: tuple[Words, ...]
    until_ms: int


@dataclass(frozen=True, slots=True)
class Volatile:
    """Dies with every recovery, on purpose: never in an event, a snapshot, a log or a message."""

    secret: bytes = field(default=b"", repr=False)
    boot: str = ""
    recovered_ms: int = 0
    shown: Mapping[tuple[str, int], int] = field(default_factory=dict)  # (screen, step) -> last on show
    drawn: Mapping[str, tuple[int, Page]] = field(default_factory=dict)  # screen -> (when, what it was sent)
    asked: Mapping[bytes, int] = field(default_factory=dict)  # nonce given to the office -> until
    asks: int = 0
    orders: Mapping[bytes, int] = field(default_factory=dict)  # order id used -> until
    picture_uses: Mapping[tuple[str, int], int] = field(default_factory=dict)  # (screen, step) -> orders
    refusals: Mapping[tuple[str, str], Refusals] = field(default_factory=dict)
    flood: Mapping[str, Refusals] = field(default_factory=dict)
    greeting: Greeting | None = None
    greetings: int = 0
    greet_at_ms: int | None = None
    pending: Mapping[str, bytes] = field(default_factory=dict)  # documents that came before the ring
    confirmed: bool = False  # a hello of this boot has confirmed the documents
    seen_ms: Mapping[str, int] = field(default_factory=dict)  # door -> somebody was last seen in its room
    egress_ms: Mapping[str, int] = field(default_factory=dict)  # door -> its exit button was last pressed
    notices: Mapping[str, Notice] = field(default_factory=dict)  # screen -> what it says for a while
    health_at_ms: int = 0
    health_sent: str = ""
    trust: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a decision may look at."""

    recorded: Recorded = field(default_factory=Recorded)
    observed: Observed = field(default_factory=Observed)
    volatile: Volatile = field(default_factory=Volatile)


@dataclass(frozen=True, slots=True)
class Recovered(Signal):
    """The first signal of every recovery, at boot and in process: what the journal and the vault held.

    `secret` is 32 fresh random bytes; `begun` is set when a journal has just begun; `replayed` counts the rows that
    were folded, so that a snapshot comes in time however often a station is started.
    """

    recorded: Recorded
    extents: tuple[JournalExtent, ...]
    secret: bytes = field(repr=False)
    documents: Mapping[str, bytes] = field(default_factory=dict)
    floors: Mapping[str, int] | None = None
    begun: e.JournalBegun | None = None
    in_process: bool = False
    replayed: int = 0


# ---------------------------------------------------------------- the fold


def with_item(table: Mapping[Key, Value], key: Key, value: Value) -> dict[Key, Value]:
    """A copy of `table` in which `key` has `value`."""
    return {**table, key: value}


def without_item(table: Mapping[Key, Value], key: Key) -> dict[Key, Value]:
    """A copy of `table` without `key`."""
    return {other: value for other, value in table.items() if other != key}


def fold(recorded: Recorded, event: e.Event, row: Row) -> Recorded:
    """The recorded state after `event`, which stands in `row` (its boot and times matter, its body does not)."""
    if event.priority > Priority.ORDER:
        return recorded
    match event:
        case e.JournalBegun():
            return replace(recorded, journal=event.journal, amnesia_at_ms=event.amnesia_at_ms or recorded.amnesia_at_ms)
        case e.AmnesiaDated():
            return replace(recorded, amnesia_at_ms=event.at_ms)
        case e.Snapshot():
            return read_recorded(event.state)
        case e.DocumentTaken():
            held = DocumentHeld(event.version, event.sha256)
            return replace(recorded, documents=with_item(recorded.documents, event.name, held))
        case e.DocumentsConfirmed():
            return replace(recorded, confirmed_at_ms=event.office_ms)
        case e.AccessGranted():
            return _granted(recorded, event, row)
        case e.AlarmRaised():
            alarm = Alarm(event.what, event.source, row.boot, row.steady_ms, row.at_ms)
            return replace(recorded, alarms=with_item(recorded.alarms, event.service, alarm))
        case e.AlarmHeard() | e.AlarmEscalated():
            return _alarm_went_on(recorded, event)
        case e.AlarmCleared():
            return replace(recorded, alarms=without_item(recorded.alarms, event.service))
        case _:
            return _door_went_on(recorded, event, row)


def _alarm_went_on(recorded: Recorded, event: e.AlarmHeard | e.AlarmEscalated) -> Recorded:
    alarm = recorded.alarms.get(event.service)
    if alarm is None:
        return recorded
    went_on = replace(alarm, heard_by=event.by) if isinstance(event, e.AlarmHeard) else replace(alarm, escalated=True)
    return replace(recorded, alarms=with_item(recorded.alarms, event.service, went_on))


def _granted(recorded: Recorded, event: e.AccessGranted, row: Row) -> Recorded:
    door = recorded.doors.get(event.service, Door())
    before = door.window.passes if door.window and door.window.boot == row.boot else ()
    waits = event.once and not door.open and event.pass_id not in before
    passes = (*before, event.pass_id) if waits else before
    window = Window(row.boot, row.steady_ms, event.until_steady_ms, event.order, passes)
    recorded = replace(recorded, doors=with_item(recorded.doors, event.service, replace(door, window=window)))
    if event.once:
        recorded = replace(recorded, visits=_visited(recorded.visits, event, row, seen=door.open is True))
    if event.step_s:
        oldest = event.step_s - STEP_MEMORY_SECONDS
        steps = {pass_id: step for pass_id, step in recorded.steps.items() if step > oldest}
        recorded = replace(recorded, steps=with_item(steps, event.pass_id, event.step_s))
    return recorded


def _visited(visits: Mapping[str, Visit], event: e.AccessGranted, row: Row, *, seen: bool) -> dict[str, Visit]:
    visit = visits.get(event.pass_id)
    if visit is None:
        visit = Visit(row.boot, row.steady_ms, event.expires_s, observed=seen)
    elif event.renewal == "recovered":
        visit = replace(visit, recovered=True, observed=seen)
    else:
        visit = replace(visit, renewals=visit.renewals + 1, observed=seen)
    dead_before_s = row.at_ms // 1000 - VISIT_MEMORY_SECONDS
    alive = {pass_id: old for pass_id, old in visits.items() if old.expires_s > dead_before_s}
    return with_item(alive, event.pass_id, visit)


def _door_went_on(recorded: Recorded, event: e.Event, row: Row) -> Recorded:
    service = getattr(event, "service", None)
    if service is None:
        return recorded
    door = recorded.doors.get(service, Door())
    if isinstance(event, e.DoorOpened | e.DoorForced) and door.window and door.window.passes:
        recorded = replace(recorded, visits=_observed(recorded.visits, door.window.passes))
    after = _door_after(door, event, row)
    return recorded if after is door else replace(recorded, doors=with_item(recorded.doors, service, after))


_FLAGS: dict[type[e.Event], dict[str, Any]] = {
    e.DoorHeldWarned: {"warned": True},
    e.DoorHeld: {"held": True},
    e.RelockFailed: {"relock_failed": True},
    e.BoltLocked: {"relock_failed": False},
    e.RoomOccupied: {"occupied": True},
    e.RoomEmptied: {"occupied": False},
    e.DoorClosed: {"open": False, "warned": False, "held": False, "forced": False},
}


def _door_after(door: Door, event: e.Event, row: Row) -> Door:
    match event:
        case e.DoorOpened() | e.DoorForced():
            window = replace(door.window, passes=()) if door.window else None
            forced = isinstance(event, e.DoorForced)
            return replace(door, open=True, opened_boot=row.boot, opened_ms=row.steady_ms, forced=forced, window=window)
        case e.DoorRelocked() | e.DoorNotOpened():
            return replace(door, window=None)
        case e.HoldOpenBegan():
            return replace(door, hold=HoldOpen(row.boot, event.until_steady_ms, event.order))
        case e.HoldOpenEnded():
            return replace(door, hold=None)
        case _:
            flags = _FLAGS.get(type(event))
            return replace(door, **flags) if flags else door


def _observed(visits: Mapping[str, Visit], passes: tuple[str, ...]) -> dict[str, Visit]:
    return {pass_id: replace(visit, observed=True) if pass_id in passes else visit for pass_id, visit in visits.items()}


# ---------------------------------------------------------------- text and back

_recorded: TypeAdapter[Recorded] = TypeAdapter(Recorded)


def recorded_document(recorded: Recorded) -> dict[str, Any]:
    """The recorded state as plain JSON values, for `Snapshot`."""
    document: dict[str, Any] = _recorded.dump_python(recorded, mode="json")
    return document


def read_recorded(document: Mapping[str, Any]) -> Recorded:
    """The recorded state of a snapshot. Raises ValueError when it does not fit."""
    try:
        return _recorded.validate_python(document)
    except ValidationError as fault:
        raise ValueError(f"a snapshot cannot be read: {fault.errors()[0]['msg']}") from fault
