"""Commands: what we ask of a device. `device` is a point: a device, or one of its channels (`cells/7`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivers.contract.basics import JournalExtent, Level, Quantity, Row, Words


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


@dataclass(frozen=True, slots=True)
class Measure(Command):
    """Tighten a cuff and measure somebody's blood pressure once; the device ends it by itself."""


@dataclass(frozen=True, slots=True)
class StopMeasuring(Command):
    """Open the cuff now."""


@dataclass(frozen=True, slots=True)
class ReportLoan(Command):
    """Tell a library that a book was lent, or with `due_at_ms` None that it is back; both have happened already.

    Answered by `LoanReported`. Until then nothing else is reported, and after a lost device this
    report again, without a change: a library takes that for the same loan.
    """

    book: str
    holder: str  # 32 hex digits; empty for a return
    at_ms: int  # wall time
    due_at_ms: int | None
    utc_offset_minutes: int  # of the local time that a library writes


class Mood(StrEnum):
    """The tone of a page, never told by colour alone."""

    CALM = "calm"
    WELCOME = "welcome"
    REFUSED = "refused"
    WARNING = "warning"
    ALARM = "alarm"


MAX_BUTTONS = 12


@dataclass(frozen=True, slots=True)
class Button:
    """Something to touch on a page. `key` comes back in `ButtonTouched`."""

    key: str  # 1 to 64 of a-z 0-9 _ - : .
    words: Words
    colour: str = ""  # a service's colour; empty: the page's


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
    buttons: tuple[Button, ...] = ()  # at most MAX_BUTTONS
    keypad_digits: int = 0  # ask for a number of so many digits; 0: no keypad


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
