"""The fields of a decoded map: every one known, every needed one there, each of its kind and within its bounds."""

from __future__ import annotations

import re

from station.trust.refusal import Reason, Refused

STATION = re.compile(r"[a-z0-9-]{3,32}")
"""A station's id, as in the station file."""
AUDIENCE = re.compile(r"@?[a-z0-9-]{3,32}")
"""A station's id, or `@` and the name of a group of stations."""
NAME = re.compile(r"[a-z0-9_-]{1,32}")
"""A screen, service, action, thing or document."""
WORDS = re.compile(r"[^\x00-\x1f\x7f]{1,40}")
"""A few words of a person, on one line."""

MAX_TIME_SECONDS = 253_402_300_799
"""The last second of the year 9999, unix time."""


class Fields:
    """A map with integer keys, as `cbor.decode` gave it. Every call raises `Refused`; `what` is for its detail."""

    __slots__ = ("_map", "_what")

    def __init__(
        self, value: object, what: str, *, needed: frozenset[int], optional: frozenset[int] = frozenset()
    ) -> None:
        if not isinstance(value, dict):
            raise Refused(Reason.WRONG_TYPE, f"{what} is not a map")
        if foreign := [key for key in value if key not in needed and key not in optional]:
            raise Refused(Reason.UNKNOWN_FIELD, f"{what} has {len(foreign)} fields that nobody knows")
        if missing := sorted(key for key in needed if key not in value):
            raise Refused(Reason.MISSING_FIELD, f"{what} lacks field {missing[0]}")
        self._map: dict[int, object] = value
        self._what = what

    def __contains__(self, key: int) -> bool:
        return key in self._map

    def octets(self, key: int, size: int | None = None) -> bytes:
        """A byte string, of exactly `size` bytes if given."""
        value = self._map[key]
        if not isinstance(value, bytes) or (size is not None and len(value) != size):
            raise self._wrong(key, "a byte string" if size is None else f"{size} bytes")
        return value

    def number(self, key: int, low: int, high: int) -> int:
        """An integer from `low` to `high`."""
        value = self._map[key]
        if type(value) is not int or not low <= value <= high:
            raise self._wrong(key, f"a whole number from {low} to {high}")
        return value

    def time_s(self, key: int) -> int:
        """A unix time in whole seconds."""
        return self.number(key, 0, MAX_TIME_SECONDS)

    def flag(self, key: int) -> bool:
        """True or false."""
        value = self._map[key]
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def text(self, key: int, pattern: re.Pattern[str]) -> str:
        """A text that is `pattern` from its first to its last character."""
        value = self._map[key]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self._wrong(key, f"a text of the form {pattern.pattern}")
        return value

    def items(self, key: int) -> list[object]:
        """An array."""
        value = self._map[key]
        if not isinstance(value, list):
            raise self._wrong(key, "an array")
        return value

    def inner(self, key: int) -> object:
        """A map within this one, for `Fields` of its own."""
        return self._map[key]

    def _wrong(self, key: int, expected: str) -> Refused:
        return Refused(Reason.WRONG_TYPE, f"field {key} of {self._what} is not {expected}")
