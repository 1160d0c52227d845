"""Every line about things that are lent, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both

LOOK_FOR_NUMBER = both("Look for the number beside the slot")
TAKE_IT_OUT = both("Take it out, and bring it back when you are done")
ANY_FREE_SLOT = both("Push it in until it locks")
THANKS = both("Thank you, it is given back")
ARRIVED = both("Thank you, it has arrived")
WHOSE = both("Something came back, and nobody has said whose it is")
SCAN_FIRST = both("Scan before you give back; to have it noted call the number below")
ANOTHER_WILL_DO = both("Another one will do as well")
INTO_THE_BOX = both("It is known by its tag; close the box when you are done")
NOT_TAKEN = both("It was not taken out; nothing is lent to you")
NOT_PUT_IN = both("Nothing was put in; it is still lent to you")
NOTED = both("Noted")


def opening(slot: str) -> Words:
    """The slot is about to open."""
    return both("Opening slot {slot}", slot=slot)


def opening_box(number: str) -> Words:
    """The box is about to open, and this thing is in it."""
    return both("Opening the box: take number {number}", number=number)


def taken(what: Words, slot: str) -> Words:
    """The slot's contact shows that it has left."""
    return both("{what} taken from slot {slot}", what=what, slot=slot)


def taken_from_box(what: Words, number: str) -> Words:
    """Its tag is not heard any more."""
    return both("{what} number {number} taken", what=what, number=number)


def put_in(what: Words, slot: str) -> Words:
    """A slot that is free waits for it."""
    return both("{what}: put it into slot {slot}", what=what, slot=slot)


def put_into_box(what: Words) -> Words:
    """The box is about to open for it."""
    return both("{what}: put it back into the box", what=what)


def kept_open(slot: str) -> Words:
    """A keeper's opening."""
    return both("Slot {slot} is open", slot=slot)


def forced(slot: str) -> Words:
    """Taken without a right."""
    return both("Slot {slot} was forced; the keepers have been told", slot=slot)


def taken_without_right(what: Words, number: str) -> Words:
    """It has left the box, and nobody had asked."""
    return both("{what} number {number} was taken without a loan; the keepers have been told", what=what, number=number)
