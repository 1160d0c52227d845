"""Findings about the mains: whether they are there, and how long the battery may last."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.contract import Quantity, Words, both
from station.rules import mains
from station.rules.finding import NOTHING, Finding, Light
from station.rules.site import Site
from station.state import State

MAINS = both("The mains are there")
ASK_WHEN = both("Ask the power company when it comes back")
NO_WORDS = Words("", "")
SWITCH_OFF_OTHERS = both("Switch off what else draws power, and get the mains back soon")
IS_CHARGING = both("Let it charge; replace the battery if it is not full in a day")


def findings(state: State, site: Site) -> Iterator[Finding]:
    """One for every UPS that has said something."""
    for ups in site.ups:
        if (ups, Quantity.ON_BATTERY) not in state.observed.levels:
            continue
        charge = mains.charge_percent(state, ups)
        left = both(", {charge:.0f} % left", charge=charge) if charge is not None else NO_WORDS
        if mains.is_on_battery(state, ups) and mains.is_low(state, ups):
            told = both("The mains are off and the battery is low{left}", left=left)
            yield Finding(f"{ups} mains", Light.ACT, told, SWITCH_OFF_OTHERS)
        elif mains.is_on_battery(state, ups):
            told = both("The mains are off, a battery feeds the station{left}", left=left)
            yield Finding(f"{ups} mains", Light.LOOK, told, ASK_WHEN)
        elif charge is not None and mains.is_low(state, ups):
            told = both("The battery is low{left}", left=left)
            yield Finding(f"{ups} mains", Light.LOOK, told, IS_CHARGING)
        else:
            yield Finding(f"{ups} mains", Light.OK, MAINS, NOTHING)
