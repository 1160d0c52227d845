"""A pick-up code: a one-time pass with which somebody else collects what was put away for them.

The link holds the pass itself and is sealed by the office, so that nothing has to be kept here and nobody can make such
a page for another code. Whoever has the link may collect, once; `central revoke` withdraws it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from urllib.parse import urljoin

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from central import words
from central.office import OfficeBusy, OfficeFault
from central.web_orders import OrderPages, Placed
from central.web_page import Pages
from central.web_people import seal
from central.web_qr import qr_svg

PICK_UP_SECONDS = 7 * 86_400
"""How long somebody has to come and collect."""
MAX_LINK = 2_000
PURPOSE = "pick-up"


@dataclass(frozen=True, slots=True)
class PickUp:
    """A pass for collecting: `text` is what its QR code holds, `expires_s` a unix second."""

    station: str
    expires_s: int
    text: str


def write_link(secret: bytes, pick_up: PickUp) -> str:
    """The last part of the link `/pick-up/<text>`."""
    body = json.dumps([pick_up.station, pick_up.expires_s, pick_up.text], separators=(",", ":")).encode()
    packed = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    return f"{packed}.{seal(secret, PURPOSE, packed)}"


def read_link(secret: bytes, link: str) -> PickUp | None:
    """What a link is for; None when it is not ours."""
    packed, _, mac = link.partition(".")
    if len(link) > MAX_LINK or not hmac.compare_digest(seal(secret, PURPOSE, packed).encode(), mac.encode()):
        return None
    try:
        station, expires_s, text = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (binascii.Error, ValueError):
        return None
    return PickUp(station, expires_s, text)


class PickUpPages:
    """`POST /orders/ID/pick-up` makes the pass, `/pick-up/LINK` shows it to whoever has the link."""

    def __init__(self, pages: Pages, orders: OrderPages, public_url: str) -> None:
        self._pages = pages
        self._orders = orders
        self._public_url = public_url

    def routes(self) -> list[Route]:
        return [
            Route("/orders/{order}/pick-up", self._make, methods=["POST"]),
            Route("/pick-up/{link}", self._show),
        ]

    async def _make(self, request: Request) -> Response:
        return await self._pages.posted(request, self._issue)

    def _issue(self, request: Request, form: dict[str, str]) -> Response:
        pages, placed = self._pages, self._orders.own(request)
        visitor = pages.visitor(request)
        if placed is None or visitor is None or not placed.recipient:
            return pages.refuse(words.ORDER_GONE, 404)
        station = pages.station(placed.order.station)
        if not pages.is_ours(request, visitor, form):
            return pages.refuse(words.STALE_FORM, 403, station)
        if not self._orders.told(placed).done:
            return pages.refuse(words.NOT_PUT_AWAY, 409, station)
        try:
            placed.pick_up = placed.pick_up or self._sign(placed)
        except OfficeBusy:
            return pages.refuse(words.OFFICE_BUSY, 503, station)
        except OfficeFault:
            return pages.refuse(words.OFFICE_FAULT, 500, station)
        return RedirectResponse(f"/pick-up/{placed.pick_up}", 303)

    def _sign(self, placed: Placed) -> str:
        order = placed.order
        issued = self._pages.office.issue_pass(
            order.station, (order.service,), placed.recipient, valid_seconds=PICK_UP_SECONDS, one_time=True
        )
        return write_link(self._pages.secret, PickUp(order.station, issued.expires_s, issued.text))

    def _show(self, request: Request) -> Response:
        link = request.path_params["link"]
        pick_up = read_link(self._pages.secret, link)
        if pick_up is None:
            return self._pages.refuse(words.BAD_PICK_UP, 404)
        station = self._pages.station(pick_up.station)
        if station is None or self._pages.now_s() >= pick_up.expires_s:
            return self._pages.refuse(words.PICK_UP_OVER, 410, station)
        return self._pages.page(
            "pick_up.html",
            station=station,
            code=qr_svg(pick_up.text),
            until_ms=pick_up.expires_s * 1000,
            address=urljoin(self._public_url, f"/pick-up/{link}"),
        )
