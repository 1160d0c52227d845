"""What a day of a world costs: seconds of one core, with visitors and every misfortune.

The limit is the world's agenda alone: as many steps a day, and nobody who does anything.
"""

from __future__ import annotations

import time

from benchmarks.figure import Figure
from simulator import world
from simulator.world_time import Agenda

SEED = 5
POD_VISITS, POD_DAY_SECONDS = 120, 3.0
"""Twenty days a minute."""
FULL_VISITS, FULL_DAY_SECONDS = 400, 20.0
"""Three days a minute."""


async def worlds(*, quick: bool) -> list[Figure]:
    """`worlds.pod_day_seconds` and `worlds.full_day_seconds`."""
    pod, bare_pod = _day_seconds(world.STATIONS[0], 0.5 if quick else 2.0, POD_VISITS)
    full, bare_full = _day_seconds(world.FULL_STATION, 0.05 if quick else 0.2, FULL_VISITS)
    return [
        Figure("worlds.pod_day_seconds", pod, "s of a core", bare_pod, POD_DAY_SECONDS),
        Figure("worlds.full_day_seconds", full, "s of a core", bare_full, FULL_DAY_SECONDS),
    ]


def _day_seconds(station: str, days: float, visits: int) -> tuple[float, float]:
    """Of the world, and of its agenda alone. Raises RuntimeError when the world breaks a promise."""
    began = time.process_time()
    report = world.run(SEED, days, visits, station=station)
    lived = time.process_time() - began
    if report.broken:
        raise RuntimeError(f"seed {SEED} of {station} broke a promise: {report.broken}")
    lived_days = report.virtual_ms / world.DAY_MS
    return lived / lived_days, _alone(report.steps) / lived_days


def _alone(steps: int) -> float:
    agenda = Agenda()

    def step() -> None:
        if agenda.done < steps:
            agenda.after(1, step)

    began = time.process_time()
    agenda.at(0, step)
    agenda.run_to(steps)
    return time.process_time() - began
