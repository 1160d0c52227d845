"""A device that fails among several on one port, on virtual time: what it takes from the others."""

from collections.abc import Iterable
from itertools import pairwise
from typing import ClassVar

import pytest

from drivers.bus import Bus, Make
from drivers.contract import Clock, Command, CommandDone, DeviceDown, DeviceUp, Outcome, Quantity, Signal, Unlock
from simulator.devices.bus import Bus as Line
from simulator.devices.modbus import ModbusDevice
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.wires.virtual import DriverClock
from tests.drivers.bus_rig import PORT, BusRoom, Tap, locker_room
from tests.drivers.rig import maker


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
    assert len(waits) > 600_000 / 550
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
