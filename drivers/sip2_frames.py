r"""Messages of SIP2 2.00, as far as telling a library of loans goes: status, login, checkout, checkin.

    9900802.00AY1AZFCA0\r

is a number of two digits, fields of fixed lengths, fields `XX...|`, and at last the sequence number (`AY`) and the
checksum (`AZ`). Source: 3M Standard Interchange Protocol 2.00, 2006. Pure: bytes in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MAX_MESSAGE_BYTES = 4_096
"""An answer has ten fields of at most 255 bytes; a peer that says more in one message is no library system."""

MAX_SEQUENCE = 9
LOCAL_TIME = "    "


class Kind(StrEnum):
    """The number that an answer begins with."""

    CHECKIN = "10"
    CHECKOUT = "12"
    LOGIN = "94"
    SEND_AGAIN = "96"
    STATUS = "98"


FIXED_LENGTHS = {Kind.CHECKIN: 22, Kind.CHECKOUT: 22, Kind.LOGIN: 1, Kind.SEND_AGAIN: 0, Kind.STATUS: 34}
"""So many characters stand before the first field."""

YES = {Kind.CHECKIN: "1", Kind.CHECKOUT: "1", Kind.LOGIN: "1", Kind.STATUS: "Y"}
"""The first of them when it was done, or when the system is on line."""

_TEXT = re.compile(r"[\x20-\x7b\x7d\x7e]{0,255}", re.ASCII)
_CHECKED = re.compile(rb"(.*?)(?:AY([0-9]))?AZ([0-9A-Fa-f]{4})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of the library system. `fields` are those after the fixed ones, the first of each name."""

    kind: Kind
    fixed: str
    fields: Mapping[str, str]
    sequence: int | None
    """None: the system does not number its answers, or sends this one again."""

    @property
    def is_yes(self) -> bool:
        """Whether it was done, or the system is on line."""
        return self.fixed[:1] == YES.get(self.kind)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A message whose checksum is wrong: the system may be asked to send it again."""


@dataclass(frozen=True, slots=True)
class Nonsense:
    """What came is no message of a library system."""

    detail: str


Message = Answer | Damaged | Nonsense


def checksum(data: bytes) -> bytes:
    """Of everything up to and with `AZ`: two's complement of the sum, four hexadecimal digits."""
    return f"{-sum(data) & 0xFFFF:04X}".encode("ascii")


def numbered(body: str, sequence: int) -> bytes:
    """A request, ready to be sent."""
    data = f"{body}AY{sequence}AZ".encode("ascii")
    return data + checksum(data) + b"\r"


def send_answer_again() -> bytes:
    """Asks for the latest answer once more; it has no number of its own."""
    return b"97AZ" + checksum(b"97AZ") + b"\r"


def status() -> str:
    """Are you on line? We are fine, print 80 characters and speak version 2.00."""
    return "9900802.00"


def login(user: str, password: str, location: str) -> str:
    """Neither user nor password is encrypted."""
    return f"9300{_field('CN', user)}{_field('CO', password)}{_field('CP', location)}"


def checkout(institution: str, patron: str, item: str, *, at: str, due: str) -> str:
    """A loan, never a renewal; "no block": it has happened already and is not to be refused."""
    fields = _field("AO", institution) + _field("AA", patron) + _field("AB", item) + _field("AC", "")
    return f"11NY{at}{due}{fields}"


def checkin(institution: str, location: str, item: str, *, at: str) -> str:
    """A return at this time, which has happened already."""
    fields = _field("AP", location) + _field("AO", institution) + _field("AB", item) + _field("AC", "")
    return f"09Y{at}{at}{fields}"


def date(wall_ms: int, utc_offset_minutes: int) -> str:
    """`YYYYMMDD`, four blanks for local time, `HHMMSS`. Raises ValueError for a time before 1970 or after 9999."""
    seconds = wall_ms // 1000 + 60 * utc_offset_minutes
    try:
        local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError as fault:
        raise ValueError(f"{wall_ms} ms is no time that SIP2 can write") from fault
    if seconds < 0:
        raise ValueError(f"{wall_ms} ms is no time that SIP2 can write")
    return f"{local.year:04}{local:%m%d}{LOCAL_TIME}{local:%H%M%S}"


def read_message(line: bytes) -> Message:
    """One message without its end. Never raises."""
    checked = _CHECKED.fullmatch(line)
    if checked is not None and checksum(line[:-4]) != checked[3].upper():
        return Damaged()
    body = (line if checked is None else checked[1]).decode("utf-8", "replace")
    try:
        kind = Kind(body[:2])
    except ValueError:
        return Nonsense("a message of another kind")
    fixed, rest = body[2 : 2 + FIXED_LENGTHS[kind]], body[2 + FIXED_LENGTHS[kind] :]
    if len(fixed) < FIXED_LENGTHS[kind]:
        return Nonsense(f"a message {kind} that is too short")
    fields: dict[str, str] = {}
    for field in filter(None, rest.split("|")):
        fields.setdefault(field[:2], field[2:])
    return Answer(kind, fixed, fields, int(checked[2]) if checked is not None and checked[2] else None)


class Reader:
    """Puts messages together from however their bytes are cut. Holds at most `MAX_MESSAGE_BYTES`."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are whole now, in order."""
        *lines, self._held = (self._held + data).split(b"\r")
        found = [self._read(line.strip(b"\n")) for line in lines if line.strip(b"\n")]
        if len(self._held) > MAX_MESSAGE_BYTES:
            self._held = b""
            found.append(self._read(b" " * (MAX_MESSAGE_BYTES + 1)))
        return found

    def _read(self, line: bytes) -> Message:
        if len(line) > MAX_MESSAGE_BYTES:
            return Nonsense(f"more than {MAX_MESSAGE_BYTES} bytes in one message")
        return read_message(line)


def _field(name: str, value: str) -> str:
    if not _TEXT.fullmatch(value):
        raise ValueError(f"{name} takes at most 255 printable ASCII characters without |")
    return f"{name}{value}|"
