"""Real serial ports, on pseudo-terminals: reading, exclusiveness, unplugging, and what the person is told."""

import logging
import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from drivers.contract import WireLost
from drivers.wire import RealWires
from drivers.wire_serial import RealSerial


class Terminal:
    """Both ends of a pseudo-terminal; `ours` is the device's."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        self.name = os.ttyname(self.theirs)
        self.plugged = True

    def unplug(self) -> None:
        if self.plugged:
            self.plugged = False
            os.close(self.ours)
            os.close(self.theirs)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.unplug()


@pytest.fixture
def wire(terminal: Terminal) -> Iterator[RealSerial]:
    wire = RealSerial(terminal.name, 115200, parity="N", data_bits=8, stop_bits=1)
    yield wire
    wire.close()


def test_bytes_go_both_ways_unchanged(terminal: Terminal, wire: RealSerial) -> None:
    everything = bytes(range(256))
    os.write(terminal.ours, everything)
    assert wire.read(256, 1_000) == everything
    wire.write(everything)
    assert os.read(terminal.ours, 256) == everything


def test_a_read_returns_what_is_there_and_no_more_than_asked(terminal: Terminal, wire: RealSerial) -> None:
    os.write(terminal.ours, b"abc")
    assert wire.read(2, 1_000) == b"ab"
    assert wire.read(100, 1_000) == b"c"


def test_a_read_waits_for_its_timeout_and_not_longer(wire: RealSerial) -> None:
    begin = time.monotonic()
    assert wire.read(1, 80) == b""
    assert 0.075 <= time.monotonic() - begin < 1.0


def test_a_read_ends_as_soon_as_a_byte_comes(terminal: Terminal, wire: RealSerial) -> None:
    timer = Timer(0.05, os.write, (terminal.ours, b"x"))
    timer.start()
    begin = time.monotonic()
    assert wire.read(100, 5_000) == b"x"
    assert time.monotonic() - begin < 2.0
    timer.join()


def test_what_was_not_read_can_be_forgotten(terminal: Terminal, wire: RealSerial) -> None:
    os.write(terminal.ours, b"old")
    wire.discard_input()
    assert wire.read(10, 50) == b""


def test_unplugged_before_a_read_or_a_write(terminal: Terminal, wire: RealSerial) -> None:
    terminal.unplug()
    with pytest.raises(WireLost, match=r"is gone .* is the device plugged in"):
        wire.read(1, 100)
    with pytest.raises(WireLost, match="is gone"):
        wire.write(b"x")
    with pytest.raises(WireLost, match="is gone"):
        wire.discard_input()


def test_unplugged_under_a_waiting_read(terminal: Terminal, wire: RealSerial) -> None:
    timer = Timer(0.05, terminal.unplug)
    timer.start()
    begin = time.monotonic()

    def read_twice() -> None:
        wire.read(1, 1_000)
        wire.read(1, 1_000)

    with pytest.raises(WireLost):
        read_twice()
    assert time.monotonic() - begin < 3.0
    timer.join()


def test_a_port_that_takes_no_bytes_is_lost_after_a_second(wire: RealSerial) -> None:
    with pytest.raises(WireLost, match="takes no bytes"):
        wire.write(b"x" * 200_000)


def test_a_closed_wire_says_so_and_may_be_closed_again(wire: RealSerial) -> None:
    wire.close()
    wire.close()
    with pytest.raises(WireLost, match="was closed"):
        wire.read(1, 1)


def test_a_second_owner_is_refused_with_a_hint(terminal: Terminal, wire: RealSerial) -> None:
    assert wire is not None
    with pytest.raises(WireLost, match=r"is in use by another program: end that one \(lsof"):
        RealWires().serial(terminal.name, 9600)


def test_after_closing_it_can_be_opened_at_another_speed(terminal: Terminal, wire: RealSerial) -> None:
    wire.close()
    RealWires().serial(terminal.name, 256_000).close()
    RealWires().serial(terminal.name, 9600).close()


def test_parity_and_seven_bits_are_left_out_on_a_pseudo_terminal(terminal: Terminal) -> None:
    wire = RealWires().serial(terminal.name, 9600, parity="E", data_bits=7, stop_bits=2)
    os.write(terminal.ours, b"\xff")
    assert wire.read(1, 1_000) == b"\xff"
    wire.close()


def test_a_port_that_is_not_there_is_named_with_what_to_do() -> None:
    with pytest.raises(WireLost, match=r"/dev/serial/by-id/none is not there: plug the device in, .*ls /dev/serial"):
        RealWires().serial("/dev/serial/by-id/none", 9600)


def test_a_file_that_is_no_port_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WireLost, match="cannot be opened"):
        RealWires().serial(str(tmp_path / "file"), 9600)


def test_without_permission_the_group_to_join_is_named(terminal: Terminal) -> None:
    Path(terminal.name).chmod(0o600)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    else:
        Path(terminal.name).chmod(0)
    try:
        with pytest.raises(WireLost, match=r"may not be opened by user .*: sudo usermod -aG \w+"):
            RealWires().serial(terminal.name, 9600)
    finally:
        if root:
            os.seteuid(0)


def test_a_name_that_moves_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(WireLost):
        RealWires().serial("/dev/ttyUSB99", 9600)
    assert "another device after a re-plug" in caplog.text


def test_a_simulated_port_is_not_real() -> None:
    with pytest.raises(WireLost, match="exists only inside `simulator`"):
        RealWires().serial("sim://scanner", 9600)
