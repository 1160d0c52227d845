"""The drivers in the station's own threads: on pseudo-terminals, and on pins over a socket, in real time."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device

from drivers.contract import (
    CodeScanned,
    CommandDone,
    DeviceDown,
    DeviceTampered,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Outcome,
    Quantity,
    Unlock,
    WireLost,
)
from drivers.wire import RealWires
from simulator.devices.gm65 import Gm65
from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.ld2410 import Ld2410
from simulator.faults import Fault, Faults
from simulator.wires.line import SerialDevice
from simulator.wires.pin_board import PinBoard
from simulator.wires.pins import SOCKET_VARIABLE, SocketFactory
from simulator.wires.pty import PtyPort
from tests.drivers.rig import LoopThread, Threaded, maker, threaded

CODE = "SG1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE"


@pytest.fixture
def devices() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


class Ports:
    """Simulated devices on pseudo-terminals."""

    def __init__(self, loop: LoopThread, folder: Path) -> None:
        self.loop = loop
        self._folder = folder
        self.open: list[PtyPort] = []

    def plug(self, name: str, device: SerialDevice) -> PtyPort:
        port = self.loop.call(lambda: PtyPort(self._folder / name, device))
        self.open.append(port)
        self.loop.call(port.plug)
        return port

    def act(self, port: PtyPort, deed: Callable[[int], Any]) -> Any:
        return self.loop.call(lambda: port.act(deed))


@pytest.fixture
def ports(devices: LoopThread, tmp_path: Path) -> Iterator[Ports]:
    ports = Ports(devices, tmp_path)
    yield ports
    for port in ports.open:
        devices.call(port.close)


def settle(folder: Path) -> None:
    """Ask the board something: by its answer it has taken in all that was sent before."""
    with SocketFactory(str(folder / "pins.sock")) as factory:
        RealWires(factory).input(26, pull_up=True).close()


def set_up_module() -> Gm65:
    """One that the driver has set up and saved before."""
    module = Gm65()
    module.zones |= {0x00: 0xD6, 0x03: 2, 0x13: 0x85, 0x2A: 0x1A, 0x2B: 0, 0x2C: 0, 0x3F: 1, 0x60: 1}
    module.flash = dict(module.zones)
    return module


def scanner(port: PtyPort) -> Any:
    return threaded("scanner", maker("scanner", "gm65", port=str(port.link)))


def test_a_scanner_out_of_the_box_is_found_at_its_speed_and_scans(ports: Ports) -> None:
    module = Gm65()
    port = ports.plug("scanner", module)
    with scanner(port) as running:
        running.wait_for(DeviceUp)
        assert module.baud == 115200
        assert ports.loop.call(port._host_baud) == 115200
        ports.act(port, lambda now_ms: module.show(CODE, now_ms))
        assert running.wait_for(CodeScanned).code == CODE.encode()
    assert not [signal for signal in running.seen if isinstance(signal, JunkReceived | DeviceDown)]


def test_a_scanner_is_unplugged_and_plugged_in_again_without_a_restart(ports: Ports) -> None:
    module = set_up_module()
    port = ports.plug("scanner", module)
    with scanner(port) as running:
        running.wait_for(DeviceUp)
        ports.loop.call(port.unplug)
        assert not port.link.exists()
        assert "gone" in running.wait_for(DeviceDown).detail
        ports.loop.call(port.plug)
        running.wait_for(DeviceUp)
        ports.act(port, lambda now_ms: module.show(CODE, now_ms))
        running.wait_for(CodeScanned)


@pytest.mark.parametrize("fault", [Fault.SPLIT, Fault.JOINED, Fault.STRAY_AFTER])
def test_a_scanner_on_a_bad_line_scans_in_the_end(ports: Ports, fault: Fault) -> None:
    module = set_up_module()
    port = ports.plug("scanner", module)
    with scanner(port) as running:
        running.wait_for(DeviceUp)
        port.line.faults = Faults(seed=5, chances={fault: 0.7})
        ports.act(port, lambda now_ms: module.show(CODE, now_ms, for_ms=30_000))
        assert running.wait_for(CodeScanned).code == CODE.encode()


def test_hostile_bytes_in_real_time(ports: Ports) -> None:
    module = set_up_module()
    port = ports.plug("scanner", module)
    with scanner(port) as running:
        running.wait_for(DeviceUp)
        ports.act(port, lambda now_ms: module.show(b"\x1b" * 1_024, now_ms))
        assert running.wait_for(JunkReceived).detail == "bytes that are no text"
        ports.act(port, lambda now_ms: module.show(CODE, now_ms))
        assert running.wait_for(CodeScanned).code == CODE.encode()
    assert not [signal for signal in running.seen if isinstance(signal, DeviceTampered)]


def test_a_radar_on_a_pseudo_terminal_at_its_odd_speed(ports: Ports) -> None:
    radar = Ld2410()
    port = ports.plug("radar", radar)
    ports.act(port, lambda _: radar.person(140, moving=True))
    with threaded("radar", maker("radar", "ld2410", port=str(port.link))) as running:
        assert running.wait_for(LevelChanged, lambda s: s.quantity is Quantity.PRESENT).value is True
        assert running.wait_for(LevelChanged, lambda s: s.quantity is Quantity.DISTANCE_CM).value == 140
        assert not radar.bluetooth
        ports.act(port, lambda _: radar.leave())
        running.wait_for(LevelChanged, lambda signal: signal.value is False)
        ports.loop.call(port.unplug)
        running.wait_for(DeviceDown)


def test_from_the_last_byte_to_the_scan_takes_less_than_50_ms(ports: Ports) -> None:
    module = set_up_module()
    port = ports.plug("scanner", module)
    delays = []
    with scanner(port) as running:
        running.wait_for(DeviceUp)
        for number in range(20):
            ports.act(port, partial(module.show, f"{CODE}{number}", for_ms=70))
            running.wait_for(CodeScanned)
            delays.append(time.monotonic() - port.last_byte_at)
    assert sorted(delays)[10] < 0.05


@pytest.fixture
def board(devices: LoopThread, tmp_path: Path) -> Iterator[PinBoard]:
    async def make() -> PinBoard:
        board = PinBoard(tmp_path / "pins.sock")
        await board.open()
        return board

    board = devices.wait(make())
    yield board
    devices.wait(board.close())


@pytest.fixture
def pins(board: PinBoard, tmp_path: Path) -> Iterator[RealWires]:
    assert board is not None
    factory = SocketFactory(str(tmp_path / "pins.sock"))
    yield RealWires(factory)
    factory.close()


def test_lock_and_contact_over_the_socket(
    devices: LoopThread, board: PinBoard, pins: RealWires, tmp_path: Path
) -> None:
    lock = GpioLock(active_high=False)
    door = GpioContact(closed=True)
    devices.call(lambda: board.attach_output(17, lock))
    devices.call(lambda: board.attach_input(27, door))
    strike = Threaded("strike", maker("strike", "gpio-lock", pin=17, active_high=False), pins)
    reed = Threaded("reed", maker("reed", "gpio-contact", pin=27), pins)
    assert reed.wait_for(LevelChanged).value is True
    strike.wait_for(LevelChanged)
    strike.runner.post(Unlock("strike", 100))
    assert strike.wait_for(CommandDone).outcome is Outcome.ACKED
    devices.call(lambda: board.act(lambda now_ms: door.move(closed=False, now_ms=now_ms)))
    assert reed.wait_for(LevelChanged).value is False
    strike.wait_for(LevelChanged, lambda signal: signal.value is False)
    strike.close()
    reed.close()
    settle(tmp_path)
    changes = [level for level, _ in groupby(level for _, level in lock.edges)]
    assert changes == [True, False, True, None]
    assert 90 <= lock.coil_on_ms(0) <= 400


def test_the_board_that_goes_away_is_a_lost_wire(devices: LoopThread, board: PinBoard, pins: RealWires) -> None:
    pin = pins.output(17, active_high=True, active=False)
    reed = pins.input(27, pull_up=True)
    assert reed.level() is True
    devices.wait(board.close())

    def read_until_it_fails() -> None:
        give_up = time.monotonic() + 5
        while time.monotonic() < give_up:
            reed.level()

    with pytest.raises(WireLost, match="cannot be read: the simulator's pin board is gone"):
        read_until_it_fails()
    with pytest.raises(WireLost, match="cannot be set"):
        pin.set(active=True)
    pin.close()
    reed.close()


UNDER_TEST = """
from drivers.wire import RealWires
import os, signal, sys
wires = RealWires()
lock = wires.output(17, active_high=False, active=False)
reed = wires.input(27, pull_up=True)
print(reed.level(), flush=True)
lock.set(active=True)
print(reed.wait(5_000), flush=True)
if "killed" in sys.argv:
    os.kill(os.getpid(), signal.SIGKILL)
lock.close()
reed.close()
"""


@pytest.mark.parametrize("how", ["ends", "killed"])
def test_another_process_finds_the_board_by_its_environment(
    devices: LoopThread, board: PinBoard, tmp_path: Path, how: str
) -> None:
    class Opens(GpioLock):
        """A door that somebody pulls as soon as the lock lets go."""

        def drive(self, level: bool | None, now_ms: int) -> None:
            super().drive(level, now_ms)
            if self.released:
                door.move(closed=False, now_ms=now_ms)

    lock, door = Opens(active_high=False), GpioContact(closed=True, bounces=False)
    devices.call(lambda: board.attach_output(17, lock))
    devices.call(lambda: board.attach_input(27, door))
    environment = {**os.environ, "GPIOZERO_PIN_FACTORY": "station-sim", SOCKET_VARIABLE: str(tmp_path / "pins.sock")}
    done = subprocess.run(
        [sys.executable, "-c", UNDER_TEST, how],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["False", "True"]
    settle(tmp_path)
    # As on a Pi, the pin of a program that was killed stays driven.
    assert lock.released == (how == "killed")


def test_relay_to_simulator_to_contact_takes_about_a_millisecond(
    devices: LoopThread, board: PinBoard, pins: RealWires
) -> None:
    class Wired(GpioLock):
        """Its bolt is the contact."""

        def drive(self, level: bool | None, now_ms: int) -> None:
            super().drive(level, now_ms)
            door.move(closed=not self.released, now_ms=now_ms)

    lock, door = Wired(), GpioContact(closed=True, bounces=False)
    devices.call(lambda: board.attach_output(17, lock))
    devices.call(lambda: board.attach_input(27, door))
    output = pins.output(17, active_high=True, active=False)
    reed = pins.input(27, pull_up=True)
    delays = []
    for turn in range(200):
        begin = time.perf_counter()
        output.set(active=turn % 2 == 0)
        assert reed.wait(2_000) is (turn % 2 == 0)
        delays.append(time.perf_counter() - begin)
    output.close()
    reed.close()
    assert sorted(delays)[100] < 0.02


def test_the_default_factory_is_untouched() -> None:
    assert Device.pin_factory is None
