"""Opening hours of services, by the local clock."""

from __future__ import annotations

from drivers.contract import ClockTrust, Now
from station.rules.site import Service, Site
from station.rules.turn import Turn
from station.rules.week import ALWAYS, MINUTES_A_DAY

MINUTE_MS = 60_000


def local_minute(now: Now, site: Site) -> int:
    """The local minute since 1970-01-01."""
    return now.wall_ms // MINUTE_MS + site.utc_offset_minutes


def local_day(now: Now, site: Site) -> int:
    """The local day, counted from 1970-01-01."""
    return local_minute(now, site) // MINUTES_A_DAY


def open_now(turn: Turn, service: Service) -> bool:
    """Whether a service is open for everybody at this hour."""
    if service.hours == ALWAYS or turn.now.trust is ClockTrust.FLOOR:
        return True  # what is taken without a clock was agreed by an office that has one
    return service.hours.open_at(local_minute(turn.now, turn.site), turn.site.holidays)
