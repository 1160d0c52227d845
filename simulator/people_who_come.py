"""Who comes to a station, and how often."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from simulator import people_alarms, people_hostile, people_services
from simulator.people import Person, Town
from simulator.world_time import Steps

KINDS: tuple[tuple[int, Callable[[Town], Steps]], ...] = (
    (24, lambda town: Person(town).come_with_order()),
    (16, lambda town: Person(town).come_with_pass(bound=True)),
    (12, lambda town: Person(town).come_with_pass(bound=False)),
    (14, lambda town: Person(town).come_once()),
    (3, lambda town: Person(town).prop_the_door()),
    (3, lambda town: Person(town).come_as_two()),
    (2, people_hostile.burglar),
    (4, people_hostile.photographer),
    (3, people_hostile.slow_photographer),
    (4, people_hostile.joker),
    (8, people_hostile.forger),
    (3, people_hostile.withdrawn),
    (3, people_hostile.shoulder_surfer),
    (2, people_hostile.wrong_role),
    (2, people_hostile.vandal),
    (1, people_hostile.loose_wire),
    (3, people_alarms.calls_for_help),
    (1, people_alarms.fire),
    (3, people_alarms.opens_from_afar),
    (2, people_alarms.answers_twice),
    (2, people_alarms.keeper_at_the_screen),
)
"""How likely each of them is, beside the others."""


def somebody(town: Town, random: Random) -> Steps:
    """The walk of whoever comes next: for the door, or for whatever else there is."""
    services = town.house.file.services.items()
    kinds = [*KINDS, *(walk for name, service in services for walk in people_services.walks(name, service))]
    return random.choices([one for _, one in kinds], [weight for weight, _ in kinds])[0](town)
