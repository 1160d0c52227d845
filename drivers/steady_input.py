"""The level of one input line after its bounces, with a watch on the edges themselves."""

from __future__ import annotations

from drivers.contract import Clock, InputPin

WAIT_MS = 1_000
"""How long one `poll` waits for an edge."""

RECHECK_MS = 5_000
"""How often the level is read although no edge came: an event thread that died says nothing."""

DEAF_WAIT_MS = 50
"""How often the level is read once edges are known to be missed."""

SECOND_MS = 1_000
MAX_EDGES_PER_SECOND = 20
"""More than any door, button or person makes: the contact or its wiring is faulty."""


class SteadyInput:
    """Debounces one input. `first_edge`: a change counts at once and is checked after the bounces, not before."""

    def __init__(self, pin: InputPin, clock: Clock, *, debounce_ms: int, first_edge: bool = False) -> None:
        self._pin = pin
        self._clock = clock
        self._debounce_ms = debounce_ms
        self._first_edge = first_edge
        now = clock.steady_ms()
        self.level = pin.level()
        self._settled_at: int | None = None
        self._recheck_at = now + RECHECK_MS
        self._deaf = False
        self._window_at = now
        self._edges_in_window = 0

    def poll(self) -> list[bool | str]:
        """Wait for up to a second: a bool is the new steady level, a text a fault of the input in words."""
        seen: list[bool | str] = []
        started = self._clock.steady_ms()
        self._wait_once(seen)
        while self._settled_at is not None and self._clock.steady_ms() < started + WAIT_MS:
            self._wait_once(seen)
        return seen

    def _wait_once(self, seen: list[bool | str]) -> None:
        now = self._clock.steady_ms()
        if self._settled_at is not None:
            wake_at = self._settled_at
        else:
            wake_at = min(now + (DEAF_WAIT_MS if self._deaf else WAIT_MS), self._recheck_at)
        edge = self._pin.wait(max(0, wake_at - now))
        now = self._clock.steady_ms()
        if edge is not None:
            self._note(edge, now, seen)
        elif self._settled_at is not None:
            if now >= self._settled_at:
                self._settled_at = None
                self._take(self._pin.level(), seen)
        elif self._deaf or now >= self._recheck_at:
            self._recheck(now, seen)

    def _note(self, edge: bool, now: int, seen: list[bool | str]) -> None:
        self._deaf = False
        if now - self._window_at >= SECOND_MS:
            self._window_at, self._edges_in_window = now, 0
        self._edges_in_window += 1
        if self._edges_in_window == MAX_EDGES_PER_SECOND + 1:
            seen.append(f"the contact flaps: more than {MAX_EDGES_PER_SECOND} edges in a second; check its wiring")
        if self._first_edge and self._settled_at is None:
            self._take(edge, seen)
        self._settled_at = now + self._debounce_ms

    def _take(self, level: bool, seen: list[bool | str]) -> None:
        if level != self.level:
            self.level = level
            seen.append(level)

    def _recheck(self, now: int, seen: list[bool | str]) -> None:
        self._recheck_at = now + RECHECK_MS
        if self._pin.level() == self.level:
            return
        edge = self._pin.wait(self._debounce_ms)  # it may have changed just now, with its edge still on the way
        if edge is not None:
            self._note(edge, self._clock.steady_ms(), seen)
            return
        if not self._deaf:
            self._deaf = True
            seen.append("an edge was missed: the level is read instead; restart the station when this stays")
        self._take(self._pin.level(), seen)
