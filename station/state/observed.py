"""Observed: the last level of everything, read again at every start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.contract import JournalExtent, Level, Quantity, device_of
from station.trust.ring import Revocations, Ring


@dataclass(frozen=True, slots=True)
class Reading:
    """A level and since when (steady) it has been so."""

    value: Level
    since_ms: int


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Whether a device answers, since when (steady), and what its driver said last."""

    up: bool
    since_ms: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """Read again at every start."""

    levels: Mapping[tuple[str, Quantity], Reading] = field(default_factory=dict)
    devices: Mapping[str, DeviceState] = field(default_factory=dict)
    link_up: bool = False
    link_since_ms: int = 0
    link_detail: str = ""
    extents: tuple[JournalExtent, ...] = ()
    unrecorded: str = ""  # why the journal cannot be written; empty when it can
    unrecorded_ms: int = 0
    ring: Ring | None = None
    revocations: Revocations | None = None
    floors: Mapping[str, int] | None = None

    def answers(self, point: str) -> bool:
        """Whether the device of a point answers."""
        device = self.devices.get(device_of(point))
        return device is not None and device.up
