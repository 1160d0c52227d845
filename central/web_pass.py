"""The pass page: a pass bound to a key of the visitor's own browser, which the office never sees."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from central import words
from central.office import OfficeBusy, OfficeFault
from central.views import StationView
from central.web_bounds import Allowance, TooMuch, read_form
from central.web_page import Pages
from central.web_people import Visitor
from central.web_resident import doors
from central.words import Refusal
from station.trust import base45

PASS_SECONDS = 7 * 86_400
"""How long a phone's pass lives. It renews itself halfway, whenever the page is open with a network."""
SCHEME = "SG2:"
POINT_BYTES = 33
ASSETS = ("site.css", "first.js", "page.js", "qr.js", "pass.js", "icon.svg")
"""What the page needs without a network."""


class PassPages:
    """`/pass`, its service worker, `/pass/new` and the office's time."""

    def __init__(self, pages: Pages, passes: Allowance) -> None:
        self._pages = pages
        self._passes = passes

    def routes(self) -> list[Route]:
        return [
            Route("/pass", self._page),
            Route("/pass/now", self._now),
            Route("/pass/new", self._new, methods=["POST"]),
            Route("/pass-worker.js", self._worker),
        ]

    def _page(self, request: Request) -> Response:
        stations = [station for station in self._pages.office.stations() if doors(station)]
        token = self._pages.token(self._pages.visitor(request))
        lines = {name: asdict(line) for name, line in words.PASS_PAGE.items()}
        return self._pages.page("pass.html", stations=stations, token=token, lines=lines)

    def _now(self, _request: Request) -> Response:
        return JSONResponse({"now_ms": self._pages.now_ms()})

    def _worker(self, _request: Request) -> Response:
        files = [self._pages.asset(name) for name in ASSETS]
        cache = "pass " + " ".join(address.rpartition("=")[2] for address in files)
        head = f"const FILES = {json.dumps(files)};\nconst CACHE = {json.dumps(cache)};\n"
        body = head.encode() + self._pages.files["pass-worker.js"]
        return Response(body, media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})

    async def _new(self, request: Request) -> Response:
        try:
            form = await read_form(request)
        except TooMuch:
            return await run_in_threadpool(self._refuse, words.BAD_REQUEST, 413)
        return await run_in_threadpool(self._issue, request, form)

    def _issue(self, request: Request, form: dict[str, str]) -> Response:
        pages = self._pages
        visitor = pages.visitor(request)
        if visitor is None:
            return self._refuse(words.NOT_JOINED, 403)
        if not pages.is_ours(request, visitor, form):
            return self._refuse(words.STALE_FORM, 403)
        station = pages.station(form.get("station", ""))
        key = _point(form.get("key", ""))
        if station is None or not doors(station) or key is None:
            return self._refuse(words.BAD_REQUEST, 400)
        if not self._passes.take(visitor.person):
            return self._refuse(words.TOO_OFTEN, 429)
        return self._sign(station, visitor, key)

    def _sign(self, station: StationView, visitor: Visitor, key: bytes) -> Response:
        services = tuple(service.name for service in doors(station))
        try:
            issued = self._pages.office.issue_pass(
                station.id,
                services,
                visitor.person,
                role=visitor.door_role,
                valid_seconds=PASS_SECONDS,
                phone_key=key,
            )
        except OfficeBusy:
            return self._refuse(words.OFFICE_BUSY, 503)
        except OfficeFault:
            return self._refuse(words.BAD_REQUEST, 400)
        static = base45.decode(issued.text.removeprefix(SCHEME).encode("ascii"))
        return JSONResponse(
            {"static": _text(static), "prefix": _text(issued.prefix), "expires_s": issued.expires_s},
            headers={"Cache-Control": "no-store"},
        )

    def _refuse(self, refusal: Refusal, status: int) -> Response:
        phone = self._pages.help_phone()
        lines: dict[str, Any] = {
            "reason": {"zh": refusal.reason.zh, "en": refusal.reason.en},
            "next": {"zh": f"{refusal.next.zh} {phone}", "en": f"{refusal.next.en} {phone}"},
        }
        return JSONResponse(lines, status)


def _point(text: str) -> bytes | None:
    """A compressed P-256 point in base64url; None for anything else. Whether it lies on the curve is the office's."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == POINT_BYTES else None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
