"""What the touch menus of all services share: one step after the other, back, and home when nobody goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drivers.contract import Button, Mood, Now, Words
from station.rules.site import ScreenService, Site
from station.rules.turn import Turn
from station.state import Menu, State, with_item, without_item

STEP_MS = 30_000
"""A step that nobody answers for so long is left for the home page."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a step puts on the page. `digits`: a keypad for so many; 0: none. Every step has a way back besides."""

    headline: Words
    lines: tuple[Words, ...] = ()
    buttons: tuple[Button, ...] = ()
    digits: int = 0
    mood: Mood = Mood.CALM


@dataclass(frozen=True, slots=True)
class Area:
    """What one type of service has to touch. An area is called as its service is.

    `offers` are its buttons on the home page at a steady time, each with a key `AREA:WHAT`; `touched` gets that WHAT,
    of its own page's buttons too; `entered` gets the digits of its keypad, which it must not keep. `question` is what
    the page asks at a step now.
    """

    offers: Callable[[State, Site, str, int], Iterable[Button]]
    touched: Callable[[Turn, ScreenService, str, str], None]
    entered: Callable[[Turn, ScreenService, Menu, str], None]
    question: Callable[[State, Site, Menu, Now], Question]


def go(turn: Turn, screen: ScreenService, menu: Menu) -> None:
    """Show this step."""
    turn.remember(menus=with_item(turn.state.volatile.menus, screen.name, menu))


def go_home(turn: Turn, screen: ScreenService) -> None:
    """Show the home page."""
    turn.remember(menus=without_item(turn.state.volatile.menus, screen.name))


def where(state: State, screen: ScreenService) -> Menu | None:
    """Where somebody is on a screen; None: its home page."""
    return state.volatile.menus.get(screen.name)
