"""What a station is for, as the rules see it: the station file without its hardware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.contract import Words

EVERYBODY = frozenset({"resident", "courier", "volunteer", "keeper"})
ALWAYS = (0, 1440)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What every service for people has. Devices are named as in the station file; "" means there is none."""

    name: str
    words: Words
    colour: str = ""  # its own; empty: the station's
    reader: str = ""
    hours: tuple[int, int] = ALWAYS  # minutes of the local day; equal ends: never
    roles: frozenset[str] = EVERYBODY
    ways: frozenset[str] = frozenset({"order", "pass_bound"})
    revocations_max_age_s: int = 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorService(Service):
    """One door and the room behind it."""

    lock: str
    contact: str = ""
    lock_monitor: str = ""
    egress_button: str = ""
    fire: str = ""
    lamp: str = ""
    presence: tuple[str, ...] = ()
    counter: str = ""
    pulse_ms: int = 3_000
    unlock_ms: int = 8_000
    held_open_ms: int = 45_000
    empty_after_ms: int = 120_000
    welfare_after_ms: int = 36_000_000
    holds_open: bool = False  # the lock is made for being released for long
    admits_unrecorded: bool = False
    room: bool = True  # somebody may be inside and leave


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldService(Service):
    """Things that somebody takes into use for a while."""

    due_ms: int = 24 * 3_600_000
    warn_ms: int = 3_600_000
    per_person: int = 2


@dataclass(frozen=True, slots=True)
class CellOf:
    """One cell of a locker: the point that opens it and feels whether it is shut."""

    point: str
    size: str  # small medium large
    accessible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerService(HeldService):
    """Cells that people use for a while, by the number printed on each."""

    cells: Mapping[str, CellOf]


@dataclass(frozen=True, slots=True)
class AlarmService:
    """A button or input that raises an alarm. `pressed_closed`: a closed circuit means pressed."""

    name: str
    words: Words
    what: str  # sos fire tamper
    button: str
    pressed_closed: bool
    siren: str = ""
    light: str = ""
    releases: tuple[str, ...] = ()  # doors
    escalate_after_s: int = 120
    siren_limit_ms: int = 600_000


@dataclass(frozen=True, slots=True)
class ScreenService:
    """A local display and the voice beside it. `opens`: the services that its rotating code may open."""

    name: str
    screen: str
    opens: tuple[str, ...]
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """One station."""

    station: str
    words: Words
    colour: str
    help_phone: str
    office_url: str
    groups: tuple[str, ...] = ()
    utc_offset_minutes: int = 480
    roots: tuple[bytes, bytes] | None = None  # the office's two root keys, pinned at enrolment
    doors: dict[str, DoorService] = field(default_factory=dict)
    lockers: dict[str, LockerService] = field(default_factory=dict)
    alarms: dict[str, AlarmService] = field(default_factory=dict)
    screens: dict[str, ScreenService] = field(default_factory=dict)
    essential: frozenset[str] = frozenset()  # devices whose loss stops a service
    journal: str = "journal"
    vault: str = "vault"
    link: str = "link"
    clock: str = "clock"
    version: str = ""
    file_hash: str = ""

    @property
    def services(self) -> dict[str, Service]:
        """Everything that people may ask for, by name."""
        return {**self.doors, **self.held_services}

    @property
    def held_services(self) -> dict[str, HeldService]:
        """Services whose things somebody takes for a while."""
        return {**self.lockers}
