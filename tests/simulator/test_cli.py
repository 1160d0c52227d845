"""`simulator run` through its command line."""

import re
import subprocess
import sys


def run(seed: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator.cli", "run", "--seed", str(seed), "--days", "0.002"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_world_is_told_with_the_hash_of_its_journal() -> None:
    ended = run(2)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    assert re.search(r"^seed 2: fumin-pod-1, ", ended.stdout)
    assert re.search(r"^journal [0-9a-f]{64}$", ended.stdout, re.MULTILINE)
    assert "✓ 0 promises broken" in ended.stdout
