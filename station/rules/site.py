"""What a station is for, as the rules see it: the station file without its hardware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.contract import Quantity, Words
from station.rules.week import ALWAYS, Hours

EVERYBODY = frozenset({"resident", "courier", "volunteer", "keeper"})
FORCED, HELD, TAMPER, LOST, HOT, FLOOD = "forced", "held", "tamper", "lost", "hot", "flood"
CAUSES = frozenset({FORCED, HELD, TAMPER, LOST, HOT, FLOOD})
"""Why a station raises an alarm by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What every service for people has. Devices are named as in the station file; "" means there is none."""

    name: str
    words: Words
    colour: str = ""  # its own; empty: the station's
    reader: str = ""
    hours: Hours = ALWAYS
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
    lost_ms: int | None = None  # overdue for so long: it is lost


@dataclass(frozen=True, slots=True)
class CellOf:
    """One cell: the point that opens it, and feels whether it is shut unless a `contact` of its own does.

    An empty `contact`: nothing feels it.
    """

    point: str
    size: str = "medium"  # small medium large
    accessible: bool = False
    contact: str | None = None
    felt_by: Quantity = Quantity.CLOSED  # IN_PLACE: the thing that is in it has a tag

    @property
    def felt_at(self) -> str:
        """The point that is closed while it is shut, or whose tag is heard."""
        return self.point if self.contact is None else self.contact


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerService(HeldService):
    """Cells that people use for a while, by the number printed on each."""

    cells: Mapping[str, CellOf]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanService(HeldService):
    """A stand of things that are lent, by the number printed on each slot. A slot's contact is closed while it is full.

    Not taken within `take_ms` a thing stays; what is put in within `return_ms` after somebody asked is theirs.

    With a `box` the things have tags and lie together behind its one lock: a slot is the thing with that number, and
    "full" while its tag is heard.
    """

    what: str
    cells: Mapping[str, CellOf]
    box: str = ""
    pulse_ms: int = 300
    take_ms: int = 20_000
    return_ms: int = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BookService(HeldService):
    """A shelf whose books are lent by the ISBN that its reader reads. `leave_one`: nobody has to say who they are.

    `library` is told who has which.
    """

    library: str = ""
    leave_one: bool = False
    visit_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is given away by the piece. `per_day` 0: as many as somebody likes."""

    words: Words
    low: int = 0
    points: int = 0
    per_day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StockService(Service):
    """A medicine box, a vending cupboard. `cells`: the compartment of an item by its name, the whole box by `BOX`."""

    items: Mapping[str, Item]
    cells: Mapping[str, CellOf]
    offline_points: int = 0
    pulse_ms: int = 500


BOX = "box"
"""The cell of a `StockService` that is the whole box."""


@dataclass(frozen=True, slots=True)
class Load:
    """Something behind a relay, and the meter that sees what it draws. `power_max_w` 0: no limit is known."""

    relay: str
    meter: str = ""
    power_max_w: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketService(HeldService):
    """Sockets at which people charge for a while, by the name printed on each. `due_ms`: how long a session lasts."""

    sockets: Mapping[str, Load]
    limit_wh: int = 60
    temperature: str = ""
    temperature_max_c: float = 55.0
    safe_ms: int = 600_000
    unplugged_ms: int = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplianceService(Service):
    """A microwave, kettle or water dispenser that runs for a moment."""

    load: Load
    run_ms: int
    rest_ms: int = 0
    big_load: bool = False
    water: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomService(HeldService):
    """A room that somebody has for a while. `privacy`, `lamp` and `fan` are on while it is taken and somebody is in."""

    door: str
    privacy: str = ""
    lamp: str = ""
    fan: str = ""

    @property
    def points(self) -> tuple[str, ...]:
        """What is switched for whoever has it."""
        return tuple(point for point in (self.privacy, self.lamp, self.fan) if point)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateService:
    """Fan, air-con and circuits of the room behind a door."""

    name: str
    room: str
    temperature: str = ""
    fan: str = ""
    air_con: str = ""
    fan_above_c: float = 28.0
    cool_above_c: float = 30.0
    off_below_c: float = 26.0
    rest_ms: int = 180_000
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PressureService:
    """A blood pressure meter with its button, and the screen service that shows what it measured."""

    name: str
    meter: str
    button: str
    screen: str
    pressed_closed: bool = True
    show_ms: int = 45_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleService(Service):
    """Volunteers who sign on and off and tick tasks, by name; `rating`: anybody may rate on a touch screen."""

    tasks: Mapping[str, Words] = field(default_factory=dict)
    shift_ms: int = 8 * 3_600_000
    rating: bool = False


@dataclass(frozen=True, slots=True)
class AlarmService:
    """A button or input that raises an alarm. `pressed_closed`: a closed circuit means pressed."""

    name: str
    words: Words
    what: str  # sos fire tamper, or one of CAUSES
    button: str  # empty: the station raises it by itself
    pressed_closed: bool
    siren: str = ""
    light: str = ""
    releases: tuple[str, ...] = ()  # doors
    escalate_after_s: int = 120
    siren_limit_ms: int = 600_000


@dataclass(frozen=True, slots=True)
class WatchService:
    """What the station does about alarms that it raises by itself."""

    name: str
    causes: frozenset[str] = CAUSES
    siren: str = ""
    light: str = ""
    escalate_after_s: int = 600


UNWATCHED = WatchService("watch")
"""A station without a table for it: every cause, and no siren."""


@dataclass(frozen=True, slots=True)
class ScreenService:
    """A local display and the voice beside it. `opens`: the services that its rotating code may open.

    `touch`: people can touch buttons and a keypad on it.
    """

    name: str
    screen: str
    opens: tuple[str, ...]
    voice: str = ""
    touch: bool = False


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
    holidays: frozenset[int] = frozenset()  # days since 1970-01-01
    roots: tuple[bytes, bytes] | None = None  # the office's two root keys, pinned at enrolment
    doors: dict[str, DoorService] = field(default_factory=dict)
    lockers: dict[str, LockerService] = field(default_factory=dict)
    loans: dict[str, LoanService] = field(default_factory=dict)
    books: dict[str, BookService] = field(default_factory=dict)
    stock: dict[str, StockService] = field(default_factory=dict)
    sockets: dict[str, SocketService] = field(default_factory=dict)
    rooms: dict[str, RoomService] = field(default_factory=dict)
    appliances: dict[str, ApplianceService] = field(default_factory=dict)
    climates: dict[str, ClimateService] = field(default_factory=dict)
    pressures: dict[str, PressureService] = field(default_factory=dict)
    people: dict[str, PeopleService] = field(default_factory=dict)
    alarms: dict[str, AlarmService] = field(default_factory=dict)
    watches: dict[str, WatchService] = field(default_factory=dict)
    screens: dict[str, ScreenService] = field(default_factory=dict)
    essential: frozenset[str] = frozenset()  # devices whose loss stops a service
    ups: tuple[str, ...] = ()  # devices that say whether the mains are there
    journal: str = "journal"
    vault: str = "vault"
    link: str = "link"
    clock: str = "clock"
    version: str = ""
    file_hash: str = ""
    held_services: Mapping[str, HeldService] = field(init=False, repr=False, compare=False)
    """Services whose things somebody takes for a while, by name."""
    services: Mapping[str, Service] = field(init=False, repr=False, compare=False)
    """Everything that people may ask for, by name."""

    def __post_init__(self) -> None:
        held = {**self.lockers, **self.loans, **self.books, **self.sockets, **self.rooms}
        object.__setattr__(self, "held_services", held)
        object.__setattr__(self, "services", {**self.doors, **held, **self.stock, **self.appliances, **self.people})

    def watch_of(self, cause: str) -> WatchService | None:
        """Who watches for this cause; None: nobody."""
        watches = self.watches.values() if self.watches else (UNWATCHED,)
        return next((watch for watch in watches if cause in watch.causes), None)
