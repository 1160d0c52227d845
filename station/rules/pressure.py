"""A blood pressure meter: its button begins and stops, and the result stands on one screen for a while.

What was measured is somebody's own. It is in no event, no level and no message, no voice reads it out, and who
measured is not even asked; an event that somebody did would find its name in the door's events beside it. So nothing
is recorded here, and it works while the journal cannot be written.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import (
    CommandDone,
    DeviceDown,
    LevelChanged,
    Measure,
    Mood,
    Outcome,
    PressureMeasured,
    PressureNotMeasured,
    Quantity,
    Say,
    Signal,
    StopMeasuring,
    Words,
)
from station.rules import words_pressure as words
from station.rules.say import NOTICE_MS, REFUSAL_MS
from station.rules.site import PressureService
from station.rules.turn import Turn
from station.state import Notice, with_item, without_item
from station.state.volatile import Cuff

LONGEST_MS = 180_000
"""A measurement that has told no end by then is over."""


def react(turn: Turn, signal: Signal) -> None:
    """Begin, stop, show."""
    for service in turn.site.pressures.values():
        if service.name not in turn.state.volatile.cuffs:
            _keep(turn, service, Cuff(released=_is_released(turn, service)))
        match signal:
            case LevelChanged(service.button, Quantity.CLOSED, bool(closed)):
                _button(turn, service, pressed=closed is service.pressed_closed)
            case DeviceDown(service.button):
                _keep(turn, service, replace(_cuff(turn, service), released=False))
            case _:
                _follow(turn, service, signal)


def _is_released(turn: Turn, service: PressureService) -> bool:
    """As it stood when this program began anew."""
    reading = turn.state.observed.levels.get((service.button, Quantity.CLOSED))
    if reading is None or not turn.state.observed.answers(service.button):
        return False
    return reading.value is not service.pressed_closed


def _button(turn: Turn, service: PressureService, *, pressed: bool) -> None:
    """A press counts once the button was seen released: one that sticks, or comes back pressed, begins nothing."""
    cuff = _cuff(turn, service)
    _keep(turn, service, replace(cuff, released=not pressed))
    if pressed and cuff.released:
        _pressed(turn, service)


def _follow(turn: Turn, service: PressureService, signal: Signal) -> None:
    match signal:
        case PressureMeasured(service.meter, systolic, diastolic, beats):
            _keep(turn, service, replace(_cuff(turn, service), until_ms=0))
            lines = (words.pulse(beats), words.NOTHING_IS_KEPT, words.NO_DIAGNOSIS)
            _show(turn, service, Mood.WELCOME, words.measured(systolic, diastolic), lines, service.show_ms)
        case PressureNotMeasured(service.meter):
            _not_measured(turn, service)
        case CommandDone(service.meter, "Measure", Outcome.NOT_SENT | Outcome.UNKNOWN):
            # The meter's own button may have begun it: whoever presses this one meanwhile wants it to end.
            turn.ask_at_once(StopMeasuring(service.meter))
            _not_measured(turn, service)
        case DeviceDown(service.meter) if _measures(turn, service):
            _not_measured(turn, service)
        case _:
            pass


def _pressed(turn: Turn, service: PressureService) -> None:
    """Nothing is recorded, so nothing waits for the card."""
    if not turn.state.observed.answers(service.meter):
        _tell(turn, service, Mood.REFUSED, words.NOT_NOW, (), REFUSAL_MS)
    elif _measures(turn, service):
        turn.ask_at_once(StopMeasuring(service.meter))
        _keep(turn, service, replace(_cuff(turn, service), until_ms=0))
        _tell(turn, service, Mood.CALM, words.STOPPED, (words.TAKE_IT_OFF,), NOTICE_MS)
    else:
        turn.ask_at_once(Measure(service.meter))
        _keep(turn, service, replace(_cuff(turn, service), until_ms=turn.now.steady_ms + LONGEST_MS))
        _tell(turn, service, Mood.CALM, words.SIT_STILL, (words.PRESS_TO_STOP,), LONGEST_MS)


def _not_measured(turn: Turn, service: PressureService) -> None:
    _keep(turn, service, replace(_cuff(turn, service), until_ms=0))
    _tell(turn, service, Mood.REFUSED, words.NOT_MEASURED, (words.TRY_AGAIN, words.TAKE_IT_OFF), REFUSAL_MS)


def _measures(turn: Turn, service: PressureService) -> bool:
    return turn.now.steady_ms < _cuff(turn, service).until_ms


def _cuff(turn: Turn, service: PressureService) -> Cuff:
    return turn.state.volatile.cuffs.get(service.name, Cuff())


def _keep(turn: Turn, service: PressureService, cuff: Cuff) -> None:
    turn.remember(cuffs=with_item(turn.state.volatile.cuffs, service.name, cuff))


def _tell(
    turn: Turn, service: PressureService, mood: Mood, headline: Words, lines: tuple[Words, ...], stays_ms: int
) -> None:
    """On its screen, and spoken: whoever sits at it may not see well."""
    _show(turn, service, mood, headline, lines, stays_ms)
    if voice := turn.site.screens[service.screen].voice:
        turn.ask_at_once(Say(voice, headline))


def _show(
    turn: Turn, service: PressureService, mood: Mood, headline: Words, lines: tuple[Words, ...], stays_ms: int
) -> None:
    """On its screen alone, in place of whatever menu somebody has left there."""
    until_ms = turn.now.steady_ms + stays_ms
    notices, menus = turn.state.volatile.notices, turn.state.volatile.menus
    turn.remember(
        notices=with_item(notices, service.screen, Notice(mood.value, headline, lines, until_ms)),
        menus=without_item(menus, service.screen),
    )
