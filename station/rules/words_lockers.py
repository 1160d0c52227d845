"""Every line about cells, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both

LOOK_FOR_NUMBER = both("Look for the number on the door")
SHUT_WHEN_DONE = both("Shut the cell when you are done")
EMPTY_AND_SHUT = both("Take everything out and shut the cell")
SHUT_IT = both("Please shut it and put nothing in")
KEPT = both("It is kept for you; scan to open it again")
FREE = both("Thank you, the cell is given back")


def opening(number: str) -> Words:
    """The cell is about to open."""
    return both("Opening cell {number}", number=number)


def is_open(number: str) -> Words:
    """Its sensor shows it open."""
    return both("Cell {number} is open", number=number)


def is_shut(number: str) -> Words:
    """Its sensor shows it shut."""
    return both("Cell {number} is shut", number=number)


def offered(number: str) -> Words:
    """Somebody else may take it over."""
    return both("They may now open cell {number}", number=number)


def noted(number: str) -> Words:
    """A keeper's word about a cell is recorded."""
    return both("Cell {number}: noted", number=number)


def stuck(number: str) -> Words:
    """It did not open, and somebody's things are in it."""
    return both("Cell {number} did not open", number=number)


def opened_late(number: str) -> Words:
    """It opened when it was nobody's any more."""
    return both("Cell {number} opened late, please do not use it", number=number)


def forced(number: str) -> Words:
    """Opened without a right."""
    return both("Cell {number} was forced; the keepers have been told", number=number)
