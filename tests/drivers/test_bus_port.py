"""The port of several devices, on virtual time: unplugged, not there, set in one way, full of noise."""

import pytest

from drivers.bus_wires import BusWires
from drivers.contract import DeviceDown, DeviceUp, JunkReceived, Outcome, Unlock, WireLost
from simulator.wires.virtual import DriverClock
from tests.drivers.bus_rig import PORT, closed, locker_room


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
