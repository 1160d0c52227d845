"""A lock board on its wire with its driver, on virtual time; one kind of each family."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drivers.contract import CommandDone, LevelChanged, Quantity, Signal, Unlock
from simulator.devices.lock_board import LockBoard
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.lockboard_cu16 import LockboardCu16
from simulator.devices.lockboard_dc02 import LockboardDc02
from simulator.devices.lockboard_wkly import LockboardWkly
from simulator.faults import Faults
from simulator.wires.timeline import Timeline
from simulator.wires.virtual import VirtualPort
from tests.drivers.rig import VirtualRoom

PORT = "sim://cells"
PULSE_MS = 300


@dataclass(frozen=True)
class Kind:
    """A family of boards: its driver, its twin, the settings that fit, and how many cells it has here."""

    driver: str
    make: Callable[..., LockBoard]
    cells: int


KINDS = {
    kind.driver: kind
    for kind in (
        Kind("lockboard-8a", Lockboard8a, 24),
        Kind("lockboard-wkly", LockboardWkly, 24),
        Kind("lockboard-cu16", LockboardCu16, 16),
        Kind("lockboard-dc02", LockboardDc02, 12),
    )
}


@dataclass
class Stand:
    """One board and its driver `cells`."""

    room: VirtualRoom
    board: Any
    port: VirtualPort
    timeline: Timeline

    def unlock(self, channel: int) -> tuple[list[Signal], CommandDone]:
        """Have a cell opened, and let the time pass that this took."""
        *before, done = self.room.command(Unlock(f"cells/{channel}", 3_000))
        assert isinstance(done, CommandDone)
        self.room.now_ms = max(self.room.now_ms, self.timeline.clock.steady_ms())
        return before, done

    def fired(self) -> list[int]:
        """The channels whose coils were fired, in order."""
        return [one.channel for one in self.board.fired]

    def shut(self) -> dict[int, bool]:
        """What the driver has told of each cell."""
        return {
            int(signal.device.split("/")[1]): bool(signal.value)
            for _, signal in self.room.at(LevelChanged)
            if signal.quantity is Quantity.CLOSED
        }


def make_stand(
    driver: str, board: LockBoard | None = None, faults: Faults | None = None, *, echo: bool = False, **settings: Any
) -> Stand:
    room = VirtualRoom()
    board = board or KINDS[driver].make()
    port = room.bench.ports[PORT] = VirtualPort(board, faults)
    port.line.echo = echo
    timeline = room.add("cells", driver, port=PORT, **settings)
    return Stand(room, board, port, timeline)


def closed(channel: int, shut: bool) -> LevelChanged:
    return LevelChanged(f"cells/{channel}", Quantity.CLOSED, shut)
