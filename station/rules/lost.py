"""Loans that end without their holder at this station: lost, brought to another station, found by a keeper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from station import events as e
from station.rules import holdings, say_loans
from station.rules.site import HeldService, Site
from station.rules.turn import Turn
from station.state import Holding, Request, State, loan_id
from station.trust.refusal import Reason, Refused

OVERDUE = "overdue"
"""Why a thing is lost that nobody has spoken of."""


def named(turn: Turn, service: HeldService, name: str) -> Holding | None:
    """The holding that a name means: its thing, or the loan as every station calls it."""
    for holding in holdings.held(turn.state, service.name):
        if name in (holding.thing, loan_id(turn.site.station, service.name, holding.thing)):
            return holding
    return None


def requested(turn: Turn, service: HeldService, request: Request) -> bool:
    """`lost` and `clear` by a keeper, `elsewhere` by the office; False for any other action. Raises `Refused`."""
    act = _ACTIONS.get(request.action)
    if act is None:
        return False
    holding = named(turn, service, request.thing)
    if holding is None:
        raise Refused(Reason.NOTHING_HELD, f"nothing of {service.name} that is out is called {request.thing}")
    act(turn, service, holding, request)
    say_loans.noted(turn, service.name, request.order)
    return True


def check_keeper(request: Request) -> None:
    """Raises `Refused` unless a keeper says why."""
    if request.role != "keeper":
        raise Refused(Reason.WRONG_ROLE, "only keepers do this")
    if not request.reason:
        raise Refused(Reason.MISSING_FIELD, "a keeper says why")


def _lost(turn: Turn, service: HeldService, holding: Holding, request: Request) -> None:
    check_keeper(request)
    turn.record(e.ThingLost(service.name, holding.thing, request.holder, request.reason))


def _clear(turn: Turn, service: HeldService, holding: Holding, request: Request) -> None:
    check_keeper(request)
    turn.record(e.ThingGivenBack(service.name, holding.thing, "keeper", request.holder))


def _elsewhere(turn: Turn, service: HeldService, holding: Holding, request: Request) -> None:
    if not request.operated:
        raise Refused(Reason.WRONG_PURPOSE, "only the office knows what came back at another station")
    turn.record(e.ThingGivenBack(service.name, holding.thing, "elsewhere", request.holder))


_ACTIONS: Mapping[str, Callable[[Turn, HeldService, Holding, Request], None]] = {
    "lost": _lost,
    "clear": _clear,
    "elsewhere": _elsewhere,
}


def _due(state: State, site: Site) -> Iterator[tuple[int, Holding]]:
    services = site.held_services
    for holding in state.recorded.holdings.values():
        service = services.get(holding.service)
        lost_ms = service.lost_ms if service is not None else None
        due_ms = holdings.due_ms(state, holding)
        if lost_ms is not None and due_ms is not None:
            yield due_ms + lost_ms, holding


def tick(turn: Turn) -> None:
    """What has been overdue for too long is lost."""
    for at_ms, holding in list(_due(turn.state, turn.site)):
        if at_ms <= turn.now.steady_ms:
            turn.record(e.ThingLost(holding.service, holding.thing, "", OVERDUE))


def deadline(state: State, site: Site) -> int | None:
    """When the next thing is lost (steady)."""
    return min((at_ms for at_ms, _ in _due(state, site)), default=None)
