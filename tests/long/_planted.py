"""The bugs of `_planted.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug: `old`, which stands exactly once in `file`, becomes `new`; one of `tests`, tried in order, must notice."""

    file: str
    old: str
    new: str
    why: str
    tests: tuple[str, ...]


def read_planted(path: Path) -> tuple[Planted, ...]:
    """The bugs of such a file, in its order."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    tests = {name: tuple(files) for name, files in table["tests"].items()}
    return tuple(Planted(**bug | {"tests": tests[bug["tests"]]}) for bug in table["bug"])


PLANTED = read_planted(Path(__file__).with_name("_planted.toml"))
