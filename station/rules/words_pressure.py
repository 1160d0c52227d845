"""Every line about the blood pressure meter."""

from __future__ import annotations

from drivers.contract import Words, both

SIT_STILL = both("The cuff gets tight: sit still, do not talk")
PRESS_TO_STOP = both("Press the button again to stop at once")
STOPPED = both("Stopped: the cuff opens")
TAKE_IT_OFF = both("If it stays tight, pull it off your arm")
NOT_MEASURED = both("It could not measure")
TRY_AGAIN = both("Cuff snug on the bare upper arm, rest a minute, press again")
NOT_NOW = both("The blood pressure meter does not answer")
NOTHING_IS_KEPT = both("Nothing is stored: write it down if you like")
NO_DIAGNOSIS = both("One reading is no diagnosis: ask a doctor; unwell: call 120")


def measured(systolic: int, diastolic: int) -> Words:
    """In mmHg, large."""
    return both("Blood pressure {systolic} / {diastolic}", systolic=systolic, diastolic=diastolic)


def pulse(beats: int) -> Words:
    """A minute."""
    return both("Pulse {beats} a minute", beats=beats)
