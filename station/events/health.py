"""Devices, link, clock and card; levels for figures. Never part of the recorded state, but for tampering."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import Level, Quantity
from station.events.base import HealthEvent, SafetyEvent, TelemetryEvent


@dataclass(frozen=True, slots=True)
class DeviceLost(HealthEvent):
    """A device stopped answering."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceFound(HealthEvent):
    """A device answers again after `away_ms`."""

    device: str
    away_ms: int


@dataclass(frozen=True, slots=True)
class TamperSeen(SafetyEvent):
    """A device's settings had been changed by somebody and were put back."""

    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class LinkChanged(HealthEvent):
    """The connection to the office came or went."""

    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ClockTrustChanged(HealthEvent):
    """Trust in the wall clock changed; `wall_ms` is the time afterwards."""

    trust: str
    wall_ms: int


@dataclass(frozen=True, slots=True)
class RecordingResumed(HealthEvent):
    """The journal can be written again; it could not for `away_ms`, because of `reason`."""

    reason: str
    away_ms: int


@dataclass(frozen=True, slots=True)
class LevelNoted(TelemetryEvent):
    """A level worth a figure."""

    device: str
    quantity: Quantity
    value: Level
