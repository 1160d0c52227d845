"""The volunteer on site: a pass puts how the station is, what to do next and the tasks on the touch screen."""

from __future__ import annotations

from drivers.contract import Button, Mood, Now, Words
from station.rules import health, people, say_people, words, words_people
from station.rules.finding import Finding, Light
from station.rules.site import PeopleService, Site
from station.rules.turn import Turn
from station.state import Menu, Request, State
from station.trust.refusal import Refused

MAX_FINDINGS = 4
WAY = "screen"
ON, OFF, TASK = "on", "off", "task"
MOODS = {Light.OK: Mood.WELCOME, Light.LOOK: Mood.WARNING, Light.ACT: Mood.ALARM}


def arrived(turn: Turn, request: Request) -> None:
    """Somebody was granted something: if they look after the station, the screens beside that reader are theirs."""
    if request.operated or not (request.order or request.pass_id):
        return
    reader = turn.site.services[request.service].reader
    for service in turn.site.people.values():
        here = service.name == request.service or (reader and reader == service.reader)
        if not here or request.role not in service.roles:
            continue
        for screen in say_people.screens_of(turn, service):
            known = turn.state.volatile.menus.get(screen.name)
            told_now = known is not None and known.until_ms == turn.now.steady_ms + say_people.ON_SITE_MS
            if screen.touch and not told_now:
                say_people.open_page(turn, service, screen, request.holder)


def findings(state: State, site: Site, now: Now) -> list[Finding]:
    """What is not well, the worst first."""
    found = [one for one in health.findings(state, site, now) if one.light is not Light.OK]
    return sorted(found, key=lambda one: one.light is not Light.ACT)


def mood_and_words(state: State, site: Site, now: Now) -> tuple[Mood, Words]:
    """The traffic light."""
    light = health.light(health.findings(state, site, now))
    return MOODS[light], words_people.HEADLINE[light]


def lines(state: State, site: Site, now: Now, menu: Menu) -> tuple[Words, ...]:
    """What was just done, then what is not well, each with its next step."""
    found = findings(state, site, now)
    rest = len(found) - MAX_FINDINGS
    told = [words_people.found(one) for one in found[:MAX_FINDINGS]]
    return (*menu.told, *told, *((words_people.more(rest),) if rest > 0 else ()))


def buttons(state: State, service: PeopleService, menu: Menu) -> tuple[Button, ...]:
    """Signing on or off, and every task."""
    signed_on = people.on_duty(state, service.name, menu.holder) is not None
    sign = Button(OFF, words_people.SIGN_OFF) if signed_on else Button(ON, words_people.SIGN_ON)
    return (sign, *(Button(f"{TASK}:{task}", label) for task, label in service.tasks.items()))


def touched(turn: Turn, service: PeopleService, menu: Menu, key: str) -> None:
    """Do what was touched, in the name of whose page it is; say on the page what became of it."""
    verb, _, task = key.partition(":")
    action = {ON: "sign_on", OFF: "sign_off", TASK: "task"}.get(verb)
    if action is None:
        return
    request = Request(service.name, action, menu.holder, "volunteer", WAY, thing=task)
    try:
        people.requested(turn, service, request)
    except Refused as refused:
        say_people.told(turn, service, request, words.REFUSAL[refused.reason][0])
