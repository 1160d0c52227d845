"""Medicine box and vending cupboard: who opened, who took what, what is left and until when it is good.

What is taken is counted before anything moves, and counted back when its lock is seen not to have opened. Where there
is no lock, or nothing feels it, people are believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.contract import Outcome, Signal
from station import events as e
from station.rules import holdings, openings, points, say, say_stock, stock_keeping
from station.rules.actions import check_recorded, do
from station.rules.site import BOX, StockService
from station.rules.turn import Turn
from station.state import USUAL, Opening, Request, thing_key
from station.trust.refusal import Reason, Refused

OPEN_WITHIN_MS = 10_000
"""A box may have to be pulled open."""
NOT_OPENED, NOT_SENT = "not_opened", "not_sent"
"""Why something was not had (`StockKept.cause`)."""


def requested(turn: Turn, service: StockService, request: Request) -> None:
    """Take, open; volunteers refill, count and empty. Raises `Refused`."""
    check_recorded(turn)
    do(turn, service, request, _ACTIONS, request.action)


def _usual(turn: Turn, service: StockService, request: Request) -> None:
    """A pass at the reader: it opens the box, or takes the only thing that there is."""
    if BOX in service.cells and not box_sells(service):
        _open(turn, service, request)
    elif len(service.items) == 1:
        _take_one(turn, service, request, next(iter(service.items)))
    else:
        raise Refused(Reason.WRONG_ACTION, "a pass does not say which thing; an order does")


# ---------------------------------------------------------------- take


def _take(turn: Turn, service: StockService, request: Request) -> None:
    stock_keeping.check_item(service, request.thing)
    _take_one(turn, service, request, request.thing)


def _take_one(turn: Turn, service: StockService, request: Request, thing: str) -> None:
    item, count = service.items[thing], request.count
    points.check_day(turn, request, thing_key(service.name, thing), item.per_day)
    if stock_keeping.left(turn.state, service, thing).count < count:
        raise Refused(Reason.SOLD_OUT, f"fewer than {count} of {thing} are left")
    points.check(turn, request, item.points * count, service.offline_points)
    cell = thing if thing in service.cells else BOX if BOX in service.cells else ""
    opens = bool(cell) and _check_opens(turn, service, cell)
    felt = cell if opens and service.cells[cell].felt_at else ""
    holdings.record_use(turn, request, felt)
    _record_taken(turn, service, request, thing, felt)
    if opens:
        _ask(turn, service, cell, openings.TAKEN, request, thing)
    else:
        say_stock.take(turn, service, thing, count, request.order)


def _record_taken(turn: Turn, service: StockService, request: Request, thing: str, cell: str) -> None:
    today = points.today(turn)
    taken = e.StockTaken(
        service=service.name,
        thing=thing,
        count=request.count,
        holder=request.holder,
        role=request.role,
        day=today,
        order=request.order,
        cell=cell,
    )
    turn.record(taken)
    points.spend(turn, request, service.items[thing].points * request.count, thing)
    stock_keeping.tell_low(turn, service, thing)


# ---------------------------------------------------------------- boxes and compartments


def box_sells(service: StockService) -> bool:
    """Whether the whole box holds what costs points: then only volunteers open it without taking anything."""
    return any(item.points and thing not in service.cells for thing, item in service.items.items())


def _open(turn: Turn, service: StockService, request: Request) -> None:
    cell = request.thing or BOX
    if cell not in service.cells:
        raise Refused(Reason.WRONG_NAME, f"{service.name} has no lock for {cell}")
    if request.role not in stock_keeping.STEWARDS and (cell != BOX or box_sells(service)):
        raise Refused(Reason.WRONG_ROLE, f"only volunteers open {cell} without taking something")
    opens = _check_opens(turn, service, cell)
    holdings.record_use(turn, request, cell if opens and service.cells[cell].felt_at else "")
    turn.record(e.BoxAsked(service.name, cell, request.holder, request.role, request.order))
    if opens:
        _ask(turn, service, cell, openings.OPENED, request, "")
    else:
        say_stock.is_open(turn, service, request.order)


def _check_opens(turn: Turn, service: StockService, cell: str) -> bool:
    """Whether its lock has to move; False: it stands open. Raises `Refused`."""
    if openings.recorded_cell(turn.state, service, cell).open:
        return False
    if not openings.answers(turn.state, service, cell):
        raise Refused(Reason.OUT_OF_ORDER, f"the lock of {cell} does not answer")
    if openings.pending(turn.state, service, cell) is not None:
        raise Refused(Reason.IN_USE, f"{cell} opens for somebody at this moment")
    return True


def _ask(turn: Turn, service: StockService, cell: str, cause: str, request: Request, thing: str) -> None:
    opening = openings.opening_for(turn, cause, request, within_ms=OPEN_WITHIN_MS, thing=thing)
    openings.ask(turn, service, cell, opening, service.pulse_ms)
    say_stock.opening(turn, service)


class _Boxes:
    """What stock makes of what its locks do."""

    def opened(self, turn: Turn, service: StockService, _cell: str, opening: Opening, /) -> None:
        request, thing = opening.request, opening.thing
        if thing and opening.cause == openings.LATE:
            _record_taken(turn, service, request, thing, "")  # it was counted back, and is had after all
        _tell_open(turn, service, opening)

    def forced(self, turn: Turn, service: StockService, _cell: str, /) -> None:
        say_stock.forced(turn, service)

    def shut(self, _turn: Turn, _service: StockService, _cell: str, _was_open: bool | None, /) -> None:
        """What is left is known from what people said."""

    def not_seen_open(self, turn: Turn, service: StockService, cell: str, opening: Opening, /) -> None:
        if opening.outcome and not service.cells[cell].felt_at:
            if opening.outcome == Outcome.UNKNOWN:
                say_stock.unsure(turn, service, opening.request.order)
            else:
                _tell_open(turn, service, opening)
            return
        if opening.thing:
            _keep(turn, service, opening)
        if opening.outcome:
            say_stock.not_opened(turn, service, opening.request.order)
        else:
            say.not_done(turn, service.name, Reason.OUT_OF_ORDER, opening.request.order)


_BOXES = _Boxes()


def _tell_open(turn: Turn, service: StockService, opening: Opening) -> None:
    if opening.thing:
        say_stock.take(turn, service, opening.thing, opening.request.count, opening.request.order)
    else:
        say_stock.is_open(turn, service, opening.request.order)


def _look_after_power_cut(turn: Turn, service: StockService) -> None:
    """What was being opened when the power went, and is shut: nobody had it."""
    for cell in service.cells:
        taken = turn.state.recorded.unopened.get(thing_key(service.name, cell))
        if taken is None or openings.pending(turn.state, service, cell) is not None:
            continue
        if openings.is_shut(turn.state, service, cell):
            day = taken.day
            turn.record(e.StockKept(service.name, taken.thing, taken.count, taken.holder, day, NOT_OPENED))
            if taken.points:
                returned = e.PointsReturned(
                    taken.holder, taken.points, service.name, taken.thing, taken.offline, day, taken.order
                )
                turn.record(returned)


def _keep(turn: Turn, service: StockService, opening: Opening) -> None:
    """It is still here, and costs nothing."""
    request, thing = opening.request, opening.thing
    cause = NOT_OPENED if opening.outcome else NOT_SENT
    turn.record(e.StockKept(service.name, thing, request.count, request.holder, points.today(turn), cause))
    points.give_back(turn, request, service.items[thing].points * request.count, thing)


def react(turn: Turn, signal: Signal) -> None:
    """Follow every lock."""
    for service in turn.site.stock.values():
        openings.react(turn, service, signal, _BOXES)
        _look_after_power_cut(turn, service)


_ACTIONS: Mapping[str, Callable[[Turn, StockService, Request], None]] = {
    USUAL: _usual,
    "take": _take,
    "open": _open,
    "refill": stock_keeping.refill,
    "count": stock_keeping.count,
    "empty": stock_keeping.empty,
}
