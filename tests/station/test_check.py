"""All faults of a station file are told at once, in words for a technician; the shipped stations have none."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Severity
from config.load import read
from station.check import EXIT_FINE, EXIT_REFUSED, check_file, examine, examined, run_check
from tests.station.station_files import EGRESS, GOOD, changed, faults

STATIONS = Path(__file__).parents[2] / "config/stations"


def test_the_good_file_has_no_fault() -> None:
    assert examined(read(GOOD.encode(), "pod.toml")).faults == ()


@pytest.mark.parametrize("path", sorted(STATIONS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_station_has_no_fault(path: Path) -> None:
    assert check_file(path) == []
    checked = examine(path)
    assert checked.file is not None
    assert len(checked.digest) == 64


def test_three_stations_are_shipped() -> None:
    assert {path.stem for path in STATIONS.glob("*.toml")} == {"reading-pod", "courier-rest", "micro-station"}


def test_faults_of_all_kinds_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "pod.toml"
    edits = [("help_phone", "help_fone"), ("pin = 27", "pin = 17"), (EGRESS + "\n", ""), ('"gm65"', '"gm66"')]
    path.write_text(changed(*edits, ('["door"]\n[services.screen]', '["dor"]\n[services.screen]')), encoding="utf-8")
    out = io.StringIO()
    assert run_check(path, out) == EXIT_REFUSED
    lines = out.getvalue().replace(f"{path}:", "").splitlines()
    assert [line.split(": ")[0] for line in lines[:-1:2]] == [
        "1 station.help_phone",
        "5 station.help_fone",
        "9 devices.scanner.driver",
        "14 devices.reed",
        "34 services.door.egress",
        "46 services.sos.releases",
    ]
    assert lines[2:4] == ["5 station.help_fone: 错误 · error: there is no such key", "    → did you mean help_phone?"]
    assert lines[-1] == "REFUSED: 不能启动，要改的错误：6 处 · errors to mend: 6"


def test_what_a_technician_reads(tmp_path: Path) -> None:
    path = tmp_path / "pod.toml"
    path.write_text(changed(("https://", "http://")), encoding="utf-8")
    out = io.StringIO()
    assert run_check(path, out) == EXIT_FINE
    assert out.getvalue().replace(str(path), "pod.toml") == (
        "pod.toml:7 office.url: 提醒 · warning: people's phones would open the office's page without encryption\n"
        "    → write https://office.example\n"
        "OK: 可以启动：9 个设备，3 项服务 · may start: 9 devices, 3 services\n"
    )
    assert run_check(tmp_path / "none.toml", io.StringIO()) == EXIT_REFUSED


def test_a_driver_that_cannot_be_loaded_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> object:
        raise ImportError(f"no module named {name}_library")

    monkeypatch.setattr("station.check_devices.registry.find", broken)
    found = faults(GOOD, Severity.ERROR)
    assert found[0] == (
        "devices.scanner.driver",
        'the driver cannot be loaded: ImportError: "no module named gm65_library"',
        "install it again, or ask whoever wrote it",
    )


PIECES = st.sampled_from(
    ["", '"', "[", "]", "{}", "=", "\n", ".x", "0", "-1", "99", "true", '"door"', '"strike"', "gpio-"]
)


@given(st.integers(0, len(GOOD)), st.integers(0, 30), PIECES)
def test_whatever_stands_in_the_file_the_check_ends_with_faults_that_can_be_read(at: int, cut: int, piece: str) -> None:
    checked = examined(read((GOOD[:at] + piece + GOOD[at + cut :]).encode(), "pod.toml"))
    for fault in checked.faults:
        assert f"{fault.place} {fault.words} {fault.mend}".isprintable()
        assert fault.words
        assert fault.mend
