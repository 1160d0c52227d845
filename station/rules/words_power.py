"""Every line about sockets and appliances, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both

PLUG_IN = both("Plug in your charger")
WAIT_BESIDE_IT = both("Please stay beside it")
UNPLUG_IT = both("Please do not use this device again")
TAKE_YOUR_THINGS = both("Please take your things with you")

ENDED = {
    "stopped": both("Switched off as you asked"),
    "time": both("The time is up, so it is off"),
    "energy": both("Its energy is used up"),
    "unplugged": both("The charger was unplugged"),
    "over_power": both("It drew too much power and was cut off"),
    "too_hot": both("It got too hot and was cut off"),
    "meter_lost": both("Its meter does not answer"),
    "relay_lost": both("Its relay does not answer"),
    "not_switched": both("It could not be switched on"),
    "no_water": both("The water is used up, so it is off"),
    "on_battery": both("The mains are off; the battery is kept for the doors"),
}
"""Why there is no power any more."""


def socket_until(thing: str, clock: str) -> Words:
    """It has power until a time of the day."""
    return both("Socket {thing} is on, until {clock}", thing=thing, clock=clock)


def socket_for(thing: str, minutes: int) -> Words:
    """It has power, and nobody knows what time it is."""
    return both("Socket {thing} is on, for {minutes} minutes", thing=thing, minutes=minutes)


def socket_off(thing: str) -> Words:
    """It has no power any more."""
    return both("Socket {thing} is off", thing=thing)


def appliance_on(name: Words, seconds: int) -> Words:
    """It runs."""
    return both("{name} is on, for {seconds} seconds", name=name, seconds=seconds)


def appliance_off(name: Words) -> Words:
    """It does not run any more."""
    return both("{name} is off", name=name)
