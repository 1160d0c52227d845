"""The blood pressure meter: its button, what is on the screen and for how long, and that it goes nowhere else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    LevelChanged,
    Measure,
    Outcome,
    Page,
    PressureMeasured,
    PressureNotMeasured,
    Quantity,
    Say,
    Show,
    Signal,
    StopMeasuring,
)
from station.rules import words, words_pressure
from station.rules.health import document
from station.rules.site import PressureService, ScreenService
from station.state import Recorded
from tests.station.rules.desk import Desk, pod

SERVICE = PressureService("pressure", "cuff", "cuff_button", "corner")
CORNER = ScreenService("corner", "corner_screen", (), voice="corner_voice")
RESULT = PressureMeasured("cuff", 128, 82, 71)
MEASURED = words_pressure.measured(128, 82)


class Corner(Desk):
    """A pod with a health corner that has a screen of its own."""

    def says(self, signal: Signal) -> list[object]:
        """What is asked of devices besides the pages."""
        decision = self.feed(signal)
        commands = [*decision.at_once, *(one.command for one in decision.waiting)]
        return [one for one in commands if isinstance(one, Measure | StopMeasuring | Say)]

    def button(self, pressed: bool) -> list[object]:
        return self.says(LevelChanged("cuff_button", Quantity.CLOSED, pressed))

    def press(self) -> list[object]:
        self.button(False)
        return self.button(True)

    def page(self, screen: str = "corner") -> Page:
        return self.state.volatile.drawn[screen][1]


@pytest.fixture
def corner() -> Corner:
    site = pod()
    corner = Corner(replace(site, pressures={"pressure": SERVICE}, screens={**site.screens, "corner": CORNER}))
    corner.begin()
    corner.feed(DeviceUp("cuff"))
    corner.feed(DeviceUp("cuff_button"))
    corner.button(False)
    return corner


def test_the_button_begins_and_the_result_stands_on_its_screen_for_a_while(corner: Corner) -> None:
    assert corner.press() == [Measure("cuff"), Say("corner_voice", words_pressure.SIT_STILL)]
    assert corner.page().headline == words_pressure.SIT_STILL
    assert corner.button(False) == []
    corner.feed(CommandDone("cuff", "Measure", Outcome.ACKED))
    corner.wait(40_000)
    assert corner.page().headline == words_pressure.SIT_STILL
    assert corner.says(RESULT) == [], "no voice reads it out"
    page = corner.page()
    assert page.headline == MEASURED
    assert page.lines == (words_pressure.pulse(71), words_pressure.NOTHING_IS_KEPT, words_pressure.NO_DIAGNOSIS)
    assert corner.page("front").headline == words.SCAN_TO_OPEN
    corner.wait(SERVICE.show_ms - 1)
    assert corner.page().headline == MEASURED
    corner.wait(1)
    assert "128" not in repr(corner.page())


def test_what_was_measured_is_in_no_event_no_level_and_no_message(corner: Corner) -> None:
    corner.press()
    decision = corner.feed(RESULT)
    assert decision.events == ()
    assert decision.waiting == ()
    assert [one.device for one in decision.at_once if "128" in repr(one)] == ["corner_screen"]
    assert all(isinstance(one, Show) for one in decision.at_once)
    corner.wait(60_000)
    assert "128" not in repr(corner.events)
    assert "128" not in repr(document(corner.state, corner.site, corner.now))
    assert "128" not in repr((corner.state.recorded, corner.state.observed))


def test_pressed_again_it_stops(corner: Corner) -> None:
    corner.press()
    corner.wait(5_000)
    assert corner.press() == [StopMeasuring("cuff"), Say("corner_voice", words_pressure.STOPPED)]
    assert corner.page().headline == words_pressure.STOPPED
    assert corner.press()[0] == Measure("cuff")


def test_after_a_result_the_next_press_measures_anew_and_hides_it(corner: Corner) -> None:
    corner.press()
    corner.feed(RESULT)
    assert corner.press()[0] == Measure("cuff")
    assert corner.page().headline == words_pressure.SIT_STILL


@pytest.mark.parametrize(
    "signal",
    [
        PressureNotMeasured("cuff", "message 06"),
        CommandDone("cuff", "Measure", Outcome.UNKNOWN, "it told no pressure"),
        CommandDone("cuff", "Measure", Outcome.NOT_SENT, "it is measuring already"),
        DeviceDown("cuff", "unplugged"),
    ],
)
def test_what_fails_is_told_and_never_tried_again_by_itself(corner: Corner, signal: Signal) -> None:
    corner.press()
    opens = [StopMeasuring("cuff")] if isinstance(signal, CommandDone) else []
    assert corner.says(signal) == [*opens, Say("corner_voice", words_pressure.NOT_MEASURED)]
    assert corner.page().headline == words_pressure.NOT_MEASURED
    corner.wait(600_000)
    assert corner.page().headline == words.SCAN_TO_OPEN


def test_a_meter_that_does_not_answer_is_told(corner: Corner) -> None:
    assert corner.says(DeviceDown("cuff", "unplugged")) == []
    assert corner.press() == [Say("corner_voice", words_pressure.NOT_NOW)]


def test_a_button_that_sticks_or_comes_back_pressed_begins_nothing(corner: Corner) -> None:
    corner.press()
    corner.feed(RESULT)
    assert corner.button(True) == []
    corner.button(False)
    corner.feed(DeviceDown("cuff_button", "board gone"))
    corner.feed(DeviceUp("cuff_button"))
    assert corner.button(True) == []
    assert corner.press()[0] == Measure("cuff")


def test_after_a_recovery_in_the_process_the_first_press_counts(corner: Corner) -> None:
    corner.begin(Recorded())
    assert corner.button(True)[0] == Measure("cuff")


def test_it_works_while_nothing_can_be_recorded(corner: Corner) -> None:
    corner.state = replace(corner.state, observed=replace(corner.state.observed, unrecorded="the card is full"))
    assert corner.press()[0] == Measure("cuff")
    corner.feed(RESULT)
    assert corner.page().headline == MEASURED


def test_others_devices_are_not_meant(corner: Corner) -> None:
    assert corner.says(LevelChanged("reed", Quantity.CLOSED, True)) == []
    corner.feed(PressureMeasured("other", 128, 82, 71))
    assert corner.page().headline == words.SCAN_TO_OPEN


SIGNALS = (
    *(LevelChanged("cuff_button", Quantity.CLOSED, pressed) for pressed in (True, False)),
    *(up for device in ("cuff", "cuff_button") for up in (DeviceUp(device), DeviceDown(device, "gone"))),
    *(RESULT, PressureNotMeasured("cuff", "message 11"), CommandDone("cuff", "Measure", Outcome.UNKNOWN)),
)


@given(st.lists(st.tuples(st.sampled_from(SIGNALS), st.integers(0, 200_000)), max_size=30))
def test_in_any_order_a_cuff_tightens_at_a_press_alone(steps: list[tuple[Signal, int]]) -> None:
    site = pod()
    corner = Corner(replace(site, pressures={"pressure": SERVICE}, screens={**site.screens, "corner": CORNER}))
    corner.begin()
    for signal, later_ms in steps:
        corner.wait(later_ms)
        asked = [one for one in corner.says(signal) if isinstance(one, Measure)]
        assert len(asked) <= (1 if signal == LevelChanged("cuff_button", Quantity.CLOSED, True) else 0)
