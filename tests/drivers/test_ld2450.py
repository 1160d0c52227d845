"""The tracker's driver on virtual wires, and once on a pseudo-terminal."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.contract import DeviceDown, DeviceUp, JunkReceived, LevelChanged, Quantity, Signal, SwitchOn
from simulator.devices.ld2450 import Ld2450
from simulator.faults import Fault, Faults
from simulator.wires.pty import PtyPort
from simulator.wires.virtual import VirtualPort
from tests.drivers.rig import LoopThread, VirtualRoom, levels, maker, only, threaded

PORT = "sim://tracker"
HERE, THERE, YONDER = (100, 1_500), (-400, 2_000), (900, 3_000)


@dataclass
class Stand:
    """A tracker on its wire, with its driver."""

    room: VirtualRoom
    tracker: Ld2450
    port: VirtualPort


@pytest.fixture
def stand() -> Iterator[Stand]:
    room = VirtualRoom()
    tracker = Ld2450()
    port = room.bench.ports[PORT] = VirtualPort(tracker)
    room.add("tracker", "ld2450", port=PORT)
    yield Stand(room, tracker, port)
    room.close()


def test_at_the_start_bluetooth_is_turned_off_and_three_people_are_tracked(stand: Stand) -> None:
    stand.tracker.single_target = True
    signals = stand.room.run(5_000)
    assert not stand.tracker.bluetooth
    assert not stand.tracker.single_target
    assert not stand.tracker.configuring
    assert only(LevelChanged, signals) == [
        LevelChanged("tracker", Quantity.PRESENT, False),
        LevelChanged("tracker", Quantity.PEOPLE, 0),
    ]


def test_people_come_and_go_and_nobody_learns_where_they_stand(stand: Stand) -> None:
    stand.room.run(5_000)
    signals: list[Signal] = []
    for places in ([HERE], [HERE, THERE], [HERE, THERE, YONDER], [YONDER], []):
        stand.tracker.people(*places)
        signals += stand.room.run(3_000)
    assert levels(Quantity.PEOPLE, signals) == [1, 2, 3, 1, 0]
    assert levels(Quantity.PRESENT, signals) == [True, False]
    assert {signal.quantity for signal in only(LevelChanged, signals)} == {Quantity.PRESENT, Quantity.PEOPLE}


def test_one_who_sits_still_is_lost_after_a_while(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.tracker.people(HERE, speed_cm_s=0)
    signals = stand.room.run(60_000)
    assert levels(Quantity.PRESENT, signals) == [True, False]


def test_a_count_that_flickers_is_told_twice_a_second_and_ends_right(stand: Stand) -> None:
    stand.room.run(5_000)
    signals: list[Signal] = []
    for step in range(100):
        stand.tracker.people(*[HERE, THERE][: 1 + step % 2])
        signals += stand.room.run(100)
    told = [at for at, signal in stand.room.at(LevelChanged) if signal.quantity is Quantity.PEOPLE]
    assert all(later - earlier >= 500 for earlier, later in pairwise(told))
    stand.room.run(2_000)
    assert levels(Quantity.PEOPLE, [signal for _, signal in stand.room.stamped])[-1] == 2


def test_the_vote_is_lost_after_two_seconds_without_reports_and_comes_back(stand: Stand) -> None:
    stand.tracker.people(HERE)
    stand.room.run(5_000)
    stand.tracker.gap(stand.room.now_ms + 5_000)
    silent_from = stand.room.now_ms
    (down,) = only(DeviceDown, stand.room.run(3_500))
    assert down.detail == "no reports for 2 s: the radar has no vote on presence"
    assert stand.room.at(DeviceDown)[0][0] - silent_from == pytest.approx(2_000, abs=110)
    signals = stand.room.run(3_000)
    assert signals == [
        DeviceUp("tracker"),
        LevelChanged("tracker", Quantity.PRESENT, True),
        LevelChanged("tracker", Quantity.PEOPLE, 1),
    ]
    assert stand.tracker.restarts == 1, "a short gap does not set it up anew"


def test_one_that_is_silent_for_long_is_set_up_anew(stand: Stand) -> None:
    stand.room.run(5_000)
    stand.tracker.silent = True
    down = only(DeviceDown, stand.room.run(20_000))
    assert "the radar reports no more" in down[1].detail
    assert "no radar is heard: check its power" in down[2].detail
    stand.tracker.silent = False
    stand.tracker.bluetooth = True
    assert only(DeviceUp, stand.room.run(65_000))
    assert not stand.tracker.bluetooth


class Stubborn(Ld2450):
    """Firmware without the command for three people."""

    def _set(self, word: int) -> bool:  # noqa: ARG002
        return False


def test_bluetooth_goes_off_even_where_another_setting_is_refused(stand: Stand) -> None:
    stand.port.line.device = tracker = Stubborn()
    signals = stand.room.run(5_000)
    assert not tracker.bluetooth
    assert "takes no settings" in only(JunkReceived, signals)[0].detail
    assert levels(Quantity.PEOPLE, signals) == [0]


def test_unplugged_and_plugged_in_again(stand: Stand) -> None:
    stand.tracker.people(HERE, THERE)
    stand.room.run(5_000)
    stand.room.bench.plug(PORT, plugged=False)
    assert only(DeviceDown, stand.room.run(500))
    stand.room.bench.plug(PORT, plugged=True)
    signals = stand.room.run(10_000)
    assert only(DeviceUp, signals)
    assert levels(Quantity.PEOPLE, signals) == [2]


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_of_the_line_leaves_the_count_right_in_the_end(stand: Stand, fault: Fault) -> None:
    stand.port.line.faults = Faults(seed=3, chances={fault: 0.2})
    stand.room.run(5_000)
    for places in ([HERE], [], [HERE, THERE], []):
        stand.tracker.people(*places)
        stand.room.run(4_000)
    stand.port.line.faults = Faults()
    stand.tracker.people(HERE, THERE)
    stand.room.run(70_000)
    every = [signal for _, signal in stand.room.stamped]
    assert levels(Quantity.PEOPLE, every)[-1] == 2
    assert levels(Quantity.PRESENT, every)[-1] is True


def test_what_a_tracker_cannot_do_is_refused(stand: Stand) -> None:
    stand.room.run(5_000)
    driver = stand.room._timelines["tracker"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a radar cannot do SwitchOn"):
        driver.execute(SwitchOn("tracker"))


def test_in_real_time_on_a_pseudo_terminal(tmp_path: Path) -> None:
    devices = LoopThread()
    tracker = Ld2450()
    port = devices.call(lambda: PtyPort(tmp_path / "tracker", tracker))
    devices.call(port.plug)
    try:
        devices.call(lambda: port.act(lambda _: tracker.people(HERE, THERE)))
        with threaded("tracker", maker("tracker", "ld2450", port=str(port.link))) as running:
            assert running.wait_for(LevelChanged, lambda s: s.quantity is Quantity.PEOPLE).value == 2
            assert not tracker.bluetooth
            devices.call(lambda: port.act(lambda _: tracker.people()))
            running.wait_for(LevelChanged, lambda s: s.quantity is Quantity.PEOPLE and s.value == 0)
            devices.call(port.unplug)
            running.wait_for(DeviceDown)
    finally:
        devices.call(port.close)
        devices.close()
