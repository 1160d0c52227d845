"""What is left of everything that is given away by the piece, and what each holder had of it today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import DayOf, Recorded, Stock, Unopened, thing_key
from station.state.tables import with_item


def _changed(recorded: Recorded, service: str, thing: str, stock: Stock) -> Recorded:
    return replace(recorded, stock=with_item(recorded.stock, thing_key(service, thing), stock))


def _stock(recorded: Recorded, service: str, thing: str) -> Stock:
    return recorded.stock.get(thing_key(service, thing), Stock())


def _taken(recorded: Recorded, event: e.StockTaken | e.StockKept, _: Row) -> Recorded:
    recorded = replace(recorded, unopened=_unopened(recorded, event))
    count = event.count if isinstance(event, e.StockTaken) else -event.count
    stock = _stock(recorded, event.service, event.thing)
    recorded = _changed(recorded, event.service, event.thing, replace(stock, count=max(0, stock.count - count)))
    key = thing_key(event.service, event.thing)
    day = _day(recorded, event.holder, event.day)
    if isinstance(event, e.StockKept) and key not in day.taken:
        return recorded  # that day is over
    taken = with_item(day.taken, key, max(0, day.taken.get(key, 0) + count))
    return _with_day(recorded, event.holder, replace(day, taken=taken))


def _unopened(recorded: Recorded, event: e.StockTaken | e.StockKept) -> Mapping[str, Unopened]:
    if isinstance(event, e.StockTaken):
        if not event.cell:
            return recorded.unopened
        taken = Unopened(event.thing, event.count, event.holder, event.day, event.order)
        return with_item(recorded.unopened, thing_key(event.service, event.cell), taken)
    prefix = thing_key(event.service, "")
    return {
        key: one
        for key, one in recorded.unopened.items()
        if not key.startswith(prefix) or (one.thing, one.holder) != (event.thing, event.holder)
    }


def _refilled(recorded: Recorded, event: e.StockRefilled, _: Row) -> Recorded:
    stock = _stock(recorded, event.service, event.thing)
    days = [day for day in (stock.expires if stock.count else "", event.expires) if day]
    filled = Stock(stock.count + event.count, min(days, default=""))
    return _changed(recorded, event.service, event.thing, filled)


def _counted(recorded: Recorded, event: e.StockCounted, _: Row) -> Recorded:
    stock = _stock(recorded, event.service, event.thing)
    expires = event.expires or stock.expires if event.count else ""
    return _changed(recorded, event.service, event.thing, Stock(event.count, expires))


def _low(recorded: Recorded, event: e.StockLow, _: Row) -> Recorded:
    stock = _stock(recorded, event.service, event.thing)
    return _changed(recorded, event.service, event.thing, replace(stock, low=True))


def _paid(recorded: Recorded, event: e.PointsSpent | e.PointsReturned, _: Row) -> Recorded:
    for key, one in recorded.unopened.items():
        if key.startswith(thing_key(event.service, "")) and (one.thing, one.holder) == (event.thing, event.holder):
            paid = replace(one, points=event.points, offline=event.offline)
            recorded = replace(recorded, unopened=with_item(recorded.unopened, key, paid))
    if not event.offline:
        return recorded
    points = event.points if isinstance(event, e.PointsSpent) else -event.points
    day = _day(recorded, event.holder, event.day)
    if isinstance(event, e.PointsReturned) and not day.points:
        return recorded  # that day is over
    return _with_day(recorded, event.holder, replace(day, points=max(0, day.points + points)))


def _day(recorded: Recorded, holder: str, day: int) -> DayOf:
    """What a holder had on this day; other days are over."""
    known = recorded.days.get(holder)
    return known if known is not None and known.day == day else DayOf(day)


def _with_day(recorded: Recorded, holder: str, day: DayOf) -> Recorded:
    today = {other: one for other, one in recorded.days.items() if one.day == day.day}
    return replace(recorded, days=with_item(today, holder, day))


FOLDS = {
    e.StockTaken: _taken,
    e.StockKept: _taken,
    e.StockRefilled: _refilled,
    e.StockCounted: _counted,
    e.StockLow: _low,
    e.PointsSpent: _paid,
    e.PointsReturned: _paid,
}
