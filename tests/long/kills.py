"""`./run long kills [ROUNDS] [SEED]`: `kill -9` of a running station, again and again."""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from tests.scenarios.killing import kill_rounds

ROUNDS = 100


def main() -> int:
    """Print the seed first, so that a failing run can be told."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbits(32)
    print(f"{rounds} rounds, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        rows = asyncio.run(kill_rounds(Path(folder), seed, rounds))
    print(f"{rows} rows, all of them at the office, once and in order")
    return 0


if __name__ == "__main__":
    sys.exit(main())
