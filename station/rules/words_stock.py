"""Every line about what is given away by the piece, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both

SHUT_WHEN_DONE = both("Shut it when you are done")
NOT_OPENED = both("It did not open; nothing was counted or charged")
IS_OPEN = both("It is open")
OPENING = both("Opening")
UNSURE = both("It is not certain that it opened; please try the door")
FORCED = both("It was forced; the keepers have been told")
REFILL_OR_COUNT = both("Refill it, then note how many")
TAKE_OUT_EXPIRED = both("Take out what has expired, then count again")


def take(what: Words, count: int) -> Words:
    """They may take so many."""
    return both("Please take {count}: {what}", count=count, what=what)


def left(what: Words, count: int) -> Words:
    """What is recorded now."""
    return both("{what}: {count} here now", what=what, count=count)


def low(what: Words, count: int) -> Words:
    """Few are left, or none."""
    if count == 0:
        return both("{what}: none left", what=what)
    return both("{what}: only {count} left", what=what, count=count)


def expired(what: Words, day: str) -> Words:
    """Some of it is past its day."""
    return both("{what}: some expired on {day}", what=what, day=day)
