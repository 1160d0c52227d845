"""`python -m benchmarks scan idle full worlds [--json] [--quick]`: figures and limits; exit 1: a bound is missed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from benchmarks.full import full
from benchmarks.idle import idle
from benchmarks.scan import scan
from benchmarks.worlds import worlds

NAMES = {"scan": scan, "idle": idle, "full": full, "worlds": worlds}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="+", choices=NAMES, metavar="NAME", help=" ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="one object a line: name, value, unit, limit, ratio")
    parser.add_argument("--quick", action="store_true", help="under 45 s a name")
    parsed = parser.parse_args(arguments)
    missed = False
    for name in dict.fromkeys(parsed.names):
        for figure in asyncio.run(NAMES[name](quick=parsed.quick)):
            print(figure.as_json() if parsed.json else figure.as_line(), flush=True)
            if figure.missed:
                missed = True
                print(f"MISSED: {figure.as_line()}", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
