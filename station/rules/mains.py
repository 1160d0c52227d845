"""The mains are gone and a battery feeds the station: what is kept for the doors, and what may go on.

Nothing new gets power and big loads end at once; phones charge on while enough is left. What a UPS said last stands
while it is silent: a battery that nobody can see is not given away.
"""

from __future__ import annotations

from drivers.contract import Quantity
from station.rules.site import Site
from station.state import State
from station.trust.refusal import Reason, Refused

ON_BATTERY = "on_battery"
"""Why power was taken away, besides the causes of `supply`."""
KEPT_PERCENT = 30.0
"""So much of the charge is kept for doors, lights and this computer."""


def on_battery(state: State, site: Site) -> bool:
    """Whether a UPS says that the mains are gone."""
    return any(is_on_battery(state, ups) for ups in site.ups)


def is_on_battery(state: State, ups: str) -> bool:
    """Whether this UPS says so."""
    reading = state.observed.levels.get((ups, Quantity.ON_BATTERY))
    return reading is not None and reading.value is True


def charge_percent(state: State, ups: str) -> float | None:
    """How full its battery is; None: it does not know."""
    reading = state.observed.levels.get((ups, Quantity.CHARGE_PERCENT))
    if reading is None or isinstance(reading.value, bool) or not isinstance(reading.value, int | float):
        return None
    return reading.value


def is_low(state: State, ups: str) -> bool:
    """Whether the rest is for the doors; a battery of which nobody knows how full it is counts as low."""
    charge = charge_percent(state, ups)
    return charge is None or charge <= KEPT_PERCENT


def check_may_give(state: State, site: Site) -> None:
    """Raises `Refused` while nothing new gets power."""
    if on_battery(state, site):
        raise Refused(Reason.ON_BATTERY, "the mains are gone; the battery is kept for the doors")


def must_end(state: State, site: Site, *, big_load: bool = False) -> bool:
    """Whether what has power loses it now."""
    return any(is_on_battery(state, ups) and (big_load or is_low(state, ups)) for ups in site.ups)
