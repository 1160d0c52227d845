"""What volunteers are told: on a touch screen on their own page, elsewhere for a moment; by voice; in a reply."""

from __future__ import annotations

from drivers.contract import Mood, Say, Words
from station.rules import say
from station.rules.menu_steps import go
from station.rules.site import PeopleService, ScreenService
from station.rules.turn import Turn
from station.state import Menu, Notice, Request, with_item
from station.trust.refusal import Reason

ON_SITE = "on_site"
"""The step of a screen that shows a volunteer how the station is."""
ON_SITE_MS = 120_000


def told(turn: Turn, service: PeopleService, request: Request, words: Words, *, done: bool = True) -> None:
    """What became of what they asked for."""
    say.reply(turn, request.order, "done" if done else "refused", "" if done else Reason.NOTHING_HELD.value, words)
    for screen in screens_of(turn, service):
        if screen.touch:
            open_page(turn, service, screen, request.holder, request.role, words)
        else:
            notice = Notice(Mood.WELCOME.value, words, (), turn.now.steady_ms + say.NOTICE_MS)
            turn.remember(notices=with_item(turn.state.volatile.notices, screen.name, notice))
        if screen.voice:
            turn.ask_at_once(Say(screen.voice, words))


def screens_of(turn: Turn, service: PeopleService) -> list[ScreenService]:
    """The screens that show this service."""
    return [screen for screen in turn.site.screens.values() if service.name in screen.opens]


def open_page(turn: Turn, service: PeopleService, screen: ScreenService, holder: str, role: str, *lines: Words) -> None:
    """For two minutes from now on this screen is theirs; `lines` are said first."""
    until_ms = turn.now.steady_ms + ON_SITE_MS
    go(turn, screen, Menu(service.name, ON_SITE, until_ms, holder=holder, role=role, told=lines))
