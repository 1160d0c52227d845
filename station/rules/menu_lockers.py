"""Cells without a phone: choose a code while the cell is just shut, and open it with that code later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.contract import Button, Mood, Now
from station import events as e
from station.rules import access, codes, holdings, refusals, say, words, words_codes
from station.rules.menu_steps import STEP_MS, Area, Question, go, go_home, where
from station.rules.site import LockerService, ScreenService, Site
from station.rules.turn import Turn
from station.state import Menu, Request, State, thing_key, without_item
from station.trust.keypad import CODE_DIGITS, code_hash, fits, is_guessable, new_salt
from station.trust.refusal import Reason, Refused

CELL, CODE, WHAT, CHOOSE, AGAIN = "cell", "code", "what", "choose", "again"
OPEN, KEEP, GIVE_BACK, CHOOSE_FOR = "open", "keep", "give_back", "choose-"


def offers(state: State, site: Site, name: str, now_ms: int) -> Iterator[Button]:
    """A code for what was just taken; to open, where anything has a code."""
    if not holdings.known(state, site):
        return
    held = holdings.held(state, name)
    for one in held:
        until_ms = state.volatile.code_offers.get(thing_key(name, one.thing), now_ms)
        if until_ms > now_ms and not one.code_sha256:
            yield Button(f"{name}:{CHOOSE_FOR}{one.thing}", words_codes.choose_for(one.thing))
    if any(one.code_sha256 for one in held):
        yield Button(f"{name}:{OPEN}", words_codes.OPEN_WITH_CODE)


def touched(turn: Turn, screen: ScreenService, name: str, what: str) -> None:
    """A button of the home page, or what is to be done with a cell whose code was right."""
    menu = where(turn.state, screen)
    until_ms = turn.now.steady_ms + STEP_MS
    if what == OPEN:
        go(turn, screen, Menu(name, CELL, until_ms))
    elif what.startswith(CHOOSE_FOR):
        holding = holdings.of(turn.state, name, what.removeprefix(CHOOSE_FOR))
        if holding is not None:
            go(turn, screen, Menu(name, CHOOSE, until_ms, holding.thing, holding.holder))
    elif menu is not None and (menu.area, menu.step) == (name, WHAT):
        _open(turn, screen, menu, "give_back" if what == GIVE_BACK else "open")


def entered(turn: Turn, screen: ScreenService, menu: Menu, digits: str) -> None:
    """A cell's number, its code, or a code that is chosen."""
    _STEPS[menu.step](turn, screen, replace(menu, until_ms=turn.now.steady_ms + STEP_MS, told=()), digits)


def question(_state: State, site: Site, menu: Menu, _now: Now) -> Question:
    """What the page asks at a step."""
    match menu.step:
        case "cell":
            digits = _number_digits(site.lockers[menu.area])
            return Question(words_codes.WHICH_CELL, (words_codes.so_many_digits(digits),), digits=digits)
        case "code":
            return Question(words_codes.type_code(menu.thing), digits=CODE_DIGITS)
        case "choose":
            return Question(words_codes.choose_for(menu.thing), (words_codes.SIX_DIGITS,), digits=CODE_DIGITS)
        case "again":
            return Question(words_codes.ONCE_MORE, (words_codes.REMEMBER_IT,), digits=CODE_DIGITS)
        case _:
            keep = Button(f"{menu.area}:{KEEP}", words_codes.KEEP_IT)
            give_back = Button(f"{menu.area}:{GIVE_BACK}", words_codes.GIVE_IT_BACK)
            return Question(words_codes.what_now(menu.thing), buttons=(keep, give_back))


def _number_digits(service: LockerService) -> int:
    return max(len(number) for number in service.cells)


# ---------------------------------------------------------------- open with a code


def _cell_typed(turn: Turn, screen: ScreenService, menu: Menu, digits: str) -> None:
    number = str(int(digits))
    if number in turn.site.lockers[menu.area].cells:
        go(turn, screen, replace(menu, step=CODE, thing=number))
    else:
        go(turn, screen, replace(menu, told=(words_codes.NO_SUCH_CELL,)))


def _code_typed(turn: Turn, screen: ScreenService, menu: Menu, digits: str) -> None:
    try:
        holding = codes.check(turn, menu.area, menu.thing, digits, screen.screen)
    except Refused as refused:
        if refused.reason is Reason.WRONG_CODE:
            refusals.refuse(turn, screen.screen, refused.reason, service=menu.area)
            go(turn, screen, replace(menu, told=words.REFUSAL[refused.reason]))
        else:
            _refused(turn, screen, menu, refused.reason)
        return
    go(turn, screen, replace(menu, step=WHAT, holder=holding.holder))


def _open(turn: Turn, screen: ScreenService, menu: Menu, action: str) -> None:
    go_home(turn, screen)
    try:
        holding = holdings.of(turn.state, menu.area, menu.thing)
        if holding is None or holding.holder != menu.holder:
            raise Refused(Reason.NOTHING_HELD, f"cell {menu.thing} is not theirs any more")
        access.grant(turn, Request(menu.area, action, menu.holder, holding.role, "code", thing=menu.thing))
    except Refused as refused:
        _refused(turn, screen, menu, refused.reason)


def _refused(turn: Turn, screen: ScreenService, menu: Menu, reason: Reason) -> None:
    go_home(turn, screen)
    refusals.refuse(turn, screen.screen, reason, service=menu.area)
    say.not_done(turn, menu.area, reason)


# ---------------------------------------------------------------- choose a code


def _first_typed(turn: Turn, screen: ScreenService, menu: Menu, digits: str) -> None:
    if is_guessable(digits):
        go(turn, screen, replace(menu, told=(words_codes.TOO_EASY,)))
        return
    salt = new_salt(turn.state.volatile.secret, menu.area, menu.thing, turn.now.steady_ms)
    go(turn, screen, replace(menu, step=AGAIN, salt=salt.hex(), typed=code_hash(digits, salt).hex()))


def _second_typed(turn: Turn, screen: ScreenService, menu: Menu, digits: str) -> None:
    if not fits(digits, bytes.fromhex(menu.salt), bytes.fromhex(menu.typed)):
        go(turn, screen, replace(menu, step=CHOOSE, salt="", typed="", told=(words_codes.NOT_THE_SAME,)))
        return
    holding = holdings.of(turn.state, menu.area, menu.thing)
    if holding is None or holding.holder != menu.holder:
        _refused(turn, screen, menu, Reason.NOTHING_HELD)
    elif turn.state.observed.unrecorded:
        _refused(turn, screen, menu, Reason.UNRECORDED)
    else:
        go_home(turn, screen)
        turn.record(e.CodeChosen(menu.area, menu.thing, menu.salt, menu.typed))
        key = thing_key(menu.area, menu.thing)
        turn.remember(code_offers=without_item(turn.state.volatile.code_offers, key))
        headline = words_codes.code_is_set(menu.thing)
        say.notice(turn, menu.area, Mood.WELCOME, headline, (words_codes.HOW_TO_USE_IT,), say.REFUSAL_MS)


_STEPS = {CELL: _cell_typed, CODE: _code_typed, CHOOSE: _first_typed, AGAIN: _second_typed}
AREA = Area(offers, touched, entered, question)
