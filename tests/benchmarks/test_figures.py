"""How figures are told, and when they fail. The figures themselves are measured by `./run bench`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import backlog
from benchmarks.figure import Figure, percentile
from drivers.contract import Row
from station.events import read_event
from station.journal import Journal

COUNT = 6_000


async def measured(*, quick: bool) -> list[Figure]:
    return [Figure("door.ms", 3.0 if quick else 30.0, "ms", 1.5, asked=10.0)]


def test_one_json_object_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(command.NAMES, "scan", measured)
    assert command.main(["scan", "--json", "--quick"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"name": "door.ms", "value": 3.0, "unit": "ms", "limit": 1.5, "ratio": 2.0}


def test_a_missed_bound_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(command.NAMES, "scan", measured)
    assert command.main(["scan"]) == 1
    said = capsys.readouterr()
    assert "door.ms" in said.out
    assert said.err.startswith("MISSED: door.ms")


def test_an_unknown_name_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["speed"])
    assert ended.value.code == 2


def test_percentiles_are_measured_values() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.01, 0.5, 0.99, 1.0)] == [1.0, 50.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_limit_too_small_to_measure_gives_no_ratio() -> None:
    assert json.loads(Figure("cpu", 0.5, "%", 0.0).as_json())["ratio"] is None


def test_the_backlog_is_of_rows_that_a_station_could_have_recorded(tmp_path: Path) -> None:
    name = backlog.record(tmp_path, COUNT)
    journal = Journal.open(tmp_path, new_id=lambda: "00" * 16, at_ms=0)
    try:
        (extent,) = journal.extents()
        assert (extent.journal, extent.tail_seq, extent.cursor_seq) == (name, COUNT, 0)
        rows, after = [], 0
        while page := journal.read_on(name, after, 1_000):
            rows += page
            after += len(page)
    finally:
        journal.close()
    assert len(rows) == COUNT
    assert all(isinstance(row, Row) and read_event(row.kind, row.body) is not None for row in rows)
