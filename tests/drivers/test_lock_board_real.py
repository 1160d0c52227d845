"""Lock boards in the station's own threads on real pseudo-terminals: one alone, and 48 cells behind one owner."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median

import pytest

from drivers.bus import Bus
from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    Driver,
    JunkReceived,
    LevelChanged,
    Outcome,
    Quantity,
    Unlock,
)
from drivers.wire import RealWires
from simulator.devices.bus import Bus as Line
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.wires.line import SerialDevice
from simulator.wires.pty import PtyPort
from station.clock import SteadyClock
from station.threads import Inbox, Runner
from tests.drivers.lock_boards import KINDS
from tests.drivers.rig import LoopThread, Threaded, maker, threaded

ROUNDS = 12


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


class Pty:
    """A device on a pseudo-terminal."""

    def __init__(self, loop: LoopThread, link: Path, device: SerialDevice) -> None:
        self.loop = loop
        self.port = loop.call(lambda: PtyPort(link, device))
        loop.call(self.port.plug)

    def close(self) -> None:
        self.loop.call(self.port.close)


class ThreadedBus(Threaded):
    """Several drivers behind one owner in the station's own runner."""

    def __init__(self, port: str, devices: dict[str, int]) -> None:
        self.inbox = Inbox()
        self.clock = SteadyClock()
        self.seen = []
        makers = {name: maker(name, "lockboard-8a", port=port, address=address) for name, address in devices.items()}
        self.runner: Runner[Driver] = Runner(
            port, lambda: Bus(makers, RealWires(), self.clock), self.inbox, self.clock, is_device=False
        )
        self.runner.start()


def closed(point: str, shut: bool) -> LevelChanged:
    return LevelChanged(point, Quantity.CLOSED, shut)


@pytest.mark.parametrize("echo", [False, True], ids=["", "echo"])
@pytest.mark.parametrize("driver", KINDS)
def test_a_board_alone(loop: LoopThread, tmp_path: Path, driver: str, echo: bool) -> None:
    board = KINDS[driver].make()
    pty = Pty(loop, tmp_path / "cells", board)
    pty.port.line.echo = echo
    with threaded("cells", maker("cells", driver, port=str(pty.port.link))) as running:
        running.wait_for(DeviceUp)
        running.wait_for(LevelChanged, lambda one: one == closed(f"cells/{board.channels}", True))
        running.runner.post(Unlock("cells/1", 3_000))
        running.wait_for(LevelChanged, lambda one: one == closed("cells/1", False))
        assert running.wait_for(CommandDone).outcome is Outcome.OBSERVED
        time.sleep(0.3)  # the coil's own time: the bolt catches after it
        loop.call(lambda: pty.port.act(lambda now_ms: board.push_shut(1, now_ms)))
        running.wait_for(LevelChanged, lambda one: one == closed("cells/1", True))
        loop.call(pty.port.unplug)
        running.wait_for(DeviceDown)
        loop.call(pty.port.plug)
        running.wait_for(DeviceUp)
        assert not [one for one in running.seen if isinstance(one, JunkReceived)]
    assert [one.channel for one in board.fired] == [1]
    pty.close()


def test_forty_eight_cells_on_one_line(loop: LoopThread, tmp_path: Path) -> None:
    """The figures of docs/devices.md: from an order to its coil, and from a door to its signal."""
    boards = {"left": Lockboard8a(address=1), "right": Lockboard8a(address=2)}
    pty = Pty(loop, tmp_path / "bus", Line(boards))
    running = ThreadedBus(str(pty.port.link), {name: board.address for name, board in boards.items()})
    random = Random(48)
    to_coil, to_notice = [], []
    try:
        for name in boards:
            running.wait_for(LevelChanged, lambda one, name=name: one == closed(f"{name}/24", True))  # type: ignore[misc]
        for _ in range(ROUNDS):
            name, cell = random.choice(list(boards)), random.randint(1, 24)
            board, point = boards[name], f"{name}/{cell}"
            time.sleep(random.random() / 2)  # any moment between two readings
            posted_ms = loop.call(lambda: int(loop.loop.time() * 1000))
            running.runner.post(Unlock(point, 3_000))
            assert running.wait_for(CommandDone).outcome is Outcome.OBSERVED
            to_coil.append(board.fired[-1].at_ms - posted_ms)
            moved = time.monotonic()
            loop.call(lambda one=board, cell=cell: pty.port.act(lambda now_ms: one.push_shut(cell, now_ms)))  # type: ignore[misc]
            running.wait_for(LevelChanged, lambda one, point=point: one == closed(point, True))  # type: ignore[misc]
            to_notice.append((time.monotonic() - moved) * 1_000)
    finally:
        running.close()
        pty.close()
    assert sum(len(board.fired) for board in boards.values()) == ROUNDS
    assert median(to_coil) <= 100
    assert max(to_coil) <= 150
    assert max(to_notice) <= 1_000
