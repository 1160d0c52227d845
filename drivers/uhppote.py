"""UHPPOTE UT0311-L0x door controller on the local network, by the package `uhppoted`: locks, contacts, buttons.

The controller times each opening itself, so a door locks again when this program has died. It has cards and a memory of
its own, and opens for those cards by itself: delete them, or each such opening is a forced door here.

Nothing on its wire is secret or signed: whoever reaches its port opens the door. It belongs on a network of its own.

`uhppoted` waits by its own clock and opens a socket for each question, so this driver does not live in worlds on
virtual time, and an answer that comes too late is never taken for the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from ipaddress import IPv4Address
from typing import Any, ClassVar, Literal

from pydantic import Field

from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    DeviceTampered,
    LevelChanged,
    Outcome,
    Quantity,
    Relock,
    Signal,
    Unlock,
    WireLost,
    Wires,
    channel_of,
    point_of,
)
from drivers.junk import Junk
from drivers.settings import Commands, DeviceSettings, Quantities
from drivers.uhppote_doors import FIRST_BUTTON, FIRST_CONTACT, Levels, levels

ANSWER_MS = 500
"""On a local network an answer takes some milliseconds."""

EVERY_MS = 250
CHECK_MS = 60_000
"""Between two looks at the settings of its doors."""

MAX_MISSED = 3
CONTROLLED = 3
"""The mode of a door that is locked until it is opened; others are open or shut for good."""


class Settings(DeviceSettings):
    """One controller."""

    driver: Literal["uhppote"]
    host: IPv4Address = Field(description="its address on the network", examples=["192.168.1.100"])
    port: int = Field(60_000, ge=1, le=65_535)
    serial: int = Field(ge=1, le=0xFFFF_FFFF, description="its serial number, as printed on it", examples=[405419896])
    doors: Literal[1, 2, 4] = Field(1, description="how many doors it has: L01, L02, L04")
    open_seconds: int = Field(3, ge=1, le=10, description="how long it releases a lock; it is told this and times it")

    def wires(self) -> tuple[str, ...]:
        return (f"UHPPOTE controller {self.serial}",)

    def channel_numbers(self) -> Collection[int]:
        return [first + place for first in (1, FIRST_CONTACT, FIRST_BUTTON) for place in range(self.doors)]

    def accepted_by(self, channel: int, whole: Commands) -> Commands:
        return whole if channel < FIRST_CONTACT else frozenset()

    def given_by(self, channel: int, whole: Quantities) -> Quantities:  # noqa: ARG002 - each channel gives one
        return frozenset({Quantity.RELEASED if channel < FIRST_CONTACT else Quantity.CLOSED})


class Driver:
    """Takes `Unlock` and `Relock` of each lock; gives `RELEASED` of each, and `CLOSED` of each contact and button."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Unlock, Relock})
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.CLOSED, Quantity.RELEASED})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:  # noqa: ARG002
        self._name = name
        self._settings = settings
        self._clock = clock
        self._controller = (settings.serial, f"{settings.host}:{settings.port}", "udp")
        self._library = _library()
        self._junk = Junk(name, clock)
        self._told: Levels = {}
        self._missed = 0
        self._put_settings()
        self._check_ms = self._next_ms = clock.steady_ms()
        self._check_ms += CHECK_MS

    # ------------------------------------------------------------ doors

    def execute(self, command: Command) -> Iterable[Signal]:
        """Asked once, whatever comes of it: only its own answer says that a door was opened."""
        door = channel_of(command.device)
        match command:
            case Unlock():
                outcome, detail = self._open(door)
            case Relock():
                outcome, detail = self._lock(door)
            case _:
                raise TypeError(f"a door controller cannot do {type(command).__name__}")
        self._next_ms = self._clock.steady_ms()
        return [CommandDone(command.device, type(command).__name__, outcome, detail)]

    def _open(self, door: int) -> tuple[Outcome, str]:
        answer = self._ask(self._library.open_door, door)
        if answer is None:
            return Outcome.UNKNOWN, "the controller did not answer"
        if not answer.opened:
            return Outcome.UNKNOWN, "the controller refuses to open: is the door set to be shut for good?"
        return Outcome.ACKED, ""

    def _lock(self, door: int) -> tuple[Outcome, str]:
        """It has no such command: it locks when its time is over, or at once where it takes its mode for one."""
        put = self._put(door)
        status = self._ask(self._library.get_status)
        if not put or status is None:
            return Outcome.UNKNOWN, "the controller did not answer"
        if levels(status, self._settings.doors)[door, Quantity.RELEASED]:
            return Outcome.UNKNOWN, f"the lock is released for {self._settings.open_seconds} s at most"
        return Outcome.OBSERVED, ""

    # ------------------------------------------------------------ reading

    def poll(self) -> Iterable[Signal]:
        """One question, when its time has come. `WireLost` after three in a row without an answer."""
        now = self._clock.steady_ms()
        if now < self._next_ms:
            return []
        self._next_ms = now + EVERY_MS
        signals: list[Signal] = self._check_settings() if now >= self._check_ms else []
        status = self._ask(self._library.get_status)
        if status is None:
            self._missed += 1
            if self._missed >= MAX_MISSED:
                raise self._lost()
        else:
            self._missed = 0
            signals += self._changes(levels(status, self._settings.doors))
        return [*signals, *self._junk.told()]

    def _changes(self, found: Levels) -> list[Signal]:
        news = {key: value for key, value in found.items() if value != self._told.get(key)}
        self._told |= news
        return [
            LevelChanged(point_of(self._name, channel), quantity, value) for (channel, quantity), value in news.items()
        ]

    # ------------------------------------------------------------ settings

    def _put_settings(self) -> None:
        """Raises `WireLost` when it does not answer, or keeps other settings."""
        for door in self._doors():
            known = self._known(door) or self._known(door)
            if known is None:
                raise self._lost()
            if known != self._wanted and not self._put(door):
                raise WireLost(f"the controller {self._settings.serial} does not take the settings of door {door}")

    def _check_settings(self) -> list[Signal]:
        self._check_ms = self._clock.steady_ms() + CHECK_MS
        signals: list[Signal] = []
        for door in self._doors():
            known = self._known(door)
            if known is not None and known != self._wanted:
                put = "put back" if self._put(door) else "it cannot be put back"
                detail = f"door {door} was set to mode {known[0]}, {known[1]} s: {put}"
                signals.append(DeviceTampered(self._name, detail))
        return signals

    def _doors(self) -> range:
        return range(1, self._settings.doors + 1)

    @property
    def _wanted(self) -> tuple[int, int]:
        return CONTROLLED, self._settings.open_seconds

    def _known(self, door: int) -> tuple[int, int] | None:
        answer = self._ask(self._library.get_door_control, door)
        return None if answer is None or answer.door != door else (answer.mode, answer.delay)

    def _put(self, door: int) -> bool:
        answer = self._ask(self._library.set_door_control, door, *self._wanted)
        return answer is not None and (answer.door, answer.mode, answer.delay) == (door, *self._wanted)

    # ------------------------------------------------------------ the line

    def _ask(self, question: Callable[..., Any], *arguments: int) -> Any | None:
        """The answer of this controller; None: none came, or one that is not its own."""
        try:
            answer = question(self._controller, *arguments, timeout=ANSWER_MS / 1_000)
        except OSError:
            return None
        except ValueError:
            self._junk.note("a packet that answers nothing")
            return None
        if answer is None or answer.controller != self._settings.serial:
            self._junk.note("an answer of another controller")
            return None
        return answer

    def _lost(self) -> WireLost:
        return WireLost(
            f"no controller {self._settings.serial} answers at {self._settings.host}:{self._settings.port}: "
            f"check its power, its network cable, its address and its serial number"
        )

    def rest_ms(self) -> int:
        return max(1, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        """There is nothing to give back: each question has its own socket."""


def _library() -> Any:
    try:
        from uhppoted import uhppote  # noqa: PLC0415 - only a station with such a controller has it
    except ImportError as fault:
        raise WireLost("uhppoted is not installed: pip install 'micro-station[uhppote]'") from fault
    return uhppote.Uhppote()
