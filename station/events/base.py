"""What every event has: its priority. Safety, access and order events change the recorded state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from drivers.contract import Priority


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened and was recorded."""

    priority: ClassVar[Priority]


class SafetyEvent(Event):
    """P0: kept longest, copied to the office ahead of the backlog."""

    __slots__ = ()
    priority = Priority.SAFETY


class AccessEvent(Event):
    """P1: who came in, what was lent."""

    __slots__ = ()
    priority = Priority.ACCESS


class OrderEvent(Event):
    """P2: orders, documents and configuration."""

    __slots__ = ()
    priority = Priority.ORDER


class HealthEvent(Event):
    """P3: devices, link and clock."""

    __slots__ = ()
    priority = Priority.HEALTH


class TelemetryEvent(Event):
    """P4: levels for figures and pictures."""

    __slots__ = ()
    priority = Priority.TELEMETRY
