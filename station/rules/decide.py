"""One decision: `decide(state, signal, now, site)`. Pure: no clock, no I/O, no randomness."""

from __future__ import annotations

from drivers.contract import Now, Signal
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


def decide(state: State, signal: Signal, now: Now, site: Site) -> Decision:
    """What follows from `signal`. First it is observed, then every rule looks once, at last the screens."""
    turn = Turn(state, now, site)
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
    nonces.tick(turn)
    refusals.tick(turn)
    curfew.react(turn)
    watch.react(turn)
    library.react(turn, signal)
    health.react(turn, signal)
    screen.react(turn)
    return turn.decision()


def next_deadline(state: State, site: Site) -> int | None:
    """The next steady time at which something is due without any signal; None: never."""
    due = (
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
        nonces.deadline(state),
        refusals.deadline(state),
        office.deadline(state),
        curfew.deadline(state),
        watch.deadline(state, site),
        health.deadline(state),
        screen.deadline(state, site),
    )
    return min((at_ms for at_ms in due if at_ms is not None), default=None)
