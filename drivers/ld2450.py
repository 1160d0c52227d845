"""HLK-LD2450 tracker on a serial port: whether somebody is there, and how many; see `hlk_radar`.

It also knows where each of them stands, which is nobody's business and leaves this driver nowhere. It counts at most
three, and it loses people who sit still: others must vote on presence beside it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from drivers import ld2450_frames as frames
from drivers.contract import Clock, LevelChanged, Quantity, Signal, Wires
from drivers.hlk_frames import Word
from drivers.hlk_radar import Radar
from drivers.settings import PortSettings

PEOPLE_EVERY_MS = 500
"""Two people who pass each other are one for some reports."""


class Settings(PortSettings):
    """One tracker."""

    driver: Literal["ld2450"]


class Driver(Radar[frames.Report]):
    """Gives `PRESENT` and `PEOPLE` (0 to 3). A tracker that was set to one person is set to three again."""

    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.PRESENT, Quantity.PEOPLE})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        super().__init__(name, settings.port, wires, clock, stream=frames.stream(), settings=(Word.MULTI_TARGET,))
        self._people: int | None = None
        self._people_at = clock.steady_ms() - PEOPLE_EVERY_MS
        self._present: bool | None = None

    def _forget(self) -> None:
        self._present = None
        self._people = None

    def _levels(self, report: frames.Report) -> list[Signal] | None:
        now = self._clock.steady_ms()
        people = len(report.targets)
        signals: list[Signal] = []
        if (people > 0) != self._present:
            self._present = people > 0
            signals.append(LevelChanged(self._name, Quantity.PRESENT, people > 0))
        if people != self._people and now >= self._people_at + PEOPLE_EVERY_MS:
            self._people, self._people_at = people, now
            signals.append(LevelChanged(self._name, Quantity.PEOPLE, people))
        return signals
