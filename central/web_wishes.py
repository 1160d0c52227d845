"""Wishes and complaints: a form on the phone, a number that can be followed, and the list of those who answer."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from central import words, words_wishes
from central.office import OfficeBusy, OfficeFault
from central.views import StationView
from central.web_bounds import MAX_LETTER_BYTES, Allowance
from central.web_page import Pages
from central.web_people import Visitor
from central.wishes import DONE, KINDS, MAX_LISTED, MAX_TEXT, SEEN, UnknownWish, plain_text
from central.words import Refusal

MAX_CLOSED = 20
"""How many closed ones stand below those that wait."""


class WishPages:
    """`/wish/STATION` and `/wishes/NUMBER` for everybody, `/v/STATION/wishes` and `/office/wishes` for staff."""

    def __init__(self, pages: Pages, made: Allowance, looks: Allowance) -> None:
        self._pages = pages
        self._made = made
        self._looks = looks

    def routes(self) -> list[Route]:
        return [
            Route("/wish/{station}", self._form),
            Route("/wishes", self._make, methods=["POST"]),
            Route("/wishes", self._ask_number),
            Route("/wishes/{number}", self._follow),
            Route("/v/{station}/wishes", self._of_station),
            Route("/office/wishes", self._of_all),
            Route("/office/wishes/answer", self._answer, methods=["POST"]),
        ]

    # ---- whoever has something to say

    def _form(self, request: Request) -> Response:
        station = self._pages.station(request.path_params["station"])
        if station is None:
            return self._pages.refuse(words.UNKNOWN_STATION, 404)
        visitor = self._pages.visitor(request)
        if visitor is None:
            return self._pages.refuse(words.NOT_JOINED, 403, station)
        return self._pages.page(
            "wish.html",
            station=station,
            token=self._pages.token(visitor),
            kinds=words_wishes.KINDS,
            max_text=MAX_TEXT,
            mine=self._pages.office.wishes.of_person(visitor.person),
            states=words_wishes.STATES,
        )

    async def _make(self, request: Request) -> Response:
        return await self._pages.posted(request, self._enter, MAX_LETTER_BYTES)

    def _enter(self, request: Request, form: dict[str, str]) -> Response:
        pages = self._pages
        station = pages.station(form.get("station", ""))
        visitor = pages.visitor(request)
        if visitor is None:
            return pages.refuse(words.NOT_JOINED, 403, station)
        if not pages.is_ours(request, visitor, form):
            return pages.refuse(words.STALE_FORM, 403, station)
        if station is None:
            return pages.refuse(words.UNKNOWN_STATION, 404)
        service, kind, text = form.get("service", ""), form.get("kind", ""), form.get("text", "")
        if service and service not in [one.name for one in station.services]:
            return pages.refuse(words.NO_SUCH_SERVICE, 404, station)
        if kind not in KINDS or not plain_text(text):
            return pages.refuse(words_wishes.NO_TEXT, 400, station)
        if not self._made.take(visitor.person):
            return pages.refuse(words_wishes.TOO_MANY_WISHES, 429, station)
        try:
            number = pages.office.wishes.make(station.id, kind, text, visitor.person, service)
        except OfficeBusy:
            return pages.refuse(words_wishes.LEDGER_FULL, 503, station)
        return RedirectResponse(f"/wishes/{number}", 303)

    def _ask_number(self, request: Request) -> Response:
        number = "".join(request.query_params.get("number", "").split()).upper()
        if number:
            return self._follow_number(request, number)
        return self._pages.page("wish_number.html")

    def _follow(self, request: Request) -> Response:
        return self._follow_number(request, request.path_params["number"])

    def _follow_number(self, request: Request, number: str) -> Response:
        """Every look counts, the right ones too: nobody tries numbers one after the other."""
        pages = self._pages
        if not self._looks.take(request.client.host if request.client else ""):
            return pages.refuse(words_wishes.TOO_MANY_NUMBERS, 429)
        try:
            wish = pages.office.wishes.find(number)
        except UnknownWish:
            return pages.refuse(words_wishes.NO_SUCH_NUMBER, 404)
        return pages.page(
            "wish_state.html",
            station=pages.station(wish.station),
            wish=wish,
            kind=words_wishes.KINDS[wish.kind],
            state=words_wishes.STATES[wish.state],
            next_step=words_wishes.NEXT[wish.state],
        )

    # ---- whoever answers

    def _of_station(self, request: Request) -> Response:
        found = self._pages.staff_at(request)
        return found if isinstance(found, Response) else self._list(*found)

    def _of_all(self, request: Request) -> Response:
        visitor = self._pages.visitor(request)
        if visitor is None or not visitor.office:
            return self._pages.refuse(words.NOT_STAFF, 403)
        return self._list(visitor, None)

    def _list(self, visitor: Visitor, station: StationView | None) -> Response:
        ledger = self._pages.office.wishes
        only = station.id if station is not None else None
        counts = ledger.waiting_counts()
        stations = [station] if station is not None else self._pages.office.stations()
        waiting = counts[only] if only is not None else counts.total()
        return self._pages.page(
            "wishes.html",
            station=station,
            waiting=ledger.waiting(only),
            more=max(0, waiting - MAX_LISTED),
            closed=ledger.closed(only, MAX_CLOSED),
            names={one.id: one.name for one in stations},
            services={(one.id, service.name): service.words for one in stations for service in one.services},
            kinds=words_wishes.KINDS,
            max_text=MAX_TEXT,
            token=self._pages.token(visitor),
            back=_list_address(only),
        )

    async def _answer(self, request: Request) -> Response:
        return await self._pages.posted(request, self._take, MAX_LETTER_BYTES)

    def _take(self, request: Request, form: dict[str, str]) -> Response:
        """`step` seen: somebody is on it; done: it is closed with an answer. `back`: the list that it was sent from."""
        pages = self._pages
        visitor = pages.visitor(request)
        if visitor is None or not visitor.staff:
            return pages.refuse(words.NOT_STAFF, 403)
        if not pages.is_ours(request, visitor, form):
            return pages.refuse(words.STALE_FORM, 403)
        refusal = self._step(form)
        if refusal is not None:
            return pages.refuse(*refusal)
        return RedirectResponse(form["back"], 303)

    def _step(self, form: Mapping[str, str]) -> tuple[Refusal, int] | None:
        ledger, number = self._pages.office.wishes, form.get("number", "")
        addresses = (_list_address(form.get("station", "")), _list_address(None))
        if form.get("back") not in addresses or form.get("step") not in (SEEN, DONE):
            return words.BAD_REQUEST, 400
        try:
            if form["step"] == SEEN:
                ledger.take_on(number)
            elif not plain_text(form.get("answer", "")):
                return words_wishes.NO_ANSWER, 400
            else:
                ledger.close(number, form["answer"])
        except UnknownWish:
            return words_wishes.NO_SUCH_NUMBER, 404
        except OfficeFault:
            return words_wishes.CLOSED_ALREADY, 409
        return None


def _list_address(station: str | None) -> str:
    return "/office/wishes" if station is None else f"/v/{station}/wishes"
