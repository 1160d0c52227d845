"""What sockets and appliances did. Who has which socket is told by the events of holdings."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent, SafetyEvent


@dataclass(frozen=True, slots=True)
class PowerCut(SafetyEvent):
    """The load drew too much or was too hot, and its power was taken away; `cause` is over_power or too_hot.

    `thing` is a socket, empty for an appliance.
    """

    service: str
    thing: str
    cause: str


@dataclass(frozen=True, slots=True)
class RunBegan(AccessEvent):
    """An appliance was given power, until `until_steady_ms` of this boot at the latest.

    `meter_wh` is what the counter of its meter showed. `order` is the one that asked for it.
    """

    service: str
    holder: str
    role: str
    until_steady_ms: int
    order: str = ""
    meter_wh: int | None = None


@dataclass(frozen=True, slots=True)
class RunEnded(AccessEvent):
    """An appliance has no power any more; `used_wh` is what the run drew.

    `cause` is stopped, time, over_power, no_water, meter_lost, relay_lost, fire, not_switched, on_battery or power_cut
    (it ran in an earlier boot).
    """

    service: str
    cause: str
    by: str = ""
    used_wh: int | None = None
