"""One thing that is wrong with a station file: where, what, and what to do about it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]
"""The keys that lead to a value, an index for an item of a list."""

MAX_SHOWN = 60
"""Characters of a value that a fault repeats."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class Severity(StrEnum):
    """An error keeps the station from starting; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` counts from 1 and is 0 where none can be named; `key` is the dotted path, "" for the file as a whole."""

    file: str
    line: int
    key: str
    words: str
    mend: str
    severity: Severity = Severity.ERROR

    @property
    def place(self) -> str:
        """Such as `pod.toml:14 services.door.lock`, which editors and terminals make a link of."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where} {self.key}".rstrip()


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a file the keys stand, to make faults with their place."""

    file: str
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of this key, or of the nearest table or key around it; 0 when there is none."""
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 0)

    def error(self, path: Path, words: str, mend: str) -> Fault:
        """Something for which the station may not start."""
        return Fault(self.file, self.line_of(path), dotted(path), words, mend)

    def warning(self, path: Path, words: str, mend: str) -> Fault:
        """Something to look at."""
        return Fault(self.file, self.line_of(path), dotted(path), words, mend, Severity.WARNING)


def dotted(path: Path) -> str:
    """A path as one writes it in TOML, with `[2]` for the third item of a list; printable whatever the keys hold."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _BARE.fullmatch(part) else shown(part))
    return text


def shown(value: object) -> str:
    """A value as it stands in the file, cut at `MAX_SHOWN` characters, without anything that could steer a terminal."""
    match value:
        case bool() | int() | float():
            text = str(value).lower()
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"a list of {len(value)}"
        case Mapping():
            return "a table"
        case _:
            text = f"{type(value).__name__} {value}"
    text = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text[: MAX_SHOWN + 1])
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def nearest(wrong: str, names: Iterable[str]) -> str:
    """`did you mean x?`, or what there is to choose from."""
    names = sorted(names)
    near = difflib.get_close_matches(wrong[:MAX_SHOWN], names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there is: {', '.join(names)}" if names else "there is none"
