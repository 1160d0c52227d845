"""What bounds a visitor: how often, how many live pages, how long a form."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request

MAX_FORM_BYTES = 4096
MAX_FORM_FIELDS = 16
MAX_LETTER_BYTES = 8192
"""A form with 500 characters of text in it, each up to 12 bytes as browsers send it."""
MAX_NAMES = 4096
"""How many people a limit remembers at once; the one who was quiet longest is forgotten first."""

TAPS_A_MINUTE = 10
PASSES_AN_HOUR = 30
WISHES_A_DAY = 10
NUMBERS_A_MINUTE = 60
"""Looks at a wish by its number, from one address."""
JOINS_A_MINUTE = 20
"""From one address; a whole community may join behind one."""


class TooMuch(Exception):
    """A form is longer than any of ours."""


class Allowance:
    """`limit` times in any `window_seconds`, for each name. `now_seconds` is a steady clock."""

    def __init__(self, limit: int, window_seconds: float, now_seconds: Callable[[], float]) -> None:
        self._limit = limit
        self._window_seconds = window_seconds
        self._now_seconds = now_seconds
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, name: str) -> bool:
        """Whether `name` may once more now."""
        now = self._now_seconds()
        taken = self._taken.setdefault(name, deque(maxlen=self._limit))
        self._taken.move_to_end(name)
        while len(self._taken) > MAX_NAMES:
            self._taken.popitem(last=False)
        if len(taken) == self._limit and now - taken[0] < self._window_seconds:
            return False
        taken.append(now)
        return True


async def read_form(request: Request, max_bytes: int = MAX_FORM_BYTES) -> dict[str, str]:
    """The fields of a form as browsers post it. Raises `TooMuch`; a field that is there twice counts as missing."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise TooMuch(f"a form of more than {max_bytes} bytes")
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=MAX_FORM_FIELDS, strict_parsing=bool(body))
    except ValueError as fault:
        raise TooMuch("not a form of ours") from fault
    names = [name for name, _ in pairs]
    return {name: text for name, text in pairs if names.count(name) == 1}
