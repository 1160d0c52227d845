"""What a screen says while something does not work: what still does, or what to do. Chinese first, and calm."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.contract import Words, both

WITH_YOUR_PASS = both("Hold your pass to the scanner")
FULL = both("The memory is full: nothing can be given out for now")
PASSES_OPEN = both("Passes still open the door")
NO_LOCK = both("The lock does not answer, please call the number below")
NO_WAY = both("Scanning does not work for now, please call the number below")
USE_THE_CODE = both("The scanner is out of order: scan the code on this screen")
USE_YOUR_PASS = both("The office does not answer: hold your pass to the scanner")
OFFLINE_THINGS = both("No network; scanning still works")
NO_CLOCK = both("The time is not known and passes may fail: scan the code on this screen")
WHO_HOLDS_WHAT = both("Checking who holds what: nothing can be taken for now")
ON_BATTERY = both("The mains are off, on battery: no charging and no appliances")

MOST_NAMES = 3
"""More would be too small to read."""


def some(name: Words) -> Words:
    """A service of which not everything is out of order."""
    return both("{name} (some)", name=name)


def not_usable(names: Sequence[Words], *, things_inside: bool) -> Words:
    """Services that cannot be used now; `things_inside`: somebody's things may be in them."""
    shown = names[:MOST_NAMES]
    listed = Words("、".join(one.zh for one in shown), ", ".join(one.en for one in shown))
    if len(names) > MOST_NAMES:
        listed = both("{names} and more", names=listed)
    if things_inside:
        return both("Not usable now: {names}. To get your things, please call", names=listed)
    return both("Not usable now: {names}", names=listed)
