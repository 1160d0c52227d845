"""What systemd hears, on a real datagram socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(5)
        name = str(tmp_path / "notify") if request.param == "path" else f"@micro-station-{tmp_path.name}"
        listener.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listener


def test_ready_is_said_once_alive_at_every_turn_stopping_at_the_end(systemd: socket.socket) -> None:
    notifier = Notifier()
    notifier.alive()
    notifier.ready()
    notifier.ready()
    notifier.alive()
    notifier.stopping()
    heard = [systemd.recv(100) for _ in range(4)]
    assert heard == [b"WATCHDOG=1", b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_where_nobody_listens_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notifier = Notifier()
    notifier.ready()
    notifier.alive()
    notifier.stopping()


def test_a_socket_that_has_gone_does_not_stop_the_station(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notifier = Notifier()
    notifier.ready()
    notifier.alive()
    assert len(caplog.records) == 1, "said once, not at every turn"
