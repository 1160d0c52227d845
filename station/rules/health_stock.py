"""What volunteers have to look after in boxes and cupboards: what is low, what has expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from drivers.contract import ClockTrust, Now
from station.rules import words_stock
from station.rules.finding import FINE, NOTHING, Finding, Light
from station.rules.hours import local_day
from station.rules.site import Site, StockService
from station.rules.stock_keeping import left
from station.state import State

EPOCH = date(1970, 1, 1)


def findings(state: State, site: Site, now: Now) -> Iterator[Finding]:
    """One for each thing that wants a volunteer; one for a service where nothing does."""
    for service in site.stock.values():
        wanting = list(_wanting(state, site, service, now))
        yield from wanting or [Finding(service.name, Light.OK, FINE, NOTHING)]


def _wanting(state: State, site: Site, service: StockService, now: Now) -> Iterator[Finding]:
    today = EPOCH + timedelta(days=local_day(now, site))
    for thing, item in service.items.items():
        about = f"{service.name} {thing}"
        stock = left(state, service, thing)
        if stock.count <= item.low:
            yield Finding(about, Light.LOOK, words_stock.low(item.words, stock.count), words_stock.REFILL_OR_COUNT)
        if stock.count and stock.expires and now.trust is not ClockTrust.FLOOR and stock.expires < today.isoformat():
            told = words_stock.expired(item.words, stock.expires)
            yield Finding(f"{about} expired", Light.LOOK, told, words_stock.TAKE_OUT_EXPIRED)
