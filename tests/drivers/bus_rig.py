"""Several devices on one port with their owner, on virtual time, served as a runner's thread would."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from drivers.bus import Bus
from drivers.contract import Command, CommandDone, LevelChanged, Quantity, Signal
from simulator.devices.bus import Bus as Line
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.wires.line import SerialDevice
from simulator.wires.virtual import Bench, DriverClock, VirtualPort
from tests.drivers.rig import maker

PORT = "sim://bus"
S = TypeVar("S", bound=Signal)


@dataclass(frozen=True)
class Planned:
    """Something that happens at a time: a command is posted, or somebody does something."""

    at_ms: int
    command: Command | None
    deed: Callable[[int], object]


class BusRoom:
    """One port with its bus. Commands wait while the bus is busy; they come before the next poll."""

    def __init__(self, line: SerialDevice, devices: dict[str, dict[str, Any]]) -> None:
        self.bench = Bench()
        self.port = self.bench.ports[PORT] = VirtualPort(line)
        self.clock = DriverClock()
        makers = {name: maker(name, **{"port": PORT, **settings}) for name, settings in devices.items()}
        self.bus = Bus(makers, self.bench.wires("bus", self.clock), self.clock)
        self.stamped: list[tuple[int, Signal]] = []
        self.polls: list[tuple[int, int]] = []
        """When each poll began and ended."""
        self._planned: list[Planned] = []

    @property
    def now_ms(self) -> int:
        return self.clock.steady_ms()

    def post(self, command: Command, after_ms: int = 0) -> int:
        """Post a command so much later; when that is."""
        return self._plan(after_ms, command, lambda _: None)

    def do(self, deed: Callable[[int], object], after_ms: int = 0) -> int:
        """Have somebody do something so much later; when that is."""
        return self._plan(after_ms, None, deed)

    def _plan(self, after_ms: int, command: Command | None, deed: Callable[[int], object]) -> int:
        at_ms = self.now_ms + after_ms
        self._planned = sorted([*self._planned, Planned(at_ms, command, deed)], key=lambda one: one.at_ms)
        return at_ms

    def run(self, milliseconds: int) -> list[Signal]:
        """Let time pass; the signals of that time."""
        begin, until_ms = len(self.stamped), self.now_ms + milliseconds
        while self.now_ms < until_ms:
            began_ms = self.now_ms
            self._stamp(self.bus.poll())
            self.polls.append((began_ms, self.now_ms))
            self._wait(until_ms)
            while self._planned and self._planned[0].at_ms <= self.now_ms:
                planned = self._planned.pop(0)
                planned.deed(self.now_ms)
                if planned.command is not None:
                    self._stamp(self.bus.execute(planned.command))
        return [signal for _, signal in self.stamped[begin:]]

    def _wait(self, until_ms: int) -> None:
        rest_ms = self.bus.rest_ms()
        ends = [until_ms] if rest_ms is None else [until_ms, self.now_ms + rest_ms]
        ends += [self._planned[0].at_ms] if self._planned else []
        self.clock.catch_up(min(ends))

    def _stamp(self, signals: Iterable[Signal]) -> None:
        self.stamped += [(self.now_ms, signal) for signal in signals]

    def at(self, kind: type[S], device: str = "") -> list[tuple[int, S]]:
        """All signals of one kind, with their times; those of one device or point when it is named."""
        found = [(at_ms, one) for at_ms, one in self.stamped if isinstance(one, kind)]
        return [(at_ms, one) for at_ms, one in found if device in ("", getattr(one, "device", ""))]

    def done(self, point: str) -> CommandDone:
        """What became of the last command to it."""
        return self.at(CommandDone, point)[-1][1]

    def told_ms(self, level: LevelChanged) -> int:
        """When this level was told last."""
        return max(at_ms for at_ms, one in self.at(LevelChanged) if one == level)


def locker_room(*names: str) -> tuple[BusRoom, dict[str, Lockboard8a]]:
    """Boards with the addresses 1, 2, ..."""
    boards = {name: Lockboard8a(address=number) for number, name in enumerate(names, 1)}
    room = BusRoom(
        Line(boards), {name: {"driver": "lockboard-8a", "address": one.address} for name, one in boards.items()}
    )
    return room, boards


def closed(point: str, shut: bool) -> LevelChanged:
    return LevelChanged(point, Quantity.CLOSED, shut)


class Tap:
    """Everything that the host writes, and everything that it reads, with the times."""

    def __init__(self, room: BusRoom) -> None:
        self.writes: list[tuple[int, bytes]] = []
        self.last_byte_ms: list[int] = []
        """When the last byte before each of these writes arrived."""
        port, write, read = room.port, room.port.write, room.port.read
        self._arrived_ms = -1_000

        def tapped_write(data: bytes, now_ms: int) -> None:
            self.writes.append((now_ms, data))
            self.last_byte_ms.append(self._arrived_ms)
            write(data, now_ms)

        def tapped_read(limit: int, now_ms: int, until_ms: int) -> tuple[int, bytes] | None:
            arrived = read(limit, now_ms, until_ms)
            if arrived is not None:
                self._arrived_ms = arrived[0]
            return arrived

        port.write, port.read = tapped_write, tapped_read  # type: ignore[method-assign]

    def times(self, address: int) -> list[int]:
        """When a lock board was written to."""
        return [at_ms for at_ms, data in self.writes if data[1] == address]
