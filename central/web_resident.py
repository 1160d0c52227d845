"""The resident's way in: scan the screen, see the station's name, tap once, watch the door.

A GET opens nothing: links are forwarded and previewed. The tap is a POST with a token that belongs to the visitor's
cookie. Its answer holds the order as a picture, so that the phone needs nothing more from the network when the station
turns out to be cut off.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import words
from central.office import OfficeBusy, OfficeFault
from central.views import PlacedOrder, Reply, ServiceView, StationView
from central.web_bounds import Allowance, TooMuch, read_form
from central.web_live import Live, LiveResponse
from central.web_page import Pages, from_our_page
from central.web_people import Visitor, holds
from central.web_qr import qr_svg
from drivers.contract import Words
from station.trust.nonces import read_nonce_text
from station.trust.refusal import Refused

MAX_PLACED = 1024
"""How many orders the pages remember; the oldest goes first. An order is worth nothing after 90 s."""
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told of an order. `over`: nothing more will come."""

    state: str
    title: Words
    next: Words
    over: bool = False


def told(reply: Reply | None) -> Told:
    """What the station's last reply means for the person at the door; only the station says that a door is open."""
    if reply is None:
        return Told("sent", words.OPENING, words.OPENING_NEXT)
    match reply.result:
        case "accepted":
            return Told("accepted", words.UNLOCKED, words.UNLOCKED_NEXT)
        case "done":
            return Told("opened", reply.words, words.OPENED_NEXT, over=True)
        case "refused":
            return Told("refused", reply.words, words.reason_words(reply.reason).next, over=True)
        case _ if reply.reason == "not_opened":
            return Told("not_opened", reply.words, words.NOT_OPENED_NEXT, over=True)
        case _:
            return Told("unknown", words.UNSURE, words.UNSURE_NEXT, over=True)


def doors(station: StationView) -> tuple[ServiceView, ...]:
    """What a person at the screen can open."""
    return tuple(service for service in station.services if service.type == "door")


class ResidentPages:
    """`/S/STATION/NONCE`, `/open`, `/orders/ID` and its live result."""

    def __init__(self, pages: Pages, live: Live, taps: Allowance) -> None:
        self._pages = pages
        self._live = live
        self._taps = taps
        self._placed: OrderedDict[str, tuple[PlacedOrder, str]] = OrderedDict()

    def routes(self) -> list[Route]:
        return [
            Route("/S/{station}", self._arrive),
            Route("/S/{station}/{nonce}", self._arrive),
            Route("/open", self._open, methods=["POST"]),
            Route("/open", self._nothing_opened),
            Route("/orders/{order}", self._order),
            Route("/orders/{order}/live", self._order_live),
        ]

    def _arrive(self, request: Request) -> Response:
        station = self._pages.station(request.path_params["station"].lower())
        if station is None:
            return self._pages.refuse(words.UNKNOWN_STATION, 404)
        nonce = request.path_params.get("nonce", "")
        try:
            read_nonce_text(nonce)
        except Refused:
            return self._pages.refuse(words.NO_NONCE, 404 if nonce else 200, station)
        visitor = self._pages.visitor(request)
        if visitor is None:
            return self._pages.refuse(words.NOT_JOINED, 403, station)
        token = self._pages.token(visitor)
        return self._pages.page("station.html", station=station, doors=doors(station), nonce=nonce, token=token)

    def _nothing_opened(self, _request: Request) -> Response:
        return self._pages.refuse(words.NO_NONCE, 405)

    async def _open(self, request: Request) -> Response:
        try:
            form = await read_form(request)
        except TooMuch:
            return await run_in_threadpool(self._pages.refuse, words.BAD_REQUEST, 413)
        return await run_in_threadpool(self._place, request, form)

    def _place(self, request: Request, form: dict[str, str]) -> Response:
        pages = self._pages
        station = pages.station(form.get("station", ""))
        visitor = pages.visitor(request)
        if visitor is None:
            return pages.refuse(words.NOT_JOINED, 403, station)
        if not from_our_page(request) or not holds(pages.secret, visitor, form.get("token", "")):
            return pages.refuse(words.STALE_FORM, 403, station)
        if station is None:
            return pages.refuse(words.UNKNOWN_STATION, 404)
        if not any(service.name == form.get("service") for service in doors(station)):
            return pages.refuse(words.NO_SUCH_SERVICE, 404, station)
        if not self._taps.take(visitor.person):
            return pages.refuse(words.TOO_OFTEN, 429, station)
        return self._send(station, form, visitor)

    def _send(self, station: StationView, form: dict[str, str], visitor: Visitor) -> Response:
        pages = self._pages
        try:
            order = pages.office.order(
                station.id, form["service"], OPEN, form.get("nonce", ""), visitor.person, visitor.door_role
            )
        except OfficeBusy:
            return pages.refuse(words.OFFICE_BUSY, 503, station)
        except OfficeFault:
            return pages.refuse(words.NO_NONCE, 400, station)
        self._placed[order.order_id] = order, visitor.person
        while len(self._placed) > MAX_PLACED:
            self._placed.popitem(last=False)
        return self._page(order, station)

    def _page(self, order: PlacedOrder, station: StationView | None) -> Response:
        return self._pages.page(
            "order.html",
            station=station,
            order=order,
            told=told(self._pages.office.reply(order.order_id)),
            code=qr_svg(order.text),
            hold_code=words.HOLD_CODE,
            hold_code_next=words.HOLD_CODE_NEXT,
        )

    def _own(self, request: Request) -> tuple[PlacedOrder, str] | None:
        """The order in the address and whose it is, when that is the visitor."""
        visitor = self._pages.visitor(request)
        found = self._placed.get(request.path_params["order"])
        return found if found and visitor and visitor.person == found[1] else None

    def _order(self, request: Request) -> Response:
        own = self._own(request)
        if own is None:
            return self._pages.refuse(words.ORDER_GONE, 404)
        return self._page(own[0], self._pages.station(own[0].station))

    def _order_live(self, request: Request) -> Response:
        own = self._own(request)
        if own is None:
            return self._pages.refuse(words.ORDER_GONE, 404)
        order, person = own

        def draw() -> tuple[dict[str, Any], bool]:
            now = told(self._pages.office.reply(order.order_id))
            title, next_step = ({"zh": line.zh, "en": line.en} for line in (now.title, now.next))
            return {"state": now.state, "title": title, "next": next_step, "over": now.over}, now.over

        return LiveResponse(self._live, person, lambda change: change.order_id == order.order_id, draw)
