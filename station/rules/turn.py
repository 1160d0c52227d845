"""One turn of the loop as a decision grows: the state so far, what to record, what to ask of devices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from drivers.contract import Command, Now, Priority, Row
from station.events import Event
from station.rules.site import Site
from station.state import State, fold
from station.state.volatile import ASIDE

UNNUMBERED = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command that waits until its events are on the card; dropped when that comes after `until_ms` (steady)."""

    command: Command
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one signal led to."""

    state: State
    events: tuple[Event, ...]
    waiting: tuple[Waiting, ...]
    at_once: tuple[Command, ...]


class Turn:
    """Collects one decision. Rules read `state`, and every event is folded as soon as it is recorded."""

    def __init__(self, state: State, now: Now, site: Site) -> None:
        self.state = state
        self.now = now
        self.site = site
        self.moved = False
        """Something was decided, or has changed that a rule may look at."""
        self._events: list[Event] = []
        self._waiting: list[Waiting] = []
        self._at_once: list[Command] = []

    @property
    def events(self) -> tuple[Event, ...]:
        """What this turn has recorded so far."""
        return tuple(self._events)

    def record(self, event: Event) -> None:
        """Record an event; the state that follows is visible at once."""
        self.moved = True
        self._events.append(event)
        if event.priority <= Priority.ORDER:
            row = Row(
                UNNUMBERED,
                self.now.wall_ms,
                self.now.boot,
                self.now.steady_ms,
                event.priority,
                type(event).__name__,
                "",
            )
            self.state = replace(self.state, recorded=fold(self.state.recorded, event, row))

    def ask(self, command: Command, *, until_ms: int | None = None) -> None:
        """Ask a device, as soon as everything recorded so far is on the card."""
        self.moved = True
        self._waiting.append(Waiting(command, until_ms))

    def ask_at_once(self, command: Command) -> None:
        """Ask a device now: for what only makes safe, and for what does not touch the world."""
        self._at_once.append(command)

    def observe(self, **changes: Any) -> None:
        """Change fields of the observed state."""
        self.moved = True
        self.state = replace(self.state, observed=replace(self.state.observed, **changes))

    def remember(self, **changes: Any) -> None:
        """Change fields of the volatile state."""
        self.moved = self.moved or not changes.keys() <= ASIDE
        self.state = replace(self.state, volatile=self.state.volatile.but(**changes))

    def decision(self) -> Decision:
        """What has been decided."""
        return Decision(self.state, tuple(self._events), tuple(self._waiting), tuple(self._at_once))
