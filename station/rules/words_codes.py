"""Every line about codes that people choose on a touch screen, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both

OPEN_WITH_CODE = both("Open with a code")
WHICH_CELL = both("Which cell?")
NO_SUCH_CELL = both("There is no such cell")
SIX_DIGITS = both("Choose six digits")
ONCE_MORE = both("Type them once more")
REMEMBER_IT = both("Remember them; nobody here can look them up")
TOO_EASY = both("That is too easy to guess")
NOT_THE_SAME = both("They were not the same, please choose again")
HOW_TO_USE_IT = both('Next time touch "Open with a code"')
KEEP_IT = both("Open it and keep it")
GIVE_IT_BACK = both("Take my things and give it back")


def so_many_digits(digits: int) -> Words:
    """How a cell's number is typed."""
    example = "7".zfill(digits)
    return both("{digits} digits, such as {example}", digits=digits, example=example)


def choose_for(number: str) -> Words:
    """A code for a cell."""
    return both("Choose a code for cell {number}", number=number)


def type_code(number: str) -> Words:
    """The code of a cell is asked for."""
    return both("The code of cell {number}?", number=number)


def what_now(number: str) -> Words:
    """The code was right."""
    return both("Cell {number}: what next?", number=number)


def code_is_set(number: str) -> Words:
    """A code was chosen."""
    return both("Cell {number} has its code", number=number)
