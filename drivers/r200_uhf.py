"""UHF tag reader on a serial port (M100, QM100, R200, JRD-4035): which of the tagged things are where it reads.

The station file gives each tag a number, as printed on the thing: `shelf/12` is thing 12. Only those are told. The
coats and parcels of passers-by carry tags, too, and where they went is nobody's business.

One look is one question and does not find every tag, so a thing is gone only after it was looked for in vain for
`gone_seconds`. A tag can be copied: it says where a thing is, and never who somebody is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from drivers import r200_uhf_frames as frames
from drivers.contract import Clock, Command, LevelChanged, Quantity, Signal, WireLost, Wires, point_of
from drivers.junk import Junk
from drivers.settings import PortSettings

BAUD = 115_200
EVERY_MS = 200
"""Between two looks: the field is off meanwhile."""

ANSWER_MS = 300
"""A look among many tags takes some tens of milliseconds, and a USB adapter may hold its answer back."""

QUIET_MS = 25
"""Without a byte for so long an answer is over."""

READ_LIMIT = 512
MAX_MISSED = 3
"""Questions in a row without an answer."""

MAX_TAGS = 200

Number = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$")]
Epc = Annotated[str, Field(pattern=r"^([0-9A-F]{4}){1,31}$", description="in hexadecimal digits, as a reader shows it")]


class Settings(PortSettings):
    """One reader."""

    driver: Literal["r200-uhf"]
    tags: dict[Number, Epc] = Field(
        min_length=1,
        max_length=MAX_TAGS,
        description="the tag (EPC) of each thing, by the number that is printed on the thing",
        examples=[{"12": "30751FEB705C5904E3D50D70"}],
    )
    gone_seconds: int = Field(5, ge=2, le=8, description="a thing is gone when its tag was not heard for so long")
    least_dbm: int = Field(-70, ge=-100, le=-20, description="a tag that is heard more weakly is too far away to count")

    @field_validator("tags")
    @classmethod
    def _one_thing_each(cls, tags: dict[str, str]) -> dict[str, str]:
        if len(set(tags.values())) < len(tags):
            twice = next(epc for epc in tags.values() if list(tags.values()).count(epc) > 1)
            raise ValueError(f"the tag {twice} is there twice: give each thing a tag of its own")
        return tags

    def channel_numbers(self) -> Collection[int]:
        return [int(number) for number in self.tags]


class Driver:
    """Gives `IN_PLACE` of each thing."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.IN_PLACE})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._points = {bytes.fromhex(epc): point_of(name, int(number)) for number, epc in settings.tags.items()}
        self._told: dict[bytes, bool] = {}
        self._missed = 0
        self._stream = frames.Stream()
        self._junk = Junk(name, clock)
        self._wire = wires.serial(settings.port, BAUD)
        try:
            self._silence()
            self._next_ms = clock.steady_ms()
            self._heard_ms = dict.fromkeys(self._points, clock.steady_ms())
            self._news = self._first_look()
        except BaseException:
            self._wire.close()
            raise

    def _silence(self) -> None:
        """Somebody may have left it looking all the time; its answer is not waited for."""
        self._wire.write(frames.request(frames.STOP))
        self._clock.rest(QUIET_MS)
        self._wire.discard_input()

    def _first_look(self) -> list[Signal]:
        """Raises `WireLost` when nobody answers."""
        while True:
            signals = self._look()
            if not self._missed:
                return signals
            self._clock.rest(QUIET_MS)

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a tag reader cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Look once, when it is time. `WireLost` after three looks in a row without an answer."""
        signals, self._news = self._news, []
        if self._wire.read(READ_LIMIT, 0):
            self._junk.note("bytes that were not asked for")
        if self._clock.steady_ms() >= self._next_ms:
            signals += self._look()
        return [*signals, *self._junk.told()]

    def _look(self) -> list[Signal]:
        self._wire.discard_input()
        self._wire.write(frames.request(frames.INVENTORY))
        heard = self._answer()
        now = self._clock.steady_ms()
        self._next_ms = now + EVERY_MS
        if not any(isinstance(one, frames.Tag | frames.NoTag) for one in heard):
            self._note_no_answer([one for one in heard if isinstance(one, frames.Failed)])
            return []
        self._missed = 0
        near = {one.epc for one in heard if isinstance(one, frames.Tag) and one.dbm >= self._settings.least_dbm}
        return [signal for epc in self._points for signal in self._changes(epc, epc in near, now)]

    def _answer(self) -> list[frames.Found]:
        """All that comes until the line is quiet."""
        heard: list[frames.Found] = []
        until = self._clock.steady_ms() + ANSWER_MS
        while (left := until - self._clock.steady_ms()) > 0:
            data = self._wire.read(READ_LIMIT, min(left, QUIET_MS) if heard else left)
            if not data:
                break
            heard += self._stream.feed(data)
        heard += self._stream.silence()
        for one in heard:
            if isinstance(one, frames.Noise):
                self._junk.note("bytes outside of any frame", one.count)
        return heard

    def _note_no_answer(self, refusals: list[frames.Failed]) -> None:
        self._missed += 1
        if self._missed >= MAX_MISSED:
            if refusals:
                raise WireLost(f"the tag reader cannot look (error {refusals[0].code:02X}): check its antenna")
            raise WireLost("no tag reader answers: check its power, and TX to RX and RX to TX")

    def _changes(self, epc: bytes, near: bool, now: int) -> list[Signal]:
        """One look is not enough to know that a thing is gone, at the start neither."""
        if near:
            self._heard_ms[epc] = now
        elif now < self._heard_ms[epc] + 1_000 * self._settings.gone_seconds:
            return []
        if near == self._told.get(epc):
            return []
        self._told[epc] = near
        return [LevelChanged(self._points[epc], Quantity.IN_PLACE, near)]

    def rest_ms(self) -> int:
        return 0 if self._news else max(1, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        self._wire.close()
