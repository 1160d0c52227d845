"""On which line of a TOML file each key stands; `tomllib` does not say.

It expects text that `tomllib` has accepted. For anything else it gives fewer or wrong lines and never fails.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from config.faults import Path

# TOML 1.0: everything that can hide a newline, a bracket, an equals sign or a # which means something else.
_PIECE = re.compile(
    r'''
    (?P<text> """(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5} | \'\'\'(?:[^\']|\'{1,2}(?!\'))*\'{3,5}
            | "(?:[^"\\\n]|\\.)*" | \'[^\'\n]*\' )
    | (?P<comment> \#[^\n]* )
    | (?P<newline> \n )
    | (?P<opening> [\[{] )
    | (?P<closing> [\]}] )
    | (?P<equals> = )
    | (?P<dot> \. )
    | (?P<bare> [A-Za-z0-9_-]+ )
    | (?P<other> . )
    ''',
    re.VERBOSE | re.DOTALL,
)

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SHORT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}

Piece = tuple[str, str, int]
"""Its kind, its text, the line on which it begins."""


def key_lines(text: str) -> dict[Path, int]:
    """For every table header and every key outside of inline tables: its path and its line, from 1."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for statement in _statements(text):
        line = statement[0][2]
        if statement[0][0] == "opening":
            is_list = len(statement) > 1 and statement[1][0] == "opening"
            table = _header(tuple(_names(statement)), counts, is_list=is_list)
            path = table
        else:
            path = table + tuple(_names(statement))
        for end in range(1, len(path) + 1):
            lines.setdefault(path[:end], line)
    return lines


def _statements(text: str) -> Iterator[list[Piece]]:
    """The pieces of each header or key with its value, without comments and blank lines."""
    statement: list[Piece] = []
    depth, line = 0, 1
    for match in _PIECE.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        began, line = line, line + piece.count("\n")
        if kind == "newline" and depth <= 0:
            if statement:
                yield statement
            statement, depth = [], 0
        elif kind not in ("newline", "comment") and not piece.isspace():
            depth += {"opening": 1, "closing": -1}.get(kind, 0)
            statement.append((kind, piece, began))
    if statement:
        yield statement


def _names(statement: list[Piece]) -> Iterator[str]:
    """The parts of the key at the head of a statement."""
    for kind, piece, _ in statement:
        if kind in ("equals", "closing"):
            return
        if kind == "bare":
            yield piece
        elif kind == "text":
            yield _unquoted(piece)


def _unquoted(piece: str) -> str:
    if piece.startswith("'"):
        return piece[1:-1]
    return _ESCAPE.sub(_unescaped, piece[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    short, long, one = match.groups()
    if one is not None:
        return _SHORT.get(one, one)
    number = int(short or long, 16)
    return chr(number) if number <= sys.maxunicode else ""


def _header(names: Path, counts: dict[Path, int], *, is_list: bool) -> Path:
    """The path of a header; below a list of tables it goes through the index of the newest table."""
    path: Path = ()
    for name in names[:-1]:
        path += (name,)
        if path in counts:
            path += (counts[path] - 1,)
    path += names[-1:]
    if is_list:
        counts[path] = counts.get(path, 0) + 1
        path += (counts[path] - 1,)
    return path
