"""The beam counter on virtual pins, on gpiozero's mock pins and on pins over a socket."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers import registry
from drivers.beam_counter import Driver
from drivers.contract import (
    DeviceDown,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    PersonPassed,
    Quantity,
    Signal,
    SwitchOn,
    WireLost,
)
from drivers.wire import RealWires
from simulator.devices.beam_counter import BeamCounter
from simulator.wires.pin_board import PinBoard
from simulator.wires.pins import SocketFactory
from simulator.wires.virtual import DriverClock, VirtualInput
from tests.drivers.rig import LoopThread, VirtualRoom, maker, only, threaded

OUTER, INNER = 5, 6
IN, OUT = PersonPassed("gate", inward=True), PersonPassed("gate", inward=False)
OCCUPIED = LevelChanged("gate", Quantity.PRESENT, True)
CLEAR = LevelChanged("gate", Quantity.PRESENT, False)


@dataclass
class Stand:
    """A counter on its pins, with its driver."""

    room: VirtualRoom
    counter: BeamCounter

    def line(self, pin: int) -> VirtualInput:
        wires = self.room._timelines["gate"]._wires
        assert wires is not None
        line = wires._opened[pin]
        assert isinstance(line, VirtualInput)
        return line


def stand_with(counter: BeamCounter, **settings: Any) -> Stand:
    room = VirtualRoom()
    room.bench.inputs |= {OUTER: counter.outer, INNER: counter.inner}
    room.add("gate", "beam-counter", outer=OUTER, inner=INNER, **settings)
    return Stand(room, counter)


@pytest.fixture
def stand() -> Stand:
    stand = stand_with(BeamCounter())
    stand.room.run(0)
    return stand


def test_at_the_start_it_tells_that_nobody_stands_in_it(stand: Stand) -> None:
    assert [signal for _, signal in stand.room.stamped] == [DeviceUp("gate"), CLEAR]


@pytest.mark.parametrize(("inward", "passed"), [(True, IN), (False, OUT)])
def test_somebody_goes_through(stand: Stand, inward: bool, passed: PersonPassed) -> None:
    stand.room.run(3_300)
    begin = stand.room.now_ms
    stand.counter.walk(begin, inward=inward)
    assert stand.room.run(3_000) == [OCCUPIED, CLEAR, passed]
    told_at = stand.room.at(PersonPassed)[0][0]
    assert told_at - (begin + 280) <= 20


@pytest.mark.parametrize("settings", [{"active_high": True}, {"active_high": False, "pull": "none"}])
@pytest.mark.parametrize("chatter", [False, True])
def test_polarity_and_flicker(settings: dict[str, Any], chatter: bool) -> None:
    stand = stand_with(BeamCounter(active_high=settings["active_high"], chatter=chatter, seed=7), **settings)
    stand.room.run(2_000)
    for inward in (True, False, True):
        stand.counter.walk(stand.room.now_ms, inward=inward)
        stand.room.run(1_500)
    assert [signal for _, signal in stand.room.at(PersonPassed)] == [IN, OUT, IN]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(60, 400), st.floats(0.1, 0.9), st.integers(30, 4_000)), max_size=15),
    st.booleans(),
    st.integers(0, 1_500),
)
def test_nobody_who_walks_through_is_missed(
    people: list[tuple[bool, int, float, int]], chatter: bool, first_ms: int
) -> None:
    stand = stand_with(BeamCounter(chatter=chatter, seed=len(people)))
    stand.room.run(first_ms)
    # More chattering people in a second than can walk would make more edges than a beam in order does.
    least_ms = 300 if chatter else 0
    for inward, broken_ms, apart, pause_ms in people:
        apart_ms = max(10, min(int(broken_ms * apart), broken_ms - 10))
        stand.counter.walk(stand.room.now_ms, inward=inward, broken_ms=broken_ms, apart_ms=apart_ms)
        stand.room.run(broken_ms + apart_ms + max(pause_ms, least_ms))
    stand.room.run(2_000)
    assert [passed.inward for _, passed in stand.room.at(PersonPassed)] == [inward for inward, *_ in people]
    assert stand.room.at(JunkReceived) == []


@pytest.mark.parametrize("inward", [True, False])
def test_one_who_turns_round_is_not_counted(stand: Stand, inward: bool) -> None:
    stand.counter.turn_round(stand.room.now_ms, inward=inward)
    assert stand.room.run(3_000) == [OCCUPIED, CLEAR]


def test_one_who_stands_in_the_door_for_long_is_not_counted(stand: Stand) -> None:
    stand.counter.walk(stand.room.now_ms, inward=True, broken_ms=3_000)
    assert stand.room.run(6_000) == [OCCUPIED, CLEAR]


@pytest.mark.parametrize("name", ["outer", "inner"])
def test_a_blocked_beam_is_a_lost_device_until_it_is_clear(stand: Stand, name: str) -> None:
    beam = getattr(stand.counter, name)
    begin = stand.room.now_ms
    beam.block(begin)
    signals = stand.room.run(60_000)
    (down,) = only(DeviceDown, signals)
    assert down.detail.startswith(f"beam blocked: the {name} one has been broken for 10 s; take away")
    assert signals == [OCCUPIED, down]
    assert stand.room.at(DeviceDown)[0][0] - begin == 10_000
    beam.clear(stand.room.now_ms)
    assert stand.room.run(1_000) == [DeviceUp("gate"), CLEAR]
    stand.counter.walk(stand.room.now_ms, inward=True)
    assert only(PersonPassed, stand.room.run(1_000)) == [IN]


def test_a_wire_that_is_cut_at_the_start_is_told() -> None:
    counter = BeamCounter()
    counter.inner.block(0)
    stand = stand_with(counter)
    counter.inner.tick(0)
    signals = stand.room.run(12_000)
    assert signals[:2] == [DeviceUp("gate"), OCCUPIED]
    assert "the inner one" in only(DeviceDown, signals)[0].detail


def test_a_flapping_beam_is_told_once_a_second(stand: Stand) -> None:
    begin = stand.room.now_ms
    for at in range(begin, begin + 5_000, 20):
        stand.counter.outer.shade(at, at + 10)
    signals = stand.room.run(7_000)
    junk = only(JunkReceived, signals)
    assert 4 <= len(junk) <= 6
    assert junk[0].detail == "the outer beam flaps: more than 20 edges in a second; align it"
    assert [signal for signal in signals if signal not in junk] == []


def test_a_dead_event_thread_is_noticed_and_the_levels_count_from_then_on(stand: Stand) -> None:
    for pin in (OUTER, INNER):
        stand.line(pin).deaf = True
    stand.counter.outer.shade(stand.room.now_ms, stand.room.now_ms + 6_000)
    signals = stand.room.run(8_000)
    assert [signal.detail for signal in only(JunkReceived, signals)] == [
        "an edge was missed: the levels are read instead; restart the station when this stays"
    ]
    assert only(LevelChanged, signals) == [OCCUPIED, CLEAR]
    for inward in (True, False):
        stand.counter.walk(stand.room.now_ms, inward=inward)
        stand.room.run(2_000)
    assert [signal for _, signal in stand.room.at(PersonPassed)] == [IN, OUT]
    for pin in (OUTER, INNER):
        stand.line(pin).deaf = False
    stand.counter.walk(stand.room.now_ms, inward=True)
    assert only(PersonPassed, stand.room.run(2_000)) == [IN]


def test_a_pin_that_is_taken_leaves_the_other_free(stand: Stand) -> None:
    wires = stand.room.bench.wires("other", DriverClock())
    with pytest.raises(WireLost, match="6 is in use by gate"):
        wires.inputs((7, INNER), pull_up=True)
    wires.inputs((7, 8), pull_up=True).close()


def test_each_beam_needs_a_pin_of_its_own_and_both_are_taken() -> None:
    settings = registry.find("beam-counter").Settings
    with pytest.raises(ValidationError, match="outer and inner are the same pin"):
        settings.model_validate({"driver": "beam-counter", "outer": 5, "inner": 5})
    checked = settings.model_validate({"driver": "beam-counter", "outer": 5, "inner": 6})
    assert checked.wires() == ("GPIO 5", "GPIO 6")


def test_what_a_counter_cannot_do_is_refused(stand: Stand) -> None:
    driver = stand.room._timelines["gate"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a beam counter cannot do SwitchOn"):
        driver.execute(SwitchOn("gate"))


class Seconds:
    """What the mock pins take for the time."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[MockFactory, Seconds]]:
    seconds = Seconds()
    monkeypatch.setattr("gpiozero.pins.mock.monotonic", seconds)
    factory = MockFactory()
    yield factory, seconds
    factory.reset()


def drive(factory: MockFactory, seconds: Seconds, pin: int, level: bool, after_ms: int) -> None:
    seconds.now += after_ms / 1000
    factory.pin(pin).drive_high() if level else factory.pin(pin).drive_low()


@pytest.mark.parametrize("poll_each_edge", [True, False], ids=["a driver in time", "a driver that was held up"])
@pytest.mark.parametrize(("first", "second", "passed"), [(OUTER, INNER, IN), (INNER, OUTER, OUT)])
@pytest.mark.parametrize("broken_ms", [150, 300])
def test_on_mock_pins_nobody_is_missed_however_late_the_driver_comes(
    mock: tuple[MockFactory, Seconds],
    first: int,
    second: int,
    passed: PersonPassed,
    broken_ms: int,
    poll_each_edge: bool,
) -> None:
    factory, seconds = mock
    clock = DriverClock()
    make = maker("gate", "beam-counter", outer=OUTER, inner=INNER, pull="down")
    driver = make(RealWires(factory), clock)
    assert isinstance(driver, Driver)
    driver._passages.pass_time(0)
    heard: list[Signal] = []
    begin = seconds.now
    steps = [
        (first, True, 500),
        (second, True, 60),
        (first, False, broken_ms - 60),
        (second, False, 60),
        (second, False, 500),
    ]
    try:
        for pin, level, after_ms in steps * 3:
            drive(factory, seconds, pin, level, after_ms)
            if poll_each_edge:
                clock.catch_up(round((seconds.now - begin) * 1000))
                heard += _drain(driver)
        clock.catch_up(round((seconds.now - begin) * 1000))
        heard += _drain(driver)
    finally:
        driver.close()
    assert only(PersonPassed, heard) == [passed] * 3


def _drain(driver: Driver) -> list[Signal]:
    """Everything that waits in the pins' queue, without waiting for more."""
    heard: list[Signal] = []
    now = driver._clock.steady_ms()
    while (edge := driver._pins.wait(0)) is not None:
        heard += driver._take(edge, now)
    return [*heard, *driver._look(now)]


def test_in_real_time_on_pins_over_a_socket(tmp_path: Path) -> None:
    devices = LoopThread()
    counter = BeamCounter(chatter=True)

    async def make() -> PinBoard:
        board = PinBoard(tmp_path / "pins.sock")
        await board.open()
        board.attach_input(OUTER, counter.outer)
        board.attach_input(INNER, counter.inner)
        return board

    board = devices.wait(make())
    factory = SocketFactory(str(tmp_path / "pins.sock"))
    try:
        make_driver = maker("gate", "beam-counter", outer=OUTER, inner=INNER)
        with threaded("gate", make_driver, RealWires(factory)) as gate:
            assert gate.wait_for(LevelChanged) == CLEAR
            for inward in (True, False, True):
                devices.call(partial(board.act, partial(counter.walk, inward=inward)))
                assert gate.wait_for(PersonPassed).inward is inward
        assert not [signal for signal in gate.seen if isinstance(signal, JunkReceived | DeviceDown)]
    finally:
        factory.close()
        devices.wait(board.close())
        devices.close()
