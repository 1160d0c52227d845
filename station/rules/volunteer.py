"""The volunteer on site: a pass puts how the station is and what to do next on the touch screen, for two minutes."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.contract import Now, Words
from station.rules import health, say_people, words_people
from station.rules.finding import Light
from station.rules.menu_steps import go_home
from station.rules.site import PeopleService, Site
from station.rules.turn import Turn
from station.state import Menu, Request, State


def arrived(turn: Turn, request: Request) -> None:
    """Somebody was granted something: if they look after the station, the screens beside that reader are theirs.

    Whoever else comes has the screens for themselves again.
    """
    if request.operated or not (request.order or request.pass_id):
        return
    for service in _beside(turn.site, request):
        for screen in say_people.screens_of(turn, service):
            known = turn.state.volatile.menus.get(screen.name)
            on_site = known is not None and known.step == say_people.ON_SITE
            if not screen.touch or (known is not None and on_site and _told_now(turn, known, request)):
                continue
            if request.role in service.roles:
                say_people.open_page(turn, service, screen, request.holder, request.role)
            elif on_site:
                go_home(turn, screen)


def _told_now(turn: Turn, menu: Menu, request: Request) -> bool:
    until_ms = turn.now.steady_ms + say_people.ON_SITE_MS
    return (menu.holder, menu.until_ms) == (request.holder, until_ms)


def _beside(site: Site, request: Request) -> Iterator[PeopleService]:
    """The people services of the reader at which something was granted."""
    reader = site.services[request.service].reader
    for service in site.people.values():
        if service.name == request.service or (reader and reader == service.reader):
            yield service


def findings(state: State, site: Site, now: Now) -> tuple[Light, tuple[Words, ...]]:
    """The traffic light, and what is not well with its next step, the worst first."""
    found = health.findings(state, site, now)
    ill = sorted((one for one in found if one.light is not Light.OK), key=lambda one: one.light is not Light.ACT)
    return health.light(found), tuple(words_people.found(one) for one in ill)
