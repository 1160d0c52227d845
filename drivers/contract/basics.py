"""What signals and commands speak of: time, words, priorities, outcomes, quantities with their units, journal rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

MAX_CODE_BYTES = 512
"""The longest code a reader hands on; longer ones are junk."""


class ClockTrust(StrEnum):
    """How far `Now.wall_ms` can be trusted."""

    FLOOR = "floor"  # not before the newest signed thing we have seen; nothing more is known
    HOLDOVER = "holdover"  # was synchronised earlier in this boot, or comes from a battery-backed clock
    SYNCED = "synced"  # synchronised now


@dataclass(frozen=True, slots=True)
class Now:
    """The time, as an argument. `boot` names this start of the program (16 hex digits)."""

    boot: str
    steady_ms: int
    wall_ms: int
    trust: ClockTrust


@dataclass(frozen=True, slots=True)
class Words:
    """One line for people, in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        """Both on one line, for terminals and small labels."""
        return f"{self.zh} · {self.en}"


class Priority(IntEnum):
    """How long an event may wait and how dear it is. Only SAFETY to ORDER change the recorded state."""

    SAFETY = 0
    ACCESS = 1
    ORDER = 2
    HEALTH = 3
    TELEMETRY = 4


class Outcome(StrEnum):
    """What is known of an actuation. Only NOT_SENT may be tried again; only a contact says that a door is open."""

    NOT_SENT = "not_sent"  # no byte left this machine
    UNKNOWN = "unknown"  # it began, and no valid reply came
    ACKED = "acked"  # the board confirmed the command
    OBSERVED = "observed"  # a sensor shows the effect


class Quantity(StrEnum):
    """What a level measures, each with its unit."""

    CLOSED = "closed"  # bool: the electrical circuit is closed; a cut wire reads open
    PRESENT = "present"  # bool: somebody is seen
    DISTANCE_CM = "distance_cm"  # int
    RELEASED = "released"  # bool: the lock is driven to the side that lets people through
    ON = "on"  # bool: the switched load has power
    TEMPERATURE_C = "temperature_c"  # float
    UNDER_VOLTAGE = "under_voltage"  # bool
    DISK_FREE_BYTES = "disk_free_bytes"  # int
    HUMIDITY_PERCENT = "humidity_percent"  # float, relative
    PEOPLE = "people"  # int: how many people a tracker sees now
    VOLTAGE_V = "voltage_v"  # float
    CURRENT_A = "current_a"  # float
    POWER_W = "power_w"  # float
    ENERGY_WH = "energy_wh"  # int: a counter that only grows, wraps and may be reset
    ON_BATTERY = "on_battery"  # bool: the mains are gone and a battery feeds us
    CHARGE_PERCENT = "charge_percent"  # int, of a battery
    IN_PLACE = "in_place"  # bool: the tag of a thing answers its reader
    CODE = "code"  # not a level: this device gives `CodeScanned`
    PASSAGE = "passage"  # not a level: this device gives `PersonPassed`
    BLOOD_PRESSURE = "blood_pressure"  # not a level: this device gives `PressureMeasured`


Level = bool | int | float | str

CHANNEL_MARK = "/"


def device_of(point: str) -> str:
    """The device that a point belongs to: `cells/7` is channel 7 of the device `cells`, `strike` is all of `strike`."""
    return point.partition(CHANNEL_MARK)[0]


def channel_of(point: str) -> int:
    """The channel of a point, counted from 1 as printed on the board; 0 for a device without channels."""
    return int(point.partition(CHANNEL_MARK)[2] or 0)


def point_of(device: str, channel: int) -> str:
    """The name of one channel of a device."""
    return f"{device}{CHANNEL_MARK}{channel}"


@dataclass(frozen=True, slots=True)
class Row:
    """One committed line of a journal. `body` is JSON text kept byte for byte; `chain` binds it to all rows before."""

    seq: int
    at_ms: int  # wall time when it was decided
    boot: str
    steady_ms: int
    priority: Priority
    kind: str
    body: str
    chain: bytes = b""  # 16 bytes, filled in by the journal


@dataclass(frozen=True, slots=True)
class Hole:
    """Rows `first_seq..last_seq` that had to go before the office had them; stands in their place."""

    first_seq: int
    last_seq: int
    counts: Mapping[str, int]  # rows lost, by kind
    chain: bytes  # the chain after `last_seq`, so that it goes on


@dataclass(frozen=True, slots=True)
class JournalExtent:
    """What one journal holds: rows `first_seq..tail_seq`, the chain at the tail, and what is stored at the office."""

    journal: str  # 32 hex digits
    first_seq: int
    tail_seq: int
    head: bytes
    cursor_seq: int
    closed: bool = False  # an older journal that was set aside and only drains
