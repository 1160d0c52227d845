"""What people may ask for, in words, Chinese first. Where a service has a name of its own, that stands above these."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.contract import Words, both

OPEN_DOOR = both("Open the door")
SIZES: Mapping[str, Words] = {
    "small": both("Small cell"),
    "medium": both("Medium cell"),
    "large": both("Large cell"),
}
LOW_CELL = both("Low cell, for wheelchairs")
BORROW = both("Borrow one")
BRING_BACK = both("Give one back")
OPEN_BOX = both("Open the box")
START = both("Start")
SIGN_ON = both("Sign on")
SIGN_OFF = both("Sign off")


def socket(name: str) -> Words:
    """One socket by the name that is printed on it."""
    return both("Socket {name}", name=name)
