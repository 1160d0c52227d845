"""The battery's driver against its twin: on virtual time with every fault, and on a real pseudo-terminal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.contract import DeviceDown, DeviceUp, JunkReceived, LevelChanged, Quantity, Signal, SwitchOff, WireLost
from drivers.jbd import Driver, Settings
from simulator.devices.jbd import Jbd
from simulator.faults import Fault, Faults
from simulator.wires.pty import PtyPort
from simulator.wires.virtual import DriverClock, VirtualPort
from tests.drivers.rig import LoopThread, VirtualRoom, levels, maker, only, threaded

PORT = "sim://battery"
NOTICED_MS = 6_200
"""Three readings, 2 s apart."""


@dataclass
class Stand:
    """A pack on its wire, with its driver `power`."""

    room: VirtualRoom
    pack: Jbd
    port: VirtualPort

    def last(self, quantity: Quantity) -> object:
        return levels(quantity, [signal for _, signal in self.room.stamped])[-1]

    def mains_fail(self) -> None:
        self.pack.mains_fail(self.room.now_ms)

    def mains_return(self) -> None:
        self.pack.mains_return(self.room.now_ms)


@pytest.fixture
def stand() -> Iterator[Stand]:
    room = VirtualRoom()
    pack = Jbd()
    port = room.bench.ports[PORT] = VirtualPort(pack)
    room.add("power", "jbd", port=PORT)
    yield Stand(room, pack, port)
    room.close()


def level(quantity: Quantity, value: float) -> LevelChanged:
    return LevelChanged("power", quantity, value)


FULL: list[Signal] = [
    level(Quantity.VOLTAGE_V, 13.6),
    level(Quantity.CURRENT_A, 0.0),
    level(Quantity.CHARGE_PERCENT, 100),
    level(Quantity.TEMPERATURE_C, 23.5),
]


def test_everything_is_told_at_the_start_and_then_nothing_while_nothing_changes(stand: Stand) -> None:
    assert stand.room.run(1_000) == [DeviceUp("power"), *FULL]
    assert stand.room.run(4_000) == [level(Quantity.ON_BATTERY, False)]
    assert stand.room.run(600_000) == []
    assert {bytes(one) for one in stand.pack.requests} == {bytes.fromhex("DD A5 03 00 FF FD 77")}


def test_a_power_cut_is_told_after_three_readings_and_its_end_too(stand: Stand) -> None:
    stand.room.run(10_000)
    stand.mains_fail()
    failed_ms = stand.room.now_ms
    assert stand.room.run(10_000) == [level(Quantity.CURRENT_A, -0.6), level(Quantity.ON_BATTERY, True)]
    assert stand.room.at(LevelChanged)[-1][0] - failed_ms <= NOTICED_MS
    stand.room.run(3_600_000)
    assert stand.last(Quantity.CHARGE_PERCENT) == 97
    stand.mains_return()
    returned_ms = stand.room.now_ms
    assert stand.room.run(10_000) == [level(Quantity.CURRENT_A, 4.4), level(Quantity.ON_BATTERY, False)]
    assert stand.room.at(LevelChanged)[-1][0] - returned_ms <= NOTICED_MS
    assert levels(Quantity.ON_BATTERY, [signal for _, signal in stand.room.stamped]) == [False, True, False]


def test_a_short_pull_that_the_charger_cannot_carry_is_no_power_cut(stand: Stand) -> None:
    stand.room.run(10_000)
    for _ in range(5):
        stand.pack.draw(8.0, stand.room.now_ms)
        stand.room.run(3_900)
        stand.pack.draw(0.6, stand.room.now_ms)
        stand.room.run(20_000)
    assert levels(Quantity.ON_BATTERY, [signal for _, signal in stand.room.stamped]) == [False]


def test_what_is_too_little_to_be_a_station_is_not_taken_for_a_power_cut(stand: Stand) -> None:
    stand.pack.draw(0.09, 0)
    stand.mains_fail()
    stand.room.run(60_000)
    assert stand.last(Quantity.ON_BATTERY) is False
    stand.pack.draw(0.1, stand.room.now_ms)
    stand.room.run(10_000)
    assert stand.last(Quantity.ON_BATTERY) is True


def test_a_change_is_told_from_its_step_on(stand: Stand) -> None:
    stand.room.run(10_000)
    stand.pack.temperatures_c = [24.4, -5.0]
    assert stand.room.run(4_000) == []
    stand.pack.temperatures_c = [-5.0, 24.5]
    assert stand.room.run(4_000) == [level(Quantity.TEMPERATURE_C, 24.5)]
    stand.pack.set_charge(99, stand.room.now_ms)
    stand.pack.charger_a = 1.0
    assert stand.room.run(2_500) == [level(Quantity.CHARGE_PERCENT, 99)]
    stand.pack.charger_a = 1.1
    assert stand.room.run(2_500) == [level(Quantity.CURRENT_A, 0.5)]


def test_a_pack_without_sensors_tells_the_rest(stand: Stand) -> None:
    stand.pack.temperatures_c = []
    assert stand.room.run(1_000) == [DeviceUp("power"), *FULL[:-1]]


def test_a_newer_pack_says_more_and_an_empty_one_gives_nothing(stand: Stand) -> None:
    stand.pack.more = bytes.fromhex("00 00 00 17 70 17 70 00 00")
    stand.pack.set_charge(0, 0)
    stand.mains_fail()
    stand.room.run(10_000)
    assert stand.last(Quantity.CHARGE_PERCENT) == 0
    assert stand.last(Quantity.VOLTAGE_V) == 11.0
    assert stand.room.at(JunkReceived) == []


def test_a_pack_that_has_slept_is_woken(stand: Stand) -> None:
    stand.pack.asleep = True
    assert stand.room.run(2_000) == [DeviceUp("power"), *FULL]
    stand.pack.asleep = True
    assert stand.room.run(20_000) == [level(Quantity.ON_BATTERY, False)]


def test_a_pack_that_was_never_there_is_found_later(stand: Stand) -> None:
    stand.pack.silent = True
    (detail,) = {one.detail for one in only(DeviceDown, stand.room.run(60_000))}
    assert detail == (
        "no battery is read (no answer): check its cable (TX to RX, RX to TX, ground) and that the pack is switched on"
    )
    stand.pack.silent = False
    assert stand.room.run(61_000)[0] == DeviceUp("power")


Deed = Callable[[Stand], object]


@dataclass(frozen=True)
class Row:
    """One fault that lasts 20 s. `junk`: what is told of it. A device that is lost is back within 20 s of its end."""

    name: str
    begin: Deed
    end: Deed
    lost: bool
    junk: frozenset[str] = field(default_factory=frozenset)


STRAY = frozenset({"bytes outside of any frame"})


def line(fault: Fault, *, lost: bool, junk: frozenset[str] = frozenset()) -> Row:
    def begin(stand: Stand) -> None:
        stand.port.line.faults = Faults(seed=7, chances={fault: 1.0})

    def end(stand: Stand) -> None:
        stand.port.line.faults = Faults()

    return Row(fault.value, begin, end, lost, junk)


def pack(name: str, value: object, mended: object, *, lost: bool, junk: frozenset[str] = frozenset()) -> Row:
    return Row(
        name,
        lambda stand: setattr(stand.pack, name, value),
        lambda stand: setattr(stand.pack, name, mended),
        lost,
        junk,
    )


def echo(stand: Stand, *, on: bool) -> None:
    stand.port.line.echo = on


ROWS = [
    line(Fault.SILENT, lost=True),
    line(Fault.LATE, lost=False, junk=STRAY),  # a later question gets the answer to this one: a second old
    line(Fault.SPLIT, lost=False),
    line(Fault.JOINED, lost=False),
    line(Fault.STRAY_BEFORE, lost=False, junk=STRAY),
    line(Fault.STRAY_AFTER, lost=False, junk=STRAY),
    line(Fault.WRONG_CHECKSUM, lost=True, junk=STRAY),
    line(Fault.FLIPPED_BIT, lost=True, junk=STRAY),
    line(Fault.TRUNCATED, lost=True, junk=STRAY),
    pack("silent", True, False, lost=True),
    pack("asleep", True, False, lost=False),
    pack("refuses", True, False, lost=True, junk=frozenset({"it answers with the error 80"})),
    pack("answers", 4, None, lost=True, junk=STRAY),
    pack("says_before", b"\xdd\x04\x00\x02\x0c\xe4\xff\x0e\x77", b"", lost=False, junk=STRAY),
    pack("charge_shown", 200, None, lost=True, junk=frozenset({"a charge of 200 % cannot be"})),
    Row("echo", lambda stand: echo(stand, on=True), lambda stand: echo(stand, on=False), lost=False),
    Row(
        "unplugged",
        lambda stand: stand.room.bench.plug(PORT, plugged=False),
        lambda stand: stand.room.bench.plug(PORT, plugged=True),
        lost=True,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_fault(row: Row, stand: Stand) -> None:
    stand.room.run(10_000)
    row.begin(stand)
    stand.room.run(20_000)
    row.end(stand)
    stand.mains_fail()
    stand.room.run(30_000)
    assert bool(stand.room.at(DeviceDown)) is row.lost
    assert {signal.detail for _, signal in stand.room.at(JunkReceived)} == row.junk
    assert len(stand.room.at(JunkReceived)) <= 20
    told = levels(Quantity.ON_BATTERY, [signal for _, signal in stand.room.stamped])
    assert told == [False, True], "no fault is a power cut, and a power cut is seen"
    assert set(levels(Quantity.VOLTAGE_V, [signal for _, signal in stand.room.stamped])) <= {13.6}


@pytest.mark.parametrize("fault", list(Fault))
def test_a_bad_line_leaves_the_figures_right(stand: Stand, fault: Fault) -> None:
    stand.port.line.faults = Faults(seed=3, chances={fault: 0.3})
    stand.room.run(60_000)
    stand.pack.set_charge(50, stand.room.now_ms)
    stand.mains_fail()
    stand.room.run(120_000)
    assert stand.last(Quantity.ON_BATTERY) is True
    assert set(levels(Quantity.CHARGE_PERCENT, [signal for _, signal in stand.room.stamped])) == {100, 50}


@given(st.lists(st.binary(max_size=400), max_size=10))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    class Babbler(Jbd):
        """A pack that answers with whatever it is told to."""

        def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
            return [(now_ms + 1, chunks.pop(0))] if chunks else super().receive(data, now_ms)

    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(Babbler())
    clock = DriverClock()
    try:
        driver = maker("power", "jbd", port=PORT)(room.bench.wires("power", clock), clock)
    except WireLost:
        assert room.bench.owners == {}
        return
    try:
        for _ in range(8):
            clock.rest(2_000)
            began_ms = clock.steady_ms()
            for signal in driver.poll():
                assert isinstance(signal, LevelChanged | JunkReceived)
            assert clock.steady_ms() - began_ms < 1_500
    except WireLost as lost:
        assert "no battery is read" in str(lost)  # noqa: PT017 - only some bytes end here
    finally:
        driver.close()


def test_no_command_reaches_a_battery(stand: Stand) -> None:
    stand.room.run(1_000)
    assert Driver.accepts == frozenset()
    with pytest.raises(TypeError, match="a battery cannot do SwitchOff"):
        stand.room.command(SwitchOff("power"))


@pytest.mark.parametrize("wrong", [{"port": "COM1"}, {"baud": 9600}, {"address": 1}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "jbd", "port": PORT, **wrong})


def test_on_a_real_port_the_mains_fail_and_the_cable_is_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.jbd.EVERY_MS", 100)
    loop = LoopThread()
    pack = Jbd()
    port = loop.call(lambda: PtyPort(tmp_path / "battery", pack, Faults(seed=1, chances={Fault.SPLIT: 0.5})))
    try:
        loop.call(port.plug)
        with threaded("power", maker("power", "jbd", port=str(port.link))) as running:
            assert running.wait_for(LevelChanged, lambda one: one.quantity is Quantity.ON_BATTERY).value is False
            loop.call(lambda: port.act(pack.mains_fail))
            assert running.wait_for(LevelChanged, lambda one: one.quantity is Quantity.ON_BATTERY).value is True
            loop.call(port.unplug)
            assert "gone" in running.wait_for(DeviceDown).detail
            loop.call(port.plug)
            running.wait_for(DeviceUp)
            assert running.wait_for(LevelChanged, lambda one: one.quantity is Quantity.ON_BATTERY).value is True
            assert only(JunkReceived, running.seen) == []
    finally:
        loop.call(port.close)
        loop.close()
