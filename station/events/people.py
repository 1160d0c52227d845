"""Volunteers who sign on and off, what they have done, and what people think of the station."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent


@dataclass(frozen=True, slots=True)
class VolunteerSignedOn(AccessEvent):
    """`holder` is on duty from now on. Not `dated`: nobody knew the time."""

    service: str
    holder: str
    dated: bool = True


@dataclass(frozen=True, slots=True)
class VolunteerShiftDated(AccessEvent):
    """The clock was corrected, or is known now: they signed on at this wall time."""

    service: str
    holder: str
    began_at_ms: int


@dataclass(frozen=True, slots=True)
class VolunteerSignedOff(AccessEvent):
    """They are on duty no more; `cause` is signed_off or forgotten. `minutes` is how long they were, rounded down.

    A forgotten one was closed by the station: its minutes say how long it stood open, not how long anybody worked.
    """

    service: str
    holder: str
    cause: str
    minutes: int


@dataclass(frozen=True, slots=True)
class TaskDone(AccessEvent):
    """A task of the station file was ticked by this holder."""

    service: str
    task: str
    by: str


@dataclass(frozen=True, slots=True)
class RatingGiven(AccessEvent):
    """Somebody pressed 1 (bad) to 5 (very good) stars on a touch screen; who is not known."""

    service: str
    stars: int
