"""Every line about the alarms that a station raises by itself, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both
from station.rules.site import FLOOD, FORCED, HELD, HOT, LOST, TAMPER

CAUSES: dict[str, Words] = {
    FORCED: both("Forced open"),
    HELD: both("Door held open"),
    TAMPER: both("Equipment was tampered with"),
    LOST: both("Device lost"),
    HOT: both("Too hot"),
    FLOOD: both("Somebody keeps trying codes"),
}
"""Every cause, as `AlarmRaised.what` has it."""

NEXT: dict[str, Words] = {
    FORCED: both("Go and see, shut it, then have the office clear the alarm"),
    HELD: both("Close the door"),
    TAMPER: both("Go and see, then have the office clear the alarm"),
    LOST: both("Check plug and cable"),
    HOT: both("Switch big loads off and call the technician"),
    FLOOD: both("See who is at the door"),
}
HEARD = both("Somebody is on it")


def standing(cause: str, source: str) -> Words:
    """The alarm stands."""
    told = CAUSES[cause]
    return both("{source}: {told}", source=source, told=told)
