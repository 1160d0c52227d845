"""What becomes of an order: the page that answers a tap, its live part, and the way on from there.

The page holds the order as a picture, so that the phone needs nothing more from the network when the station turns out
to be cut off. Where no scanner reads it, and when an operator gave it, there is no picture.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import words
from central.service_kinds import DOOR
from central.views import PlacedOrder, StationView
from central.web_live import Live, LiveResponse
from central.web_page import Pages
from central.web_qr import qr_svg
from central.web_told import Told, told
from drivers.contract import Words

MAX_PLACED = 1024
"""How many orders the pages remember; the oldest goes first. An order is worth nothing after 90 s."""


@dataclass(slots=True)
class Placed:
    """An order and whose it is. `back` leads on from its page; `recipient` may collect what it puts away.

    `scanned`: a scanner of the station reads it, should there be no network. `pick_up` is the link of the recipient's
    pass, once it was made.
    """

    order: PlacedOrder
    person: str
    service_type: str
    back: str
    recipient: str = ""
    scanned: bool = False
    pick_up: str = ""


class OrderPages:
    """`/orders/ID` and its live part."""

    def __init__(self, pages: Pages, live: Live) -> None:
        self._pages = pages
        self._live = live
        self._placed: OrderedDict[str, Placed] = OrderedDict()

    def routes(self) -> list[Route]:
        return [
            Route("/orders/{order}", self._order),
            Route("/orders/{order}/live", self._order_live),
        ]

    def remember(self, placed: Placed) -> None:
        """Let the page of this order be found by whoever gave it."""
        self._placed[placed.order.order_id] = placed
        while len(self._placed) > MAX_PLACED:
            self._placed.popitem(last=False)

    def own(self, request: Request) -> Placed | None:
        """The order in the address, when it is the visitor's."""
        visitor = self._pages.visitor(request)
        found = self._placed.get(request.path_params["order"])
        return found if found and visitor and visitor.person == found.person else None

    def told(self, placed: Placed) -> Told:
        """What the station said last."""
        return told(self._pages.office.reply(placed.order.order_id), placed.service_type)

    def page(self, request: Request, placed: Placed, station: StationView | None) -> Response:
        """The page of an order as it stands now."""
        return self._pages.page(
            "order.html",
            station=station,
            placed=placed,
            told=self.told(placed),
            code=qr_svg(placed.order.text) if placed.scanned else None,
            late_title=_late_title(placed),
            late_next=words.HOLD_CODE_NEXT if placed.scanned else words.NO_ANSWER_NEXT,
            token=self._pages.token(self._pages.visitor(request)),
        )

    def _order(self, request: Request) -> Response:
        placed = self.own(request)
        if placed is None:
            return self._pages.refuse(words.ORDER_GONE, 404)
        return self.page(request, placed, self._pages.station(placed.order.station))

    def _order_live(self, request: Request) -> Response:
        placed = self.own(request)
        if placed is None:
            return self._pages.refuse(words.ORDER_GONE, 404)

        def draw() -> tuple[dict[str, Any], bool]:
            now = self.told(placed)
            title, next_step = ({"zh": line.zh, "en": line.en} for line in (now.title, now.next))
            drawn = {"state": now.state, "title": title, "next": next_step, "over": now.over}
            return {**drawn, "done": now.done}, now.over

        order_id = placed.order.order_id
        return LiveResponse(self._live, placed.person, lambda change: change.order_id == order_id, draw)


def _late_title(placed: Placed) -> Words:
    """What the page says when the station has not answered in time."""
    if not placed.scanned:
        return words.NO_ANSWER_YET
    return words.HOLD_CODE if placed.service_type == DOOR else words.HOLD_CODE_HERE
