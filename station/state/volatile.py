"""Volatile: dies with every recovery, on purpose, and is never in an event, a snapshot, a log or a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.contract import Page, ReportLoan, Words
from station.state.lending import Arrival, BookSeen, Return, ShelfVisit
from station.state.request import Request


@dataclass(frozen=True, slots=True)
class Greeting:
    """A hello that was sent and not yet answered; nor was any since `since_ms`."""

    nonce: str
    sent_ms: int
    since_ms: int


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
class Opening:
    """A cell was asked to open and its sensor has not shown it yet. `request` is who asked, to give them another one.

    `outcome` is what its board said; empty until the command was carried out. `tries` counts the cells that were asked
    for this request.
    """

    cause: str
    until_ms: int
    request: Request
    outcome: str = ""
    tries: int = 1
    within_ms: int = 4_000  # so long after the board was asked it has failed
    thing: str = ""  # what is taken out of it, where that is not the cell itself


@dataclass(frozen=True, slots=True)
class Menu:
    """Where somebody has touched their way to on a screen: a `step` of an `area`, which is called as its service is.

    `told` are lines beside the question. `salt` and `typed` are of the code that was typed first, hashed: no digits
    stay in the state.
    """

    area: str
    step: str
    until_ms: int
    thing: str = ""
    holder: str = ""
    role: str = ""  # of the holder, where that counts
    told: tuple[Words, ...] = ()
    salt: str = field(default="", repr=False)
    typed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Supply:
    """A socket or appliance was given power in this boot, and what its relay and its meter have told since.

    `on_ms` is None until its board has confirmed it; `failed` is why it has no power any more. `counter_wh` was read
    at `counted_ms` last. A person waits for the answer while `answers` and not yet on.
    """

    asked_ms: int
    until_ms: int
    answers: bool = False
    on_ms: int | None = None
    failed: str = ""
    counter_wh: int | None = None
    counted_ms: int = 0
    used_wh: int = 0
    drew: bool = False
    idle_ms: int | None = None  # since when it draws nothing, after it drew something
    over_ms: int | None = None  # since when it draws too much


@dataclass(frozen=True, slots=True)
class OffAsked:
    """A relay was asked to be off, at first and at last (steady)."""

    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Switched:
    """What a fan, air-con or circuit of a room was asked to be, or was seen to be, and since when."""

    on: bool
    since_ms: int
    until_ms: int = 0  # it goes off by itself then


@dataclass(frozen=True, slots=True)
class Watched:
    """When the station last raised an alarm by itself. `told`: for the cause that stands now it need not again."""

    raised_ms: int
    told: bool


@dataclass(frozen=True, slots=True)
class Cuff:
    """A blood pressure meter's: measuring until then at most, and whether its button was last seen released."""

    until_ms: int = 0
    released: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """What a library is still to be told, in order, each with its service. `asked`: its driver has the first."""

    waiting: tuple[tuple[str, ReportLoan], ...] = ()
    asked: bool = False


ASIDE = frozenset(
    {
        "shown",
        "drawn",
        "asked",
        "orders",
        "picture_uses",
        "health_at_ms",
        "health_look_ms",
        "health_look_due",
        "health_sent",
        "health_sent_ms",
        "offers_sent",
        "rests_until_ms",
    }
)
"""Fields at which no rule looks but for a signal that asks for them: while only they change, the others may rest."""


@dataclass(frozen=True)
class Volatile:
    """Dies with every recovery, on purpose: never in an event, a snapshot, a log or a message.

    Without slots, so that `but` copies all fields at once: something is remembered in almost every turn.
    """

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
    watched: Mapping[str, Watched] = field(default_factory=dict)  # by alarm
    curfew_warned: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # door -> closing, which warning
    curfew_look_ms: int | None = None
    room_points: Mapping[str, bool] = field(default_factory=dict)  # what it was asked to be last
    notices: Mapping[str, Notice] = field(default_factory=dict)  # screen -> what it says for a while
    wall_offset_ms: int | None = None  # wall minus steady time; None while the wall clock cannot be trusted
    openings: Mapping[str, Opening] = field(default_factory=dict)  # by thing_key
    returns: Mapping[str, Return] = field(default_factory=dict)  # by thing_key of a slot
    arrivals: Mapping[str, Arrival] = field(default_factory=dict)  # by thing_key of a slot
    untaken_ms: Mapping[str, int] = field(default_factory=dict)  # by thing_key of a slot: it gave nothing last
    shelf_visits: Mapping[str, ShelfVisit] = field(default_factory=dict)  # by service
    books_seen: Mapping[str, BookSeen] = field(default_factory=dict)  # by service
    tellings: Mapping[str, Telling] = field(default_factory=dict)  # by library
    supplies: Mapping[str, Supply] = field(default_factory=dict)  # by thing_key
    offs: Mapping[str, OffAsked] = field(default_factory=dict)  # by relay
    switched: Mapping[str, Switched] = field(default_factory=dict)  # by point of a climate
    cuffs: Mapping[str, Cuff] = field(default_factory=dict)  # by pressure service
    shut_ms: Mapping[str, int] = field(default_factory=dict)  # by thing_key: a cell was shut last
    code_offers: Mapping[str, int] = field(default_factory=dict)  # by thing_key: a code may be chosen until
    menus: Mapping[str, Menu] = field(default_factory=dict)  # screen -> where somebody is on it
    code_failed_ms: Mapping[str, int] = field(default_factory=dict)  # by thing_key: a wrong code was typed last
    toggled_ms: Mapping[str, int] = field(default_factory=dict)  # by thing_key of a holder: signed on or off last
    rated_ms: Mapping[str, int] = field(default_factory=dict)  # screen -> somebody rated last
    health_at_ms: int = 0
    health_look_ms: int = 0  # not looked again before
    health_look_due: bool = False  # every rule has looked since
    health_sent: str = ""
    health_sent_ms: int = 0
    offers_sent: str = ""
    rests_until_ms: int = 0  # until then no rule has anything to do, if nothing happens
    trust: str = ""

    def but(self, **changes: Any) -> Volatile:
        """The same with these fields changed. Raises TypeError for a field that there is not."""
        if unknown := changes.keys() - vars(self).keys():
            raise TypeError(f"nothing is called {', '.join(sorted(unknown))} here")
        changed = object.__new__(Volatile)
        vars(changed).update(vars(self) | changes)
        return changed
