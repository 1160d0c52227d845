"""The doctor's two ways to the devices: drivers on mock pins in real threads, and a running controller's socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from config.load import load
from config.models import StationFile
from drivers.contract import CommandDone, DeviceUp, LevelChanged, Outcome, Quantity, Signal, Unlock
from drivers.wire import RealWires
from station.clock import SteadyClock
from station.control import SOCKET_NAME, ControlFault
from station.doctor_sites import OwnSite, SocketSite, find_site

DOOR = """
[station]
id = "doctor-pod"
name = { zh = "试验站", en = "Test pod" }
kind = "reading-pod"
help_phone = "0760-8888-0000"
[devices.strike]
driver = "gpio-lock"
pin = 17
[devices.reed]
driver = "gpio-contact"
pin = 27
debounce_ms = 0
[services.door]
type = "door"
egress = "mechanical"
lock = "strike"
contact = "reed"
"""


@pytest.fixture
def file(tmp_path: Path) -> StationFile:
    path = tmp_path / "station.toml"
    path.write_text(DOOR, encoding="utf-8")
    found = load(path).file
    assert found is not None
    return found


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.close()


def first(signals: Iterator[Signal], wanted: Signal) -> Signal:
    return next(signal for signal in signals if signal == wanted)


def test_the_devices_are_opened_heard_moved_and_left_safe(file: StationFile, pins: MockFactory, tmp_path: Path) -> None:
    with find_site(tmp_path, RealWires(pins)) as make:
        site = make(file)
        assert isinstance(site, OwnSite)
        heard = site.hear(20_000)
        assert first(heard, DeviceUp("strike"))
        pins.pin(27).drive_low()
        assert first(heard, LevelChanged("reed", Quantity.CLOSED, True))
        site.post(Unlock("strike", 60))
        assert first(heard, CommandDone("strike", "Unlock", Outcome.ACKED))
        assert first(heard, LevelChanged("strike", Quantity.RELEASED, False))
    assert pins.pin(17).function == "input"


@contextmanager
def controller(folder: Path, answers: list[dict[str, Any]]) -> Iterator[None]:
    """Somebody who gives these answers on the control socket, the last one again and again."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / SOCKET_NAME))
    server.listen()

    def serve() -> None:
        while True:
            connection, _ = server.accept()
            with connection:
                if not connection.recv(4_096):
                    return
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                connection.sendall(json.dumps(answer).encode() + b"\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(folder / SOCKET_NAME))
        thread.join()
        server.close()


def levels(closed: bool, *, up: bool = True) -> dict[str, Any]:
    devices = {"reed": {"up": up, "detail": "" if up else "unplugged"}}
    return {"devices": devices, "levels": [["reed", "closed", closed]]}


def test_a_running_controller_is_asked_and_only_news_is_told(file: StationFile, tmp_path: Path) -> None:
    with controller(tmp_path, [levels(True), levels(True), levels(False)]), find_site(tmp_path) as make:
        site = make(file)
        assert isinstance(site, SocketSite)
        assert list(site.hear(0)) == [DeviceUp("reed"), LevelChanged("reed", Quantity.CLOSED, True)]
        assert list(site.hear(0)) == [LevelChanged("reed", Quantity.CLOSED, False)]
        assert list(site.hear(0)) == []


def test_nothing_is_moved_under_a_running_controller(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="nobody else"):
        SocketSite(tmp_path, SteadyClock()).post(Unlock("strike", 100))


def test_a_controller_that_ends_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlFault):
        list(SocketSite(tmp_path, SteadyClock()).hear(0))


def test_a_socket_that_nobody_serves_does_not_keep_the_doctor_out(
    file: StationFile, pins: MockFactory, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / SOCKET_NAME))
    with find_site(tmp_path, RealWires(pins)) as make:
        assert isinstance(make(file), OwnSite)
