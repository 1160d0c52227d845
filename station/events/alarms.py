"""Alarms: raised, heard, escalated, cleared."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import SafetyEvent


@dataclass(frozen=True, slots=True)
class AlarmRaised(SafetyEvent):
    """`what` is sos, fire or tamper, and `source` the device that told.

    Or the station raised it by itself: forced, held, tamper, lost, hot or flood, with what that is about; `service` is
    then a name made of both, such as `forced-door`.
    """

    service: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class AlarmHeard(SafetyEvent):
    """Somebody has taken the alarm on; `by` is a holder or a name of the office."""

    service: str
    by: str


@dataclass(frozen=True, slots=True)
class AlarmEscalated(SafetyEvent):
    """Nobody heard the alarm for `after_s` seconds."""

    service: str
    after_s: int


@dataclass(frozen=True, slots=True)
class AlarmCleared(SafetyEvent):
    """The cause is gone and the alarm was ended; `by` as in `AlarmHeard`, or `itself`."""

    service: str
    by: str
