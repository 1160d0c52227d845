"""Several devices behind one owner of their port, on virtual time: turns, gaps, figures."""

from itertools import pairwise
from random import Random
from typing import Any

from drivers.bus_wires import BusWires
from drivers.contract import CommandDone, DeviceDown, DeviceUp, JunkReceived, LevelChanged, Outcome, SwitchOn, Unlock
from drivers.lock_board_line import GAP_MS
from simulator.devices.bus import Bus as Line
from simulator.devices.modbus import ModbusDevice
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.devices.xy_md02 import XyMd02
from tests.drivers.bus_rig import BusRoom, Tap, closed, locker_room

HOUR_MS = 3_600_000


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
    assert min(counts) > 60_000 / 500
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
    assert max(to_coil) < 100, "docs/figures.md; 150 were asked"
    assert max(to_notice) < 600, "docs/figures.md; 1,000 were asked"
    assert len(boards["left"].fired) + len(boards["right"].fired) == 200


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
