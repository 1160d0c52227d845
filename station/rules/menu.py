"""Touch screens: what goes without a phone. A button leads to a step, a keypad takes digits, silence leads home.

A service joins by a module with an `Area` of its own (as `menu_lockers`) and a line in `SERVICES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.contract import MAX_BUTTONS, Button, ButtonTouched, DigitsEntered, Now, Page, Signal, both
from station.rules import menu_lockers, menu_people
from station.rules.menu_steps import Area, go_home, where
from station.rules.site import LockerService, PeopleService, ScreenService, Service, Site
from station.rules.turn import Turn
from station.state import State

SERVICES: Mapping[type[Service], Area] = {LockerService: menu_lockers.AREA, PeopleService: menu_people.AREA}

BACK = Button("back", both("Back"))


def react(turn: Turn, signal: Signal) -> None:
    """What was touched and typed, and what is over."""
    match signal:
        case ButtonTouched(device, key):
            if (screen := _touch_screen(turn.site, device)) is not None:
                _touched(turn, screen, key)
        case DigitsEntered(device, digits):
            if (screen := _touch_screen(turn.site, device)) is not None:
                _entered(turn, screen, digits)
        case _:
            pass
    _tidy(turn)


def _touch_screen(site: Site, device: str) -> ScreenService | None:
    return next((screen for screen in site.screens.values() if screen.screen == device and screen.touch), None)


def _area(site: Site, name: str) -> Area | None:
    service = site.services.get(name)
    return None if service is None else SERVICES.get(type(service))


def _touched(turn: Turn, screen: ScreenService, key: str) -> None:
    drawn = turn.state.volatile.drawn.get(screen.name)
    if drawn is None or key not in {button.key for button in drawn[1].buttons}:
        return  # a finger that was meant for another page
    if key == BACK.key:
        go_home(turn, screen)
        return
    name, _, what = key.partition(":")
    area = _area(turn.site, name)
    if area is not None:
        area.touched(turn, screen, name, what)


def _entered(turn: Turn, screen: ScreenService, digits: str) -> None:
    menu = where(turn.state, screen)
    area = _area(turn.site, menu.area) if menu is not None else None
    if menu is None or area is None:
        return
    asked = area.question(turn.state, turn.site, menu, turn.now).digits
    if asked and len(digits) == asked and digits.isascii() and digits.isdecimal():
        area.entered(turn, screen, menu, digits)


def _tidy(turn: Turn) -> None:
    volatile, now_ms = turn.state.volatile, turn.now.steady_ms
    alarmed = any(name in turn.site.alarms for name in turn.state.recorded.alarms)
    menus = {name: menu for name, menu in volatile.menus.items() if menu.until_ms > now_ms and not alarmed}
    offers = {key: until_ms for key, until_ms in volatile.code_offers.items() if until_ms > now_ms}
    if len(menus) < len(volatile.menus) or len(offers) < len(volatile.code_offers):
        turn.remember(menus=menus, code_offers=offers)


def deadline(state: State) -> int | None:
    """When the next step or offer is over (steady)."""
    due = [menu.until_ms for menu in state.volatile.menus.values()]
    due += state.volatile.code_offers.values()
    return min(due, default=None)


# ---------------------------------------------------------------- pages


def home_buttons(state: State, site: Site, screen: ScreenService, now_ms: int) -> tuple[Button, ...]:
    """What can be touched on the home page. Nothing while nothing can be recorded."""
    if not screen.touch or state.observed.unrecorded:
        return ()
    found: list[Button] = []
    for name in screen.opens:
        area = _area(site, name)
        if area is not None:
            found += area.offers(state, site, name, now_ms)
    return tuple(found[:MAX_BUTTONS])


def page(state: State, site: Site, screen: ScreenService, base: Page, now: Now) -> Page | None:
    """The page of the step at which somebody is; None: the home page. It has no rotating code: one thing at a time."""
    menu = where(state, screen)
    area = _area(site, menu.area) if menu is not None else None
    if menu is None or area is None:
        return None
    question = area.question(state, site, menu, now)
    service = site.services.get(menu.area)
    return replace(
        base,
        colour=service.colour if service is not None and service.colour else base.colour,
        mood=question.mood,
        headline=question.headline,
        lines=(*menu.told, *question.lines),
        code=None,
        buttons=(*question.buttons[: MAX_BUTTONS - 1], BACK),
        keypad_digits=question.digits,
    )
