"""The program on one screen: take a signal, decide, fold, commit, act.

One thread calls `turn`. Drivers, link and journal have threads of their own and only put signals in the inbox.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from drivers.contract import Command, Committed, JournalFull, Now, Signal, device_of
from station import events as e
from station.recorder import Recorder
from station.rules.decide import decide, next_deadline
from station.rules.site import Site
from station.rules.turn import Decision
from station.state import Recovered, State

Post = Callable[[Command], None]
"""Hands a command to a device's own thread and returns at once."""

SLOW_CARD = "the card takes too long"


class Loop:
    """Owns the state of one station."""

    def __init__(self, site: Site, posts: Mapping[str, Post]) -> None:
        self.site = site
        self.state = State()
        self._posts = posts
        self._recorder = Recorder(site)

    def turn(self, signal: Signal, now: Now) -> None:
        """One turn: everything that follows from one signal."""
        if isinstance(signal, Recovered):
            signal = replace(signal, recorded=self._recorder.recovered(signal, now))
        judged = self._judged(now)
        if judged is not self.state:
            self._act(*self._recorder.alarms_held_up())
        decision = decide(judged, signal, now, self.site)
        self.state = decision.state
        self._act(*decision.at_once)
        self._commit(decision, now)
        if isinstance(signal, Committed):
            self._act(*self._recorder.committed(signal.extents, now))
            self._resume(now)
        if isinstance(signal, JournalFull) and signal.snapshot_wanted:
            self._recorder.want_snapshot()
        append = self._recorder.hand_over(self.state.recorded, now)
        if append is not None:
            self._act(append)

    def deadline_ms(self) -> int | None:
        """The next steady time at which `TimePassed` is due."""
        late_ms = None if self.state.observed.unrecorded else self._recorder.deadline()
        due = [at_ms for at_ms in (next_deadline(self.state, self.site), late_ms) if at_ms is not None]
        return min(due, default=None)

    def _commit(self, decision: Decision, now: Now) -> None:
        if self.state.observed.unrecorded:
            self._act(*self._recorder.unrecorded_alarms(decision, now))
        self._recorder.gather(decision, now)

    def _judged(self, now: Now) -> State:
        """The state, unrecorded from the moment that the card is late."""
        observed = self.state.observed
        if observed.unrecorded or not self._recorder.late(now):
            return self.state
        journal = observed.devices.get(self.site.journal)
        reason = journal.detail if journal is not None and not journal.up else SLOW_CARD
        return self.state.seen_anew(replace(observed, unrecorded=reason, unrecorded_ms=now.steady_ms))

    def _resume(self, now: Now) -> None:
        observed = self.state.observed
        if observed.unrecorded and not self._recorder.late(now):
            resumed = e.RecordingResumed(observed.unrecorded, now.steady_ms - observed.unrecorded_ms)
            self.state = self.state.seen_anew(replace(observed, unrecorded=""))
            self._recorder.gather(Decision(self.state, (resumed,), (), ()), now)

    def _act(self, *commands: Command) -> None:
        for command in commands:
            post = self._posts.get(device_of(command.device))
            if post is not None:
                post(command)
