"""Who has a thread: a device alone, or the owner of a port that several share."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from config.load import read
from config.models import StationFile
from drivers.bus import Bus
from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    Driver,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    Unlock,
)
from drivers.lockboard_8a import Driver as Lockboard8aDriver
from simulator.devices.bus import Bus as BusTwin
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.wires.virtual import Bench, DriverClock, VirtualPort
from station.check import examined
from station.clock import SteadyClock
from station.devices import device_runners, owners
from station.threads import Inbox, Runner
from tests.station.station_files import changed
from tests.station.test_assemble import Bare

PORT, OTHER_PORT = "/dev/serial/by-id/usb-bus", "/dev/serial/by-id/usb-alone"
PATIENCE_SECONDS = 20.0
BOARDS = "".join(
    f'[devices.{name}]\ndriver = "lockboard-8a"\nport = "{port}"\naddress = {address}\n'
    for name, port, address in (("left", PORT, 1), ("right", PORT, 2), ("alone", OTHER_PORT, 1))
)


@pytest.fixture
def file() -> StationFile:
    found = examined(read(changed(("", BOARDS)).encode(), "pod.toml")).file
    assert found is not None
    return found


def test_devices_of_one_port_have_one_owner_and_a_device_alone_owns_itself(file: StationFile) -> None:
    found = {owner.name: owner for owner in owners(file)}
    assert {name: tuple(owner.devices) for name, owner in found.items() if len(owner.devices) > 1} == {
        PORT: ("left", "right")
    }
    assert not found[PORT].is_device
    assert found["alone"].is_device
    assert found["strike"].is_device
    devices = [name for owner in found.values() for name in owner.devices]
    assert sorted(devices) == sorted(file.devices)


def test_an_owner_opens_its_device_as_it_is_or_the_bus_of_several(file: StationFile) -> None:
    bench, clock = Bench(), DriverClock()
    bench.ports[OTHER_PORT] = VirtualPort(Lockboard8a(address=1))
    bench.ports[PORT] = VirtualPort(BusTwin({"left": Lockboard8a(address=1), "right": Lockboard8a(address=2)}))
    found = {owner.name: owner for owner in owners(file)}
    alone = found["alone"].open(bench.wires("alone", clock), clock)
    shared = found[PORT].open(bench.wires(PORT, clock), clock)
    assert isinstance(alone, Lockboard8aDriver)
    assert isinstance(shared, Bus)
    told = [*shared.poll(), *shared.poll(), *shared.poll(), *shared.poll()]
    assert [one for one in told if isinstance(one, DeviceUp)] == [DeviceUp("left"), DeviceUp("right")]
    assert LevelChanged("right/24", Quantity.CLOSED, True) in told
    alone.close()
    shared.close()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def runners(file: StationFile, inbox: Inbox) -> Iterator[dict[str, Runner[Driver]]]:
    """The runners of the three boards, started."""
    everything = device_runners(file, Bare(), inbox, SteadyClock())
    assert sorted(everything) == sorted(file.devices)
    boards = {name: runner for name, runner in everything.items() if name in ("left", "right", "alone")}
    for runner in dict.fromkeys(boards.values()):
        runner.start()
    yield boards
    for runner in dict.fromkeys(boards.values()):
        runner.stop()
        assert runner.join(PATIENCE_SECONDS)


def wait_until(inbox: Inbox, seen: list[Signal], wanted: set[Signal]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not wanted <= set(seen):
        assert time.monotonic() < give_up, f"only {seen} came"
        signal = inbox.take(200)
        if signal is not None:
            seen.append(signal)


def test_the_owner_of_a_port_is_no_device_and_its_devices_are_told_by_name(
    runners: dict[str, Runner[Driver]], inbox: Inbox
) -> None:
    assert runners["left"] is runners["right"]
    seen: list[Signal] = []
    lost = f"{PORT}: no such port"
    wait_until(inbox, seen, {DeviceDown("left", lost), DeviceDown("right", lost)})
    runners["right"].post(Unlock("right/3", 300))
    refused = CommandDone("right/3", "Unlock", Outcome.NOT_SENT, "the device does not answer")
    wait_until(inbox, seen, {refused})
    named = {one.device for one in seen if isinstance(one, DeviceUp | DeviceDown)}
    assert named <= set(runners)
