"""Whose volunteer points there are, and what is set aside of them for orders that are under way.

A balance is what somebody's minutes on duty are worth, less what they spent, over all stations. Passes spend without
asking the office, so it may be negative: then nothing can be ordered that costs points until it is earned again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from central import tables as t
from central.changes import NoPoints
from central.issue import is_group
from central.points import FILLED
from central.store import CHUNK_KEYS, Store, Transaction
from station.trust.nonces import NONCE_STEP_SECONDS, NONCE_VALID_SECONDS

USABLE_SECONDS = 2 * NONCE_STEP_SECONDS + NONCE_VALID_SECONDS
"""So long an order can be used at most: its picture is on the screen for up to two steps, and then still stands."""
ROWS_SECONDS = 60
"""So long the rows of what was ordered may be on their way."""
SET_ASIDE_MS = (USABLE_SECONDS + ROWS_SECONDS) * 1000
AWAY_MS = 86_400_000
"""So long points stay set aside for an order of a station that has not been heard since: it may have taken it."""
MINUTES_PER_HOUR = 60

HolderOf = Callable[[str, str], str]
"""What a person is called at a station or in a group, hex."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person's minutes on duty and points. `label` is what tells people apart; the balance may be negative."""

    person: str
    label: str
    minutes: int
    earned: int
    spent: int

    @property
    def balance(self) -> int:
        """What is left, some of which may be set aside."""
        return self.earned - self.spent


class Purse:
    """The points of people. `points_per_hour` is the office's rate; 0: no points are earned."""

    def __init__(self, store: Store, holder_of: HolderOf, points_per_hour: int, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._holder_of = holder_of
        self.points_per_hour = points_per_hour
        self._now_ms = now_ms

    def points(self, person: str) -> int:
        """What somebody can spend now; it may be negative."""
        with self._store.read() as connection:
            return self._points(connection, person)

    def set_aside(self, transaction: Transaction, order_id: str, station: str, person: str, price: int) -> None:
        """Keep the price of an order from being spent twice. Raises `NoPoints`.

        One such transaction at a time, so that two orders never count on the same points.
        """
        connection = transaction.connection
        connection.execute(sa.select(t.meta.c.value).where(t.meta.c.name == FILLED).with_for_update())
        mine, now_ms = t.reserved_points.c.person == person, self._now_ms()
        connection.execute(sa.delete(t.reserved_points).where(mine, t.reserved_points.c.placed_ms <= now_ms - AWAY_MS))
        points = self._points(connection, person)
        if points < price:
            raise NoPoints(points, price)
        values = {"order_id": order_id, "station": station, "person": person, "points": price, "placed_ms": now_ms}
        transaction.put(t.reserved_points, values, keys=("order_id",))

    def accounts(self) -> list[Account]:
        """Everybody who ever earned or spent something, by label."""
        with self._store.read() as connection:
            rows = connection.execute(sa.select(t.points)).all()
            people = connection.execute(sa.select(t.people.c.person, t.people.c.label)).all()
            groups = _groups(connection)
        told = {(row.station, row.holder): (row.minutes, row.spent) for row in rows}
        stations = {row.station for row in rows}
        found = []
        for person, label in people:
            mine = [told[key] for key in self._keys(person, stations, groups[person]) if key in told]
            if mine:
                found.append(self._account(person, label, mine))
        return sorted(found, key=lambda account: (account.label, account.person))

    def _points(self, connection: sa.Connection, person: str) -> int:
        # In this order: a row that comes between the two counts twice for a moment, and never not at all.
        set_aside = self._set_aside(connection, person)
        stations = connection.execute(sa.select(t.stations.c.station)).scalars().all()
        keys = list(self._keys(person, stations, _groups(connection, person)[person]))
        mine: list[tuple[int, int]] = []
        for start in range(0, len(keys), CHUNK_KEYS):
            place = sa.tuple_(t.points.c.station, t.points.c.holder).in_(keys[start : start + CHUNK_KEYS])
            mine += [(row.minutes, row.spent) for row in connection.execute(sa.select(t.points).where(place))]
        return self._account(person, "", mine).balance - set_aside

    def _keys(self, person: str, stations: Iterable[str], groups: Iterable[str]) -> Iterator[tuple[str, str]]:
        """What somebody is called in the rows of each station; by a pass for a group it is the same in all of it."""
        by_group = [self._holder_of(person, group) for group in groups]
        for station in stations:
            yield station, self._holder_of(person, station)
            yield from ((station, holder) for holder in by_group)

    def _account(self, person: str, label: str, mine: list[tuple[int, int]]) -> Account:
        minutes, spent = sum(one[0] for one in mine), sum(one[1] for one in mine)
        return Account(person, label, minutes, minutes * self.points_per_hour // MINUTES_PER_HOUR, spent)

    def _set_aside(self, connection: sa.Connection, person: str) -> int:
        """Points of orders that may still be used, or whose station may have taken them and was not heard since."""
        one, now_ms = t.reserved_points.c, self._now_ms()
        unheard = sa.or_(t.hints.c.seen_ms.is_(None), t.hints.c.seen_ms < one.placed_ms + SET_ASIDE_MS)
        query = (
            sa.select(sa.func.coalesce(sa.func.sum(one.points), 0))
            .outerjoin(t.hints, t.hints.c.station == one.station)
            .where(one.person == person, one.placed_ms > now_ms - AWAY_MS)
            .where(sa.or_(one.placed_ms > now_ms - SET_ASIDE_MS, unheard))
        )
        return int(connection.execute(query).scalar_one())


def _groups(connection: sa.Connection, person: str | None = None) -> defaultdict[str, set[str]]:
    """The groups of stations for which people (or one person) have had passes."""
    query = sa.select(t.passes.c.person, t.passes.c.audience).distinct()
    if person is not None:
        query = query.where(t.passes.c.person == person)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for owner, audience in connection.execute(query):
        if is_group(audience):
            found[owner].add(audience)
    return found
