"""A relay board on its wire with its driver, on virtual time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drivers.contract import Command, CommandDone, Level, LevelChanged, Outcome, Quantity, Signal
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.faults import Faults
from simulator.wires.timeline import Timeline
from simulator.wires.virtual import VirtualPort
from tests.drivers.rig import VirtualRoom

PORT = "sim://bus"
LOCK, LAMP = "relays/3", "relays/5"


@dataclass
class Stand:
    """A board on its wire, with its driver."""

    room: VirtualRoom
    board: WaveshareRelay
    port: VirtualPort
    timeline: Timeline

    def on(self, point: str = LOCK) -> bool:
        return self.board.is_on(int(point.split("/")[1]), self.room.now_ms)

    def writes(self) -> list[bytes]:
        """What was written to single relays."""
        return [request for request in self.board.written if request[1] == 5 and request[2:4] != b"\x00\xff"]

    def command(self, command: Command) -> tuple[list[Signal], CommandDone]:
        """Have it done, and let the time pass that this took."""
        *levels, done = self.room.command(command)
        assert isinstance(done, CommandDone)
        self.room.now_ms = max(self.room.now_ms, self.timeline.clock.steady_ms())
        return levels, done


def make_stand(faults: Faults | None = None, *, inputs: int = 0, channels: int = 8, **settings: Any) -> Stand:
    room = VirtualRoom()
    board = WaveshareRelay(inputs=inputs, channels=channels)
    port = room.bench.ports[PORT] = VirtualPort(board, faults)
    timeline = room.add("relays", "waveshare-relay", port=PORT, inputs=inputs, channels=channels, **settings)
    return Stand(room, board, port, timeline)


def settled() -> Iterator[Stand]:
    """A board that was read for the first time; it is closed afterwards."""
    stand = make_stand()
    stand.room.run(500)
    yield stand
    stand.room.close()


def levels(point: str, *values: Level) -> list[Signal]:
    return [LevelChanged(point, quantity, value) for value in values for quantity in (Quantity.ON, Quantity.RELEASED)]


def done(kind: str, outcome: Outcome, detail: str = "", point: str = LOCK) -> CommandDone:
    return CommandDone(point, kind, outcome, detail)
