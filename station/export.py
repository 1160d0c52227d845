"""Writes everything that the journals hold to one file: JSON Lines, CSV, or a database for sqlite3 and Datasette.

The controller, when it runs, is asked over its control socket. When it does not, a copy of its files is read, so that
nothing in the state folder changes.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drivers.contract import Hole, JournalExtent, Row
from station.control import ControlFault, ask_extents, ask_rows
from station.durable import PART, move_file, sync_file
from station.journal import Journal, JournalUnusableError
from station.journal_closed import CURRENT, alone
from station.journal_copy import write_database
from station.journal_volume import last_of

ReadOn = Callable[[str, int, int], Sequence[Row | Hole]]
Record = tuple[str, Row | Hole]
"""A journal's id and what stands in it."""

PAGE_ROWS = 500
NO_CAP_BYTES = 1 << 62
COLUMNS = ("journal", "seq", "time", "at_ms", "boot", "steady_ms", "priority", "kind", "body", "chain")
FORMULA_BEGINS = tuple("=+-@\t\r＝＋－＠")
"""How a cell begins that a spreadsheet takes for a formula; some call other programs (OWASP, CSV injection)."""


class ExportFault(Exception):
    """Nothing was written; the message says why and what to do."""


def export_state(state_folder: Path, form: str, target: Path, *, force: bool = False) -> int:
    """Write all records of a station to `target`, with its controller up or down.

    Args:
        state_folder: the station's state folder.
        form: jsonl, csv or sqlite.
        target: the file to write.
        force: replace `target` when it exists.

    Returns:
        How many rows and hole markers were written. Raises `ExportFault`.
    """
    try:
        extents = ask_extents(state_folder)
    except ControlFault as no_controller:
        with journals_of(state_folder, target.parent, str(no_controller)) as journal:
            return export_records(records(journal.extents(), journal.read_on), form, target, force=force)
    try:
        return export_records(records(extents, reader(state_folder)), form, target, force=force)
    except ControlFault as fault:
        raise ExportFault(str(fault)) from fault


def reader(state_folder: Path) -> ReadOn:
    """Read on in the journals of a running controller."""
    return lambda journal, after_seq, limit: ask_rows(state_folder, journal, after_seq, limit)


def export_records(found: Iterable[Record], form: str, target: Path, *, force: bool = False) -> int:
    """Write records to `target`: all of them, or nothing and no file. Returns how many. Raises `ExportFault`."""
    write = WRITERS.get(form)
    if write is None:
        raise ExportFault(f"{form} is not a format; there are {', '.join(WRITERS)}")
    part = target.with_name(target.name + PART)
    try:
        refuse_existing(target, force=force)
        part.unlink(missing_ok=True)
        count = write(found, part)
        sync_file(part)
        refuse_existing(target, force=force)
        move_file(part, target)
    except OSError as fault:
        raise ExportFault(f"{target} cannot be written: {fault}") from fault
    finally:
        part.unlink(missing_ok=True)
    return count


def refuse_existing(target: Path, *, force: bool) -> None:
    """Raises `ExportFault` when a file would be overwritten."""
    if target.is_dir():
        raise ExportFault(f"{target} is a folder: name a file in it")
    if target.exists() and not force:
        raise ExportFault(f"{target} exists: choose another name, or say --force to replace it")


# ---------------------------------------------------------------- where records come from


def records(extents: Iterable[JournalExtent], read_on: ReadOn) -> Iterator[Record]:
    """Everything that these journals hold, oldest journal first. Raises `ExportFault` when they cannot be read on."""
    for extent in extents:
        after_seq = extent.first_seq - 1
        while after_seq < extent.tail_seq:
            found = read_on(extent.journal, after_seq, min(PAGE_ROWS, extent.tail_seq - after_seq))
            if not found:
                raise ExportFault(
                    f"journal {extent.journal} cannot be read after row {after_seq}: try again in a minute"
                )
            for item in found:
                yield extent.journal, item
            after_seq = last_of(found[-1])


@contextmanager
def journals_of(state_folder: Path, room: Path, no_controller: str) -> Iterator[Journal]:
    """The journals of a controller that is down: a copy of them in a temporary folder in `room`.

    A damaged journal is taken apart in the copy as it would be at the next start. Raises `ExportFault`.
    """
    try:
        with TemporaryDirectory(dir=room, prefix=".export-") as folder:
            copy = Path(folder)
            copy_journals(state_folder, copy, no_controller)
            journal = open_checked(copy)
            try:
                yield journal
            finally:
                journal.close()
    except (OSError, JournalUnusableError) as fault:
        raise ExportFault(f"the journals in {state_folder} cannot be copied to {room} and read: {fault}") from fault


def copy_journals(state_folder: Path, copy: Path, no_controller: str) -> None:
    """Copy the journals while nobody else has them open. Raises `ExportFault` or OSError."""
    path = state_folder / CURRENT
    if not path.exists():
        raise ExportFault(f"there is no journal in {state_folder}: is it the state folder of a station?")
    try:
        with alone(path):
            for found in sorted(state_folder.glob("journal*.db*")):
                if not found.name.startswith("journal-damaged-"):
                    shutil.copyfile(found, copy / found.name)
    except BlockingIOError as fault:
        raise ExportFault(f"another program has the journal open, but {no_controller}") from fault


def open_checked(folder: Path) -> Journal:
    """Open journals that are ours alone, with everything checked against the chain."""

    def opened() -> Journal:
        return Journal.open(folder, new_id=lambda: "0" * 32, at_ms=0, cap_bytes=NO_CAP_BYTES)

    journal = opened()
    try:
        while journal.rest_ms() is not None:
            journal.poll()
    except JournalUnusableError:
        journal.close()
        journal = opened()
    return journal


# ---------------------------------------------------------------- what they are written as


def readable_time(at_ms: int) -> str:
    """A wall time in ISO 8601, UTC, with milliseconds; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return ""


def readable(journal: str, item: Row | Hole) -> dict[str, Any]:
    """A record under the names of `COLUMNS`; a hole marker has the kind Hole and says in its body what is missing."""
    if isinstance(item, Hole):
        missing = {"last_seq": item.last_seq, "counts": dict(item.counts)}
        body = json.dumps(missing, ensure_ascii=False, separators=(",", ":"))
        values: tuple[Any, ...] = (item.first_seq, "", None, "", None, "", "Hole", body)
    else:
        time, priority = readable_time(item.at_ms), item.priority.name.lower()
        values = (item.seq, time, item.at_ms, item.boot, item.steady_ms, priority, item.kind, item.body)
    return dict(zip(COLUMNS, (journal, *values, item.chain.hex()), strict=True))


def write_lines(found: Iterable[Record], path: Path) -> int:
    """One JSON object a line; a body that is JSON stands in it as it was recorded."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for count, (journal, item) in enumerate(found, 1):  # noqa: B007 - the last number is the answer
            line = readable(journal, item)
            body = line.pop("body")
            told = json.dumps(line, ensure_ascii=False).removesuffix("}")
            file.write(f'{told}, "body": {body if is_json_line(body) else json.dumps(body)}}}\n')
    return count


def is_json_line(text: str) -> bool:
    """Whether a text is JSON that fits on a line."""
    try:
        json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return False
    return text.isprintable()


def refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)


def write_table(found: Iterable[Record], path: Path) -> int:
    """CSV with a header, in UTF-8 with the mark that spreadsheets want; no cell is taken for a formula."""
    count = 0
    with path.open("wb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for count, (journal, item) in enumerate(found, 1):  # noqa: B007 - the last number is the answer
            table.writerow(harmless(value) for value in readable(journal, item).values())
    return count


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_BEGINS) else value


def write_copy(found: Iterable[Record], path: Path) -> int:
    """A database with the tables `events` and `holes`."""
    return write_database((readable(journal, item) for journal, item in found), path)


WRITERS: dict[str, Callable[[Iterable[Record], Path], int]] = {
    "jsonl": write_lines,
    "csv": write_table,
    "sqlite": write_copy,
}
