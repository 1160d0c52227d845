"""The blood pressure module's driver against its twin: every fault on virtual time, and a real pseudo-terminal."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    JunkReceived,
    Measure,
    Outcome,
    PressureMeasured,
    PressureNotMeasured,
    Signal,
    StopMeasuring,
    SwitchOn,
    WireLost,
)
from drivers.un300c import LONGEST_MS, Settings
from simulator.devices.un300c import Un300c
from simulator.faults import Fault, Faults
from simulator.wires.pty import PtyPort
from simulator.wires.timeline import Timeline
from simulator.wires.virtual import DriverClock, VirtualPort
from tests.drivers.rig import LoopThread, VirtualRoom, maker, only, threaded

PORT = "sim://cuff"
ANNE, BEN = (128, 82, 71), (151, 94, 66)


@dataclass
class Stand:
    """A module with its driver `meter`."""

    room: VirtualRoom
    module: Un300c
    port: VirtualPort
    timeline: Timeline

    def done(self, command: Measure | StopMeasuring) -> CommandDone:
        done = only(CommandDone, self.room.command(command))[0]
        self.room.now_ms = max(self.room.now_ms, self.timeline.clock.steady_ms())
        return done

    def measure(self, *, for_ms: int = 60_000) -> list[Signal]:
        """Have it measure; what is told of it."""
        assert self.done(Measure("meter")).outcome is Outcome.ACKED
        return told(self.room.run(for_ms))


def told(signals: list[Signal]) -> list[Signal]:
    return [one for one in signals if isinstance(one, PressureMeasured | PressureNotMeasured)]


def result(arm: tuple[int, int, int]) -> PressureMeasured:
    return PressureMeasured("meter", *arm)


@pytest.fixture
def stand() -> Iterator[Stand]:
    room = VirtualRoom()
    module = Un300c()
    port = room.bench.ports[PORT] = VirtualPort(module)
    timeline = room.add("meter", "un300c", port=PORT)
    stand = Stand(room, module, port, timeline)
    room.run(5_000)
    assert room.at(DeviceUp)
    yield stand
    room.close()


def test_it_measures_once_when_it_is_told_and_tells_it_once(stand: Stand) -> None:
    assert stand.module.manual
    stand.module.arm = ANNE
    assert stand.measure() == [result(ANNE)]
    assert len(stand.module.tightened) == 1
    assert told(stand.room.run(600_000)) == []
    stand.module.arm = BEN
    assert stand.measure() == [result(BEN)]
    assert not stand.room.at(JunkReceived)
    assert not stand.room.at(DeviceDown)


def test_the_result_comes_within_two_seconds_of_the_cuff_s_end(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.done(Measure("meter"))
    while stand.module.is_tight:
        stand.room.run(100)
    stand.room.run(2_000)
    assert told([signal for _, signal in stand.room.stamped]) == [result(ANNE)]


def test_what_fails_shows_no_figures_of_the_person_before(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.measure()
    stand.module.arm = None
    assert stand.measure() == [PressureNotMeasured("meter", "message 06")]
    stand.module.arm = BEN
    stand.done(Measure("meter"))
    stand.room.run(3_000)
    stand.module.move()
    assert told(stand.room.run(10_000)) == [PressureNotMeasured("meter", "message 11")]
    stand.module.old_figures = True
    assert stand.measure() == [PressureNotMeasured("meter", "the figures are those of the measurement before")]


def test_a_cuff_is_opened_when_it_is_told_so(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.done(Measure("meter"))
    stand.room.run(5_000)
    began_ms = stand.room.now_ms
    assert stand.done(StopMeasuring("meter")) == CommandDone("meter", "StopMeasuring", Outcome.ACKED)
    assert not stand.module.is_tight
    assert stand.room.now_ms - began_ms < 1_500
    assert told(stand.room.run(60_000)) == []
    assert stand.done(StopMeasuring("meter")).outcome is Outcome.ACKED


def test_a_cuff_that_does_not_hear_it_is_told_again(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.done(Measure("meter"))
    stand.module.deaf_to_x = 2
    assert stand.done(StopMeasuring("meter")).outcome is Outcome.ACKED
    assert not stand.module.is_tight
    stand.done(Measure("meter"))
    stand.module.deaf_to_x = 9
    done = stand.done(StopMeasuring("meter"))
    assert (done.outcome, done.detail) == (Outcome.UNKNOWN, "the module does not say that it has stopped")


def test_a_second_order_while_it_measures_moves_nothing(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.done(Measure("meter"))
    assert stand.done(Measure("meter")) == CommandDone("meter", "Measure", Outcome.NOT_SENT, "it is measuring already")
    assert told(stand.room.run(60_000)) == [result(ANNE)]
    assert len(stand.module.tightened) == 1


def test_a_module_that_does_not_begin_is_told_once_and_opened(stand: Stand) -> None:
    stand.module.deaf = True
    done = stand.done(Measure("meter"))
    assert (done.outcome, done.detail) == (Outcome.UNKNOWN, "the cuff told no pressure, and was opened again")
    assert told(stand.room.run(60_000)) == []
    stand.module.deaf = False
    stand.module.arm = ANNE
    assert stand.measure() == [result(ANNE)]


def test_its_own_button_measures_too(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.module.press(stand.room.now_ms)
    assert told(stand.room.run(60_000)) == [result(ANNE)]


def test_a_cuff_that_stays_tight_is_opened_after_two_minutes_and_a_half(stand: Stand) -> None:
    stand.module.arm, stand.module.stuck = ANNE, True
    stand.done(Measure("meter"))
    assert told(stand.room.run(LONGEST_MS + 10_000)) == [
        PressureNotMeasured("meter", "it took too long, and the cuff was opened")
    ]
    assert not stand.module.is_tight


def test_an_end_that_is_not_told_is_no_result(stand: Stand) -> None:
    stand.module.arm, stand.module.forgets_end = ANNE, True
    assert stand.measure() == [PressureNotMeasured("meter", "the cuff told its pressure no more, and was opened")]


def test_a_power_cut_in_the_middle_is_told(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.done(Measure("meter"))
    stand.room.run(5_000)
    stand.module.power_cycle(stand.room.now_ms)
    assert told(stand.room.run(20_000)) == [
        PressureNotMeasured("meter", "the cuff told its pressure no more, and was opened")
    ]
    assert stand.measure() == [result(ANNE)]


def test_a_cuff_left_tight_by_a_program_that_died_is_opened_at_the_start() -> None:
    room = VirtualRoom()
    module = Un300c()
    module.arm = ANNE
    module.press(0)
    room.bench.ports[PORT] = VirtualPort(module)
    room.add("meter", "un300c", port=PORT)
    assert told(room.run(60_000)) == []
    assert room.at(DeviceUp)
    assert not module.is_tight
    room.close()


def test_the_cuff_is_opened_at_the_end(stand: Stand) -> None:
    stand.module.arm = ANNE
    stand.done(Measure("meter"))
    stand.timeline.close()
    stand.module.tick(stand.room.now_ms + 100)
    assert not stand.module.is_tight


OPENED = "the cuff told its pressure no more, and was opened"
FAULTS: dict[Fault | str, str | None] = {
    Fault.SILENT: OPENED,
    Fault.LATE: "",
    Fault.SPLIT: "",
    Fault.JOINED: "",
    Fault.STRAY_BEFORE: "",
    Fault.STRAY_AFTER: "",
    Fault.WRONG_CHECKSUM: "",  # it strikes the end of a frame, which not every one needs
    Fault.FLIPPED_BIT: OPENED,
    Fault.TRUNCATED: OPENED,
    "silent": OPENED,
    "unplugged": None,
}
"""Why nothing was measured; nothing at all: it was; None: the device is lost."""


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_in_a_measurement_shows_the_right_figures_or_none(stand: Stand, fault: Fault | str) -> None:
    """The cuff is tightened once, and a minute after the fault the next person is measured."""
    stand.module.arm = ANNE
    stand.done(Measure("meter"))
    stand.room.run(2_000)
    match fault:
        case Fault():
            stand.port.line.faults = Faults(seed=2, chances={fault: 1.0})
        case "silent":
            stand.module.silent = True
        case _:
            stand.room.bench.plug(PORT, plugged=False)
    signals = told(stand.room.run(60_000))
    why = FAULTS[fault]
    assert signals == ([] if why is None else [PressureNotMeasured("meter", why) if why else result(ANNE)])
    assert len(stand.module.tightened) == 1
    assert len(stand.room.at(JunkReceived)) <= 70
    stand.port.line.faults = Faults()
    stand.module.silent = False
    stand.room.bench.plug(PORT, plugged=True)
    stand.room.run(70_000)
    stand.module.arm = BEN
    assert stand.measure() == [result(BEN)]


def test_a_module_that_is_not_there_is_told_and_found_later(stand: Stand) -> None:
    stand.module.silent = True
    silent_ms = stand.room.now_ms
    stand.room.run(60_000)
    at_ms, down = stand.room.at(DeviceDown)[0]
    assert "answers no more" in down.detail
    assert at_ms - silent_ms <= 42_000
    stand.room.run(60_000)
    assert "no blood pressure module answers" in stand.room.at(DeviceDown)[-1][1].detail
    stand.module.silent = False
    stand.room.run(70_000)
    stand.module.arm = ANNE
    assert stand.measure() == [result(ANNE)]


@given(st.lists(st.binary(max_size=300), max_size=10))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    class Babbler(Un300c):
        """A module that answers with whatever it is told to."""

        def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
            return [(now_ms + 1, chunks.pop(0))] if chunks else super().receive(data, now_ms)

    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(Babbler())
    clock = DriverClock()
    try:
        driver = maker("meter", "un300c", port=PORT)(room.bench.wires("meter", clock), clock)
    except WireLost:
        assert room.bench.owners == {}
        return
    commands = (Measure("meter"), StopMeasuring("meter"))
    try:
        for turn in range(6):
            clock.rest(1_000)
            began_ms = clock.steady_ms()
            signals = [*driver.poll(), *driver.execute(commands[turn % 2])]
            kinds = PressureMeasured | PressureNotMeasured | JunkReceived | CommandDone
            assert all(isinstance(one, kinds) for one in signals)
            assert clock.steady_ms() - began_ms < 40_000
    except WireLost as lost:
        assert str(lost)  # noqa: PT017 - only some bytes end here
    finally:
        driver.close()


def test_what_was_measured_is_in_no_log() -> None:
    assert repr(result(ANNE)) == "PressureMeasured(device='meter')"


def test_what_it_cannot_do_is_refused(stand: Stand) -> None:
    with pytest.raises(TypeError, match="a blood pressure module cannot do SwitchOn"):
        stand.room.command(SwitchOn("meter"))


@pytest.mark.parametrize("wrong", [{"port": "COM1"}, {"baud": 4_800}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "un300c", "port": PORT, **wrong})


def test_on_a_real_port_it_measures_and_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.devices.un300c.DOWN_MMHG_PER_S", 60)
    monkeypatch.setattr("simulator.devices.un300c.UP_MMHG_PER_S", 180)
    monkeypatch.setattr("simulator.devices.un300c.LOOSE_MS", 1_000)
    loop = LoopThread()
    module = Un300c()
    module.arm = ANNE
    port = loop.call(lambda: PtyPort(tmp_path / "cuff", module))
    try:
        loop.call(port.plug)
        with threaded("meter", maker("meter", "un300c", port=str(port.link))) as running:
            running.wait_for(DeviceUp)
            running.runner.post(Measure("meter"))
            assert running.wait_for(CommandDone).outcome is Outcome.ACKED
            assert running.wait_for(PressureMeasured) == result(ANNE)
            running.runner.post(Measure("meter"))
            assert running.wait_for(CommandDone).outcome is Outcome.ACKED
            running.runner.post(StopMeasuring("meter"))
            assert running.wait_for(CommandDone).outcome is Outcome.ACKED
            assert not module.is_tight
            assert not only(JunkReceived, running.seen)
    finally:
        loop.call(port.close)
        loop.close()
    assert len(module.tightened) == 2
