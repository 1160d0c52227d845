"""What every page has: templates, files, the cookie, the headers that keep it to itself, how a refusal looks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central import times, words
from central.office import Office, UnknownStation
from central.service_kinds import kind_of
from central.views import StationView
from central.web_bounds import MAX_FORM_BYTES, TooMuch, read_form
from central.web_people import COOKIE_SECONDS, Visitor, form_token, holds, read_cookie, write_cookie
from central.words import Refusal
from drivers.contract import Words, both

FILE_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
ONE_YEAR_SECONDS = 31_536_000

Act = Callable[[Request, dict[str, str]], Response]
"""Answers a form that was posted."""


class Pages:
    """The office's pages. `secret` (32 bytes) signs invitations, cookies and forms; `now_s` is unix time."""

    def __init__(
        self, office: Office, secret: bytes, public_url: str, help_phone: str, now_s: Callable[[], float]
    ) -> None:
        self.office = office
        self.secret = secret
        self._help_phone = help_phone
        self._now_s = now_s
        self._secure = urlsplit(public_url).scheme == "https"
        self._cookie = "__Host-person" if self._secure else "person"
        self.headers = dict(HEADERS)
        if self._secure:
            self.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}"
        self.files = _read_files()
        self._templates = Environment(
            loader=PackageLoader("central", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(dial=_dial, heading=_heading)
        self._templates.globals.update(
            asset=self.asset,
            both=both,
            clock=self.clock,
            until=self.until,
            late=self.late,
            kind_words=words.kind_words,
            event_words=words.event_words,
            free_words=words.free_words,
            kind_of=kind_of,
            station=None,
        )

    def now_s(self) -> int:
        """Unix time in whole seconds."""
        return int(self._now_s())

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return int(self._now_s() * 1000)

    def clock(self, at_ms: int) -> str:
        """A time as the office's clocks show it, with its date when that is not today's."""
        at, now = (datetime.fromtimestamp(ms / 1000, UTC).astimezone() for ms in (at_ms, self.now_ms()))
        return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%m-%d %H:%M}"

    def until(self, at_ms: int) -> Words:
        """The end of something, as people read it."""
        return times.until(at_ms, self.now_ms())

    def late(self, at_ms: int | None) -> Words:
        """How long something is over already, where that is known; the station may have a clock of its own."""
        if at_ms is None or at_ms > self.now_ms():
            return both("Overdue")
        return times.late(at_ms, self.now_ms())

    def asset(self, name: str) -> str:
        """The address of a file; it changes with the content, so that browsers may keep it."""
        return f"/static/{name}?v={hashlib.sha256(self.files[name]).hexdigest()[:12]}"

    def draw(self, template: str, **values: Any) -> str:
        """A template as text."""
        return self._templates.get_template(template).render(**values)

    def page(
        self, template: str, *, status: int = 200, station: StationView | None = None, **values: Any
    ) -> HTMLResponse:
        """A whole page; browsers and proxies keep no copy."""
        text = self.draw(template, station=station, help_phone=self.help_phone(station), **values)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    def broken(self) -> HTMLResponse:
        """The page for a fault of the office's own; it asks the office nothing."""
        text = self.draw("refused.html", help_phone=self._help_phone, refusal=words.OFFICE_FAULT)
        return HTMLResponse(text, 500, {"Cache-Control": "no-store", **self.headers})

    def refuse(self, refusal: Refusal, status: int, station: StationView | None = None) -> HTMLResponse:
        """A page that says why not, what to do next, and whom to call."""
        return self.page("refused.html", status=status, station=station, refusal=refusal)

    def help_phone(self, station: StationView | None = None) -> str:
        """The number of this station's site; elsewhere the office's own, or that of any station."""
        if station is not None and station.help_phone:
            return station.help_phone
        return self._help_phone or next((one.help_phone for one in self.office.stations() if one.help_phone), "")

    def station(self, name: str) -> StationView | None:
        """The station of this name, or None."""
        try:
            return self.office.station(name)
        except UnknownStation:
            return None

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks; None for somebody who has not joined."""
        return read_cookie(self.secret, request.cookies.get(self._cookie, ""), self.now_s())

    def token(self, visitor: Visitor | None) -> str:
        """What this visitor's forms carry."""
        return form_token(self.secret, visitor) if visitor else ""

    def is_ours(self, request: Request, visitor: Visitor, form: Mapping[str, str]) -> bool:
        """Whether a form was sent from our own page by this visitor."""
        return from_our_page(request) and holds(self.secret, visitor, form.get("token", ""))

    async def posted(self, request: Request, act: Act, max_bytes: int = MAX_FORM_BYTES) -> Response:
        """What `act` answers to the form that was posted, in a worker thread; a form that is too long is refused."""
        try:
            form = await read_form(request, max_bytes)
        except TooMuch:
            return await run_in_threadpool(self.refuse, words.BAD_REQUEST, 413)
        return await run_in_threadpool(act, request, form)

    def staff_at(self, request: Request) -> tuple[Visitor, StationView] | Response:
        """One of the staff and the station in the address; or why not, as a page."""
        visitor = self.visitor(request)
        if visitor is None or not visitor.staff:
            return self.refuse(words.NOT_STAFF, 403)
        station = self.station(request.path_params["station"])
        return (visitor, station) if station is not None else self.refuse(words.UNKNOWN_STATION, 404)

    def give_cookie(self, response: Response, visitor: Visitor) -> None:
        """Let this browser be `visitor` from now on."""
        response.set_cookie(
            self._cookie,
            write_cookie(self.secret, visitor, self.now_s()),
            max_age=COOKIE_SECONDS,
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def guarded(self, app: ASGIApp) -> ASGIApp:
        """`app` with the headers that every answer carries."""
        return _Guarded(app, self.headers)

    def file(self, request: Request) -> Response:
        """A style sheet, script or picture."""
        name = request.path_params["name"]
        if name not in self.files:
            return self.refuse(words.NOT_FOUND, 404)
        kept = f"public, max-age={ONE_YEAR_SECONDS}, immutable" if request.query_params.get("v") else "no-cache"
        kind = FILE_TYPES["." + name.rpartition(".")[2]]
        return Response(self.files[name], media_type=kind, headers={"Cache-Control": kept})


def from_our_page(request: Request) -> bool:
    """Whether the browser says that a form came from our own page; older browsers say nothing.

    Pages are sent with `no-referrer`, for which browsers give the Origin of a form as `null`.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin in (None, "null") or urlsplit(origin).netloc == request.headers.get("host")


class _Guarded:
    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_guarded)


def _read_files() -> dict[str, bytes]:
    folder = resources.files("central.pages")
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(tuple(FILE_TYPES))}


def _dial(phone: str) -> str:
    """A phone number as a `tel:` address has it."""
    return "".join(letter for letter in phone if letter.isascii() and (letter.isdigit() or letter == "+"))


def _heading(sentence: str) -> str:
    """A sentence without its full stop."""
    return sentence.rstrip("。.")
