"""Screen and voice of a world: what people can read, the time to paint it, and the 25 s after which it blanks.

The shipped screen serves a browser over HTTP, which keeps its own time; this has its words and deadlines without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import ClassVar

from drivers.contract import Clock, Command, CommandDone, Outcome, Page, PageShown, Quantity, Say, Show, Signal
from simulator.world_ledger import Ledger, Sighting
from simulator.world_time import Agenda
from station.trust.nonces import SCREEN_BLANK_SECONDS, read_nonce_text

BLANK_MS = SCREEN_BLANK_SECONDS * 1000
PAINT_MS = (20, 250)


class Glass:
    """What can be seen on one screen, whatever the controller believes."""

    def __init__(self, agenda: Agenda, ledger: Ledger) -> None:
        self.frozen = False
        self._agenda = agenda
        self._ledger = ledger
        self._page: Page | None = None
        self._since_ms = 0

    def paint(self, page: Page, at_ms: int) -> bool:
        """Show a page; False when the browser hangs and keeps the old one until it blanks."""
        self._note_sight(at_ms)
        if self.frozen:
            return False
        self._page, self._since_ms = page, at_ms
        self._note_sight(at_ms)
        return True

    def dark(self) -> None:
        """The power is gone."""
        self._note_sight(self._agenda.now_ms)
        self._page = None

    def page(self) -> Page | None:
        """What people read now."""
        if self._page is not None and self._agenda.now_ms - self._since_ms <= BLANK_MS:
            return self._page
        return None

    def code(self) -> str | None:
        """The text of the code that a phone reads now."""
        page = self.page()
        if page is None or page.code is None:
            return None
        self._note_sight(self._agenda.now_ms)
        return page.code

    def _note_sight(self, now_ms: int) -> None:
        """A code was to be seen until now, or until the screen blanked."""
        if self._page is None or self._page.code is None:
            return
        nonce = nonce_of(self._page.code)
        last_ms = min(now_ms, self._since_ms + BLANK_MS)
        seen = self._ledger.seen.setdefault(nonce, Sighting(self._since_ms, last_ms))
        seen.last_ms = max(seen.last_ms, last_ms)


def nonce_of(code: str) -> bytes:
    """The nonce in the address that a screen shows."""
    return read_nonce_text(code.rpartition("/")[2])


class WorldScreen:
    """The driver `screen` of a world."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Show})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, name: str, glass: Glass, clock: Clock, random: Random) -> None:
        self._name = name
        self._glass = glass
        self._clock = clock
        self._random = random

    def execute(self, command: Command) -> Iterable[Signal]:
        """Paint, and report the step once people can see it."""
        if not isinstance(command, Show):
            raise TypeError(f"a screen cannot do {type(command).__name__}")
        self._clock.rest(self._random.randint(*PAINT_MS))
        painted = self._glass.paint(command.page, self._clock.steady_ms())
        return [PageShown(self._name, command.page.step)] if painted and command.page.step is not None else []

    def poll(self) -> Iterable[Signal]:
        return []

    def rest_ms(self) -> None:
        return None

    def close(self) -> None:
        self._glass.dark()


class WorldVoice:
    """The driver `voice` of a world: speaking takes its time."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Say})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock

    def execute(self, command: Command) -> Iterable[Signal]:
        """Speak a line in both languages."""
        if not isinstance(command, Say):
            raise TypeError(f"a voice cannot do {type(command).__name__}")
        self._clock.rest(80 * len(command.words.zh) + 60 * len(command.words.en))
        return [CommandDone(self._name, "Say", Outcome.ACKED, "spoken")]

    def poll(self) -> Iterable[Signal]:
        return []

    def rest_ms(self) -> None:
        return None

    def close(self) -> None:
        """Nothing is held."""
