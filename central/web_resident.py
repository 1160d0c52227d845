"""The resident's way in: scan the screen, see what the station offers and what is theirs there, tap once.

A GET asks for nothing: links are forwarded and previewed. The tap is a POST with a token that belongs to the visitor's
cookie; what becomes of it is in `web_orders`.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import words
from central.office import NoPoints, OfficeBusy, OfficeFault
from central.service_kinds import DOOR, HAND_OVER, TAKE
from central.views import Detail, OfferView, ServiceView, StationView
from central.web_bounds import Allowance
from central.web_orders import OrderPages, Placed
from central.web_page import Pages
from central.web_people import Visitor
from central.yours import Yours, yours
from station.trust.nonces import read_nonce_text
from station.trust.refusal import Refused

ALARM, STOCK = "alarm", "stock"
MAX_PIECES = 4
"""Of one item with one tap."""
PIECES = {str(count): count for count in range(1, MAX_PIECES + 1)}
PICK_UP_LABEL = "pick-up"
"""Among the office's people: somebody who only ever collects."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One service as a visitor's page shows it. `for_others`: what is put away may be somebody else's."""

    service: ServiceView
    offers: tuple[OfferView, ...]
    for_others: bool = False

    @property
    def counts(self) -> tuple[int, ...]:
        """How many pieces may be asked for at once; empty where that makes no sense."""
        most = max((offer.free or 0 for offer in self.offers), default=0) if self.service.type == STOCK else 0
        return tuple(range(1, min(most, MAX_PIECES) + 1)) if most > 1 else ()

    @property
    def costs_points(self) -> bool:
        """Whether anything of it is paid for with volunteer points."""
        return any(offer.points for offer in self.offers)


def doors(station: StationView) -> tuple[ServiceView, ...]:
    """What a person at the screen can open to come in."""
    return tuple(service for service in station.services if service.type == DOOR)


def for_visitor(station: StationView, visitor: Visitor, mine: list[Yours]) -> list[Offered]:
    """What a station offers to this visitor. What they can do with their own things stands with those."""
    found = []
    for service in station.services:
        if service.type == ALARM or (service.roles is not None and visitor.door_role.value not in service.roles):
            continue
        own = {ask.action for one in mine if one.service.name == service.name for ask in one.asks}
        offers = tuple(offer for offer in service.offers if _is_offered(offer, service, own, mine))
        if offers:
            for_others = service.pick_up and any(offer.action == TAKE for offer in offers)
            found.append(Offered(service, offers, for_others))
    return found


def _is_offered(offer: OfferView, service: ServiceView, own: set[str], mine: list[Yours]) -> bool:
    on_duty = any(one.service.name == service.name for one in mine)
    if offer.action in ("sign_on", "sign_off"):
        return offer.action == "sign_on" and not on_duty
    return offer.action not in own


class ResidentPages:
    """`/S/STATION/NONCE` and `/open`."""

    def __init__(self, pages: Pages, orders: OrderPages, taps: Allowance) -> None:
        self._pages = pages
        self._orders = orders
        self._taps = taps

    def routes(self) -> list[Route]:
        return [
            Route("/S/{station}", self._arrive),
            Route("/S/{station}/{nonce}", self._arrive),
            Route("/open", self._open, methods=["POST"]),
            Route("/open", self._nothing_opened),
        ]

    def _arrive(self, request: Request) -> Response:
        pages = self._pages
        station = pages.station(request.path_params["station"].lower())
        if station is None:
            return pages.refuse(words.UNKNOWN_STATION, 404)
        nonce = request.path_params.get("nonce", "")
        try:
            read_nonce_text(nonce)
        except Refused:
            return pages.refuse(words.NO_NONCE, 404 if nonce else 200, station)
        visitor = pages.visitor(request)
        if visitor is None:
            return pages.refuse(words.NOT_JOINED, 403, station)
        mine = self._yours(station, visitor)
        offered = for_visitor(station, visitor, mine)
        return pages.page(
            "station.html",
            station=station,
            doors=[one for one in offered if one.service.type == DOOR],
            offered=[one for one in offered if one.service.type != DOOR],
            mine=mine,
            points=pages.office.purse.points(visitor.person) if any(one.costs_points for one in offered) else 0,
            nonce=nonce,
            token=pages.token(visitor),
        )

    def _yours(self, station: StationView, visitor: Visitor) -> list[Yours]:
        return yours(station, self._pages.office.holder(visitor.person, station.id))

    def _nothing_opened(self, _request: Request) -> Response:
        return self._pages.refuse(words.NO_NONCE, 405)

    async def _open(self, request: Request) -> Response:
        return await self._pages.posted(request, self._place)

    def _place(self, request: Request, form: dict[str, str]) -> Response:
        pages = self._pages
        station = pages.station(form.get("station", ""))
        visitor = pages.visitor(request)
        if visitor is None:
            return pages.refuse(words.NOT_JOINED, 403, station)
        if not pages.is_ours(request, visitor, form):
            return pages.refuse(words.STALE_FORM, 403, station)
        if station is None:
            return pages.refuse(words.UNKNOWN_STATION, 404)
        mine = self._yours(station, visitor)
        found = [one for one in for_visitor(station, visitor, mine) if one.service.name == form.get("service")]
        asks = [(offer.action, offer.thing) for one in found for offer in one.offers]
        asks += [(ask.action, ask.thing) for one in mine if one.service.name == form.get("service") for ask in one.asks]
        if not asks:
            return pages.refuse(words.NO_SUCH_SERVICE, 404, station)
        action, _, thing = form["ask"].partition("/") if "ask" in form else (asks[0][0], "", asks[0][1])
        if (action, thing) not in asks:
            return pages.refuse(words.NO_SUCH_ASK, 404, station)
        if not self._taps.take(visitor.person):
            return pages.refuse(words.TOO_OFTEN, 429, station)
        service = next(one for one in station.services if one.name == form["service"])
        return self._send(request, station, service, (action, thing), form, visitor)

    def _send(
        self,
        request: Request,
        station: StationView,
        service: ServiceView,
        asked: tuple[str, str],
        form: dict[str, str],
        visitor: Visitor,
    ) -> Response:
        pages, (action, thing), nonce = self._pages, asked, form.get("nonce", "")
        others = action == HAND_OVER or (action == TAKE and service.pick_up and "for_other" in form)
        try:
            read_nonce_text(nonce)
            recipient = pages.office.new_person(label=PICK_UP_LABEL) if others else ""
            order = pages.office.order(
                station.id,
                service.name,
                action,
                nonce,
                visitor.person,
                visitor.door_role,
                Detail(thing, recipient, count=_count(form, service)),
            )
        except OfficeBusy:
            return pages.refuse(words.OFFICE_BUSY, 503, station)
        except NoPoints as fault:
            earns = pages.office.purse.points_per_hour > 0
            return pages.refuse(words.no_points(fault.points, fault.price, earns=earns), 403, station)
        except (OfficeFault, Refused):
            return pages.refuse(words.NO_NONCE, 400, station)
        more = any(one.type not in (ALARM, DOOR) for one in station.services)
        back = f"/S/{station.id.upper()}/{nonce}" if more else ""
        placed = Placed(order, visitor.person, service.type, back, recipient, scanned=service.scanned)
        self._orders.remember(placed)
        return self._orders.page(request, placed, station)


def _count(form: dict[str, str], service: ServiceView) -> int | None:
    """How many pieces; None where that makes no sense."""
    return PIECES.get(form.get("count", "")) if service.type == STOCK else None
