"""Findings about sockets and appliances: what cannot be used, what was cut to protect, what cannot be switched off."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.contract import Now, both, device_of
from station.rules import appliances, sockets, supply, words_power
from station.rules.finding import CHECK_CABLE, FINE, NOTHING, Finding, Light
from station.rules.site import Load, Site
from station.state import State, thing_key

CUT_SHOWN_MS = 86_400_000
"""A cut is shown for a day, by wall time."""

STAYS_ON = both("It stays on and cannot be switched off")
PULL_FUSE = both("Take out its fuse and call the technician")
NO_RELAY = both("Cannot be used: its relay does not answer")
NO_METER = both("Cannot be used: its meter does not answer")
TOO_HOT = both("The sockets are too hot: none is given")
LET_COOL = both("Look at the ventilation and let it cool")
NO_WATER = both("There is no water")
FILL = both("Please fill it")
SEE_IT = both("See whether socket and plug are burnt")


def findings(state: State, site: Site, now: Now) -> Iterator[Finding]:
    """One for every socket and every appliance."""
    for service in site.sockets.values():
        if sockets.too_hot(state, service):
            yield Finding(service.name, Light.LOOK, TOO_HOT, LET_COOL)
        for thing, load in service.sockets.items():
            key = thing_key(service.name, thing)
            idle = key not in state.recorded.holdings
            yield _load(state, now, load, f"{service.name} {thing}", key, idle=idle)
    for appliance in site.appliances.values():
        idle = not appliances.running(state, appliance)
        found = _load(state, now, appliance.load, appliance.name, thing_key(appliance.name, ""), idle=idle)
        dry = appliance.water and state.observed.answers(appliance.water) and not appliances.has_water(state, appliance)
        yield Finding(appliance.name, Light.LOOK, NO_WATER, FILL) if dry and found.light is Light.OK else found


def _load(state: State, now: Now, load: Load, about: str, key: str, *, idle: bool) -> Finding:
    if idle and supply.stays_on(state, load, now.steady_ms):
        return Finding(about, Light.ACT, STAYS_ON, PULL_FUSE)
    for point, words in ((load.relay, NO_RELAY), (load.meter, NO_METER)):
        known = state.observed.devices.get(device_of(point))
        if known is not None and not known.up:
            return Finding(about, Light.LOOK, words, CHECK_CABLE)
    cut = state.recorded.cuts.get(key)
    if cut is not None and now.wall_ms - cut.at_ms < CUT_SHOWN_MS:
        return Finding(about, Light.LOOK, words_power.ENDED[cut.cause], SEE_IT)
    return Finding(about, Light.OK, FINE, NOTHING)
