"""Pages for those who look after stations: the volunteer's traffic light, and the office's list with its alarms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import words
from central.service_state import MARKS, service_states
from central.views import StationView
from central.web_keeper import forms
from central.web_live import Live, LiveResponse
from central.web_page import Pages
from central.web_people import Visitor
from drivers.contract import Words, both
from station.trust.holders import Role

MAX_LISTED = 300
MAX_EVENTS = 30
MAX_ALARMS = 50
LATE_MS = 15 * 60_000
"""A station that has been silent for this long is not known to be well."""
REDRAW_SECONDS = 1.0
URGENT = frozenset({"AlarmRaised", "AlarmEscalated", "DoorForced", "DoorHeld", "RelockFailed", "TamperSeen"})
"""Kinds of safety rows that somebody should see at once, before the rows in front of them have come."""
LIGHTS = ("ok", "unknown", "look", "act")
OK, UNKNOWN, LOOK, ACT = LIGHTS

SUMMARY = {
    OK: both("All is well"),
    LOOK: both("Please take a look"),
    ACT: both("Please act now"),
    UNKNOWN: both("Not heard of yet"),
}
OFFLINE = both("Not connected to the office")
CHECK_NETWORK = both("The station still opens its doors; check its network.")
SILENT = both("Silent for a long time")
GO_AND_SEE = both("Please go and see.")
ALARM_STEP = both("Go and see now, and tell the office.")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at, as a volunteer reads it."""

    about: str
    light: str
    words: Words
    next: Words


@dataclass(frozen=True, slots=True)
class Look:
    """How well a station is, and what to do."""

    light: str
    words: Words
    todo: tuple[Point, ...]
    fine: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An alarm that is not cleared. `stands`: the station knows of it, so that it can be answered."""

    station: StationView
    service: str
    words: Words
    at_ms: int
    heard: bool
    stands: bool = True


def look(station: StationView, now_ms: int) -> Look:
    """A station's traffic light, from its own health document and from what the office knows beside it."""
    alarms = {alarm.service for alarm in open_alarms(station)}
    told = [point for point in _told_points(station.health or {}) if point.about not in alarms]
    points = [*_office_points(station, now_ms), *told]
    worst = max((point.light for point in points), key=LIGHTS.index, default=UNKNOWN)
    todo = sorted((p for p in points if p.light in (LOOK, ACT)), key=lambda point: point.light != ACT)
    fine = tuple(point for point in points if point.light == OK)
    return Look(worst, SUMMARY[worst], tuple(todo), fine)


def open_alarms(station: StationView) -> list[OpenAlarm]:
    """What was raised and not cleared; a copy that overtook the backlog counts until its row is folded."""
    found = []
    recorded = station.state.alarms if station.state else {}
    for service, alarm in recorded.items():
        heard = bool(alarm.heard_by)
        found.append(OpenAlarm(station, service, _alarm_words(alarm.what), alarm.raised_at_ms, heard))
    for copy in station.alarms:
        if not copy.stored and copy.kind in URGENT:
            name, what = str(copy.body.get("service", "")), words.event_words(copy.kind)
            found.append(OpenAlarm(station, name, what, copy.at_ms, heard=False, stands=False))
    return found


class StaffPages:
    """`/v/STATION`, `/office` and their live parts."""

    def __init__(self, pages: Pages, live: Live) -> None:
        self._pages = pages
        self._live = live

    def routes(self) -> list[Route]:
        return [
            Route("/v/{station}", self._volunteer),
            Route("/v/{station}/live", self._volunteer_live),
            Route("/office", self._office),
            Route("/office/live", self._office_live),
        ]

    # ---- the volunteer's page

    def _volunteer(self, request: Request) -> Response:
        found = self._pages.staff_at(request)
        if isinstance(found, Response):
            return found
        visitor, station = found
        values = self._volunteer_values(station, visitor)
        made = [form for state in values["states"] for form in forms(state, visitor, self._pages.clock)]
        return self._pages.page("volunteer.html", forms=made, **values)

    def _volunteer_live(self, request: Request) -> Response:
        found = self._pages.staff_at(request)
        if isinstance(found, Response):
            return found
        visitor, name = found[0], found[1].id

        def draw() -> tuple[dict[str, Any], bool]:
            station = self._pages.station(name)
            if station is None:
                return {"html": ""}, True
            return {"html": self._pages.draw("volunteer_now.html", **self._volunteer_values(station, visitor))}, False

        return LiveResponse(self._live, visitor.person, lambda change: change.station == name, draw, REDRAW_SECONDS)

    def _volunteer_values(self, station: StationView, visitor: Visitor) -> dict[str, Any]:
        return {
            "alarms": sorted(open_alarms(station), key=lambda alarm: -alarm.at_ms),
            "answers": visitor.door_role is Role.KEEPER,
            "states": service_states(station),
            "marks": MARKS,
            "token": self._pages.token(visitor),
            "look": look(station, self._pages.now_ms()),
            "events": self._pages.office.last_events(station.id, MAX_EVENTS),
            "wishes": self._pages.office.wishes.waiting_counts()[station.id],
            "points": self._points(visitor),
            "station": station,
        }

    def _points(self, visitor: Visitor) -> int | None:
        """What they can spend; None where no points are earned and they have none."""
        purse = self._pages.office.purse
        points = purse.points(visitor.person)
        return points if points or purse.points_per_hour else None

    # ---- the office's page

    def _office(self, request: Request) -> Response:
        visitor = self._pages.visitor(request)
        if visitor is None or not visitor.office:
            return self._pages.refuse(words.NOT_STAFF, 403)
        return self._pages.page("office.html", **self._office_values(visitor))

    def _office_live(self, request: Request) -> Response:
        visitor = self._pages.visitor(request)
        if visitor is None or not visitor.office:
            return self._pages.refuse(words.NOT_STAFF, 403)

        def draw() -> tuple[dict[str, Any], bool]:
            return {"html": self._pages.draw("office_now.html", **self._office_values(visitor))}, False

        return LiveResponse(self._live, visitor.person, lambda _change: True, draw, REDRAW_SECONDS)

    def _office_values(self, visitor: Visitor) -> dict[str, Any]:
        now_ms = self._pages.now_ms()
        stations = self._pages.office.stations()
        looks = [(station, look(station, now_ms)) for station in stations]
        looks.sort(key=lambda row: -LIGHTS.index(row[1].light))
        alarms = sorted((a for s in stations for a in open_alarms(s)), key=lambda alarm: -alarm.at_ms)
        return {
            "stations": [(station, seen, service_states(station)) for station, seen in looks[:MAX_LISTED]],
            "more": max(0, len(looks) - MAX_LISTED),
            "alarms": alarms[:MAX_ALARMS],
            "marks": MARKS,
            "events": self._pages.office.last_events(None, MAX_EVENTS),
            "wishes": self._pages.office.wishes.waiting_counts().total(),
            "token": self._pages.token(visitor),
        }


def _office_points(station: StationView, now_ms: int) -> Iterator[Point]:
    """What the office sees and the station cannot tell: that it is away, and alarms that overtook their backlog."""
    about = station.name.zh
    for alarm in open_alarms(station):
        yield Point(alarm.service, LOOK if alarm.heard else ACT, alarm.words, ALARM_STEP)
    if station.seen_ms is None:
        return
    if station.online is False:
        yield Point(about, LOOK, OFFLINE, CHECK_NETWORK)
    elif now_ms - station.seen_ms > LATE_MS:
        yield Point(about, LOOK, SILENT, GO_AND_SEE)


def _told_points(health: Mapping[str, Any]) -> Iterator[Point]:
    """The findings of a health document; a newer station's unknown light counts as one to look at."""
    findings = health.get("findings")
    for finding in findings if isinstance(findings, list) else []:
        if isinstance(finding, Mapping):
            text = {key: str(finding.get(key, "")) for key in ("about", "light", "zh", "en", "next_zh", "next_en")}
            light = text["light"] if text["light"] in (OK, LOOK, ACT) else LOOK
            yield Point(text["about"], light, Words(text["zh"], text["en"]), Words(text["next_zh"], text["next_en"]))


def _alarm_words(what: str) -> Words:
    return words.ALARMS.get(what, words.event_words("AlarmRaised"))
