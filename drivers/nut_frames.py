r"""Lines of the Network UPS Tools protocol, as far as reading goes.

    LIST VAR su700
    BEGIN LIST VAR su700
    VAR su700 battery.charge "100"
    VAR su700 ups.status "OL CHRG"
    END LIST VAR su700

or `ERR UNKNOWN-UPS` in place of the list. Values are quoted; a backslash stands before a quote and a backslash inside.
Source: NUT's "Network protocol information" (docs/net-protocol.txt). Pure: bytes in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_ANSWER_BYTES = 65_536
"""A large UPS has about 150 variables in 8 kB; a peer that says more in one answer is no UPS server."""

MAX_LINE_BYTES = 1_024
"""The server's own limit for a line is 512."""

STATUS = "ups.status"
CHARGE = "battery.charge"

_VAR = re.compile(r'VAR (\S+) (\S+) "((?:[^"\\]|\\.)*)"', re.ASCII)
_ERR = re.compile(r"ERR ([A-Z0-9-]{1,40})(?: .*)?", re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{0,6})?", re.ASCII)
_FULL_PERCENT = 100


class Flag(StrEnum):
    """Words of `ups.status` that say where the power comes from."""

    ON_LINE = "OL"
    ON_BATTERY = "OB"
    FORCED_SHUTDOWN = "FSD"  # to be treated as on battery, and the battery low


@dataclass(frozen=True, slots=True)
class Variables:
    """One whole answer."""

    values: Mapping[str, str]

    @property
    def on_battery(self) -> bool | None:
        """Whether the mains are gone; None when this UPS does not say."""
        flags = self.values.get(STATUS, "").split()
        if Flag.ON_BATTERY in flags or Flag.FORCED_SHUTDOWN in flags:
            return True
        return False if Flag.ON_LINE in flags else None

    @property
    def charge_percent(self) -> int | None:
        """How full the battery is; None when this UPS does not say."""
        text = self.values.get(CHARGE, "")
        if not _NUMBER.fullmatch(text) or float(text) > _FULL_PERCENT:
            return None
        return round(float(text))


@dataclass(frozen=True, slots=True)
class Refused:
    """The server gives no list; `reason` is its own word for it, such as `DATA-STALE`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Nonsense:
    """What came is no answer of a UPS server."""

    detail: str


Answer = Variables | Refused | Nonsense


def list_variables(ups: str) -> bytes:
    return f"LIST VAR {ups}\n".encode("ascii")


class Reader:
    """Puts one answer together from however its bytes are cut. Holds at most `MAX_ANSWER_BYTES`."""

    def __init__(self, ups: str) -> None:
        self._ups = ups
        self._held = b""
        self._taken_bytes = 0
        self._values: dict[str, str] | None = None

    def feed(self, data: bytes) -> Answer | None:
        """The answer, once it is whole or cannot become one; None while more must come."""
        self._taken_bytes += len(data)
        if self._taken_bytes > MAX_ANSWER_BYTES:
            self._held = b""
            return Nonsense(f"more than {MAX_ANSWER_BYTES} bytes in one answer")
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > MAX_LINE_BYTES:
            self._held = b""
            return Nonsense(f"a line of more than {MAX_LINE_BYTES} bytes")
        for line in lines:
            answer = self._line(line.rstrip(b"\r").decode("utf-8", "replace"))
            if answer is not None:
                return answer
        return None

    def _line(self, line: str) -> Answer | None:
        refused = _ERR.fullmatch(line)
        if refused:
            return Refused(refused[1])
        if self._values is None:
            if line != f"BEGIN LIST VAR {self._ups}":
                return Nonsense("a line that begins no list")
            self._values = {}
            return None
        if line == f"END LIST VAR {self._ups}":
            return Variables(self._values)
        found = _VAR.fullmatch(line)
        if found is None or found[1] != self._ups:
            return Nonsense("a line that belongs to no list")
        self._values[found[2]] = _ESCAPED.sub(r"\1", found[3])
        return None
