"""Signals: something that happened outside. `device` is a point: a device, or one of its channels (`cells/7`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.contract.basics import JournalExtent, Level, Outcome, Quantity
from drivers.contract.commands import ReportLoan


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
class PersonPassed(Signal):
    """Somebody went through a counter, inwards or outwards."""

    device: str
    inward: bool


@dataclass(frozen=True, slots=True)
class PressureMeasured(Signal):
    """Somebody's blood pressure in mmHg and pulse a minute. For their own eyes: never recorded, sent or logged."""

    device: str
    systolic: int = field(repr=False)
    diastolic: int = field(repr=False)
    pulse: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class PressureNotMeasured(Signal):
    """A measurement ended without a result; `detail` is for the technician."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class LoanReported(Signal):
    """A library has answered `report`. `refusal` says why it did not take it; empty: it did."""

    device: str
    report: ReportLoan
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ButtonTouched(Signal):
    """Somebody touched a button of the page that a screen showed; `key` is `Button.key`."""

    device: str
    key: str


@dataclass(frozen=True, slots=True)
class DigitsEntered(Signal):
    """Somebody typed a number on a screen's keypad: a secret, never recorded."""

    device: str
    digits: str = field(repr=False)


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
    question: str  # "health" or "levels"
