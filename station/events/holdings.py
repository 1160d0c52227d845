"""Somebody has a thing of a service in use for a while: a cell, a socket, an umbrella, a book, a room."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent, OrderEvent


@dataclass(frozen=True, slots=True)
class PassUsed(AccessEvent):
    """A pass was taken by a service other than a door; what came of it stands in the events beside it.

    `once`, `expires_s`, `step_s` and `renewal` as in `AccessGranted`: a one-time pass is used up before anything moves.
    `thing` is what it was used for, where a sensor shows whether that was had: until then the pass may renew its use.
    """

    service: str
    pass_id: str
    once: bool = False
    expires_s: int = 0
    step_s: int = 0
    thing: str = ""
    renewal: str = ""


@dataclass(frozen=True, slots=True)
class ThingTaken(AccessEvent):
    """`holder` has `thing` of `service` from now on; nobody else gets it before `ThingGivenBack`.

    `due_at_ms` is wall time, None: without a limit; not `dated`: nobody knew the time. `recipient` may take it over (a
    drop-off for somebody else).
    `meter_wh` is what the counter of its meter showed. `order` is the one that asked for it. `slot` is where it waits
    to be taken out: it is out when that slot opens.
    """

    service: str
    thing: str
    holder: str
    role: str
    due_at_ms: int | None = None
    recipient: str = ""
    order: str = ""
    meter_wh: int | None = None
    dated: bool = True
    slot: str = ""


@dataclass(frozen=True, slots=True)
class ThingDueMoved(AccessEvent):
    """The clock was corrected, or is known now: what its holder was told is this wall time."""

    service: str
    thing: str
    due_at_ms: int


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
    """The holder chose a six-digit code that opens it again. Salt and hash in hex; the code itself is nowhere.

    The hash is that of `station.trust.keypad`: PBKDF2-HMAC-SHA256.
    """

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

    Each holding is `[service, thing, holder, role, due_at_ms or None, recipient]`. Where the journal says that somebody
    else has the thing nobody has it opened but a keeper.
    """

    version: int
    holdings: tuple[tuple[str, str, str, str, int | None, str], ...]
