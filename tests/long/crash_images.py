"""Cuts the power of the journal at every write, for as long as one likes, and prints how many pictures held.

`./run long crash_images --minutes 30` or `python -m tests.long crash_images --seed 100`. A failing seed is printed and
fails again when it is named.
"""

import argparse
import sys
from itertools import count
from random import Random
from time import monotonic

from station.journal_retention import CAP_BYTES
from tests.station.power_cuts import PowerCutError, PowerCuts


def run_of(seed: int) -> PowerCuts:
    """A run whose shape also comes from the seed."""
    random = Random(seed)
    return PowerCuts(
        seed,
        commands=random.choice((20, 40, 80)),
        cap_bytes=random.choice((CAP_BYTES, CAP_BYTES, 24 * 1024, 48 * 1024)),
        torn=random.choice((1, 2, 4)),
        share=random.choice((1.0, 0.5, 0.1)),
        again=random.choice((0.0, 0.3)),
    )


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run until the time is over. Returns 1 when a picture did not hold."""
    parser = argparse.ArgumentParser(prog="crash_images", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long to go on (20)")
    parser.add_argument("--pictures", type=int, default=0, help="stop after so many pictures (0: only by time)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (0)")
    asked = parser.parse_args()
    until, pictures, runs = monotonic() + asked.minutes * 60, 0, 0
    for seed in count(asked.seed):
        run = run_of(seed)
        try:
            run.run()
        except PowerCutError as fault:
            say(f"FAILED after {pictures + run.pictures} pictures: {fault}")
            return 1
        runs, pictures = runs + 1, pictures + run.pictures
        say(f"seed {seed}: {run.pictures} pictures, {pictures} in all")
        if monotonic() >= until or 0 < asked.pictures <= pictures:
            break
    say(f"{pictures} pictures of {runs} runs held: nothing committed was lost, nothing doubled, every chain whole.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
