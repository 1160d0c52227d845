"""The vocabulary of the field: what happens outside (signals) and what is asked of a device (commands).

Everybody may import this module; it imports the standard library only. Times are integers in milliseconds:
`steady_ms` counts from the start of this boot and never goes back, `wall_ms` is unix time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar, Protocol

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
    CODE = "code"  # not a level: this device gives `CodeScanned`


Level = bool | int | float | str


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


# ---------------------------------------------------------------- signals: something that happened outside


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that happened outside and was put in the inbox."""


@dataclass(frozen=True, slots=True)
class TimePassed(Signal):
    """The earliest deadline in the state has come, or nothing happened for a while."""


@dataclass(frozen=True, slots=True)
class Committed(Signal):
    """The journal has everything up to the tails given here on the card."""

    extents: tuple[JournalExtent, ...]


@dataclass(frozen=True, slots=True)
class CommitFailed(Signal):
    """The journal could not write; `detail` is for the technician."""

    detail: str


@dataclass(frozen=True, slots=True)
class JournalFull(Signal):
    """The journal is at its cap. `dropped` counts by kind the rows that went before the office had them.

    With `snapshot_wanted` nothing more may go before a full `Snapshot` is recorded: recovery needs the rest.
    """

    journal: str
    dropped: Mapping[str, int]
    snapshot_wanted: bool


@dataclass(frozen=True, slots=True)
class JournalDiverged(Signal):
    """The office's rows are not ours: another chain at a row that both have, or more rows than we have."""

    journal: str
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceUp(Signal):
    """A device answers (again)."""

    device: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeviceDown(Signal):
    """A device cannot be used; its driver is started again with back-off."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class LevelChanged(Signal):
    """A device's level, at start and whenever it changes."""

    device: str
    quantity: Quantity
    value: Level


@dataclass(frozen=True, slots=True)
class CodeScanned(Signal):
    """A reader read a code: at most `MAX_CODE_BYTES` printable ASCII bytes, still hostile."""

    device: str
    code: bytes


@dataclass(frozen=True, slots=True)
class JunkReceived(Signal):
    """Bytes that mean nothing came from a device; counted, not recorded one by one."""

    device: str
    detail: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class DeviceTampered(Signal):
    """Somebody changed a device's settings; the driver has put them back."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class CommandDone(Signal):
    """What became of a command that moves or switches something."""

    device: str
    command: str  # the command's class name
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PageShown(Signal):
    """A screen reports that people can see the page with this step of the rotating code now."""

    device: str
    step: int


@dataclass(frozen=True, slots=True)
class LinkUp(Signal):
    """The broker accepted the connection."""

    device: str


@dataclass(frozen=True, slots=True)
class LinkDown(Signal):
    """The connection to the broker is gone."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class MessageReceived(Signal):
    """A message from the office, as bytes, not yet verified. `name` is the topic below `down/`."""

    device: str
    name: str
    payload: bytes
    kid: bytes  # empty: the property is missing
    signature: bytes  # empty: the property is missing
    retained: bool


@dataclass(frozen=True, slots=True)
class Asked(Signal):
    """Somebody on this machine asks through the local control socket; answered with `Answer`."""

    device: str
    question_id: int
    question: str  # "health"


# ---------------------------------------------------------------- commands: what we ask of a device


@dataclass(frozen=True, slots=True)
class Command:
    """What we ask of one device, named as in the station file."""

    device: str


@dataclass(frozen=True, slots=True)
class Unlock(Command):
    """Release the lock for `pulse_ms`, never longer than the driver's own cap."""

    pulse_ms: int


@dataclass(frozen=True, slots=True)
class HoldReleased(Command):
    """Keep a continuous-duty lock released until `Relock`."""


@dataclass(frozen=True, slots=True)
class Relock(Command):
    """Lock now, whatever is left of a pulse."""


@dataclass(frozen=True, slots=True)
class SwitchOn(Command):
    """Give power; `limit_ms` switches off by itself, None keeps it on."""

    limit_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SwitchOff(Command):
    """Take power away."""


class Mood(StrEnum):
    """The tone of a page, never told by colour alone."""

    CALM = "calm"
    WELCOME = "welcome"
    REFUSED = "refused"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Page:
    """What people read on a station's own screen."""

    colour: str  # red orange yellow green cyan blue purple
    mood: Mood
    title: Words  # the station's name
    headline: Words
    lines: tuple[Words, ...] = ()
    code: str | None = None  # the text of the rotating QR code; only ever on a local display
    step: int | None = None
    help_phone: str = ""


@dataclass(frozen=True, slots=True)
class Show(Command):
    """Put a page on a screen. A screen that gets none for 25 s blanks itself."""

    page: Page


@dataclass(frozen=True, slots=True)
class Say(Command):
    """Speak one line, in both languages."""

    words: Words


@dataclass(frozen=True, slots=True)
class Append(Command):
    """Put rows on the card, all or none; answered by `Committed` or `CommitFailed`."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class MoveCursor(Command):
    """The office has everything of `journal` up to `seq`, where the chain is `head`. A hello may lower it.

    Answered by `Committed`, or by `JournalDiverged` when the chain there is another.
    """

    journal: str
    seq: int
    head: bytes


@dataclass(frozen=True, slots=True)
class SetAside(Command):
    """Keep the open journal for draining only and begin a new one; answered by `Committed`, which names it."""

    reason: str


@dataclass(frozen=True, slots=True)
class KeepDocument(Command):
    """Keep a verified document and its version floor outside the database."""

    name: str
    version: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class KeepFloors(Command):
    """Keep the lowest acceptable document versions, and since when nothing is known of one-time passes."""

    floors: Mapping[str, int]
    amnesia_at_ms: int | None


@dataclass(frozen=True, slots=True)
class SetClock(Command):
    """Take over a wall time from a signed hello; `floor_only` when the round trip was too long to set it."""

    wall_ms: int
    floor_only: bool


@dataclass(frozen=True, slots=True)
class Greet(Command):
    """Send `up/hello`."""

    nonce: str
    boot: str
    extents: tuple[JournalExtent, ...]
    documents: Mapping[str, int]  # name -> version held


@dataclass(frozen=True, slots=True)
class Drain(Command):
    """Tell the link how far it may read on: sent after every commit and every move of a cursor."""

    extents: tuple[JournalExtent, ...]


@dataclass(frozen=True, slots=True)
class SendAlarm(Command):
    """A copy of a safety row that overtakes the backlog; shown at the office, never folded or counted."""

    journal: str
    row: Row


@dataclass(frozen=True, slots=True)
class SendLevel(Command):
    """The last level of a device, for dashboards; a hint. `source` is the device that it is about."""

    source: str
    quantity: Quantity
    value: Level


@dataclass(frozen=True, slots=True)
class SendHealth(Command):
    """The health document as JSON text."""

    document: str
    journal: str
    tail_seq: int


@dataclass(frozen=True, slots=True)
class SendReply(Command):
    """What became of an order, in the station's own words.

    `result` is `accepted` (granted and recorded), `done` (the contact shows the door open), `refused` or `unknown`
    (the window ended and nobody saw it open).
    """

    order_id: str  # 32 hex digits
    result: str
    reason: str
    words: Words


@dataclass(frozen=True, slots=True)
class SendNonce(Command):
    """Answer to `down/ask`: a nonce that one order may name within 30 s."""

    ask_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Answer(Command):
    """Answer somebody on the local control socket."""

    question_id: int
    document: str


# ---------------------------------------------------------------- the shape of the edge


class WireLost(Exception):
    """The wire is gone (unplugged, permission, end of file); the driver is closed and started again with back-off."""


class Clock(Protocol):
    """A driver's time. In a simulated world each driver has its own."""

    def steady_ms(self) -> int:
        """Milliseconds since the start; never goes back."""
        ...

    def rest(self, milliseconds: int) -> None:
        """Let this much time pass."""
        ...


class SerialWire(Protocol):
    """Bytes to and from one device or bus, owned by one driver. Every call raises `WireLost` when the port is gone."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def read(self, limit: int, timeout_ms: int) -> bytes:
        """At most `limit` bytes, as soon as any are there; empty when `timeout_ms` passed without one."""
        ...

    def discard_input(self) -> None:
        """Forget what has arrived and was not read."""
        ...

    def close(self) -> None:
        """Give the port back; may be called twice."""
        ...


class OutputPin(Protocol):
    """One output line that was opened in its given state without a glitch."""

    def set(self, active: bool) -> None:
        """Drive the line to its active or inactive side."""
        ...

    def close(self) -> None:
        """Give the line back, in its inactive state; may be called twice."""
        ...


class InputPin(Protocol):
    """One input line."""

    def level(self) -> bool:
        """True when the line is high now."""
        ...

    def wait(self, timeout_ms: int) -> bool | None:
        """The level at the next edge, in order; None when `timeout_ms` passed without one."""
        ...

    def close(self) -> None:
        """Give the line back; may be called twice."""
        ...


class Wires(Protocol):
    """Where drivers get their wires from: real ports and pins, or a simulator's."""

    def serial(self, port: str, baud: int, *, parity: str = "N", data_bits: int = 8, stop_bits: int = 1) -> SerialWire:
        """Open a port exclusively. Raises `WireLost` with the reason and what to do."""
        ...

    def output(self, pin: int, *, active_high: bool, active: bool) -> OutputPin:
        """Open GPIO `pin` (BCM number) as an output that starts in the state `active`. Raises `WireLost`."""
        ...

    def input(self, pin: int, *, pull_up: bool | None) -> InputPin:
        """Open GPIO `pin` as an input; None means no pull resistor. Raises `WireLost`."""
        ...


class Driver(Protocol):
    """One device, as the loop sees it. Made by `Driver(name, settings, wires, clock)`, which raises `WireLost`.

    It blocks up to its own timeouts, starts no thread and reads no clock but the one it was given. The runner
    gives it a thread, closes it after any exception, and makes a new one after a pause.
    """

    accepts: ClassVar[frozenset[type[Command]]]
    gives: ClassVar[frozenset[Quantity]]

    def execute(self, command: Command) -> Iterable[Signal]:
        """Do one command of a class in `accepts`."""
        ...

    def poll(self) -> Iterable[Signal]:
        """Look once; may block for as long as one read takes (a second at most)."""
        ...

    def rest_ms(self) -> int | None:
        """How long to wait for a command before the next `poll`; 0: poll blocks by itself; None: for ever."""
        ...

    def close(self) -> None:
        """Leave the device safe and give the wire back; may be called twice."""
        ...
