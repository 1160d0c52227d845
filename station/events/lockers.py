"""What the cells of a locker did. Who has which is told by the events of holdings."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent, SafetyEvent


@dataclass(frozen=True, slots=True)
class CellOpened(AccessEvent):
    """The cell's own sensor shows it open; why is `cause`.

    taken, opened, given_back; code (typed at the screen); keeper; again (a moment after it was shut: the door had not
    caught); late (long after it was asked to); unseen (nobody could look meanwhile).
    """

    service: str
    cell: str
    cause: str


@dataclass(frozen=True, slots=True)
class CellShut(AccessEvent):
    """The cell's own sensor shows it shut again."""

    service: str
    cell: str


@dataclass(frozen=True, slots=True)
class CellForced(SafetyEvent):
    """A cell opened that nobody had asked to open."""

    service: str
    cell: str


@dataclass(frozen=True, slots=True)
class CellFailed(AccessEvent):
    """A cell did not open when asked: it is out of order from now on. `outcome` is what the board said.

    Or late, unasked: it opened when it was nobody's, and somebody may have put something in.
    """

    service: str
    cell: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CellRetired(AccessEvent):
    """A keeper took a cell out of service, for a reason in a few words."""

    service: str
    cell: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CellRestored(AccessEvent):
    """A keeper put a cell into service again."""

    service: str
    cell: str
    by: str


@dataclass(frozen=True, slots=True)
class CellOpenedByKeeper(AccessEvent):
    """A keeper had a cell opened that somebody else may hold, for a reason in a few words."""

    service: str
    cell: str
    by: str
    reason: str
