"""Orders of those who look after a station, from afar: keepers with a reason, volunteers for supplies, alarms.

Each asks the station for a nonce first and is signed for an operator. What becomes of it is told like any order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from central import words
from central.office import OfficeBusy, OfficeFault, StationAway
from central.service_kinds import Deed, kind_of
from central.service_state import ServiceState
from central.views import Detail, ServiceView, StationView
from central.web_bounds import Allowance
from central.web_orders import OrderPages, Placed
from central.web_page import Pages
from central.web_people import Visitor
from central.words import Refusal
from drivers.contract import Words, both
from station.state import Holding
from station.trust.holders import Role

MAX_REASON = 40
"""Characters; as many as an order takes."""
_COUNT = re.compile(r"[1-9][0-9]{0,2}")
HEARD, CLEAR = "heard", "clear"
MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class KeeperForm:
    """One form: what to do with one of `choices` (its name in an order, and what people call it)."""

    service: ServiceView
    deeds: tuple[Deed, ...]
    choices: tuple[tuple[str, Words], ...]
    reason: bool

    @property
    def counts(self) -> bool:
        """Whether a number belongs to it, and the day until which that is good."""
        return any(deed.counts for deed in self.deeds)


def forms(state: ServiceState, visitor: Visitor, clock: Callable[[int], str]) -> list[KeeperForm]:
    """What somebody may do with a service from afar; `clock` writes when something was taken."""
    service, found = state.service, deeds(state.service, visitor)
    things = tuple((name, _thing_words(service, name)) for name in service.things)
    held = tuple((one.thing, _held_words(service, one, clock)) for one in state.held)
    made = []
    for choices, is_held, reason in ((things, False, True), (held, True, True), (things, False, False)):
        some = tuple(deed for deed, why in found if deed.held == is_held and why == reason)
        if some and (choices or not is_held):
            made.append(KeeperForm(service, some, choices, reason))
    return made


def deeds(service: ServiceView, visitor: Visitor) -> tuple[tuple[Deed, bool], ...]:
    """Each deed with whether a reason is needed."""
    kind = kind_of(service.type)
    kept = [(deed, True) for deed in kind.keeper] if visitor.door_role is Role.KEEPER else []
    return (*kept, *((deed, False) for deed in kind.steward if visitor.staff))


def _thing_words(service: ServiceView, name: str) -> Words:
    offered = next((offer.words for offer in service.offers if offer.thing == name), None)
    return kind_of(service.type).name(name) or offered or Words(name, name)


def _held_words(service: ServiceView, holding: Holding, clock: Callable[[int], str]) -> Words:
    name = kind_of(service.type).name(holding.thing) or Words(*[holding.thing.partition("-")[0]] * 2)
    at = clock(holding.began_at_ms)
    return both("{name}, taken {at}", name=name, at=at)


class KeeperPages:
    """`POST /v/STATION/order` and `POST /office/heard`, `/office/clear`."""

    def __init__(self, pages: Pages, orders: OrderPages, taps: Allowance) -> None:
        self._pages = pages
        self._orders = orders
        self._taps = taps

    def routes(self) -> list[Route]:
        return [
            Route("/v/{station}/order", self._order, methods=["POST"]),
            Route("/office/heard", self._heard, methods=["POST"]),
            Route("/office/clear", self._cleared, methods=["POST"]),
        ]

    def _refusal(self, visitor: Visitor, form: Mapping[str, str], request: Request) -> tuple[Refusal, int] | None:
        if not self._pages.is_ours(request, visitor, form):
            return words.STALE_FORM, 403
        if not self._taps.take(visitor.person):
            return words.TOO_OFTEN, 429
        return None

    # ---- a service

    async def _order(self, request: Request) -> Response:
        return await self._pages.posted(request, self._operate)

    def _operate(self, request: Request, form: Mapping[str, str]) -> Response:
        pages, staff = self._pages, self._pages.staff_at(request)
        if isinstance(staff, Response):
            return staff
        visitor, station = staff
        service = next((one for one in station.services if one.name == form.get("service")), None)
        found = deeds(service, visitor) if service is not None else ()
        asked = next(((deed, why) for deed, why in found if deed.action == form.get("action")), None)
        if service is None or asked is None:
            return pages.refuse(words.NO_SUCH_ASK, 404, station)
        reason = " ".join(form.get("reason", "").split())[:MAX_REASON]
        if asked[1] and not reason:
            return pages.refuse(words.REASON_NEEDED, 400, station)
        refused = self._refusal(visitor, form, request)
        if refused is not None:
            return pages.refuse(*refused, station)
        return self._send(station, service, asked[0], visitor, _detail(asked[0], form, reason))

    def _send(
        self, station: StationView, service: ServiceView, deed: Deed, visitor: Visitor, detail: Detail
    ) -> Response:
        pages = self._pages
        try:
            order = pages.office.operate(
                station.id,
                service.name,
                deed.action,
                visitor.person,
                role=visitor.door_role,
                hold_seconds=deed.holds_minutes * MINUTE_SECONDS or None,
                detail=detail,
            )
        except StationAway:
            return pages.refuse(words.STATION_AWAY, 503, station)
        except OfficeBusy:
            return pages.refuse(words.OFFICE_BUSY, 503, station)
        except OfficeFault:
            return pages.refuse(words.BAD_REQUEST, 400, station)
        self._orders.remember(Placed(order, visitor.person, "", f"/v/{station.id}"))
        return RedirectResponse(f"/orders/{order.order_id}", 303)

    # ---- an alarm

    async def _heard(self, request: Request) -> Response:
        return await self._pages.posted(request, partial(self._answer, action=HEARD))

    async def _cleared(self, request: Request) -> Response:
        return await self._pages.posted(request, partial(self._answer, action=CLEAR))

    def _answer(self, request: Request, form: Mapping[str, str], action: str) -> Response:
        pages, visitor = self._pages, self._pages.visitor(request)
        if visitor is None or visitor.door_role is not Role.KEEPER:
            return pages.refuse(words.NOT_STAFF, 403)
        refused = self._refusal(visitor, form, request)
        if refused is not None:
            return pages.refuse(*refused)
        station = pages.station(form.get("station", ""))
        if station is None:
            return pages.refuse(words.UNKNOWN_STATION, 404)
        try:
            pages.office.operate(station.id, form.get("service", ""), action, visitor.person)
        except OfficeFault:
            return pages.refuse(words.STATION_AWAY, 503, station)
        return RedirectResponse("/office" if form.get("from") == "office" else f"/v/{station.id}", 303)


def _detail(deed: Deed, form: Mapping[str, str], reason: str) -> Detail:
    count = form.get("count", "") if deed.counts else ""
    number = int(count) if _COUNT.fullmatch(count) else None
    return Detail(form.get("thing", ""), reason=reason, count=number)
