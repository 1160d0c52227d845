"""`./run long mutation`: plant one bug after another in a copy of the program; some test must catch each.

`./run long mutation FILE` plants only the bugs of that file. Exit code 1 when a bug was missed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.long._planted import PLANTED, Planted

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
TRIAL_SECONDS = 600
"""A trial that takes longer is a hang, which is how some bugs show."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a bug. `by` is the test that caught it, empty when none did."""

    caught: bool
    by: str
    output: str


def copy_of_the_program(folder: Path) -> Path:
    """The program with its tests in a folder of its own, where bugs do no harm."""
    copy = folder / "program"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    return copy


def run_python(copy: Path, *arguments: str) -> tuple[int, str]:
    """Run Python in the copy; its exit code and what it wrote."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # Bytecode written for one bug must not serve the next one.
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy), "CI": "false"}
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"FAILED no answer within {TRIAL_SECONDS} s"
    return done.returncode, done.stdout + done.stderr


def run_tests(copy: Path, tests: tuple[str, ...]) -> tuple[int, str]:
    """Run these tests in the copy, up to the first failure; the exit code of pytest and what it wrote."""
    return run_python(
        copy, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not browser and not broker", *tests
    )


def with_bug(text: str, bug: Planted) -> str:
    """The file's text with the bug in it. Raises ValueError unless it fits exactly once and is still Python."""
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.file} holds the text {text.count(bug.old)} times, not once: {bug.old!r}")
    changed = text.replace(bug.old, bug.new)
    compile(changed, bug.file, "exec")
    return changed


def try_bug(copy: Path, bug: Planted) -> Verdict:
    """Plant the bug in the copy, run its tests, take it out again."""
    file = copy / bug.file
    sound = file.read_text(encoding="utf-8")
    file.write_text(with_bug(sound, bug), encoding="utf-8")
    try:
        code, output = run_python(copy, "-c", f"import {bug.file.removesuffix('.py').replace('/', '.')}")
        if code:
            return Verdict(False, "", f"With this bug the module cannot be imported, which needs no test:\n{output}")
        code, output = run_tests(copy, bug.tests)
    finally:
        file.write_text(sound, encoding="utf-8")
    # A test file that reads the vectors when it is imported notices as an ERROR.
    noticed = re.search(r"^(?:FAILED|ERROR) (.*)", output, re.MULTILINE)
    return Verdict(code == 1 and noticed is not None, noticed[1] if noticed else "", output)


def main(only: str | None = None) -> int:
    """Run all trials, or those of one file; 0 when every bug was caught."""
    bugs = [bug for bug in PLANTED if only in (None, bug.file)]
    if not bugs:
        sys.stderr.write(f"No bug is planted in {only}. Files: {', '.join(sorted({bug.file for bug in PLANTED}))}\n")
        return 2
    begun, missed = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = copy_of_the_program(Path(folder))
        code, output = run_tests(copy, tuple(dict.fromkeys(test for bug in bugs for test in bug.tests)))
        if code:
            sys.stderr.write(f"{output}\nThe tests fail without any bug: mend that first.\n")
            return 2
        for number, bug in enumerate(bugs, start=1):
            verdict = try_bug(copy, bug)
            missed += not verdict.caught
            word = "caught" if verdict.caught else "MISSED"
            sys.stdout.write(f"{number:3}/{len(bugs)} {word}  {bug.file}: {bug.why}\n            {verdict.by[:140]}\n")
            if not verdict.caught:
                sys.stdout.write(f"            {bug.old!r} became {bug.new!r}\n{verdict.output[-2000:]}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(bugs) - missed} of {len(bugs)} bugs caught in {time.monotonic() - begun:.0f} s\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
