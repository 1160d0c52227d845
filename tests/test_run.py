"""The script `run` from anywhere."""

import re
import subprocess
from pathlib import Path

RUN = Path(__file__).parent.parent / "run"


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([RUN, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_help_lists_every_verb(tmp_path: Path) -> None:
    done = run("help", folder=tmp_path)
    listed = re.findall(r"^\./run (\w+)", done.stdout, re.MULTILINE)
    known = re.findall(r"^([a-z]+)\)$", RUN.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == known
    assert done.returncode == 0


def test_an_unknown_verb_shows_the_help_and_fails(tmp_path: Path) -> None:
    done = run("tset", folder=tmp_path)
    assert "./run test" in done.stderr
    assert done.returncode == 2
