"""A port that is free stays free until its server begins: the kernel hands it out to nobody meanwhile."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from simulator.wires import free_port as module
from simulator.wires.free_port import FIRST_PORT, LAST_PORT, free_port

KERNELS_CHOICE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_it_is_not_one_that_the_kernel_hands_out() -> None:
    first, last = (int(word) for word in KERNELS_CHOICE.read_text().split())
    assert first > LAST_PORT or last < FIRST_PORT
    assert FIRST_PORT <= free_port() <= LAST_PORT


def test_one_in_use_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        taken = server.getsockname()[1]
        monkeypatch.setattr(module, "FIRST_PORT", taken)
        monkeypatch.setattr(module, "LAST_PORT", taken)
        with pytest.raises(OSError, match="no free port"):
            free_port()
