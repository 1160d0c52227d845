"""`kill -9` of a station at moments that a seed chooses, while people come; what must hold after each start."""

from __future__ import annotations

import asyncio
import random
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simulator.stage import Stage
from tests.scenarios.passes import People, exported_rows, issue, office_has_all, office_rows
from tests.scenarios.running import READY_SECONDS, SHIPPED, until

DELAY_SECONDS = (0.02, 2.5)
DOOR_SECONDS = 2.0
OUT_OF_VIEW_SECONDS = 2.0


@dataclass
class Killing:
    """One stage that is killed again and again."""

    stage: Stage
    people: People
    folder: Path
    chance: random.Random
    once: list[str]

    async def round(self, number: int) -> None:
        """People come, the station dies in the middle, starts again, and everything must still be true."""
        stage, pod = self.stage, self.stage.pod
        before = await asyncio.to_thread(office_rows, stage)
        coming = asyncio.create_task(self._come(self.once[number]))
        await asyncio.sleep(self.chance.uniform(*DELAY_SECONDS))
        assert pod.process is not None
        pod.process.kill()
        coming.cancel()
        with suppress(asyncio.CancelledError):
            await coming
        assert await pod.stop() == -signal.SIGKILL
        pod.move_contact("door", closed=True)
        edges = len(self.people.lock.edges)
        await pod.start()
        await self._never_released_at_start(edges)
        await self._at_most_one_visit(self.once[number], len(before))
        await self.people.come_in()
        rows = await office_has_all(stage, self.folder / "export")
        after = await asyncio.to_thread(office_rows, stage)
        assert after[: len(before)] == before, "what the office has is never changed"
        assert [(row["journal"], row["seq"], row["kind"], row["body"]) for row in rows] == after

    async def _come(self, once: str) -> None:
        """Somebody with a one-time pass, then everybody."""
        if await self.people.opens(once, DOOR_SECONDS):
            await self.people.go_in()
        while True:
            if await self.people.opens():
                await self.people.go_in()

    async def _never_released_at_start(self, edges: int) -> None:
        """Until the station shows a code nobody has asked for anything: the coil gets no current."""
        screen = self.stage.pod.screen("door")
        assert screen is not None
        await until("the code on the screen", lambda: screen.seen.picture, READY_SECONDS)
        lock = self.people.lock
        assert not any(level for _, level in list(lock.edges)[edges:]), "the strike was released at the start"

    async def _at_most_one_visit(self, once: str, known: int) -> None:
        """A pass whose visit is recorded opens no more; before that it may go on with its visit, and then no more."""
        kinds = [
            "Once" if '"once":true' in row["body"] else row["kind"]
            for row in (await exported_rows(self.stage, self.folder / "export"))[known:]
        ]
        visited = "Once" in kinds and "DoorOpened" in kinds[kinds.index("Once") :]
        if await self.people.opens(once, DOOR_SECONDS):
            assert not visited, "a one-time pass served two visits"
            await self.people.go_in()
            await asyncio.sleep(OUT_OF_VIEW_SECONDS)
            assert not await self.people.opens(once), "a one-time pass served two visits"


async def kill_rounds(folder: Path, seed: int, rounds: int) -> int:
    """Rounds on one stage; how many rows the office has at the end."""
    async with Stage(SHIPPED / "reading-pod.toml", folder / "s", broker="mosquitto") as stage:
        people = await People.with_passes(stage)
        await people.come_in()
        await asyncio.sleep(1.0)  # a pass says the whole second in which it was issued, and the journal is as young
        once = await asyncio.to_thread(issue, stage, rounds, one_time=True)
        killing = Killing(stage, people, folder, random.Random(seed), once)
        for number in range(rounds):
            await killing.round(number)
        rows = await exported_rows(stage, folder / "export")
    return len(rows)
