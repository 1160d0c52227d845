"""Somebody has a thing of a service in use for a while: a cell, a socket, an umbrella, a book, a room."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent, OrderEvent


@dataclass(frozen=True, slots=True)
class PassUsed(AccessEvent):
    """A pass was taken by a service other than a door; what came of it stands in the events beside it.

    `once`, `expires_s` and `step_s` as in `AccessGranted`: a one-time pass is used up before anything moves.
    """

    service: str
    pass_id: str
    once: bool = False
    expires_s: int = 0
    step_s: int = 0


@dataclass(frozen=True, slots=True)
class ThingTaken(AccessEvent):
    """`holder` has `thing` of `service` from now on; nobody else gets it before `ThingGivenBack`.

    `due_at_ms` is wall time, None: without a limit. `recipient` may take it over (a drop-off for somebody else).
    `meter_wh` is what the counter of its meter showed. `order` is the one that asked for it.
    """

    service: str
    thing: str
    holder: str
    role: str
    due_at_ms: int | None = None
    recipient: str = ""
    order: str = ""
    meter_wh: int | None = None


@dataclass(frozen=True, slots=True)
class ThingDueSoon(AccessEvent):
    """Its holder was warned that the time is nearly up."""

    service: str
    thing: str


@dataclass(frozen=True, slots=True)
class ThingOverdue(AccessEvent):
    """The time is up and the thing is still in use."""

    service: str
    thing: str


@dataclass(frozen=True, slots=True)
class ThingGivenBack(AccessEvent):
    """The thing is free again; `cause` says how, in the words of its service. `used_wh` is what its session drew."""

    service: str
    thing: str
    cause: str
    by: str = ""
    used_wh: int | None = None


@dataclass(frozen=True, slots=True)
class ThingOffered(AccessEvent):
    """Its holder named somebody else who may take it over."""

    service: str
    thing: str
    recipient: str


@dataclass(frozen=True, slots=True)
class CodeChosen(AccessEvent):
    """The holder chose a six-digit code that opens it again. Salt and hash in hex; the code itself is nowhere."""

    service: str
    thing: str
    salt: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CodeFailed(AccessEvent):
    """A wrong code for this thing was typed at the screen `source`; the right one resets the count."""

    service: str
    thing: str
    source: str


@dataclass(frozen=True, slots=True)
class HoldingsTold(OrderEvent):
    """After a lost journal the office has told who holds what here, in its document of this version.

    Each holding is `[service, thing, holder, role, due_at_ms or None, recipient]`.
    """

    version: int
    holdings: tuple[tuple[str, str, str, str, int | None, str], ...]
