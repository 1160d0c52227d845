"""Findings about the mains: whether they are there, and how long the battery may last."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.contract import Quantity, Words
from station.rules import mains
from station.rules.finding import NOTHING, Finding, Light
from station.rules.site import Site
from station.state import State

MAINS = Words("市电正常", "The mains are there")
ASK_WHEN = Words("打电话问供电部门何时来电", "Ask the power company when it comes back")
SWITCH_OFF_OTHERS = Words("关掉其他用电，尽快恢复供电", "Switch off what else draws power, and get the mains back soon")
IS_CHARGING = Words("等它充满；一天后仍不满请更换电池", "Let it charge; replace the battery if it is not full in a day")


def findings(state: State, site: Site) -> Iterator[Finding]:
    """One for every UPS that has said something."""
    for ups in site.ups:
        if (ups, Quantity.ON_BATTERY) not in state.observed.levels:
            continue
        charge = mains.charge_percent(state, ups)
        left = Words(f"，电量 {charge:.0f}%", f", {charge:.0f} % left") if charge is not None else Words("", "")
        if mains.is_on_battery(state, ups) and mains.is_low(state, ups):
            told = Words(f"停电，电池快用完了{left.zh}", f"The mains are off and the battery is low{left.en}")
            yield Finding(f"{ups} mains", Light.ACT, told, SWITCH_OFF_OTHERS)
        elif mains.is_on_battery(state, ups):
            told = Words(f"停电，由电池供电{left.zh}", f"The mains are off, a battery feeds the station{left.en}")
            yield Finding(f"{ups} mains", Light.LOOK, told, ASK_WHEN)
        elif charge is not None and mains.is_low(state, ups):
            told = Words(f"电池电量低{left.zh}", f"The battery is low{left.en}")
            yield Finding(f"{ups} mains", Light.LOOK, told, IS_CHARGING)
        else:
            yield Finding(f"{ups} mains", Light.OK, MAINS, NOTHING)
