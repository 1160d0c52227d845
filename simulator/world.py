"""A whole station, its office, its people and the wires between them in one thread, on virtual time, from one seed.

`run` is a pure function of its arguments: the same seed gives the same journal, byte for byte. A seed that breaks a
promise is replayed by running it again.
"""

from __future__ import annotations

import logging
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from random import Random

from config.load import read
from simulator import invariants, invariants_office, invariants_records, invariants_services, people_alarms
from simulator.faults import Fault, Faults
from simulator.people import Person, Town
from simulator.people_hostile import burglar
from simulator.people_who_come import somebody
from simulator.wires.world_broker import WorldBroker
from simulator.world_card import Card
from simulator.world_display import Glass
from simulator.world_faults import Misfortunes
from simulator.world_house import House
from simulator.world_ledger import Ledger
from simulator.world_office import WorldOffice
from simulator.world_station import Pi
from simulator.world_things import Things
from simulator.world_time import EPOCH_MS, Agenda, is_open
from simulator.world_wiretap import listen
from station.check import examined
from station.state import Recovered

STATIONS = ("reading-pod.toml", "courier-rest.toml")
FULL_STATION = "micro-station.toml"
DAY_MS = 86_400_000
SETTLE_MS = 120_000
"""Before the first visitor: drivers open, the office says hello, the documents come."""
HEAL_MS = 1_500_000
"""Quiet time at the end: longer than the longest pause of the link and the ten minutes between hellos."""
ARRIVE_MS = 30_000
"""A row that was written last is acknowledged within this time."""
WALK_MS = 120_000
"""Longer than anybody tries to come in."""
FAULTS_A_WORLD = 12
FAULT_EVERY_MS = (120_000, 1_200_000)
"""Between two misfortunes at least and at most: a short world has about a dozen, a day six dozen."""
SENSORS = "w1"
"""The folder in which the kernel of this world shows thermometers."""
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory: a world writes much and keeps nothing


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a world. `broken` are the promises that were not kept; a good world has none."""

    seed: int
    station: str
    journal_hash: str
    counts: Mapping[str, int]
    broken: tuple[str, ...]
    virtual_ms: int
    steps: int
    skipped: int  # exchanges on wires whose answer was known


@contextmanager
def home() -> Iterator[Path]:
    """A folder for one world, which is lived in there: rows may name a file, and must name the same one each time."""
    with tempfile.TemporaryDirectory(prefix="world-", dir=MEMORY if MEMORY.is_dir() else None) as folder, chdir(folder):
        yield Path()


def run(
    seed: int, days: float = 1.0, visits: int = 120, faults: bool = True, station: str = "", skips: bool = True
) -> Report:
    """Live through `days` with about `visits` visits a day, and check every invariant.

    `station` names a shipped station file; without one the seed chooses among those that have a door and no more.
    With `skips` false every exchange of bytes is lived through, also those that change nothing.
    """
    with home() as folder:
        world = World(seed, folder, faults=faults, station=station, skips=skips)
        try:
            with world.log_is_read():
                world.live(days, visits)
        except Exception:  # noqa: BLE001 - a crash is the loudest broken promise, and the seed must be told with it
            world.ledger.fail(f"the world crashed:\n{traceback.format_exc()}")
        finally:
            world.close()
        return world.report()


class World:
    """One world. `folder` holds the card and the office's database."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        *,
        faults: bool,
        station: str = "",
        skips: bool = True,
        begins_wall_ms: int | None = None,
    ) -> None:
        """`begins_wall_ms`: the time of day (unix) instead of any; then the station file is taken as it is."""
        self.seed = seed
        self.faults = faults
        self.random = Random(f"world {seed}")  # noqa: S311 - play, not secrets
        any_ms = self.random.randrange(DAY_MS)
        self.agenda = Agenda(any_ms if begins_wall_ms is None else begins_wall_ms - EPOCH_MS)
        name = station or self.random.choice(STATIONS)
        data = files("config").joinpath("stations", name).read_bytes()
        sensors = folder / SENSORS
        here = data.replace(b'driver = "ds18b20"', f'driver = "ds18b20"\nfolder = "{sensors}"'.encode())
        self.checked = examined(read(self._tweaked(here) if begins_wall_ms is None else here, name))
        if self.checked.file is None:
            raise ValueError(f"{name} is refused by the station's own check: {self.checked.faults}")
        file = self.checked.file
        self.ledger = Ledger(self.agenda, file.station.id)
        self._serial: dict[Fault, float] = {}
        self.house = House(
            file, sensors, self.agenda, self._stream(), self.ledger, Faults(seed, self._serial), skips=skips
        )
        self.broker = WorldBroker(self.agenda, self._stream(), file.station.id)
        self.office = WorldOffice(folder / "office", file, self.agenda, self._stream(), self.ledger, self.broker)
        roots = (self.office.roots[0].public(), self.office.roots[1].public())
        self.card = Card(folder / "cards", self._stream())
        self.pi = Pi(
            self.checked,
            self.card,
            self.house,
            self.broker,
            self.agenda,
            self._stream(),
            self.ledger,
            self.office.station_key,
            roots,
            has_time_service=self.random.random() < 0.7,  # noqa: PLR2004 - most networks have one
        )
        self.ledger.on_recovered = self._recovered
        listen(self.broker, self.ledger)
        glass: Glass | None = next(iter(self.pi.glasses.values()), None)
        self.town = Town(
            self.agenda,
            self._stream(),
            self.ledger,
            self.house,
            glass,
            self.office,
            self.broker,
            Things(self.house, self.agenda),
            self._quiet,
        )
        self.misfortunes = Misfortunes(
            self.agenda,
            self._stream(),
            self.ledger,
            self.pi,
            self.house,
            self.broker,
            self.office,
            self._serial,
            lambda: self.agenda.go(people_alarms.calls_for_help(self.town)),
        )
        self._quiet_since_ms: int | None = None

    def _stream(self) -> Random:
        """Each part has its own luck: what one draws changes nothing for the others."""
        return Random(self.random.getrandbits(64))  # noqa: S311 - play, not secrets

    def _tweaked(self, data: bytes) -> bytes:
        """Some stations admit people while the journal cannot be written."""
        text = data.decode()
        if self.random.random() < 0.4:  # noqa: PLR2004 - two in five
            text = text.replace(
                'accepts = ["order", "pass_bound", "pass_static"]',
                'accepts = ["order", "pass_bound"]\nwhen_unrecorded = "admit"',
                1,
            )
        return text.encode()

    # ------------------------------------------------------------ life

    def begin(self) -> None:
        """The office has its documents ready, and the station starts."""
        self.office.send_documents()
        self.pi.power_on()

    def live(self, days: float, visits: int) -> None:
        """Settle, be visited and struck, heal, be broken into and visited once more, and be judged."""
        agenda = self.agenda
        self.begin()
        agenda.run_to(SETTLE_MS)
        if not self.faults:
            self._quiet_since_ms = agenda.now_ms
        end_ms = agenda.now_ms + round(days * DAY_MS)
        for _ in range(max(1, round(days * visits))):
            agenda.at(self.random.randint(agenda.now_ms, end_ms), self._visit)
        if self.faults:
            shortest_ms, longest_ms = FAULT_EVERY_MS
            every_ms = round(days * DAY_MS / FAULTS_A_WORLD)
            self.misfortunes.plan(end_ms, min(longest_ms, max(shortest_ms, every_ms)))
        agenda.run_to(end_ms)
        self.misfortunes.end()
        agenda.run_to(agenda.now_ms + HEAL_MS)
        self._quiet_since_ms = agenda.now_ms
        last = (
            burglar(self.town),
            Person(self.town).come_with_order(),
            Person(self.town).come_with_pass(bound=True),
        )
        for steps in last:
            agenda.go(steps)
            agenda.run_to(agenda.now_ms + SETTLE_MS)
        self._let_rows_arrive()
        self.judge()

    def _let_rows_arrive(self) -> None:
        """Whoever came last may have closed the door a moment ago."""
        until_ms = self.agenda.now_ms + ARRIVE_MS
        while self.agenda.now_ms < until_ms and self._rows_are_under_way():
            self.agenda.run_to(self.agenda.now_ms + 1_000)

    def _rows_are_under_way(self) -> bool:
        recording = self.pi.recording()
        return recording is not None and any(one.cursor_seq < one.tail_seq for one in recording.journal.extents())

    def _visit(self) -> None:
        self.agenda.go(somebody(self.town, self.random))

    def _quiet(self) -> bool:
        """Whether a visitor with a right must get in at once: nothing broken, the door's hours, nobody else's alarm."""
        now_ms = self.agenda.wall_ms
        if self._quiet_since_ms is None or not all(self._has_hours(at_ms) for at_ms in (now_ms - WALK_MS, now_ms)):
            return False
        return not any(self.house.alarm_is_on(name) for name in self.house.alarms)

    def _has_hours(self, wall_ms: int) -> bool:
        site = self.pi.site
        return is_open(site.doors[self.house.door_name], site, wall_ms)

    def _recovered(self, signal: Recovered) -> None:
        for words in invariants_records.recovery_faults(self.ledger, signal):
            self.ledger.fail(words)

    def judge(self) -> None:
        """Hold the controller's word against what really happened; what is broken is in the ledger."""
        ledger, now_ms = self.ledger, self.agenda.now_ms
        found = [
            *invariants.door_faults(ledger, self.house, self.pi.site, now_ms),
            *invariants_office.office_faults(ledger),
            *invariants_records.record_faults(ledger, self.pi, self.office),
            *invariants_records.leak_faults(ledger),
            *invariants_records.alarm_faults(ledger, self.pi.site),
            *invariants_records.opening_faults(ledger, self.pi.site, self.house.door_name),
            *invariants_records.burglary_faults(ledger, self.pi.site, self.house.door_name),
            *invariants_services.service_faults(ledger, self.house, self.office, now_ms),
        ]
        for words in found:
            ledger.fail(words)

    # ------------------------------------------------------------ around it

    @contextmanager
    def log_is_read(self) -> Iterator[None]:
        """Whatever anybody logs meanwhile is searched for secrets, and not printed."""
        handler = _LogReader(self.ledger)
        root = logging.getLogger()
        before, level = root.handlers[:], root.level
        root.handlers[:] = [handler]
        root.setLevel(logging.INFO)
        try:
            yield
        finally:
            root.handlers[:] = before
            root.setLevel(level)

    def close(self) -> None:
        """Give every file back."""
        self.pi.stop()
        self.office.close()

    def report(self) -> Report:
        """What became of it."""
        ledger = self.ledger
        counts = dict(sorted(ledger.counts.items()))
        return Report(
            self.seed,
            ledger.station,
            ledger.journal_hash(),
            counts,
            tuple(ledger.broken),
            self.agenda.now_ms,
            self.agenda.done,
            sum(port.skipped for port in self.house.bench.ports.values()),
        )


class _LogReader(logging.Handler):
    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def emit(self, record: logging.LogRecord) -> None:
        self._ledger.read(record.getMessage())


__all__ = ["Report", "World", "run"]
