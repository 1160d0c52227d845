"""A scenario as it happens: its world, its people by name, and its story line by line."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from central.views import IssuedPass, Reply
from drivers.contract import Words, both
from simulator.people_services import Guest, number_in
from simulator.scenario import Scenario
from simulator.scenario_time import clock_text
from simulator.world import MEMORY, World
from simulator.world_time import Steps
from station.trust.holders import Role

SLICE_MS = 50
"""How finely `--realtime` sleeps along."""
KEPT, BROKEN = "✓", "✗"

Tell = Callable[[str], None]


class Play:
    """One scenario in one world. Steps and checks act on it."""

    def __init__(self, scenario: Scenario, seed: int, folder: Path, tell: Tell) -> None:
        zone = dt.timezone(dt.timedelta(minutes=scenario.file.station.utc_offset_minutes))
        begins_ms = round(scenario.head.begins.replace(tzinfo=zone).timestamp() * 1000)
        self.scenario = scenario
        self.replies: dict[tuple[str, str, str], Reply | None] = {}
        """The station's last answer by who asked which service for what."""
        self.numbers: dict[tuple[str, str], str] = {}
        """Which number of a service somebody was told last."""
        self.passes: dict[tuple[str, str], IssuedPass] = {}
        self.came_in: dict[str, bool] = {}
        self._people: dict[str, Guest] = {}
        self._tell = tell
        self.world = World(seed, folder, faults=False, station=scenario.head.station, begins_wall_ms=begins_ms)

    def person(self, name: str, role: str = "resident") -> Guest:
        """Somebody by name; the first who calls them says what they are."""
        if name not in self._people:
            guest = Guest(self.world.town, Role(role))
            guest.who = name
            self._people[name] = guest
        return self._people[name]

    def tell(self, words: Words) -> None:
        """A line of the story."""
        self._tell(f"{clock_text(self.world.agenda.now_ms):>11}  {words.zh}  {words.en}")

    def answered(self, who: str, service: str, action: str, reply: Reply | None) -> None:
        """What the station said to somebody."""
        self.replies[who, service, action] = reply
        if reply is None:
            self.tell(both("{who}: the station does not answer", who=who))
            return
        self.tell(both('the station to {who}: "{reply}"', who=who, reply=reply.words))
        number = number_in(reply.words)
        if number is not None and reply.result != "refused":
            self.numbers[who, service] = number

    def go(self, steps: Steps) -> None:
        """Let somebody walk through their steps."""
        self.world.agenda.go(steps)

    # ------------------------------------------------------------ from beginning to end

    def happen(self, *, realtime: bool) -> None:
        """Play it."""
        agenda = self.world.agenda
        self.world.begin()
        self.world.misfortunes.end()
        for step in self.scenario.steps:
            agenda.at(step.at_ms, lambda step=step: step.happen(self))  # type: ignore[misc]
        if not realtime:
            agenda.run_to(self.scenario.lasts_ms)
            return
        began_s = time.monotonic()
        for until_ms in range(0, self.scenario.lasts_ms + SLICE_MS, SLICE_MS):
            agenda.run_to(until_ms)
            time.sleep(max(0.0, began_s + until_ms / 1000 - time.monotonic()))

    def judged(self) -> Iterator[tuple[bool, str]]:
        """Every expectation and every promise of worlds, and whether it held."""
        for check in self.scenario.checks:
            why_not = check.fault(self)
            yield not why_not, f"{check.told()}{f' - {why_not}' if why_not else ''}"
        self.world.judge()
        broken = self.world.ledger.broken
        kept = both("The promises of worlds were kept")
        yield not broken, f"{kept}{''.join(f' - {one}' for one in broken)}"


def play(scenario: Scenario, seed: int, tell: Tell, *, realtime: bool = False) -> bool:
    """Play a scenario and tell it line by line. True when everything that must be true at its end was."""
    head = scenario.head
    tell(f"{head.title.zh}  {head.title.en}")
    tell(f"{head.story.zh}")
    tell(f"{head.story.en}")
    with tempfile.TemporaryDirectory(prefix="scenario-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        it = Play(scenario, seed, Path(folder), tell)
        try:
            with it.world.log_is_read():
                it.happen(realtime=realtime)
                judged = list(it.judged())
        finally:
            it.world.close()
    for held, words in judged:
        tell(f"{KEPT if held else BROKEN} {words}")
    return all(held for held, _ in judged)
