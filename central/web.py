"""The office's pages as one application: `make_app` puts them together, `serve` runs them with uvicorn."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from socket import socket

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from central import words
from central.office import Office
from central.web_bounds import (
    JOINS_A_MINUTE,
    NUMBERS_A_MINUTE,
    PASSES_AN_HOUR,
    TAPS_A_MINUTE,
    WISHES_A_DAY,
    Allowance,
)
from central.web_keeper import KeeperPages
from central.web_live import Live
from central.web_orders import OrderPages
from central.web_page import Pages, from_our_page
from central.web_pass import PassPages
from central.web_people import read_invitation
from central.web_pickup import PickUpPages
from central.web_resident import ResidentPages
from central.web_staff import StaffPages
from central.web_wishes import WishPages

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86_400
LIVE_PAGES_END_SECONDS = 3
"""How long running requests may take when the office closes."""


def make_app(
    office: Office,
    secret: bytes,
    *,
    public_url: str,
    help_phone: str = "",
    now_s: Callable[[], float] = time.time,
    steady_s: Callable[[], float] = time.monotonic,
) -> Starlette:
    """The pages of `office`.

    `secret` is 32 random bytes that stay the same from start to start: it signs invitations, cookies and forms.
    `public_url` is how phones reach the office; with https its cookies are secure ones. `help_phone` is for pages that
    are about no station; a station's own number comes first.
    """
    pages = Pages(office, secret, public_url, help_phone, now_s)
    live = Live()
    orders = OrderPages(pages, live)
    joins = Allowance(JOINS_A_MINUTE, MINUTE_SECONDS, steady_s)
    wishes = Allowance(WISHES_A_DAY, DAY_SECONDS, steady_s)
    numbers = Allowance(NUMBERS_A_MINUTE, MINUTE_SECONDS, steady_s)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        live.start()
        app.state.live = live
        end = office.subscribe(live.publish)
        try:
            yield
        finally:
            end()
            live.close()

    def home(request: Request) -> Response:
        visitor = pages.visitor(request)
        stations = office.stations() if visitor and visitor.staff else []
        return pages.page("home.html", visitor=visitor, stations=stations, joined="joined" in request.query_params)

    def join(request: Request) -> Response:
        invited = read_invitation(secret, request.path_params["invitation"], pages.now_s())
        if invited is None:
            return pages.refuse(words.BAD_INVITATION, 403)
        if request.method != "POST":
            return pages.page("join.html", role=words.ROLES[invited.role], action=request.url.path)
        address = request.client.host if request.client else ""
        if not from_our_page(request):
            return pages.refuse(words.STALE_FORM, 403)
        if not joins.take(address):
            return pages.refuse(words.TOO_OFTEN, 429)
        answer = RedirectResponse("/?joined", 303)
        pages.give_cookie(answer, invited)
        return answer

    def not_found(_request: Request, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 404
        return pages.refuse(words.NOT_FOUND, status)

    def broken(_request: Request, _fault: Exception) -> Response:
        return pages.broken()

    return Starlette(
        routes=[
            Route("/", home),
            Route("/join/{invitation}", join, methods=["GET", "POST"]),
            *ResidentPages(pages, orders, Allowance(TAPS_A_MINUTE, MINUTE_SECONDS, steady_s)).routes(),
            *orders.routes(),
            *PickUpPages(pages, orders, public_url).routes(),
            *PassPages(pages, Allowance(PASSES_AN_HOUR, HOUR_SECONDS, steady_s)).routes(),
            *StaffPages(pages, live).routes(),
            *KeeperPages(pages, orders, Allowance(TAPS_A_MINUTE, MINUTE_SECONDS, steady_s)).routes(),
            *WishPages(pages, wishes, numbers).routes(),
            Route("/static/{name}", pages.file),
        ],
        middleware=[Middleware(pages.guarded)],
        exception_handlers={HTTPException: not_found, Exception: broken},
        lifespan=lifespan,
    )


class Server(uvicorn.Server):
    """uvicorn, which ends the live pages before it waits for open connections."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        app = self.config.app
        if isinstance(app, Starlette) and hasattr(app.state, "live"):
            app.state.live.close()
        await super().shutdown(sockets)


def make_server(app: Starlette, host: str, port: int, *, certificate: str = "", key: str = "") -> Server:
    """A server for `app`; `run()` blocks until `should_exit` is set or a signal comes.

    There is no access log: the address of a scanned code holds its nonce.
    """
    return Server(
        uvicorn.Config(
            app,
            host,
            port,
            access_log=False,
            ws="none",
            log_level="warning",
            server_header=False,
            ssl_certfile=certificate or None,
            ssl_keyfile=key or None,
            timeout_graceful_shutdown=LIVE_PAGES_END_SECONDS,
            limit_concurrency=500,
            h11_max_incomplete_event_size=16_384,
        )
    )
