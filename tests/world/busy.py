"""A few minutes at the full station in which everything is used by somebody, judged like every world."""

from __future__ import annotations

from simulator.people_services import Guest
from simulator.world import FULL_STATION, Report, World, home
from simulator.world_time import Steps

SETTLED_MS = 110_000
ENDS_MS = 390_000


def busy(seed: int, *, skips: bool = True) -> Report:
    """Three people at the cells, one at the sockets, a microwave and a kettle, an umbrella, a parcel; then judged."""
    with home() as folder:
        world = World(seed, folder, faults=False, station=FULL_STATION, skips=skips)
        try:
            with world.log_is_read():
                world.begin()
                world.misfortunes.end()
                town = world.town
                walks = (
                    Guest(town).fetch_with_a_pass("lockers"),
                    _charges_for_a_minute(Guest(town)),
                    _keeps_a_cell(Guest(town)),
                    _keeps_a_cell(Guest(town)),
                    Guest(town).ask("microwave", "start"),
                    Guest(town).ask("kettle", "start"),
                    Guest(town).ask("umbrellas", "take"),
                )
                for place, walk in enumerate(walks):
                    world.agenda.go(walk, at_ms=SETTLED_MS + 9_000 * place)
                world.agenda.run_to(ENDS_MS)
                world.judge()
            return world.report()
        finally:
            world.close()


def _keeps_a_cell(guest: Guest) -> Steps:
    yield from guest.ask("lockers", "take", "small")
    yield 3_000
    for point in guest.town.things.points("lockers"):
        if guest.town.things.is_open(point):
            guest.town.things.push_shut(point)


def _charges_for_a_minute(guest: Guest) -> Steps:
    yield from guest.ask("charging", "start")
    guest.town.things.plug_in("charging", "1")
    yield 60_000
    yield from guest.ask("charging", "stop")
