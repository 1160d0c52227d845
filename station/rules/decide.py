"""One decision: `decide(state, signal, now, site)`. Pure: no clock, no I/O, no randomness."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.contract import Now, PageShown, Signal, TimePassed
from station.rules import (
    access,
    alarms,
    appliances,
    climate,
    curfew,
    documents,
    doors,
    health,
    holdings,
    library,
    loans,
    lockers,
    lost,
    menu,
    nonces,
    observe,
    office,
    openings,
    people,
    presence,
    pressure,
    refusals,
    rooms,
    screen,
    sockets,
    stock,
    watch,
)
from station.rules.site import Site
from station.rules.turn import Decision, Turn
from station.state import State

LOOK_AROUND_MS = 60_000
"""Every rule looks at least this often."""


def decide(state: State, signal: Signal, now: Now, site: Site) -> Decision:
    """What follows from `signal`. While the rules rest only screens and office are told."""
    turn = Turn(state, now, site)
    if rests(state, signal, now):
        nonces.react(turn, signal)
        if _is_due(health.deadline(state), now):
            health.react(turn, signal)
        if _is_due(screen.deadline(state, site), now):
            screen.react(turn)
    else:
        _every_rule(turn, signal)
        if not turn.moved:
            turn.remember(rests_until_ms=_rests_until_ms(turn.state, site, now))
    if turn.moved and turn.state.volatile.rests_until_ms:
        turn.remember(rests_until_ms=0)
    return turn.decision()


def rests(state: State, signal: Signal, now: Now) -> bool:
    """Whether no rule has anything to do: nothing has happened, and nothing is due yet."""
    return (
        isinstance(signal, TimePassed | PageShown)
        and now.steady_ms < state.volatile.rests_until_ms
        and now.trust == state.volatile.trust
        and observe.clock_is_known(state, now)
    )


def next_deadline(state: State, site: Site) -> int | None:
    """The next steady time at which something is due without any signal; None: never."""
    until_ms = state.volatile.rests_until_ms
    rules = (until_ms,) if until_ms else _deadlines(state, site)
    return _next((*rules, health.deadline(state), screen.deadline(state, site)))


def _every_rule(turn: Turn, signal: Signal) -> None:
    """First the signal is observed, then every rule looks once, at last the screens."""
    observe.react(turn, signal)
    alarms.react(turn, signal)
    presence.react(turn, signal)
    nonces.react(turn, signal)
    access.react(turn, signal)
    menu.react(turn, signal)
    doors.react(turn, signal)
    lockers.react(turn, signal)
    loans.react(turn, signal)
    stock.react(turn, signal)
    sockets.react(turn, signal)
    appliances.react(turn, signal)
    climate.react(turn, signal)
    pressure.react(turn, signal)
    people.tick(turn)
    holdings.tick(turn)
    lost.tick(turn)
    rooms.react(turn, signal)
    documents.react(turn, signal)
    office.react(turn, signal)
    refusals.tick(turn)
    curfew.react(turn)
    watch.react(turn)
    library.react(turn, signal)
    health.react(turn, signal)
    screen.react(turn)


def _deadlines(state: State, site: Site) -> tuple[int | None, ...]:
    return (
        alarms.deadline(state, site),
        presence.deadline(state, site),
        doors.deadline(state, site),
        openings.deadline(state),
        menu.deadline(state),
        sockets.deadline(state, site),
        appliances.deadline(state, site),
        climate.deadline(state, site),
        people.deadline(state, site),
        loans.deadline(state, site),
        holdings.deadline(state, site),
        lost.deadline(state, site),
        refusals.deadline(state),
        office.deadline(state),
        curfew.deadline(state),
        watch.deadline(state, site),
    )


def _rests_until_ms(state: State, site: Site, now: Now) -> int:
    """The rules have looked and changed nothing: until something is due they would do so again."""
    due_ms = _next(_deadlines(state, site))
    latest_ms = now.steady_ms + LOOK_AROUND_MS
    return latest_ms if due_ms is None else min(due_ms, latest_ms)


def _next(due: Iterable[int | None]) -> int | None:
    return min((at_ms for at_ms in due if at_ms is not None), default=None)


def _is_due(at_ms: int | None, now: Now) -> bool:
    return at_ms is not None and at_ms <= now.steady_ms
