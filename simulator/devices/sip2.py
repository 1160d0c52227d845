"""A library's system that speaks SIP2, written from protocols.md, section 10, and 3M's paper: loans and returns."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.devices.spot import Spot
from simulator.faults import Sent

THINK_MS = 40
MAX_HELD = 4_096
NOW = "20260101    101500"
HEX_DIGITS = 4


@dataclass(frozen=True)
class Entry:
    """What was asked of it and done, once. `out`: lent."""

    out: bool
    item: str
    patron: str
    at: str
    due: str = ""


class Sip2:
    """State machine of one library and its one client. An item can be lent to one patron at a time."""

    def __init__(
        self,
        institution: str = "LIB",
        *,
        host: str = "127.0.0.1",
        port: int = 6001,
        location: str = "",
        user: str = "",
        password: str = "",
        now_ms: int = 0,
    ) -> None:
        self.institution = institution
        self.location = location
        self.user = user
        self.password = password
        self.address = f"{host}:{port}"
        self.runs = True  # False: nothing listens
        self.on_line = True
        self.silent = False
        self.think_ms = THINK_MS
        self.numbers = True  # False: its answers have neither number nor checksum
        self.hears_damaged = 0  # so many messages more it wants to hear again (96)
        self.speaks_damaged = 0  # so many answers more have a wrong checksum
        self.swallows = 0  # so many answers more are never sent, though it did what was asked
        self.says_before = b""  # in front of every answer
        self.greeting = b""  # what it says in place of every answer
        self.unknown: set[str] = set()  # items that are not in its catalogue
        self.loans: dict[str, str] = {}  # item -> patron
        self.entries: list[Entry] = []
        self.requests: list[str] = []  # every message that came, as text
        self.connections = 0
        self._connected = False
        self._logged_in = False
        self._held = b""
        self._latest = b""
        self._now_ms = now_ms

    # ------------------------------------------------------------ the connection

    @property
    def connected(self) -> bool:
        return self._connected

    def connect(self, now_ms: int) -> bool:
        self._now_ms = now_ms
        self._connected = self.runs
        self.connections += self.runs
        self._logged_in = not self.user
        self._held = self._latest = b""
        return self.runs

    def disconnect(self) -> None:
        self._connected = False

    def due_ms(self) -> int | None:
        return None

    def tick(self, now_ms: int) -> list[Sent]:
        self._now_ms = now_ms
        return []

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        *lines, self._held = (self._held + data)[-MAX_HELD:].split(b"\r")
        return [sent for line in lines for sent in self._hear(line.strip(b"\n"), now_ms)]

    # ------------------------------------------------------------ the protocol

    def _hear(self, line: bytes, now_ms: int) -> list[Sent]:
        self.requests.append(line.decode("ascii", "replace"))
        if self.silent or not self._connected:
            return []
        answer = self.greeting or self._answer(line)
        if self.swallows:
            self.swallows -= 1
            return []
        if self.speaks_damaged and answer:
            self.speaks_damaged -= 1
            answer = answer[:2] + bytes([answer[2] ^ 1]) + answer[3:]
        return [(now_ms + self.think_ms, self.says_before + answer)] if answer else []

    def _answer(self, line: bytes) -> bytes:
        body, _, rest = line.rpartition(b"AZ")
        if body == b"97":
            return self._latest or resend()  # without its number
        wrong = rest.decode("ascii", "replace") != check(body + b"AZ") or body[-3:-1] != b"AY"
        if self.hears_damaged or wrong:
            self.hears_damaged = max(0, self.hears_damaged - 1)
            return resend()
        said = self._obey(body[:-3].decode("ascii"))
        if said and self.numbers:
            again, numbered = said.encode() + b"AZ", said.encode() + b"AY" + body[-1:] + b"AZ"
            self._latest = again + check(again).encode() + b"\r"
            return numbered + check(numbered).encode() + b"\r"
        self._latest = said.encode() + b"\r" if said else b""
        return self._latest

    def _obey(self, body: str) -> str:
        kind = body[:2]
        if kind == "93":
            fields = fields_of(body[4:])
            self._logged_in = (fields.get("CN"), fields.get("CO")) == (self.user, self.password)
            return f"94{int(self._logged_in)}"
        if not self._logged_in:
            self._connected = False
            return ""
        if kind == "99":
            return f"98{yes(self.on_line)}YYNYY005003{NOW}2.00AO{self.institution}|BXYYYYYNNNNNNNNNNN|"
        if kind == "11":
            return self._lend(body[22:40], body[4:22], fields_of(body[40:]))
        if kind == "09":
            return self._take_back(body[3:21], fields_of(body[39:]))
        return ""

    def _lend(self, due: str, at: str, fields: dict[str, str]) -> str:
        """The same loan once more is the same loan; another patron's means that the book was back meanwhile."""
        item, patron = fields["AB"], fields["AA"]
        known = item not in self.unknown and fields["AO"] == self.institution
        if known and self.loans.get(item) != patron:
            self.loans[item] = patron
            self.entries.append(Entry(True, item, patron, at, due))
        return f"12{int(known)}NUN{NOW}AO{self.institution}|AA{patron}|AB{item}|AJTitle|AH{due}|"

    def _take_back(self, at: str, fields: dict[str, str]) -> str:
        item = fields["AB"]
        known = item not in self.unknown and fields["AO"] == self.institution
        if known and item in self.loans:
            self.entries.append(Entry(False, item, self.loans.pop(item), at))
        return f"10{int(known)}YUN{NOW}AO{self.institution}|AB{item}|AQ{self.location}|AJTitle|"

    # ------------------------------------------------------------ what happens to a library

    def stop(self) -> None:
        """It goes away, and its connection with it."""
        self.runs = False
        self._connected = False

    def start(self) -> None:
        self.runs = True

    def hang_up(self) -> None:
        """It closes the connection and takes a new one at once."""
        self._connected = False


def twin(spot: Spot) -> Sip2:
    return Sip2(
        **spot.picked("institution", "host", "port", "location", "user", "password"),
        now_ms=spot.now_ms,
    )


def resend() -> bytes:
    return b"96AZ" + check(b"96AZ").encode() + b"\r"


def check(data: bytes) -> str:
    return f"{(65_536 - sum(data) % 65_536) % 65_536:0{HEX_DIGITS}X}"


def fields_of(text: str) -> dict[str, str]:
    return {part[:2]: part[2:] for part in text.split("|") if part}


def yes(value: bool) -> str:
    return "Y" if value else "N"
