"""Several devices behind one owner of their port, on virtual time: turns, gaps, faults of one and of the port."""

from collections.abc import Iterable
from itertools import pairwise
from random import Random
from typing import Any, ClassVar

import pytest

from drivers.bus import GAP_MS, Bus, Make
from drivers.bus_wires import BusWires
from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    SwitchOn,
    Unlock,
    WireLost,
)
from simulator.devices.bus import Bus as Line
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.modbus import ModbusDevice
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.devices.xy_md02 import XyMd02
from simulator.wires.virtual import DriverClock
from tests.drivers.bus_rig import PORT, BusRoom
from tests.drivers.rig import maker

HOUR_MS = 3_600_000


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

        def tapped_read(limit: int, until_ms: int) -> tuple[int, bytes] | None:
            arrived = read(limit, until_ms)
            if arrived is not None:
                self._arrived_ms = arrived[0]
            return arrived

        port.write, port.read = tapped_write, tapped_read  # type: ignore[method-assign]

    def times(self, address: int) -> list[int]:
        """When a lock board was written to."""
        return [at_ms for at_ms, data in self.writes if data[1] == address]


# ---------------------------------------------------------------- turns


def test_each_device_is_told_up_by_its_own_name_and_the_bus_by_none() -> None:
    room, _ = locker_room("left", "right")
    room.run(2_000)
    assert [one.device for _, one in room.at(DeviceUp)] == ["left", "right"]
    told = {one.device.split("/")[0] for _, one in room.at(LevelChanged)}
    assert told == {"left", "right"}
    assert len(room.at(LevelChanged)) == 48
    assert not room.at(DeviceDown)
    room.bus.close()


def test_one_poll_serves_one_device_and_each_has_its_turn() -> None:
    room, _ = locker_room("left", "middle", "right")
    tap = Tap(room)
    room.run(60_000)
    for began_ms, ended_ms in room.polls[6:]:
        assert len({data[1] for at_ms, data in tap.writes if began_ms <= at_ms < ended_ms}) <= 1
    counts = [len(tap.times(address)) for address in (1, 2, 3)]
    assert max(counts) - min(counts) <= 1
    assert min(counts) > 150
    for address in (1, 2, 3):
        times = tap.times(address)
        assert max(after - before for before, after in pairwise(times[2:])) < 600


def test_there_is_a_gap_between_the_last_byte_of_one_device_and_the_first_of_another() -> None:
    room, _ = locker_room("left", "right")
    tap = Tap(room)
    room.post(Unlock("right/5", 3_000), 3_333)
    room.run(10_000)
    gaps = [at_ms - last_ms for (at_ms, _), last_ms in zip(tap.writes, tap.last_byte_ms, strict=True)]
    assert min(gaps) >= GAP_MS


def test_a_command_comes_before_the_next_poll() -> None:
    room, boards = locker_room("left", "right")
    room.run(2_000)
    for cell in range(1, 11):
        posted_ms = room.post(Unlock(f"right/{cell}", 3_000), 100 + 13 * cell)
        room.run(3_000)
        fired_ms = boards["right"].fired[-1].at_ms
        assert not [began_ms for began_ms, _ in room.polls if posted_ms < began_ms < fired_ms]
    assert [one.channel for one in boards["right"].fired] == list(range(1, 11))


def test_commands_are_obeyed_in_the_order_in_which_they_came() -> None:
    room, boards = locker_room("left", "right")
    room.run(2_000)
    for point in ("right/1", "left/2", "right/3", "left/4"):
        room.post(Unlock(point, 3_000), 100)
    room.run(5_000)
    fired = sorted((one.at_ms, name, one.channel) for name, board in boards.items() for one in board.fired)
    assert [(name, channel) for _, name, channel in fired] == [("right", 1), ("left", 2), ("right", 3), ("left", 4)]
    assert all(later[0] - earlier[0] >= 300 for earlier, later in pairwise(fired)), "one coil at a time on the supply"
    assert all(one.outcome is Outcome.OBSERVED for _, one in room.at(CommandDone))


# ---------------------------------------------------------------- figures


def test_forty_eight_cells_on_one_line() -> None:
    """Two boards of 24 at 9600 baud: coils within 150 ms of the order, doors within a second, whatever the moment."""
    room, boards = locker_room("left", "right")
    random = Random(48)
    room.run(2_000)
    to_coil, to_notice = [], []
    for _ in range(200):
        name, cell = random.choice(list(boards)), random.randint(1, 24)
        board = boards[name]
        posted_ms = room.post(Unlock(f"{name}/{cell}", 3_000), random.randint(0, 700))
        room.run(random.randint(3_000, 9_000))
        assert board.fired[-1].channel == cell
        to_coil.append(board.fired[-1].at_ms - posted_ms)
        moved_ms = room.do(lambda now_ms, one=(board, cell): one[0].push_shut(one[1], now_ms), random.randint(0, 700))  # type: ignore[misc]
        room.run(2_000)
        to_notice.append(room.told_ms(closed(f"{name}/{cell}", True)) - moved_ms)
    assert max(to_coil) <= 150
    assert max(to_notice) <= 1_000
    assert (max(to_coil), max(to_notice)) < (100, 500), "as docs/devices.md has it"
    assert len(boards["left"].fired) + len(boards["right"].fired) == 200


# ---------------------------------------------------------------- a device that fails


def test_a_silent_neighbour_takes_little_time_from_the_others() -> None:
    room, boards = locker_room("left", "right")
    tap = Tap(room)
    room.run(2_000)
    boards["left"].silent = True
    begin_ms = room.now_ms
    room.run(600_000)
    assert [one.device for _, one in room.at(DeviceDown)] == ["left"]
    lasted = [ended - began for began, ended in room.polls if began >= begin_ms]
    assert max(lasted) < 400
    waits = [after - before for before, after in pairwise([at for at in tap.times(2) if at >= begin_ms])]
    assert max(waits) < 800
    assert len(waits) > 600_000 / 450
    boards["left"].silent = False
    room.run(61_000)
    assert [one.device for _, one in room.at(DeviceUp)] == ["left", "right", "left"]


def test_a_silent_relay_board_takes_a_second_and_a_half_and_less_and_less_often() -> None:
    line: dict[str, ModbusDevice] = {"relays": WaveshareRelay(address=1), "meter": Pzem004t(address=2)}
    room = BusRoom(
        Line(line),
        {"relays": {"driver": "waveshare-relay", "address": 1}, "meter": {"driver": "pzem004t", "address": 2}},
    )
    room.run(5_000)
    assert [one.device for _, one in room.at(DeviceUp)] == ["relays", "meter"]
    line["relays"].silent = True
    begin_ms = room.now_ms
    room.run(600_000)
    lasted = [(began, ended - began) for began, ended in room.polls if began >= begin_ms]
    assert max(took for _, took in lasted) < 1_600
    long_ones = [began for began, took in lasted if took > 400]
    assert len(long_ones) < 20
    assert not room.at(DeviceDown, "meter")


def test_orders_for_a_lost_device_are_not_sent_and_the_others_are_obeyed() -> None:
    room, boards = locker_room("left", "right")
    room.run(2_000)
    boards["left"].silent = True
    room.run(5_000)
    room.post(Unlock("left/1", 3_000))
    room.post(Unlock("right/1", 3_000))
    room.run(2_000)
    assert room.done("left/1") == CommandDone("left/1", "Unlock", Outcome.NOT_SENT, "the device does not answer")
    assert room.done("right/1").outcome is Outcome.OBSERVED
    boards["left"].silent = False
    room.run(60_000)
    assert boards["left"].fired == []


def test_modbus_devices_of_several_kinds_share_a_line() -> None:
    line: dict[str, ModbusDevice] = {
        "relays": WaveshareRelay(address=1),
        "meter": Pzem004t(address=2),
        "air": XyMd02(address=3),
    }
    drivers = {"relays": "waveshare-relay", "meter": "pzem004t", "air": "xy-md02"}
    room = BusRoom(Line(line), {name: {"driver": drivers[name], "address": one.address} for name, one in line.items()})
    room.run(2_000)
    room.post(SwitchOn("relays/5", 60_000), 500)
    room.run(HOUR_MS // 6)
    assert {one.device for _, one in room.at(DeviceUp)} == set(line)
    assert not room.at(DeviceDown)
    assert not room.at(JunkReceived)
    assert room.done("relays/5").outcome is Outcome.ACKED
    room.bus.close()


class Faulty:
    """A driver with a bug. `accepts` and `gives` nothing."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, clock: Clock) -> None:
        self._due_ms = clock.steady_ms() + 1_000
        self._clock = clock

    def execute(self, command: Command) -> Iterable[Signal]:
        raise ValueError(f"{command.device} divided by zero")

    def poll(self) -> Iterable[Signal]:
        if self._clock.steady_ms() >= self._due_ms:
            raise ZeroDivisionError("a bug")
        return []

    def rest_ms(self) -> int:
        return max(1, self._due_ms - self._clock.steady_ms())

    def close(self) -> None:
        raise ZeroDivisionError("another bug")


def with_a_bug() -> tuple[Bus, DriverClock]:
    """A sound board and a driver with a bug on one line."""
    room, _ = locker_room("left")
    clock = DriverClock()
    makers: dict[str, Make] = {
        "left": maker("left", "lockboard-8a", port=PORT),
        "bug": lambda _wires, clock: Faulty(clock),
    }
    return Bus(makers, room.bench.wires("bus", clock), clock), clock


def test_a_driver_with_a_bug_ends_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    bus, clock = with_a_bug()
    signals: list[Signal] = []
    for _ in range(40):
        signals += bus.poll()
        clock.rest(bus.rest_ms() or 0)
    assert DeviceDown("bug", "ZeroDivisionError: a bug") in signals
    assert not [one for one in signals if isinstance(one, DeviceDown) and one.device == "left"]
    assert "another bug" in caplog.text or "a bug" in caplog.text
    bus.close()


def test_a_command_that_fails_in_the_driver_is_unknown() -> None:
    bus, clock = with_a_bug()
    for _ in range(4):
        list(bus.poll())
        clock.rest(5)
    done, down = bus.execute(Unlock("bug", 3_000))
    assert done == CommandDone("bug", "Unlock", Outcome.UNKNOWN, "the device was lost while it obeyed")
    assert isinstance(down, DeviceDown)
    bus.close()


# ---------------------------------------------------------------- the port


def test_an_unplugged_port_takes_all_down_and_brings_all_back() -> None:
    room, boards = locker_room("left", "right")
    room.run(2_000)
    for round_number in range(1, 4):
        unplugged_ms = room.now_ms
        room.bench.plug(PORT, plugged=False)
        room.run(10_000)
        down = [(at_ms, one) for at_ms, one in room.at(DeviceDown) if at_ms >= unplugged_ms]
        assert sorted(one.device for _, one in down) == ["left", "right"], round_number
        assert max(at_ms for at_ms, _ in down) - unplugged_ms < 600
        room.post(Unlock("left/1", 3_000))
        room.run(100)
        assert room.done("left/1").outcome is Outcome.NOT_SENT
        room.bench.plug(PORT, plugged=True)
        plugged_ms = room.now_ms
        room.run(65_000)
        up = [(at_ms, one.device) for at_ms, one in room.at(DeviceUp) if at_ms >= plugged_ms]
        assert sorted(name for _, name in up) == ["left", "right"]
        assert max(at_ms for at_ms, _ in up) - plugged_ms < 61_000
    assert boards["left"].fired == []


def test_a_port_that_goes_in_the_middle_of_an_order_leaves_it_unknown() -> None:
    room, boards = locker_room("left", "right")
    room.run(2_000)
    obey = boards["left"].obey

    def obey_and_unplug(frame: bytes, now_ms: int) -> None:
        obey(frame, now_ms)
        if frame[0] == 0x8A:
            room.port.plugged = False

    boards["left"].obey = obey_and_unplug  # type: ignore[method-assign]
    room.post(Unlock("left/1", 3_000))
    room.run(1_000)
    assert room.done("left/1").outcome is Outcome.UNKNOWN
    assert sorted(one.device for _, one in room.at(DeviceDown)) == ["left", "right"]
    room.port.plugged = True
    room.run(10_000)
    assert [one.channel for one in boards["left"].fired] == [1]
    assert sorted(one.device for _, one in room.at(DeviceUp)[2:]) == ["left", "right"]


def test_a_port_that_is_not_there_is_told_for_each_device_once() -> None:
    room, _ = locker_room("left", "right")
    room.port.plugged = False
    room.run(60_000)
    down = room.at(DeviceDown)
    assert [one.device for _, one in down] == ["left", "right"]
    assert all("not there" in one.detail for _, one in down)


def test_one_port_is_set_in_one_way() -> None:
    room, _ = locker_room("left")
    wires = BusWires(room.bench.wires("bus2", DriverClock()))
    room.bus.close()
    first = wires.serial(PORT, 9_600)
    with pytest.raises(WireLost, match="9600 baud 8N1 for another device, this one wants 9600 baud 8E1"):
        wires.serial(PORT, 9_600, parity="E")
    assert not wires.is_lost
    first.close()
    with pytest.raises(WireLost, match="closed"):
        first.read(1, 0)
    assert not wires.is_lost, "the others go on"
    wires.close()


def test_the_port_is_taken_once_and_given_back() -> None:
    room, _ = locker_room("left", "right")
    room.run(2_000)
    assert room.bench.owners == {PORT: "bus"}
    room.bus.close()
    assert room.bench.owners == {}


def test_a_board_that_babbles_is_lost_and_the_other_is_read_between_its_words() -> None:
    room, boards = locker_room("left", "right")
    room.run(2_000)
    boards["left"].babble(room.now_ms, on=True)
    room.run(120_000)
    assert [one.device for _, one in room.at(DeviceDown)] == ["left"]
    moved_ms = room.do(lambda now_ms: boards["right"].pull(7, now_ms))
    room.run(5_000)
    assert room.told_ms(closed("right/7", False)) - moved_ms < 3_000
    junk = room.at(JunkReceived, "right")
    assert 0 < len(junk) <= 125
    boards["left"].babble(room.now_ms, on=False)
    room.run(70_000)
    assert [one.device for _, one in room.at(DeviceUp)] == ["left", "right", "left"]


def test_wires_of_other_kinds_pass_through() -> None:
    class Asked:
        def __getattr__(self, name: str) -> Any:
            return lambda *given, **more: (name, given, more)

    wires: Any = BusWires(Asked())
    assert wires.output(4, active_high=True, active=False) == ("output", (4,), {"active_high": True, "active": False})
    assert wires.input(4, pull_up=True) == ("input", (4,), {"pull_up": True})
    assert wires.inputs((4, 5), pull_up=None) == ("inputs", ((4, 5),), {"pull_up": None})
    assert wires.i2c(1, 0x44) == ("i2c", (1, 0x44), {})
    assert wires.stream("localhost", 1) == ("stream", ("localhost", 1), {})
