"""Passes of the office for a running stage, and people who come in with them."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from central.config import open_folder
from central.serve import open_office
from drivers.contract import Priority, Row
from simulator.stage import Stage
from station.events import first_chain, next_chain
from station.trust.holders import Role
from tests.scenarios.running import LOOK_SECONDS, READY_SECONDS, station, until

DOOR = "door"
SHOWN_MS = 100
AJAR_SECONDS = 0.1
TRY_SECONDS = 1.0


@dataclass
class People:
    """People with passes on paper before the door of a stage."""

    stage: Stage
    codes: Iterator[str]

    @classmethod
    async def with_passes(cls, stage: Stage, count: int = 8) -> People:
        """As many different people; they come again and again."""
        return cls(stage, itertools.cycle(await asyncio.to_thread(issue, stage, count)))

    @property
    def lock(self) -> Any:
        """The simulated strike."""
        pod = self.stage.pod
        return pod.devices[pod.door(DOOR).lock]

    def show(self, code: str = "") -> None:
        """Hold a pass before the scanner."""
        pod = self.stage.pod
        scanner = pod.door(DOOR).reader
        shown = code or next(self.codes)
        pod.ports[scanner].act(lambda now_ms: pod.devices[scanner].show(shown, now_ms, for_ms=SHOWN_MS))

    async def opens(self, code: str = "", seconds: float = TRY_SECONDS) -> bool:
        """Show a pass: whether the lock is released within the time."""
        self.show(code)
        loop = asyncio.get_running_loop()
        give_up = loop.time() + seconds
        while not self.lock.released:
            if loop.time() >= give_up:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    async def go_in(self) -> None:
        """Push the door, go in, and let it fall shut."""
        assert self.stage.pod.push(DOOR)
        await asyncio.sleep(AJAR_SECONDS)
        self.stage.pod.move_contact(DOOR, closed=True)
        await until("the lock to go back", lambda: not self.lock.released or None)
        await asyncio.sleep(AJAR_SECONDS)

    async def come_in(self, seconds: float = READY_SECONDS) -> None:
        """Show passes until one opens, and go in."""
        give_up = asyncio.get_running_loop().time() + seconds
        while not await self.opens():
            log = "\n".join(self.stage.pod.log)
            assert asyncio.get_running_loop().time() < give_up, f"no pass opens the door\n{log}"
        await self.go_in()


def issue(stage: Stage, count: int, *, one_time: bool = False) -> list[str]:
    """Passes for the door, each of another resident."""
    with open_office(open_folder(stage.office.folder), ingest=False, identity=None) as running:
        office, name = running.office, stage.pod.file.station.id
        people = [office.new_person(Role.RESIDENT, "") for _ in range(count)]
        return [office.issue_pass(name, (DOOR,), person, one_time=one_time).text for person in people]


# ---------------------------------------------------------------- what both ends have


def office_rows(stage: Stage) -> list[tuple[str, int, str, str]]:
    """Journal, seq, kind and body of every row at the office, in the order in which it stored them."""
    query = "SELECT j.journal, e.seq, e.kind, e.body FROM events e JOIN journals j ON j.id = e.journal_id ORDER BY e.id"
    return _ask_office(stage, query)


def alarm_copies(stage: Stage) -> list[str]:
    """Kinds of the alarms that the office knows of and has no row for."""
    return [kind for (kind,) in _ask_office(stage, "SELECT kind FROM alarms ORDER BY seq")]


def _ask_office(stage: Stage, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{stage.office.folder / 'office.db'}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


async def exported_rows(stage: Stage, file: Path) -> list[dict[str, Any]]:
    """What `station export jsonl` writes."""
    code, printed = await station("export", "jsonl", str(file), "--force", "--state", str(stage.pod.state_folder))
    assert code == 0, printed
    text = await asyncio.to_thread(file.read_text, encoding="utf-8")
    return [{**json.loads(line), "body": body_of(line)} for line in text.splitlines()]


def body_of(line: str) -> str:
    """The body in a line of the export, byte for byte as it was recorded."""
    return line.partition(', "body": ')[2].removesuffix("}")


async def office_has_all(stage: Stage, file: Path, seconds: float = READY_SECONDS) -> list[dict[str, Any]]:
    """The station's rows as soon as the office has them: each exactly once, in order, with the same bytes."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + seconds
    while True:
        rows = [row for row in await exported_rows(stage, file) if "seq" in row]
        ours = [(row["journal"], row["seq"], row["kind"]) for row in rows]
        theirs = [(journal, seq, kind) for journal, seq, kind, _ in await asyncio.to_thread(office_rows, stage)]
        if theirs == ours:
            assert_chained(rows)
            return rows
        assert loop.time() < give_up, f"{len(ours)} rows here, {len(theirs)} there, {ours[-3:]}, {theirs[-3:]}"
        await asyncio.sleep(0.5)


def assert_chained(rows: list[dict[str, Any]]) -> None:
    """Each row is bound to all before it."""
    chain = first_chain(rows[0]["journal"])
    for row in rows:
        fields = {name: row[name] for name in ("seq", "at_ms", "boot", "steady_ms", "kind", "body")}
        chain = next_chain(chain, Row(**fields, priority=Priority[row["priority"].upper()]))
        assert chain.hex() == row["chain"], row
