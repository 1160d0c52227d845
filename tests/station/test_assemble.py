"""A whole station in this process, with nothing screwed to its wall: it runs, says so, and ends with nothing left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.contract import I2cWire, InputPin, InputPins, OutputPin, Row, SerialWire, WireLost
from station.assemble import Station
from station.check import examine
from station.control import SOCKET_NAME, ControlFault, ask, ask_extents, ask_rows

POD = Path(__file__).parents[2] / "config/stations/reading-pod.toml"
PATIENCE_SECONDS = 20.0
T = TypeVar("T")


class Bare:
    """Wires that lead nowhere."""

    def serial(self, port: str, baud: int, *, parity: str = "N", data_bits: int = 8, stop_bits: int = 1) -> SerialWire:  # noqa: ARG002
        raise WireLost(f"{port}: no such port")

    def output(self, pin: int, *, active_high: bool, active: bool) -> OutputPin:  # noqa: ARG002
        raise WireLost(f"pin {pin}: no such pin")

    def input(self, pin: int, *, pull_up: bool | None) -> InputPin:  # noqa: ARG002
        raise WireLost(f"pin {pin}: no such pin")

    def inputs(self, pins: tuple[int, ...], *, pull_up: bool | None) -> InputPins:  # noqa: ARG002
        raise WireLost(f"pins {pins}: no such pins")

    def i2c(self, bus: int, address: int) -> I2cWire:
        raise WireLost(f"address {address} on bus {bus}: no such device")

    def stream(self, host: str, port: int) -> SerialWire:
        raise WireLost(f"{host}:{port}: no such service")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The state folder of a station that runs in a thread of its own."""
    text = POD.read_text(encoding="utf-8").replace("port = 8091", "port = 48091")
    file = tmp_path / "station.toml"
    file.write_text(text, encoding="utf-8")
    station = Station(examine(file), tmp_path / "state", Bare())
    thread = threading.Thread(target=station.run)
    thread.start()
    try:
        yield tmp_path / "state"
    finally:
        station.stop()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert not (tmp_path / "state" / SOCKET_NAME).exists()


def patiently(ask_once: Callable[[], T | None]) -> T:
    """What it answers, as soon as the station is so far."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found = ask_once()
        except ControlFault:
            found = None
        if found is not None:
            return found
        assert time.monotonic() < give_up, "the station does not answer"
        time.sleep(0.05)


def finding(folder: Path, about: str) -> dict[str, str] | None:
    """What is not well with something."""
    findings: list[dict[str, str]] = ask(folder, {"question": "health"})["findings"]
    return next((one for one in findings if one["about"] == about and one["light"] != "ok"), None)


def test_a_station_with_nothing_on_its_wires_runs_and_says_what_is_missing(folder: Path) -> None:
    strike = patiently(lambda: finding(folder, "strike"))
    assert strike["light"] == "act"
    assert strike["next_zh"]
    assert strike["next_en"]
    (extent,) = patiently(lambda: ask_extents(folder))
    rows = patiently(lambda: ask_rows(folder, extent.journal, 0, 100))
    assert [row.kind for row in rows if isinstance(row, Row)].count("StationStarted") == 1


def test_a_file_with_errors_makes_no_station(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text("[station]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="station check"):
        Station(examine(file), tmp_path / "state", Bare())
    assert not (tmp_path / "state").exists()
