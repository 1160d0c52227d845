"""What the kernel's w1 driver says of a DS18B20: the text of its `w1_slave` file.

    72 01 4b 46 7f ff 0e 10 57 : crc=57 YES
    72 01 4b 46 7f ff 0e 10 57 t=23125

Line 1 ends with YES when the checksum of the nine bytes is right, line 2 with thousandths of a degree. Pure: text in,
values out.
"""

from __future__ import annotations

import re

MAX_TEXT_BYTES = 256
"""Two lines of 9 bytes and a word are 75."""

POWER_ON_C = 85.0
"""What a sensor holds before its first conversion, and after its supply has dipped."""

_LOWEST_C, _HIGHEST_C = -55.0, 125.0
_BYTES = r"(?:[0-9a-f]{2} ){9}"
_ALL_ZERO = "00 " * 9
_TEXT = re.compile(rf"{_BYTES}: crc=[0-9a-f]{{2}} (YES|NO)\n{_BYTES}t=(-?[0-9]{{1,6}})\n?", re.ASCII)


class Unreadable(ValueError):
    """No temperature; the message says why."""


def read(text: str) -> float:
    """Degrees Celsius. Raises `Unreadable`."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise Unreadable("it answers no whole reading")
    if text.startswith(_ALL_ZERO):  # whose checksum is zero as well
        raise Unreadable("its data line touches ground")
    if found[1] != "YES":
        raise Unreadable("its answers arrive damaged (checksum)")
    celsius = int(found[2]) / 1000
    if not _LOWEST_C <= celsius <= _HIGHEST_C:
        raise Unreadable(f"it reports {celsius:g} °C, which no such sensor measures")
    return celsius
