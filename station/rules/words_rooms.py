"""Every line about rooms that somebody has for a while, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both

TAKE = both("Use the room")
ENDED = both("Thank you, the room is free again")
TAKE_YOUR_THINGS = both("Please take your things with you")
TIME_IS_UP = both("The time is up")
FOR_THE_NEXT = both("Please make room for the next person")
RELEASED = both("A keeper has opened the door")
OVERDUE = both("In use beyond its time")
KNOCK = both("Knock and ask")


def yours_for(minutes: int) -> Words:
    """Somebody has taken it."""
    return both("The room is yours for {minutes} minutes", minutes=minutes)


def over_in(minutes: int) -> Words:
    """The time is nearly up."""
    return both("{minutes} minutes are left", minutes=minutes)
