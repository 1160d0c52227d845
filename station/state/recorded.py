"""Recorded: what survives a power cut, because a fold over the safety, access and order events gives it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

UNDATED_MS = 2**53
"""`amnesia_at_ms` of a journal that began while the time was not known."""
NOBODY = ""
"""`holder` of what the journal and the office do not agree on."""


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
    inside: int = 0  # by its counter, which drifts; never below 0
    stay_boot: str = ""  # since then somebody is in and nobody has left
    stay_ms: int = 0  # steady, of that boot
    stay_at_ms: int = 0  # wall
    long_stay: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """The one use of a one-time pass; of a `thing` (by `thing_key`) where it was not for a door."""

    boot: str
    began_ms: int
    expires_s: int
    renewals: int = 0
    recovered: bool = False
    observed: bool = False
    thing: str = ""


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
class Holding:
    """Somebody has a thing of a service in use. `due_at_ms` is wall time; None has no limit.

    In the boot that it began in, its time runs by the steady clock: a correction of the wall clock shortens nothing
    that a person was told. An empty `boot` runs by wall time only. An empty `holder`: the journal and the office did
    not agree on whose it is, and only a keeper may look.
    """

    service: str
    thing: str
    holder: str
    role: str
    boot: str
    began_ms: int  # steady, of that boot
    began_at_ms: int  # wall
    due_at_ms: int | None = None
    recipient: str = ""  # who may take it over
    order: str = ""
    warned: bool = False
    overdue: bool = False
    leaving: bool = False  # opened in order to be given back
    released: bool = False  # a keeper opened this room from outside: it is not private any more
    salt: str = ""
    code_sha256: str = ""  # salted; empty: no code was chosen
    code_failures: int = 0
    meter_wh: int | None = None
    slot: str = ""  # in which it still waits to be taken out
    dated: bool = True  # false: taken while nobody knew the time


@dataclass(frozen=True, slots=True)
class Stock:
    """What is left of an item. `expires`: the earliest day among the pieces, such as 2027-03-31."""

    count: int = 0
    expires: str = ""
    low: bool = False  # told


@dataclass(frozen=True, slots=True)
class Unopened:
    """What somebody took behind a lock that was not yet seen open, and what it cost."""

    thing: str
    count: int
    holder: str
    day: int
    order: str = ""
    points: int = 0
    offline: bool = False


@dataclass(frozen=True, slots=True)
class DayOf:
    """What one holder had of stock on a local day (counted from 1970-01-01): points by passes, pieces by thing_key."""

    day: int
    points: int = 0
    taken: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a locker. `open` is None before its sensor was ever seen."""

    open: bool | None = None
    out_of_order: str = ""  # why; empty: in service


@dataclass(frozen=True, slots=True)
class Run:
    """The latest run of an appliance, by the steady time of the boot in which it began, or else ended."""

    holder: str
    boot: str
    began_ms: int
    until_ms: int
    order: str = ""
    meter_wh: int | None = None
    running: bool = True
    ended_ms: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """The latest time at which a socket or appliance was cut to protect. `at_ms` is wall time."""

    service: str
    thing: str
    cause: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A volunteer is on duty since then: by the steady clock in that boot, by wall time (where `dated`) after it."""

    service: str
    holder: str
    boot: str
    began_ms: int  # steady, of that boot
    began_at_ms: int  # wall
    dated: bool = True  # false: signed on while nobody knew the time


@dataclass(frozen=True, slots=True)
class Ticked:
    """By whom a task was done last, and when. `at_ms` is wall time."""

    by: str
    at_ms: int


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
    holdings: Mapping[str, Holding] = field(default_factory=dict)  # by thing_key
    holdings_known: bool = False  # false after a lost journal, until the office has told who holds what
    cells: Mapping[str, Cell] = field(default_factory=dict)  # by thing_key
    stock: Mapping[str, Stock] = field(default_factory=dict)  # by thing_key
    unopened: Mapping[str, Unopened] = field(default_factory=dict)  # by thing_key of a cell
    days: Mapping[str, DayOf] = field(default_factory=dict)  # by holder, all of one day
    shelf: Mapping[str, int] = field(default_factory=dict)  # copies by thing_key of an ISBN
    runs: Mapping[str, Run] = field(default_factory=dict)  # by appliance
    cuts: Mapping[str, Cut] = field(default_factory=dict)  # by thing_key
    shifts: Mapping[str, Shift] = field(default_factory=dict)  # by thing_key of a holder
    tasks: Mapping[str, Ticked] = field(default_factory=dict)  # by thing_key
    confirmed_at_ms: int = 0  # office time of the last hello that confirmed the documents


def thing_key(service: str, thing: str) -> str:
    """What a thing is filed under: names have no slash."""
    return f"{service}/{thing}"


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
