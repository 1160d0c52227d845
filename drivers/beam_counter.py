"""Footfall by two break-beams on GPIO pins: who goes in and who comes out, and whether somebody stands in the way.

Mount both at the height of a hip, the outer one towards the street, nearer to each other than a body is thick. Wire
each so that the pin is high while the beam is **broken** and pulled up (an open collector that conducts while it sees
light): then a cut wire or a dead emitter is a blocked beam and is told, instead of a door that nobody uses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from drivers.beam_passages import BLOCKED_MS, SETTLE_MS, Beam, Blocked, Free, News, Occupied, Passages, Passed
from drivers.contract import (
    Clock,
    Command,
    DeviceDown,
    DeviceUp,
    Edge,
    JunkReceived,
    LevelChanged,
    PersonPassed,
    Quantity,
    Signal,
    Wires,
)
from drivers.gpio_contact import PULL_UP
from drivers.settings import DeviceSettings, Pin
from drivers.steady_input import MAX_EDGES_PER_SECOND, RECHECK_MS, SECOND_MS, WAIT_MS

DEAF_WAIT_MS = 20
"""How often the levels are read once edges are known to be missed: a body breaks a beam for 150 ms and more."""


class Settings(DeviceSettings):
    """One counter."""

    driver: Literal["beam-counter"]
    outer: Pin
    inner: Pin
    active_high: bool = Field(default=True, description="the pin is high while its beam is broken")
    pull: Literal["up", "down", "none"] = Field("up", description="the pins' own resistors; none: there are others")

    @model_validator(mode="after")
    def _two_pins(self) -> Self:
        if self.outer == self.inner:
            raise ValueError("outer and inner are the same pin: each beam needs one of its own")
        return self

    def wires(self) -> tuple[str, ...]:
        return (f"GPIO {self.outer}", f"GPIO {self.inner}")


class Driver:
    """Gives `PersonPassed`, and `PRESENT` while a beam is broken."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.PRESENT, Quantity.PASSAGE})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._broken_level = settings.active_high
        self._beams = {settings.outer: Beam.OUTER, settings.inner: Beam.INNER}
        self._pins = wires.inputs((settings.outer, settings.inner), pull_up=PULL_UP[settings.pull])
        try:
            outer, inner = self._broken(settings.outer), self._broken(settings.inner)
        except BaseException:
            self._pins.close()
            raise
        now = clock.steady_ms()
        self._passages = Passages(now, outer=outer, inner=inner)
        self._news: list[Signal] = [LevelChanged(name, Quantity.PRESENT, outer or inner)]
        self._recheck_at = now + RECHECK_MS
        self._deaf = False
        self._second_at = now
        self._edges_in_second = dict.fromkeys(Beam, 0)

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a beam counter cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Wait for up to a second, and to the end of what has begun: edges are taken in the order of their times."""
        signals, self._news = self._news, []
        until = self._clock.steady_ms() + WAIT_MS
        while True:
            before = self._clock.steady_ms()
            edge = self._pins.wait(max(0, self._wake_at(before, until) - before))
            now = self._clock.steady_ms()
            signals += self._take(edge, now) if edge is not None else self._look(now)
            waited_for_nothing = edge is None and (now == before or not self._passages.settling)
            if waited_for_nothing or now >= until:
                return signals

    def _wake_at(self, now: int, until: int) -> int:
        due = self._passages.due_ms()
        if due is not None:
            until = min(until, due)
        if self._passages.settling:
            return until
        return min(until, now + DEAF_WAIT_MS if self._deaf else self._recheck_at)

    def _take(self, edge: Edge, now: int) -> list[Signal]:
        self._deaf = False
        beam = self._beams[edge.pin]
        news = self._passages.change(beam, broken=edge.level == self._broken_level, at_ms=now - edge.age_ms)
        return [*self._tell(news), *self._count_edge(beam, now)]

    def _count_edge(self, beam: Beam, now: int) -> list[Signal]:
        if now - self._second_at >= SECOND_MS:
            self._second_at = now
            self._edges_in_second = dict.fromkeys(Beam, 0)
        self._edges_in_second[beam] += 1
        if self._edges_in_second[beam] != MAX_EDGES_PER_SECOND + 1:
            return []
        detail = f"the {beam} beam flaps: more than {MAX_EDGES_PER_SECOND} edges in a second; align it"
        return [JunkReceived(self._name, detail)]

    def _look(self, now: int) -> list[Signal]:
        signals = self._tell(self._passages.pass_time(now))
        if (self._deaf or now >= self._recheck_at) and not self._passages.settling:
            signals += self._recheck(now)
        return signals

    def _recheck(self, now: int) -> list[Signal]:
        self._recheck_at = now + RECHECK_MS
        missed = [pin for pin, beam in self._beams.items() if self._broken(pin) != self._passages.shown(beam)]
        if not missed:
            return []
        edge = self._pins.wait(SETTLE_MS)  # it may have changed just now, with its edge still on the way
        now = self._clock.steady_ms()
        if edge is not None:
            return self._take(edge, now)
        signals: list[Signal] = []
        if not self._deaf:
            self._deaf = True
            detail = "an edge was missed: the levels are read instead; restart the station when this stays"
            signals.append(JunkReceived(self._name, detail))
        for pin in missed:
            signals += self._tell(self._passages.change(self._beams[pin], broken=self._broken(pin), at_ms=now))
        return signals

    def _broken(self, pin: int) -> bool:
        return self._pins.level(pin) == self._broken_level

    def _tell(self, news: list[News]) -> list[Signal]:
        signals: list[Signal] = []
        for item in news:
            match item:
                case Passed(inward):
                    signals.append(PersonPassed(self._name, inward))
                case Occupied(present):
                    signals.append(LevelChanged(self._name, Quantity.PRESENT, present))
                case Blocked(beam):
                    signals.append(DeviceDown(self._name, _blocked(beam)))
                case Free():
                    signals.append(DeviceUp(self._name))
        return signals

    def rest_ms(self) -> int:
        return 0

    def close(self) -> None:
        self._pins.close()


def _blocked(beam: Beam) -> str:
    return (
        f"beam blocked: the {beam} one has been broken for {BLOCKED_MS // 1000} s; "
        f"take away what stands in it, else check its lens, its supply and its wire"
    )
