"""A library system by SIP2, told of loans and returns that have happened already.

One request at a time, each with a number and a checksum, and "no block": the book has left, or is back. Status and
login may be repeated as often as one likes. A checkout or checkin may be repeated as long as nothing else was sent
since: an item is one thing, so the second time it is with this patron, or back, already. At worst a library counts a
renewal (Koha does) or refuses. Hence a repetition is the same but for its number, and no other report goes out before
one is answered.

The protocol is not encrypted: `host` is this machine with a tunnel (such as stunnel) behind it, or is on a network of
its own. What the library's answers say of people and books is neither told nor logged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, SecretStr, field_validator

from drivers import sip2_frames as frames
from drivers.contract import (
    Clock,
    Command,
    LoanReported,
    Quantity,
    ReportLoan,
    SerialWire,
    Signal,
    WireLost,
    Wires,
)
from drivers.junk import Junk
from drivers.settings import DeviceSettings

STATUS_EVERY_MS = 60_000
"""Keeps the connection, and finds out that a library is away before somebody borrows."""

ANSWER_MS = 5_000
TRIES = 3
RETRY_MS = 500
MOST_AGAIN = 2
"""So often in one try a message is sent again because one of the two has heard it damaged."""

READ_LIMIT = 4_096
WORD = r"^[!-{}~]{1,64}$"
MAY_BE_EMPTY = r"^[!-{}~]{0,64}$"


class Settings(DeviceSettings):
    """One library system."""

    model_config = ConfigDict(hide_input_in_errors=True)

    driver: Literal["sip2"]
    institution: str = Field(pattern=WORD, description="the institution (AO), as the library calls itself")
    host: str = Field("127.0.0.1", pattern=r"^[A-Za-z0-9.:-]{1,253}$", description="where the system, or a tunnel, is")
    port: int = Field(6001, ge=1, le=65_535)
    location: str = Field("", pattern=MAY_BE_EMPTY, description="where this shelf is (AP, CP), as the library calls it")
    user: str = Field("", pattern=MAY_BE_EMPTY, description="for the login (CN); empty: none is asked for")
    password: SecretStr = Field(SecretStr(""), description="for the login (CO)")

    @field_validator("password")
    @classmethod
    def _one_word(cls, password: SecretStr) -> SecretStr:
        text = password.get_secret_value()
        if len(text) > 64 or not all("!" <= letter <= "~" and letter != "|" for letter in text):  # noqa: PLR2004
            raise ValueError("at most 64 printable ASCII characters without blanks and |")
        return password

    def wires(self) -> tuple[str, ...]:
        return (f"library {self.institution} at {self.host}:{self.port}",)


class Driver:
    """Takes `ReportLoan` and answers it with `LoanReported`; is up while the library's system is on line."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({ReportLoan})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._wires = wires
        self._clock = clock
        self._junk = Junk(name, clock)
        self._wire: SerialWire | None = None
        self._sequence = frames.MAX_SEQUENCE
        self._next_ms = 0
        self._asked_again = False
        try:
            self._once(frames.status(), frames.Kind.STATUS)
        except _NoAnswer as fault:
            self.close()
            raise WireLost(str(fault)) from fault

    def execute(self, command: Command) -> Iterable[Signal]:
        """`WireLost` when no answer came: the report may be told or not, and is to be repeated before any other."""
        if not isinstance(command, ReportLoan):
            raise TypeError(f"a library cannot do {type(command).__name__}")
        try:
            request, kind = self._request(command)
        except ValueError as fault:
            return [LoanReported(self._name, command, f"it cannot be written: {fault}")]
        refusal = "" if self._ask(request, kind).is_yes else "the library refuses it: its own log says why"
        return [*self._junk.told(), LoanReported(self._name, command, refusal)]

    def _request(self, loan: ReportLoan) -> tuple[str, frames.Kind]:
        at = frames.date(loan.at_ms, loan.utc_offset_minutes)
        place = self._settings.institution
        if loan.due_at_ms is None:
            return frames.checkin(place, self._settings.location, loan.book, at=at), frames.Kind.CHECKIN
        due = frames.date(loan.due_at_ms, loan.utc_offset_minutes)
        return frames.checkout(place, loan.holder, loan.book, at=at, due=due), frames.Kind.CHECKOUT

    def poll(self) -> Iterable[Signal]:
        """Asks for the status, when its time has come. `WireLost` after three tries without a usable answer."""
        if self._clock.steady_ms() >= self._next_ms:
            self._ask(frames.status(), frames.Kind.STATUS)
        return self._junk.told()

    def rest_ms(self) -> int:
        return max(1, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        self._asked_again = False
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    # ------------------------------------------------------------ one request

    def _ask(self, request: str, kind: frames.Kind) -> frames.Answer:
        """The answer, after three tries at most. Raises `WireLost`."""
        for left in reversed(range(TRIES)):
            try:
                return self._once(request, kind)
            except _NoAnswer as fault:
                self.close()  # only a new connection is free of an answer that comes late
                if not left:
                    raise WireLost(str(fault)) from fault
                self._clock.rest(RETRY_MS)
        raise AssertionError("the last try returns or raises")

    def _once(self, request: str, kind: frames.Kind) -> frames.Answer:
        """One try. Raises `_NoAnswer`."""
        try:
            if self._wire is None:
                self._wire = self._wires.stream(self._settings.host, self._settings.port)
                self._greet(self._wire)
            answer = self._exchange(self._wire, request, kind)
        except WireLost as lost:
            raise _NoAnswer(str(lost)) from lost
        if self._asked_again:
            self.close()  # one more answer, without a number, may be on its way
        if kind is frames.Kind.STATUS and not answer.is_yes:
            raise _NoAnswer("the library's system says that it is off line")
        self._next_ms = self._clock.steady_ms() + STATUS_EVERY_MS
        return answer

    def _greet(self, wire: SerialWire) -> None:
        settings = self._settings
        if settings.user:
            request = frames.login(settings.user, settings.password.get_secret_value(), settings.location)
            if not self._exchange(wire, request, frames.Kind.LOGIN).is_yes:
                raise _NoAnswer("the library refuses the login: correct user, password and location")

    def _exchange(self, wire: SerialWire, request: str, kind: frames.Kind) -> frames.Answer:
        self._sequence = (self._sequence + 1) % (frames.MAX_SEQUENCE + 1)
        data = frames.numbered(request, self._sequence)
        wire.discard_input()
        wire.write(data)
        reader, again = frames.Reader(), 0
        until = self._clock.steady_ms() + ANSWER_MS
        while (left := until - self._clock.steady_ms()) > 0:
            for message in reader.feed(wire.read(READ_LIMIT, left)):
                match message:
                    case frames.Answer(frames.Kind.SEND_AGAIN) if again < MOST_AGAIN:
                        wire.write(data)
                        self._asked_again = True
                        again += 1
                    case frames.Answer() if message.kind is kind and message.sequence in (None, self._sequence):
                        return message
                    case frames.Damaged() if again < MOST_AGAIN:
                        self._junk.note("an answer whose checksum is wrong")
                        wire.write(frames.send_answer_again())
                        self._asked_again = True
                        again += 1
                    case frames.Nonsense(detail):
                        self._junk.note(detail)
                        raise _NoAnswer(f"what listens there is no library system ({detail}): correct host and port")
                    case _:
                        self._junk.note("an answer to another question")
        raise _NoAnswer(f"no answer for {ANSWER_MS // 1000} s: is the library's system on, and the tunnel to it?")


class _NoAnswer(Exception):
    """One try has failed."""
