"""What the station knows: recorded, observed and volatile.

Recorded is a fold over events; observed is the last level of everything; volatile dies on purpose with every recovery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.contract import JournalExtent, Signal
from station import events as e
from station.state.fold_passes import STEP_MEMORY_SECONDS, VISIT_MEMORY_SECONDS
from station.state.folding import fold
from station.state.lending import Arrival, BookSeen, Return, ShelfVisit, loan_id
from station.state.observed import DeviceState, Observed, Reading
from station.state.recorded import (
    NOBODY,
    UNDATED_MS,
    Alarm,
    Cell,
    Cut,
    DayOf,
    Door,
    Holding,
    HoldOpen,
    Recorded,
    Run,
    Shift,
    Stock,
    Ticked,
    Visit,
    Window,
    read_recorded,
    recorded_document,
    thing_key,
)
from station.state.request import USUAL, Request
from station.state.tables import with_item, without_item
from station.state.volatile import (
    Greeting,
    Menu,
    Notice,
    OffAsked,
    Opening,
    Refusals,
    Supply,
    Switched,
    Telling,
    Volatile,
    Watched,
)


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a decision may look at."""

    recorded: Recorded = field(default_factory=Recorded)
    observed: Observed = field(default_factory=Observed)
    volatile: Volatile = field(default_factory=Volatile)

    def seen_anew(self, observed: Observed) -> State:
        """The same with something else observed, which no rule has looked at yet."""
        return State(self.recorded, observed, self.volatile.but(rests_until_ms=0))


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


__all__ = [
    "NOBODY",
    "STEP_MEMORY_SECONDS",
    "UNDATED_MS",
    "USUAL",
    "VISIT_MEMORY_SECONDS",
    "Alarm",
    "Arrival",
    "BookSeen",
    "Cell",
    "Cut",
    "DayOf",
    "DeviceState",
    "Door",
    "Greeting",
    "HoldOpen",
    "Holding",
    "Menu",
    "Notice",
    "Observed",
    "OffAsked",
    "Opening",
    "Reading",
    "Recorded",
    "Recovered",
    "Refusals",
    "Request",
    "Return",
    "Run",
    "ShelfVisit",
    "Shift",
    "State",
    "Stock",
    "Supply",
    "Switched",
    "Telling",
    "Ticked",
    "Visit",
    "Volatile",
    "Watched",
    "Window",
    "fold",
    "loan_id",
    "read_recorded",
    "recorded_document",
    "thing_key",
    "with_item",
    "without_item",
]
