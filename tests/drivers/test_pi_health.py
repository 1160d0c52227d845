"""The board's own figures, from files as a Pi has them; what a machine lacks is not reported."""

import os
from pathlib import Path

import pytest

from drivers import pi_health
from drivers.contract import LevelChanged, Quantity, Signal, SwitchOn
from drivers.pi_health import Driver, Settings
from drivers.wire import RealWires
from simulator.wires.virtual import DriverClock


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /sys with nothing in it, and no vcgencmd."""
    monkeypatch.setattr(pi_health, "SYS", tmp_path / "sys")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def write(board: Path, name: str, text: str) -> None:
    path = board / "sys" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make(board: Path, folder: Path | None = None) -> tuple[Driver, DriverClock]:
    clock = DriverClock()
    settings = Settings.model_validate({"driver": "pi-health", "folder": str(folder or board)})
    return Driver("board", settings, RealWires(), clock), clock


def told(driver: Driver) -> dict[Quantity, object]:
    signals: list[Signal] = list(driver.poll())
    return {signal.quantity: signal.value for signal in signals if isinstance(signal, LevelChanged)}


def test_a_pi_tells_everything_at_start_and_then_what_has_changed(board: Path) -> None:
    write(board, pi_health.TEMPERATURE, "48312\n")
    write(board, pi_health.THROTTLED, "0\n")
    driver, clock = make(board)
    first = told(driver)
    assert first[Quantity.TEMPERATURE_C] == 48.0
    assert first[Quantity.UNDER_VOLTAGE] is False
    assert first[Quantity.DISK_FREE_BYTES] == pi_health.disk_free_bytes(board)
    assert driver.rest_ms() == 60_000
    clock.rest(60_000)
    assert driver.rest_ms() == 0
    write(board, pi_health.TEMPERATURE, "48401\n")
    assert Quantity.TEMPERATURE_C not in told(driver)
    write(board, pi_health.TEMPERATURE, "61900\n")
    assert told(driver)[Quantity.TEMPERATURE_C] == 62.0


@pytest.mark.parametrize(("word", "expected"), [("50005", True), ("10000", True), ("1", True), ("20002", False)])
def test_under_voltage_is_now_or_since_the_start(board: Path, word: str, expected: bool) -> None:
    write(board, pi_health.THROTTLED, f"{word}\n")
    assert told(make(board)[0])[Quantity.UNDER_VOLTAGE] is expected


@pytest.mark.parametrize(
    ("script", "expected"), [("echo throttled=0x50000", True), ("echo throttled=0x0", False), ("exit 1", None)]
)
def test_vcgencmd_is_asked_where_the_kernel_has_no_file(board: Path, script: str, expected: bool | None) -> None:
    program = board / "bin" / "vcgencmd"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert told(make(board)[0]).get(Quantity.UNDER_VOLTAGE) is expected


def test_another_machine_is_silent_about_what_it_lacks(board: Path) -> None:
    assert set(told(make(board)[0])) == {Quantity.DISK_FREE_BYTES}
    assert told(make(board, board / "nowhere")[0]) == {}


def test_nonsense_in_the_files_is_no_figure(board: Path) -> None:
    write(board, pi_health.TEMPERATURE, "warm\n")
    write(board, pi_health.THROTTLED, "\n")
    assert set(told(make(board)[0])) == {Quantity.DISK_FREE_BYTES}


def test_free_space_is_told_in_steps_of_10_mb() -> None:
    free = pi_health.disk_free_bytes(Path("/"))
    assert free is not None
    assert free % 10_000_000 == 0
    status = os.statvfs("/")
    assert abs(free - status.f_bavail * status.f_frsize) < 500_000_000


def test_it_takes_no_commands(board: Path) -> None:
    driver, _ = make(board)
    with pytest.raises(TypeError, match="the board cannot do SwitchOn"):
        driver.execute(SwitchOn("board"))
    driver.close()
