"""What one person has at a station, and what they may do with it: from the station's own events, folded here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from central.service_kinds import HAND_OVER, Deed, kind_of
from central.views import ServiceView, StationView
from drivers.contract import Words
from station.state import Holding


@dataclass(frozen=True, slots=True)
class Ask:
    """One order that a page offers."""

    action: str
    words: Words
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Yours:
    """Something that a person has in use. `until_ms` is the office's time; None: no end, or it is not known.

    `left`: another person left it for them. `given`: they left it for another.
    """

    service: ServiceView
    name: Words
    until_ms: int | None = None
    overdue: bool = False
    left: bool = False
    given: bool = False
    asks: tuple[Ask, ...] = ()


def yours(station: StationView, holder: str) -> list[Yours]:
    """Everything that the holder of this id has at a station, what has been had longest first."""
    if station.state is None or not holder:
        return []
    services = {one.name: one for one in station.services}
    return [
        *_holdings(station, services, holder),
        *_runs(station, services, holder),
        *_shifts(station, services, holder),
    ]


def _holdings(station: StationView, services: dict[str, ServiceView], holder: str) -> Iterator[Yours]:
    held = station.state.holdings.values() if station.state else ()
    for one in sorted(held, key=lambda holding: holding.began_at_ms):
        service = services.get(one.service)
        if service is not None and holder in (one.holder, one.recipient):
            yield _holding(service, one, holder)


def _holding(service: ServiceView, holding: Holding, holder: str) -> Yours:
    kind, left = kind_of(service.type), holding.holder != holder
    deeds = [deed for deed in (kind.left if left else kind.own) if deed.action != HAND_OVER or service.pick_up]
    return Yours(
        service,
        kind.name(holding.thing) or service.words,
        holding.due_at_ms if holding.dated else None,
        overdue=holding.overdue,
        left=left,
        given=not left and bool(holding.recipient),
        asks=_asks(deeds, holding.thing),
    )


def _asks(deeds: list[Deed], thing: str) -> tuple[Ask, ...]:
    return tuple(Ask(deed.action, deed.words, thing) for deed in deeds)


def _runs(station: StationView, services: dict[str, ServiceView], holder: str) -> Iterator[Yours]:
    runs = station.state.runs if station.state else {}
    for name, run in runs.items():
        service = services.get(name)
        if service is not None and run.running and run.holder == holder:
            yield Yours(service, service.words, asks=_asks(list(kind_of(service.type).own), ""))


def _shifts(station: StationView, services: dict[str, ServiceView], holder: str) -> Iterator[Yours]:
    shifts = station.state.shifts.values() if station.state else ()
    for shift in shifts:
        service = services.get(shift.service)
        if service is not None and shift.holder == holder:
            yield Yours(service, service.words, asks=_asks(list(kind_of(service.type).own), ""))
