"""HLK-LD2410 presence radar on a serial port: whether somebody is there, and how far away; see `hlk_radar`."""

from __future__ import annotations

from typing import ClassVar, Literal

from drivers import ld2410_frames as frames
from drivers.contract import Clock, LevelChanged, Quantity, Signal, Wires
from drivers.hlk_radar import Radar
from drivers.settings import PortSettings

DISTANCE_EVERY_MS = 500


class Settings(PortSettings):
    """One radar."""

    driver: Literal["ld2410"]


class Driver(Radar[frames.Report]):
    """Gives `PRESENT` and `DISTANCE_CM`."""

    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.PRESENT, Quantity.DISTANCE_CM})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        super().__init__(name, settings.port, wires, clock, stream=frames.stream())
        self._present: bool | None = None
        self._distance_cm: int | None = None
        self._distance_at = clock.steady_ms() - DISTANCE_EVERY_MS

    def _forget(self) -> None:
        self._present = None

    def _levels(self, report: frames.Report) -> list[Signal] | None:
        if report.state is None:
            return None
        now = self._clock.steady_ms()
        signals: list[Signal] = []
        present = report.state is not frames.State.NOBODY
        if present != self._present:
            self._present = present
            signals.append(LevelChanged(self._name, Quantity.PRESENT, present))
        distance_is_news = present and report.distance_cm != self._distance_cm
        if distance_is_news and now >= self._distance_at + DISTANCE_EVERY_MS:
            self._distance_cm, self._distance_at = report.distance_cm, now
            signals.append(LevelChanged(self._name, Quantity.DISTANCE_CM, report.distance_cm))
        return signals
