"""One thing that was looked at: its light, in words a volunteer understands, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.contract import Words, both


class Light(StrEnum):
    """The traffic light."""

    OK = "ok"
    LOOK = "look"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is a device, a service, an alarm, or one of journal, link, clock, disk, board."""

    about: str
    light: Light
    words: Words
    next_step: Words


FINE = both("Fine")
NOTHING = both("Nothing to do")
CHECK_CABLE = both("Check plug and cable; it is tried again by itself")
