"""A scenario: a story in a TOML file that happens in a world on virtual time, and what must be true at its end.

What is wrong with a file is told at once, each fault with its place and a mend.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import Field, ValidationError

import config.load
from config.faults import Fault, Places, nearest
from config.models import StationFile
from config.tables import Table, Words
from config.toml_lines import key_lines
from config.wording import explain
from simulator.scenario_checks import CHECKS, Check
from simulator.scenario_step import Step
from simulator.scenario_steps import VERBS
from simulator.scenario_time import TIME_PATTERN, Story, milliseconds
from simulator.wall import Wall
from simulator.world_house import OWN_TIME

MAX_LASTS_MS = 31 * 86_400_000
MAX_STEPS = 500
SUFFIX = ".toml"


class Head(Table):
    """What a scenario is about."""

    title: Words = Field(description="its name", examples=[{"zh": "安静的一夜", "en": "A quiet night"}])
    story: Story = Field(description="what happens, for whoever reads it")
    station: str = Field(description="the shipped station file it happens at", examples=["reading-pod.toml"])
    begins: dt.datetime = Field(description="local time at the station", examples=["2026-11-03T22:00:00"])
    lasts: str = Field(pattern=TIME_PATTERN, description="how long it lasts", examples=["02:00:00"])


@dataclass(frozen=True, slots=True)
class Scenario:
    """A file that is right. Steps are in order of time."""

    name: str
    head: Head
    file: StationFile
    steps: tuple[Step, ...]
    checks: tuple[Check, ...]

    @property
    def lasts_ms(self) -> int:
        return milliseconds(self.head.lasts)


class WrongScenario(Exception):
    """A scenario cannot be played: `faults` say why, and what to do."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.place}: {fault.words}" for fault in faults))
        self.faults = faults


def names() -> list[str]:
    """The scenarios that are shipped."""
    folder = files("simulator").joinpath("scenarios")
    return sorted(one.name.removesuffix(SUFFIX) for one in folder.iterdir() if one.name.endswith(SUFFIX))


def load(name: str) -> Scenario:
    """A shipped scenario by its name, or one from a file. Raises `WrongScenario`."""
    path = Path(name)
    if path.suffix == SUFFIX:
        try:
            return read(path.read_bytes(), name)
        except OSError as fault:
            unread = Fault(name, 0, "", f"cannot be read: {fault.strerror}", "correct the name of the file")
            raise WrongScenario([unread]) from fault
    if name not in names():
        mend = f"{nearest(name, names())}; or name a file that ends in {SUFFIX}"
        raise WrongScenario([Fault(name, 0, "", "there is no such scenario", mend)])
    return read(files("simulator").joinpath("scenarios", name + SUFFIX).read_bytes(), name + SUFFIX)


def read(data: bytes, name: str) -> Scenario:
    """Read the bytes of a scenario. Raises `WrongScenario` with everything that is wrong."""
    try:
        text = data.decode()
        tables = tomllib.loads(text)
    except ValueError as why:
        raise WrongScenario([Fault(name, 0, "", f"this is no TOML: {why}", "correct that place")]) from why
    reading = _Reading(Places(name, key_lines(text)))
    steps = reading.list_of("step", tables.pop("step", []), "do", VERBS)
    checks = reading.list_of("check", tables.pop("check", []), "what", CHECKS)
    head = reading.table((), tables, Head)
    file = reading.bounds(head, steps, checks) if head is not None else None
    if reading.faults or head is None or file is None:
        raise WrongScenario(reading.faults)
    ordered = tuple(sorted(steps.values(), key=lambda one: one.at_ms))
    return Scenario(Path(name).stem, head, file, ordered, tuple(checks.values()))


class _Reading:
    """Tables of a file become models; what is wrong is gathered in `faults`."""

    def __init__(self, places: Places) -> None:
        self.faults: list[Fault] = []
        self._places = places

    def table(self, path: tuple[str | int, ...], table: Any, model: type[Any]) -> Any:
        """One table, None when it is wrong."""
        try:
            return model.model_validate(table)
        except ValidationError as why:
            for problem in why.errors(include_url=False):
                words, mend = explain(problem, model)
                self.faults.append(self._places.error((*path, *problem["loc"]), words, mend))
            return None

    def list_of(self, key: str, tables: Any, tag: str, models: Mapping[str, type[Any]]) -> dict[int, Any]:
        """A list of tables, each of which says by its `tag` what it is; those that are right by their place."""
        found = {}
        for place, table in enumerate(tables if isinstance(tables, list) else [tables]):
            kind = table.get(tag, "") if isinstance(table, dict) else ""
            model = models.get(kind) if isinstance(kind, str) else None
            if model is None:
                mend = nearest(str(kind), models) if kind else f'begin with {tag} = "{next(iter(models))}"'
                self.faults.append(self._places.error((key, place, tag), f"nobody knows {kind!r}", mend))
                continue
            one = self.table((key, place), table, model)
            if one is not None:
                found[place] = one
        return found

    def bounds(self, head: Head, steps: Mapping[int, Step], checks: Mapping[int, Check]) -> StationFile | None:
        """What no single table shows; the station file, if there is such a one."""
        known = sorted(one.name for one in files("config").joinpath("stations").iterdir())
        lasts_ms = milliseconds(head.lasts)
        wrong: list[tuple[bool, str, str, str]] = [
            (head.station not in known, "station", "no such station is shipped", nearest(head.station, known)),
            (lasts_ms > MAX_LASTS_MS, "lasts", "a month at most", 'such as "02:00:00"'),
            (head.begins.tzinfo is not None, "begins", "is local time", "leave the offset away"),
            (not steps and not checks, "step", "nothing happens", "add a [[step]]"),
            (not checks, "check", "nothing is expected", "add a [[check]]: what must be true at the end"),
            (len(steps) > MAX_STEPS, "step", f"at most {MAX_STEPS} steps", "use crowds"),
        ]
        self.faults += [self._places.error((key,), words, mend) for bad, key, words, mend in wrong if bad]
        for place, step in steps.items():
            if step.at_ms >= lasts_ms:
                self.faults.append(
                    self._places.error(("step", place, "at"), "is after the end", f"the scenario lasts {head.lasts}")
                )
        file = _station_file(head.station) if head.station in known else None
        if file is not None:
            self._befalls(file, steps)
        return file

    def _befalls(self, file: StationFile, steps: Mapping[int, Step]) -> None:
        """What this station does not have, or what cannot happen to it."""
        with TemporaryDirectory(prefix="wall-") as folder:
            wall = Wall(file, Path(folder), own=OWN_TIME)
            for place, step in steps.items():
                for key, words, mend in step.faults(wall):
                    self.faults.append(self._places.error(("step", place, key), words, mend))


def _station_file(name: str) -> StationFile | None:
    return config.load.read(files("config").joinpath("stations", name).read_bytes(), name).file
