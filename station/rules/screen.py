"""What the station's own displays show: the rotating code, what just happened, how well the station is."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Mood, Now, Page, Show
from station.rules import degraded, menu, words
from station.rules.nonces import STEP_MS, step_now
from station.rules.site import ScreenService, Site
from station.rules.turn import Turn
from station.state import State, with_item
from station.trust.nonces import nonce, nonce_text

FOR_EVERYBODY = frozenset({"sos", "fire"})
"""Alarms that take over the whole screen; the others would only frighten people."""
REFRESH_MS = 10_000
"""A screen blanks itself after 25 s without a page, so it gets one at least this often."""


def page(state: State, site: Site, screen: ScreenService, now: Now) -> Page:
    """The page of one screen now."""
    notice = state.volatile.notices.get(screen.name)
    step = step_now(now.steady_ms)
    base = Page(
        colour=site.colour,
        mood=Mood.CALM,
        title=site.words,
        headline=words.SORRY if degraded.opens_nothing(state, site, screen) else words.SCAN_TO_OPEN,
        lines=degraded.lines(state, site, screen, now),
        code=code(state, site, screen, step) if screen.opens and site.office_url else None,
        step=step,
        help_phone=site.help_phone,
        buttons=menu.home_buttons(state, site, screen, now.steady_ms),
    )
    touched = menu.page(state, site, screen, base, now)
    if touched is not None:
        return touched
    if notice is not None:
        return replace(base, mood=Mood(notice.mood), headline=notice.headline, lines=notice.lines)
    for service in site.alarms.values():
        if service.what in FOR_EVERYBODY and service.name in state.recorded.alarms:
            told = words.ALARM[service.what]
            return replace(base, mood=Mood.ALARM, headline=told, lines=(words.CALL,), buttons=())
    return base


def code(state: State, site: Site, screen: ScreenService, step: int) -> str:
    """The address in the rotating code: upper case, so that it stays a small alphanumeric QR."""
    drawn = state.volatile.drawn.get(screen.name)
    if drawn is not None and drawn[1].step == step and drawn[1].code is not None:
        return drawn[1].code  # made from the same secret: a recovery forgets both
    value = nonce_text(nonce(state.volatile.secret, screen.name, step))
    return f"{site.office_url.rstrip('/').upper()}/S/{site.station.upper()}/{value}"


def react(turn: Turn) -> None:
    """Show what changed, and every screen at least every 10 s. Runs after all other rules."""
    now_ms = turn.now.steady_ms
    notices = turn.state.volatile.notices
    standing = {name: notice for name, notice in notices.items() if notice.until_ms > now_ms}
    if len(standing) < len(notices):
        turn.remember(notices=standing)
    for screen in turn.site.screens.values():
        fresh = page(turn.state, turn.site, screen, turn.now)
        drawn = turn.state.volatile.drawn.get(screen.name)
        if drawn is None or drawn[1] != fresh or now_ms - drawn[0] >= REFRESH_MS:
            turn.remember(drawn=with_item(turn.state.volatile.drawn, screen.name, (now_ms, fresh)))
            turn.ask_at_once(Show(screen.screen, fresh))


def deadline(state: State, site: Site) -> int | None:
    """When the next page is due (steady)."""
    due: list[int] = []
    for screen in site.screens.values():
        drawn = state.volatile.drawn.get(screen.name)
        drawn_ms = drawn[0] if drawn else 0
        due += [drawn_ms + REFRESH_MS, (drawn_ms // STEP_MS + 1) * STEP_MS]
        notice = state.volatile.notices.get(screen.name)
        if notice is not None:
            due.append(notice.until_ms)
    return min(due, default=None)
