"""What volunteers do with stock: refill, count, empty. And what is left, low, good until."""

from __future__ import annotations

import re
from datetime import date

from station import events as e
from station.rules import say_stock
from station.rules.site import StockService
from station.rules.turn import Turn
from station.state import Request, State, Stock, thing_key
from station.trust.refusal import Reason, Refused

STEWARDS = frozenset({"volunteer", "keeper"})
"""Who refills and counts."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def left(state: State, service: StockService, thing: str) -> Stock:
    """What is left of an item; what was never counted or refilled is none."""
    return state.recorded.stock.get(thing_key(service.name, thing), Stock())


def check_item(service: StockService, thing: str) -> None:
    """Raises `Refused` for what is not here."""
    if thing not in service.items:
        raise Refused(Reason.WRONG_NAME, f"{service.name} has no {thing}")


def tell_low(turn: Turn, service: StockService, thing: str) -> None:
    """Once, until it is refilled."""
    stock = left(turn.state, service, thing)
    if stock.count <= service.items[thing].low and not stock.low:
        turn.record(e.StockLow(service.name, thing, stock.count))


def _check_steward(service: StockService, request: Request) -> None:
    if request.role not in STEWARDS:
        raise Refused(Reason.WRONG_ROLE, "only volunteers refill and count")
    check_item(service, request.thing)


def _day(request: Request) -> str:
    """The day until which it is good, given as the reason; empty when none is. Raises `Refused`."""
    if request.reason and not _is_day(request.reason):
        raise Refused(Reason.WRONG_TYPE, "the day until which it is good is written such as 2027-03-31")
    return request.reason


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def refill(turn: Turn, service: StockService, request: Request) -> None:
    """So many came. Raises `Refused`."""
    _check_steward(service, request)
    turn.record(e.StockRefilled(service.name, request.thing, request.count, request.holder, _day(request)))
    _noted(turn, service, request)


def count(turn: Turn, service: StockService, request: Request) -> None:
    """So many are here. Raises `Refused`."""
    _check_steward(service, request)
    turn.record(e.StockCounted(service.name, request.thing, request.count, request.holder, _day(request)))
    _noted(turn, service, request)


def empty(turn: Turn, service: StockService, request: Request) -> None:
    """Nothing is here, which an order cannot count. Raises `Refused`."""
    _check_steward(service, request)
    turn.record(e.StockCounted(service.name, request.thing, 0, request.holder))
    _noted(turn, service, request)


def _noted(turn: Turn, service: StockService, request: Request) -> None:
    tell_low(turn, service, request.thing)
    here = left(turn.state, service, request.thing).count
    say_stock.counted(turn, service, request.thing, here, request.order)
