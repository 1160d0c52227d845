"""The document `holdings`: who has what at a station whose journal was lost, as the office knew it.

The body is JSON. It names the journal for which it is told: a copy from an earlier loss says nothing about now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from station.trust.fields import NAME
from station.trust.holders import HOLDER_BYTES, Role
from station.trust.messages import strict_json
from station.trust.refusal import Reason, Refused

HOLDINGS = "holdings"
"""The document's name."""
MAX_HOLDINGS = 750
MAX_BODY_BYTES = 156 * 1024
MAX_TIME_MS = 253_402_300_799_999
"""The end of the year 9999."""

JOURNAL = re.compile(r"[0-9a-f]{32}")
HOLDER = re.compile(rf"[0-9a-f]{{{2 * HOLDER_BYTES}}}")
_DEPTH = 3

Held = tuple[str, str, str, str, int | None, str]
"""Service, thing, holder, role, when it is due (wall, None: no limit), and who else may take it ("": nobody)."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Who had what when `journal` began. No thing stands there twice."""

    journal: str
    held: tuple[Held, ...]


def write_holdings(holdings: Holdings) -> bytes:
    """The body. Raises `Refused` for one that no station would read."""
    names = ("service", "thing", "holder", "role", "due_at_ms", "recipient")
    value = {"journal": holdings.journal, "holdings": [dict(zip(names, one, strict=True)) for one in holdings.held]}
    body = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    read_holdings(body)
    return body


def read_holdings(body: bytes) -> Holdings:
    """What a body says. Raises `Refused`."""
    value = _fields(strict_json(body, MAX_BODY_BYTES, _DEPTH), "the holdings", {"journal", "holdings"})
    listed = value["holdings"]
    if not isinstance(listed, list):
        raise Refused(Reason.WRONG_TYPE, "the holdings are not a list")
    if len(listed) > MAX_HOLDINGS:
        raise Refused(Reason.TOO_LONG, f"{len(listed)} holdings, at most {MAX_HOLDINGS} are taken")
    held = tuple(_held(one) for one in listed)
    if len({one[:2] for one in held}) < len(held):
        raise Refused(Reason.WRONG_TYPE, "a thing is held twice")
    return Holdings(_text(value["journal"], JOURNAL), held)


def _held(value: object) -> Held:
    one = _fields(value, "a holding", {"service", "thing", "holder", "role", "due_at_ms", "recipient"})
    due_at_ms = one["due_at_ms"]
    if due_at_ms is not None and (type(due_at_ms) is not int or not 0 <= due_at_ms <= MAX_TIME_MS):
        raise Refused(Reason.WRONG_TYPE, "due_at_ms is null or milliseconds of unix time")
    if one["role"] not in list(Role):
        raise Refused(Reason.WRONG_TYPE, "nobody has that role")
    return (
        _text(one["service"], NAME),
        _text(one["thing"], NAME),
        _text(one["holder"], HOLDER),
        str(one["role"]),
        due_at_ms,
        "" if one["recipient"] == "" else _text(one["recipient"], HOLDER),
    )


def _fields(value: object, what: str, names: Iterable[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Refused(Reason.WRONG_TYPE, f"{what} is not an object")
    if foreign := set(value) - set(names):
        raise Refused(Reason.UNKNOWN_FIELD, f"{what} has {len(foreign)} fields that nobody knows")
    if missing := sorted(set(names) - set(value)):
        raise Refused(Reason.MISSING_FIELD, f"{what} lacks {missing[0]}")
    return value


def _text(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Refused(Reason.WRONG_TYPE, f"a text is not of the form {pattern.pattern}")
    return value
