"""What one person has at a station, and what they may do with it: from the station's own events, folded here."""

from __future__ import annotations

from collections.abc import Iterable
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
    recorded = station.state
    if recorded is None or not holder:
        return []
    services = {one.name: one for one in station.services}
    held = [one for one in recorded.holdings.values() if holder in (one.holder, one.recipient)]
    held.sort(key=lambda holding: holding.began_at_ms)
    used = [name for name, run in recorded.runs.items() if run.running and run.holder == holder]
    used += [shift.service for shift in recorded.shifts.values() if shift.holder == holder]
    return [
        *(_held(services[one.service], one, holder) for one in held if one.service in services),
        *(_used(services[name]) for name in used if name in services),
    ]


def _held(service: ServiceView, holding: Holding, holder: str) -> Yours:
    kind, left = kind_of(service.type), holding.holder != holder
    hands_over = service.pick_up and not left
    return Yours(
        service,
        kind.name(holding.thing) or service.words,
        holding.due_at_ms if holding.dated else None,
        overdue=holding.overdue,
        left=left,
        given=not left and bool(holding.recipient),
        asks=_asks((deed for deed in kind.own if deed.action != HAND_OVER or hands_over), holding.thing),
    )


def _used(service: ServiceView) -> Yours:
    return Yours(service, service.words, asks=_asks(kind_of(service.type).own))


def _asks(deeds: Iterable[Deed], thing: str = "") -> tuple[Ask, ...]:
    return tuple(Ask(deed.action, deed.words, thing) for deed in deeds)
