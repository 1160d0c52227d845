import csv
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from drivers.contract import Hole, Priority, Row
from station.export import ExportFault, Record, export_records, export_state, records
from tests.station.journals import (
    START_MS,
    acknowledge,
    append,
    everything,
    opened,
    put_aside,
    row,
    rows,
    settle,
    snapshot,
)

ID = f"{1:032x}"
SMALL_CAP_BYTES = 24 * 1024


@pytest.fixture
def folder(card: Path) -> Path:
    return card / "state"


def read_lines(path: Path) -> list[dict[str, object]]:
    """A JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_table(path: Path) -> list[dict[str, str]]:
    """A CSV file as a spreadsheet reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(found: Sequence[Row | Hole], form: str, target: Path, *, force: bool = False) -> int:
    """Export these records of one journal."""
    given: Iterator[Record] = ((ID, item) for item in found)
    return export_records(given, form, target, force=force)


# ---------------------------------------------------------------- the three forms


def test_json_lines_have_one_readable_object_a_row(card: Path) -> None:
    target = card / "out.jsonl"
    assert write([row(1, Priority.SAFETY, kind="DoorForced", body='{"service":"门"}')], "jsonl", target) == 1
    assert read_lines(target) == [
        {
            "journal": ID,
            "seq": 1,
            "time": "2025-10-09T08:53:21.000+00:00",
            "at_ms": START_MS + 1000,
            "boot": "0123456789abcdef",
            "steady_ms": 1000,
            "priority": "safety",
            "kind": "DoorForced",
            "body": {"service": "门"},
            "chain": "",
        }
    ]


@pytest.mark.parametrize("body", ["", "not json", "NaN", '{"a":NaN}', '"\ud7ff\n"', "[" * 5000, "\u2028", "{}\n{}"])
def test_a_body_that_is_no_json_stays_one_text_on_one_line(card: Path, body: str) -> None:
    target = card / "out.jsonl"
    write([row(1, body=body), row(2)], "jsonl", target)
    assert [line["seq"] for line in read_lines(target)] == [1, 2]
    assert read_lines(target)[0]["body"] == body


def test_a_body_that_is_json_is_written_as_it_was_recorded(card: Path) -> None:
    target = card / "out.jsonl"
    body = '{"a": 1.0, "b":"\\ud800", "a":2}'
    write([row(1, body=body)], "jsonl", target)
    assert body in target.read_text(encoding="utf-8")


def test_a_table_opens_in_a_spreadsheet_and_no_cell_becomes_a_formula(card: Path) -> None:
    target = card / "out.csv"
    bodies = [
        '=cmd|"/c calc"!A1',
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "＝1",
        '{"text":"a,\\"b\\"\\n"}',
        "a\nb",
        "开门",
    ]
    write([row(seq, body=body, kind="=1+1") for seq, body in enumerate(bodies, 1)], "csv", target)
    assert target.read_bytes().startswith(b"\xef\xbb\xbfjournal,seq,time,")
    found = read_table(target)
    assert [line["body"] for line in found] == [f"'{body}" for body in bodies[:7]] + bodies[7:]
    assert {line["kind"] for line in found} == {"'=1+1"}
    assert found[0]["steady_ms"] == "1000"


def test_the_copy_opens_in_any_sqlite_and_has_readable_columns(card: Path) -> None:
    target = card / "out.db"
    assert (
        write([row(1), row(2, Priority.TELEMETRY), Hole(3, 9, {"LevelNoted": 7}, b"\x01" * 16)], "sqlite", target) == 3
    )
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT seq, time, priority, kind FROM events ORDER BY seq").fetchall() == [
            (1, "2025-10-09T08:53:21.000+00:00", "access", "AccessGranted"),
            (2, "2025-10-09T08:53:22.000+00:00", "telemetry", "LevelNoted"),
        ]
        assert connection.execute("SELECT json_extract(body, '$.service') FROM events").fetchall() == [("door",)] * 2
        assert connection.execute("SELECT * FROM holes").fetchall() == [(ID, 3, 9, '{"LevelNoted": 7}', "01" * 16)]
        plan = connection.execute("EXPLAIN QUERY PLAN SELECT * FROM events WHERE kind = 'x' ORDER BY time").fetchall()
        assert "INDEX" in plan[0][-1]
    assert not list(card.glob("out.db?*"))


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_hole_stands_in_its_place_and_says_what_is_missing(card: Path, form: str) -> None:
    target = card / "out"
    write([row(1), Hole(2, 5, {"LevelNoted": 4}, b"\x01" * 16), row(6)], form, target)
    found = read_lines(target) if form == "jsonl" else [dict(line) for line in read_table(target)]
    assert [int(str(line["seq"])) for line in found] == [1, 2, 6]
    assert found[1]["kind"] == "Hole"
    body = found[1]["body"]
    missing = json.loads(body) if isinstance(body, str) else body
    assert missing == {"last_seq": 5, "counts": {"LevelNoted": 4}}


@pytest.mark.parametrize("at_ms", [2**62, -(2**62), 10**16])
def test_a_time_that_no_calendar_has_does_not_stop_the_export(card: Path, at_ms: int) -> None:
    target = card / "out.jsonl"
    write([row(1, at_ms=at_ms)], "jsonl", target)
    assert read_lines(target)[0]["time"] == ""
    assert read_lines(target)[0]["at_ms"] == at_ms


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("form", ["jsonl", "csv", "sqlite"])
def test_a_file_that_exists_is_only_replaced_when_told_so(card: Path, form: str) -> None:
    target = card / "out"
    target.write_text("mine")
    with pytest.raises(ExportFault, match="--force"):
        write([row(1)], form, target)
    assert target.read_text() == "mine"
    assert write([row(1)], form, target, force=True) == 1
    assert target.stat().st_size > 100


@pytest.mark.parametrize("form", ["jsonl", "csv", "sqlite"])
def test_an_export_that_breaks_off_leaves_nothing(card: Path, form: str) -> None:
    def breaking() -> Iterator[Record]:
        yield ID, row(1)
        raise ExportFault("the journal cannot be read")

    with pytest.raises(ExportFault, match="cannot be read"):
        export_records(breaking(), form, card / "out")
    assert list(card.iterdir()) == []


def test_a_place_that_cannot_be_written_and_a_form_that_does_not_exist_are_told(card: Path) -> None:
    with pytest.raises(ExportFault, match="cannot be written"):
        write([row(1)], "sqlite", card / "missing" / "out")
    with pytest.raises(ExportFault, match="is a folder"):
        write([row(1)], "csv", card, force=True)
    with pytest.raises(ExportFault, match="jsonl, csv, sqlite"):
        write([row(1)], "xlsx", card / "out")


def test_a_journal_that_cannot_be_read_on_stops_the_export(card: Path) -> None:
    journal = opened(card)
    append(journal, rows(1, 5))
    extents = journal.extents()
    journal.close()
    with pytest.raises(ExportFault, match="cannot be read after row 0"):
        list(records(extents, lambda *_: []))


# ---------------------------------------------------------------- the controller is down


@pytest.fixture
def with_everything(folder: Path) -> Path:
    """A state folder with a closed journal and an open one that has holes; nobody runs on it."""
    journal = opened(folder, cap_bytes=SMALL_CAP_BYTES)
    append(journal, [*rows(1, 20), snapshot(21)])
    put_aside(journal, "test")
    for first in range(1, 400, 50):
        append(journal, [*(row(seq, Priority(seq % 5)) for seq in range(first, first + 49)), snapshot(first + 49)])
        settle(journal)
    acknowledge(journal, 100)
    journal.close()
    return folder


@pytest.mark.parametrize("form", ["jsonl", "csv", "sqlite"])
def test_with_the_controller_down_all_journals_are_written_and_nothing_changes(
    with_everything: Path, card: Path, form: str
) -> None:
    before = {path.name: path.read_bytes() for path in with_everything.iterdir()}
    journal = opened(with_everything, cap_bytes=SMALL_CAP_BYTES)
    expected = [item for extent in journal.extents() for item in everything(journal, extent.journal)]
    journal.close()
    before_again = {path.name: path.read_bytes() for path in with_everything.iterdir()}
    assert before.keys() == before_again.keys()
    assert any(isinstance(item, Hole) for item in expected)
    assert export_state(with_everything, form, card / "out") == len(expected)
    assert {path.name: path.read_bytes() for path in with_everything.iterdir()} == before_again
    assert sorted(path.name for path in card.iterdir()) == ["out", "state"]


def test_what_a_power_cut_left_in_the_log_is_exported_too(folder: Path, card: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from tests.station.journals import append, opened, rows\n"
        "append(opened(Path(sys.argv[1])), rows(1, 30)); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False, timeout=60).returncode == 9
    assert (folder / "journal.db-wal").stat().st_size > 0
    assert export_state(folder, "jsonl", card / "out") == 30


def test_a_damaged_journal_is_exported_as_far_as_it_can_be_proved(folder: Path, card: Path) -> None:
    journal = opened(folder)
    append(journal, [*rows(1, 100), snapshot(101), *rows(102, 3000), snapshot(3102)])
    journal._current.connection.execute("UPDATE rows SET body = 'other' WHERE seq = 33")
    journal.close()
    before = (folder / "journal.db").read_bytes()
    assert export_state(folder, "jsonl", card / "out") == 3102
    kinds = {line["seq"]: line["kind"] for line in read_lines(card / "out")}
    assert kinds[33] == "Hole"
    assert (folder / "journal.db").read_bytes() == before


def test_a_folder_without_a_journal_is_told(card: Path) -> None:
    with pytest.raises(ExportFault, match="is it the state folder of a station"):
        export_state(card, "csv", card / "out")


def test_a_journal_that_somebody_else_has_open_is_left_alone(folder: Path, card: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.station.journals import append, opened, rows\n"
        "journal = opened(Path(sys.argv[1])); append(journal, rows(1, 3)); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(ExportFault, match="another program has the journal open"):
            export_state(folder, "csv", card / "out")
        process.communicate("")
    assert process.returncode == 0
    assert export_state(folder, "csv", card / "out") == 3


# ---------------------------------------------------------------- the controller is up


SERVING = """
import select, sys
from pathlib import Path
from station.control import Control
from tests.station.journals import opened
from tests.station.test_export import SMALL_CAP_BYTES, StoppedClock
folder = Path(sys.argv[1])
journal = opened(folder, cap_bytes=SMALL_CAP_BYTES)
control = Control("control", folder / "control.sock", StoppedClock(), journal.read_on, journal.extents)
print("up", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    control.poll()
control.close()
journal.close()
"""


class StoppedClock:
    """A clock that nobody looks at."""

    def steady_ms(self) -> int:
        return 0

    def rest(self, milliseconds: int) -> None: ...


def test_with_the_controller_up_it_is_asked_and_the_same_comes_out(with_everything: Path, card: Path) -> None:
    export_state(with_everything, "jsonl", card / "down")
    with subprocess.Popen(
        [sys.executable, "-c", SERVING, str(with_everything)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        for form, name in (("jsonl", "up"), ("sqlite", "copy")):
            export_state(with_everything, form, card / name)
        process.communicate("")
    assert process.returncode == 0
    assert (card / "up").read_bytes() == (card / "down").read_bytes()
    with closing(sqlite3.connect(card / "copy")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
        (holes,) = connection.execute("SELECT count(*) FROM holes").fetchone()
    assert count + holes == len(read_lines(card / "up"))
