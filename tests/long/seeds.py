"""`./run long seeds [--from 1] [--count 1000] [--days 0.05] [--visits 800] [--jobs N] [--no-faults]`: many worlds.

Prints every seed in which a promise was broken, with how to run it again; now and then how fast it goes; and at the end
what all these worlds met. Exits 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from simulator.world import Report, run

DAY_MS = 86_400_000
TOLD_EVERY = 50


def _world(told: tuple[int, float, int, bool]) -> Report:
    seed, days, visits, faults = told
    return run(seed, days, visits, faults)


def worlds(seeds: range, days: float, visits: int, jobs: int, *, faults: bool) -> Iterator[Report]:
    """The reports in the order of their seeds."""
    told = [(seed, days, visits, faults) for seed in seeds]
    if jobs == 1:
        yield from map(_world, told)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_world, told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="seeds", description="Worlds on virtual time, one seed after another.")
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--days", type=float, default=0.05)
    parser.add_argument("--visits", type=int, default=800, help="a day")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-faults", dest="faults", action="store_false")
    return parser.parse_args()


def _tell_broken(report: Report, told: argparse.Namespace) -> None:
    again = f"./run long seeds --from {report.seed} --count 1 --days {told.days} --visits {told.visits} --jobs 1"
    again += "" if told.faults else " --no-faults"
    print(f"seed {report.seed} ({report.station}); again: {again}", *report.broken, sep="\n  ", flush=True)


def main() -> int:
    """Run the seeds and tell what broke."""
    told = _arguments()
    began, broken, counts, virtual_ms = time.monotonic(), 0, Counter[str](), 0
    seeds = range(told.first, told.first + told.count)
    for number, report in enumerate(worlds(seeds, told.days, told.visits, told.jobs, faults=told.faults), 1):
        counts.update(report.counts)
        virtual_ms += report.virtual_ms
        if report.broken:
            broken += 1
            _tell_broken(report, told)
        if number % TOLD_EVERY == 0 or number == told.count:
            seconds, days = time.monotonic() - began, virtual_ms / DAY_MS
            speed = f"{days:.2f} days in {seconds:.0f} s, {days / seconds * 60:.2f} a minute"
            print(f"{number} worlds, {speed}, {broken} broken", flush=True)
    for name, count in sorted(counts.items()):
        print(f"{count:8} {name}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
