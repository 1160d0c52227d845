"""Opening hours of services, by the local clock."""

from __future__ import annotations

from drivers.contract import ClockTrust
from station.rules.site import ALWAYS, Service
from station.rules.turn import Turn

MINUTES_A_DAY = 1_440


def open_now(turn: Turn, service: Service) -> bool:
    """Whether a service is open for everybody at this hour."""
    opens, closes = service.hours
    if service.hours == ALWAYS:
        return True
    if turn.now.trust is ClockTrust.FLOOR:
        return True  # what is taken without a clock was agreed by an office that has one
    minute = (turn.now.wall_ms // 60_000 + turn.site.utc_offset_minutes) % MINUTES_A_DAY
    return opens <= minute < closes if opens <= closes else minute >= opens or minute < closes
