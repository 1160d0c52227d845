"""The catalogue of lines for people: every line of the code is in it, and has its Chinese.

`python -m tests.wording` writes it anew: new lines without Chinese, lines that nobody uses any more left out.
"""

from __future__ import annotations

import io
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PO = ROOT / "config/locale/zh/LC_MESSAGES/messages.po"
MO = PO.with_suffix(".mo")
ROOMS = ("central", "config", "drivers", "simulator", "station")
METHODS = [("**.py", "python"), ("pages/**.html", "jinja2.ext:babel_extract")]
HEADER = "# Lines for people: English stands in the code, Chinese here. `python -m tests.wording` finds new ones."

ABOUT = {"project": "micro-station", "version": "1", "last_translator": "", "language_team": "zh"}
BEGAN = datetime(2026, 11, 25, tzinfo=UTC)
"""Instead of the time of writing, so that the same lines give the same file."""


def found() -> Catalog:
    """The lines of the code, without Chinese."""
    lines = Catalog("zh", header_comment=HEADER, fuzzy=False, creation_date=BEGAN, revision_date=BEGAN, **ABOUT)
    for room in ROOMS:
        for file, _, message, _, _ in extract_from_dir(ROOT / room, METHODS, keywords={"both": None}):
            lines.add(message, locations=[(f"{room}/{file}", 0)])
    return lines


def stored() -> Catalog:
    """The catalogue as it stands."""
    with PO.open("rb") as file:
        return read_po(file, locale="zh")


def updated() -> Catalog:
    """The lines of the code with the Chinese that the catalogue has for them, in order."""
    known = stored()
    lines = found()
    for line in lines:
        old = known.get(line.id)
        if line.id and old is not None:
            line.string = old.string
    return lines


def as_text(lines: Catalog) -> bytes:
    """The catalogue as it is stored."""
    file = io.BytesIO()
    write_po(file, lines, width=120, sort_output=True, omit_header=False, include_lineno=False)
    return file.getvalue()


def compiled(lines: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    file = io.BytesIO()
    write_mo(file, lines)
    return file.getvalue()


def faults(lines: Catalog) -> Iterator[str]:
    """Lines that nobody could read in Chinese."""
    for line in lines:
        if line.id and not line.string:
            yield f"{line.locations[0][0]}: {line.id!r} has no Chinese in {PO.relative_to(ROOT)}"
        elif line.id and names_in(str(line.string)) - names_in(str(line.id)):
            yield f"{line.locations[0][0]}: {line.string!r} names a value that {line.id!r} does not have"


def names_in(line: str) -> set[str]:
    """The values that a line stands on."""
    return {name for _, name, _, _ in string.Formatter().parse(line) if name}


if __name__ == "__main__":
    now = updated()
    PO.write_bytes(as_text(now))
    MO.write_bytes(compiled(now))
    print(*list(faults(now)) or [f"{len(now)} lines, each in both languages."], sep="\n")
