"""The touch screen for volunteers (sign on and off, tasks, refills) and for whoever wants to rate the station."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.contract import Button, Mood, Now, Words
from station.rules import access, people, say, say_people, volunteer, words, words_offers, words_people
from station.rules.finding import Light
from station.rules.menu_steps import STEP_MS, Area, Question, go, go_home, where
from station.rules.site import Item, PeopleService, ScreenService, Site, StockService
from station.rules.turn import Turn
from station.state import Menu, Notice, Request, State, Stock, thing_key, with_item
from station.trust.refusal import Refused

RATE, STARS = "rate", "stars-"
ON, OFF, TASK, MORE = "on", "off", "task-", "more"
REFILL, ITEM, HOW_MANY = "refill", "item-", "how_many"
MAX_ITEMS = 11
"""As many as fit beside the way back; what is lowest comes first."""
COUNT_DIGITS = 2
FINDINGS_AT_ONCE = 2
"""More would be too small to read."""
MOODS = {Light.OK: Mood.WELCOME, Light.LOOK: Mood.WARNING, Light.ACT: Mood.ALARM}


def offers(_state: State, site: Site, name: str, _now_ms: int) -> Iterator[Button]:
    """To rate the station."""
    if site.people[name].rating:
        yield Button(f"{name}:{RATE}", words_people.RATE)


def question(state: State, site: Site, menu: Menu, now: Now) -> Question:
    """What the page asks at a step."""
    name = menu.area
    match menu.step:
        case "rate":
            stars = (Button(f"{name}:{STARS}{count}", label) for count, label in words_people.STARS.items())
            return Question(words_people.HOW_WAS_IT, buttons=tuple(stars))
        case "refill":
            items = (Button(f"{name}:{ITEM}{place}", label) for place, label in _items_shown(state, site))
            return Question(words_people.WHAT_WAS_REFILLED, buttons=tuple(items))
        case "how_many":
            _, _, item = _items(site)[int(menu.thing)]
            return Question(words_people.how_many(item.words), (words_people.TWO_DIGITS,), digits=COUNT_DIGITS)
        case _:
            return _on_site(state, site, menu, now)


def _on_site(state: State, site: Site, menu: Menu, now: Now) -> Question:
    """How the station is, a few findings at once from the place in `menu.thing` on, and what can be done."""
    service = site.people[menu.area]
    light, found = volunteer.findings(state, site, now)
    first = int(menu.thing or 0)
    lines = found[first : first + FINDINGS_AT_ONCE] or found[:FINDINGS_AT_ONCE]
    buttons = tuple(_on_site_buttons(state, site, service, menu.holder))
    if len(found) > FINDINGS_AT_ONCE:
        buttons = (Button(f"{service.name}:{MORE}", words_people.more(len(found))), *buttons)
    return Question(words_people.HEADLINE[light], lines, buttons, mood=MOODS[light])


def _on_site_buttons(state: State, site: Site, service: PeopleService, holder: str) -> Iterator[Button]:
    if people.on_duty(state, service.name, holder) is None:
        yield Button(f"{service.name}:{ON}", words_offers.SIGN_ON)
    else:
        yield Button(f"{service.name}:{OFF}", words_offers.SIGN_OFF)
    for place, label in enumerate(service.tasks.values()):
        yield Button(f"{service.name}:{TASK}{place}", label)
    if _items(site):
        yield Button(f"{service.name}:{REFILL}", words_people.REFILL)


def _items(site: Site) -> list[tuple[StockService, str, Item]]:
    """Every thing that can be refilled here."""
    return [(stock, thing, item) for stock in site.stock.values() for thing, item in stock.items.items()]


def _items_shown(state: State, site: Site) -> list[tuple[int, Words]]:
    """The items by their place among all, what is nearest to its limit first."""

    def spare(place: int) -> int:
        stock, thing, item = items[place]
        return state.recorded.stock.get(thing_key(stock.name, thing), Stock()).count - item.low

    items = _items(site)
    return [(place, items[place][2].words) for place in sorted(range(len(items)), key=spare)[:MAX_ITEMS]]


# ---------------------------------------------------------------- touched


def touched(turn: Turn, screen: ScreenService, name: str, what: str) -> None:
    """To rate, or what somebody on whose page it is has done."""
    menu = where(turn.state, screen)
    step = menu.step if menu is not None and menu.area == name else ""
    if what == RATE:
        go(turn, screen, Menu(name, RATE, turn.now.steady_ms + STEP_MS))
    elif step == RATE and what.startswith(STARS):
        _rated(turn, screen, turn.site.people[name], int(what.removeprefix(STARS)))
    elif menu is not None and step == say_people.ON_SITE:
        _done(turn, screen, menu, what)
    elif menu is not None and step == REFILL and what.startswith(ITEM):
        _step(turn, screen, menu, HOW_MANY, what.removeprefix(ITEM))


def _rated(turn: Turn, screen: ScreenService, service: PeopleService, stars: int) -> None:
    """Whoever presses again within the minute is thanked too."""
    people.rate(turn, service, screen.name, stars)
    go_home(turn, screen)
    until_ms = turn.now.steady_ms + say.NOTICE_MS
    notice = Notice(Mood.WELCOME.value, words_people.THANK_YOU, (words_people.TELL_MORE,), until_ms)
    turn.remember(notices=with_item(turn.state.volatile.notices, screen.name, notice))


def _done(turn: Turn, screen: ScreenService, menu: Menu, what: str) -> None:
    if what in (ON, OFF):
        _ask(turn, screen, menu, Request(menu.area, f"sign_{what}", menu.holder, menu.role, "screen"))
    elif what == REFILL:
        _step(turn, screen, menu, REFILL)
    elif what == MORE:
        _turn_over(turn, screen, menu)
    elif what.startswith(TASK):
        task = list(turn.site.people[menu.area].tasks)[int(what.removeprefix(TASK))]
        _ask(turn, screen, menu, Request(menu.area, "task", menu.holder, menu.role, "screen", thing=task))


def _turn_over(turn: Turn, screen: ScreenService, menu: Menu) -> None:
    """The next few findings; after the last ones the first again."""
    count = len(volunteer.findings(turn.state, turn.site, turn.now)[1])
    first = int(menu.thing or 0) + FINDINGS_AT_ONCE
    until_ms = turn.now.steady_ms + say_people.ON_SITE_MS
    go(turn, screen, replace(menu, thing=str(first if first < count else 0), told=(), until_ms=until_ms))


def _step(turn: Turn, screen: ScreenService, menu: Menu, step: str, thing: str = "") -> None:
    go(turn, screen, replace(menu, step=step, thing=thing, told=(), until_ms=turn.now.steady_ms + STEP_MS))


def entered(turn: Turn, screen: ScreenService, menu: Menu, digits: str) -> None:
    """How many pieces were put in."""
    stock, thing, item = _items(turn.site)[int(menu.thing)]
    count = int(digits)
    if count == 0:
        _show(turn, screen, menu)
        return
    request = Request(stock.name, "refill", menu.holder, menu.role, "screen", thing=thing, count=count)
    _show(turn, screen, menu, words_people.refilled(item.words, count))
    _ask(turn, screen, menu, request)


def _ask(turn: Turn, screen: ScreenService, menu: Menu, request: Request) -> None:
    """What becomes of it is told on the page."""
    try:
        access.grant(turn, request)
    except Refused as refused:
        _show(turn, screen, menu, *words.REFUSAL[refused.reason])


def _show(turn: Turn, screen: ScreenService, menu: Menu, *lines: Words) -> None:
    say_people.open_page(turn, turn.site.people[menu.area], screen, menu.holder, menu.role, *lines)


AREA = Area(offers, touched, entered, question)
