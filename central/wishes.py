"""The ledger of wishes and complaints: each has a number that can be followed until it is closed with an answer.

A number such as 2026-0042-K7QXMR counts up by the year; its last part is random, so that nobody finds other people's
by counting. Who wrote one is kept to show them their own, and is never shown to anybody else.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from central import tables as t
from central.changes import OfficeBusy, OfficeFault
from central.store import Store
from central.views import Change

WISH, COMPLAINT = "wish", "complaint"
KINDS = (WISH, COMPLAINT)
NEW, SEEN, DONE = "new", "seen", "done"
MAX_TEXT = 500
MAX_OPEN = 1_000
"""So many of one station may wait; the next one is told to call."""
MAX_LISTED = 100
SUFFIX_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SUFFIX_LENGTH = 6

_NUMBER = re.compile(rf"(20[0-9]{{2}})-([0-9]{{4,7}})(?:-([{SUFFIX_LETTERS}]{{{SUFFIX_LENGTH}}}))?")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_TRIES = 20


class UnknownWish(OfficeFault):
    """Nothing has this number."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One entry. `number` is whole; `service` is empty when it is about the whole station. Times are unix ms."""

    number: str
    station: str
    service: str
    kind: str
    text: str
    state: str
    made_ms: int
    answer: str
    closed_ms: int | None


class Wishes:
    """The ledger. Every call may be made from any thread and returns within milliseconds."""

    def __init__(self, store: Store, changed: Callable[[Change], None], now_ms: Callable[[], int]) -> None:
        self._store = store
        self._changed = changed
        self._now_ms = now_ms

    def make(self, station: str, kind: str, text: str, person: str, service: str = "") -> str:
        """Enter one and give its number. Raises `OfficeFault` for a text that is empty or too long, `OfficeBusy`."""
        written = plain_text(text)
        if kind not in KINDS or not written:
            raise OfficeFault(f"a wish or complaint is a text of 1 to {MAX_TEXT} characters")
        now_ms = self._now_ms()
        year = datetime.fromtimestamp(now_ms / 1000).astimezone().year
        suffix = "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(SUFFIX_LENGTH))
        values = {"year": year, "suffix": suffix, "station": station, "service": service, "kind": kind}
        values |= {"text": written, "person": person, "made_ms": now_ms, "state": NEW, "answer": ""}
        with self._store.write() as store:
            here = sa.and_(t.wishes.c.station == station, t.wishes.c.state != DONE)
            if store.connection.execute(sa.select(sa.func.count()).where(here)).scalar_one() >= MAX_OPEN:
                raise OfficeBusy(f"{MAX_OPEN} wishes and complaints of {station} wait already")
            last = sa.select(sa.func.max(t.wishes.c.number)).where(t.wishes.c.year == year)
            for _ in range(_TRIES):  # another process may take the same number at the same moment
                number = (store.connection.execute(last).scalar() or 0) + 1
                if store.put(t.wishes, {**values, "number": number}, keys=("year", "number")):
                    break
            else:
                raise OfficeBusy("too many wishes at the same moment")
        self._changed(Change(station, "wish"))
        return _written(year, number, suffix)

    def find(self, number: str) -> Wish:
        """The entry of a whole number, however its letters are typed. Raises `UnknownWish`."""
        return _wish_of(self._row(number, whole=True))

    def of_person(self, person: str, limit: int = 10) -> list[Wish]:
        """What somebody has entered, newest first."""
        return self._list(t.wishes.c.person == person, t.wishes.c.made_ms.desc(), limit)

    def waiting(self, station: str | None = None, limit: int = MAX_LISTED) -> list[Wish]:
        """What is not closed, of one station or all, oldest first."""
        place = [t.wishes.c.state != DONE] + ([t.wishes.c.station == station] if station is not None else [])
        return self._list(sa.and_(*place), t.wishes.c.made_ms, limit)

    def closed(self, station: str | None = None, limit: int = MAX_LISTED) -> list[Wish]:
        """What was closed, newest first."""
        place = [t.wishes.c.state == DONE] + ([t.wishes.c.station == station] if station is not None else [])
        return self._list(sa.and_(*place), t.wishes.c.closed_ms.desc(), limit)

    def waiting_counts(self) -> Counter[str]:
        """How many are not closed, by station."""
        columns = (t.wishes.c.station, sa.func.count())
        with self._store.read() as connection:
            rows = connection.execute(sa.select(*columns).where(t.wishes.c.state != DONE).group_by(t.wishes.c.station))
            return Counter({row[0]: row[1] for row in rows})

    def take_on(self, number: str) -> Wish:
        """Somebody is on it. Raises `UnknownWish`. What is closed stays closed."""
        row = self._row(number, whole=False)
        self._change(row, t.wishes.c.state == NEW, {"state": SEEN})
        return self._told(row)

    def close(self, number: str, answer: str) -> Wish:
        """Close one with an answer. Raises `UnknownWish`, `OfficeFault` without an answer, or when it is closed."""
        written = plain_text(answer)
        if not written:
            raise OfficeFault(f"an answer is a text of 1 to {MAX_TEXT} characters")
        row = self._row(number, whole=False)
        values = {"state": DONE, "answer": written, "closed_ms": self._now_ms()}
        if not self._change(row, t.wishes.c.state != DONE, values):
            raise OfficeFault(f"{number} is closed already")
        return self._told(row)

    def _change(self, row: Any, only: sa.ColumnElement[bool], values: dict[str, Any]) -> bool:
        """Whether it was changed: somebody else may have done so since `row` was read."""
        here = sa.and_(t.wishes.c.year == row.year, t.wishes.c.number == row.number, only)
        with self._store.write() as store:
            return store.connection.execute(sa.update(t.wishes).where(here).values(values)).rowcount == 1

    def _told(self, row: Any) -> Wish:
        """As it is now, told to whoever looks at it."""
        self._changed(Change(row.station, "wish"))
        return self.find(_written(row.year, row.number, row.suffix))

    def _row(self, number: str, *, whole: bool) -> Any:
        """The row of a number; the random part may be left out by those who see every number, unless `whole`."""
        found = _NUMBER.fullmatch(number.strip().upper())
        if found is None:
            raise UnknownWish(f"{number!r} is no number such as 2026-0042-K7QXMR")
        year, count, suffix = int(found[1]), int(found[2]), found[3] or ""
        with self._store.read() as connection:
            query = sa.select(t.wishes).where(t.wishes.c.year == year, t.wishes.c.number == count)
            row = connection.execute(query).one_or_none()
        fits = row is not None and (hmac.compare_digest(row.suffix, suffix) or (not suffix and not whole))
        if not fits:
            raise UnknownWish(f"nothing has the number {number}")
        return row

    def _list(self, place: sa.ColumnElement[bool], order: Any, limit: int) -> list[Wish]:
        query = sa.select(t.wishes).where(place).order_by(order).limit(limit)
        with self._store.read() as connection:
            return [_wish_of(row) for row in connection.execute(query)]


def plain_text(text: str) -> str:
    """What somebody wrote, without control characters and blank edges; empty when there is nothing, or too much."""
    lines = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    written = re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()
    return written if len(written) <= MAX_TEXT else ""


def _written(year: int, number: int, suffix: str) -> str:
    return f"{year}-{number:04d}-{suffix}"


def _wish_of(row: Any) -> Wish:
    number = _written(row.year, row.number, row.suffix)
    return Wish(number, row.station, row.service, row.kind, row.text, row.state, row.made_ms, row.answer, row.closed_ms)
