"""The card does not write any more: safety works, the office hears of it, and nothing is lost once it writes again."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from simulator.phone import Phone
from simulator.stage import Stage
from station.rules import words
from tests.scenarios.disks import StageOnDisk
from tests.scenarios.passes import DOOR, People, alarm_copies, exported_rows, issue, office_has_all, office_rows
from tests.scenarios.running import READY_SECONDS, SHIPPED, all_devices_up, health, until

pytestmark = [pytest.mark.disks, pytest.mark.broker, pytest.mark.timeout(240)]

FROZEN_SECONDS = 60.0
SIREN_SECONDS = 1.0
TOLD_SECONDS = 5.0
OUT_OF_VIEW_SECONDS = 2.0
KNOWN_SECONDS = 3.0
"""A commit that takes more than 2 s makes the station unrecorded."""


def station_file(folder: Path, when_unrecorded: str) -> Path:
    text = (SHIPPED / "reading-pod.toml").read_text(encoding="utf-8")
    file = folder / "station.toml"
    ways = 'accepts = ["order", "pass_bound", "pass_static"]'
    assert ways in text
    wanted = 'accepts = ["order", "pass_bound"]' if when_unrecorded == "admit" else ways
    file.write_text(text.replace(ways, f'{wanted}\nwhen_unrecorded = "{when_unrecorded}"'), encoding="utf-8")
    return file


async def siren_after(stage: Stage) -> float:
    """Press the SOS button: seconds until the siren has power."""
    loop, pod = asyncio.get_running_loop(), stage.pod
    pressed_at = loop.time()
    pod.press("sos_button", pressed=True)
    await until("the siren", lambda: pod.devices["siren"].on or None, TOLD_SECONDS)
    edge_ms: int = pod.devices["siren"].edges[-1][0]
    return max(edge_ms / 1000 - pressed_at, 0.0)


def test_sixty_seconds_without_a_card(tmp_path: Path) -> None:
    asyncio.run(sixty_seconds(tmp_path))


async def sixty_seconds(folder: Path) -> None:
    async with StageOnDisk(station_file(folder, "refuse"), folder / "s") as stage:
        people = await People.with_passes(stage)
        await all_devices_up(stage.pod)
        await people.come_in()
        frozen_at = asyncio.get_running_loop().time()
        stage.disk.freeze()
        # Before anybody can know that the card hangs: what must be recorded first does not happen.
        people.show()
        assert await siren_after(stage) <= SIREN_SECONDS
        await until("the copy of the alarm at the office", lambda: "AlarmRaised" in alarm_copies(stage) or None)
        assert asyncio.get_running_loop().time() - frozen_at <= KNOWN_SECONDS + TOLD_SECONDS
        assert not people.lock.released or people.lock.edges[-1][0] / 1000 >= frozen_at
        code, document = await health(stage.pod)
        assert code == 2
        assert any(one["about"] == "journal" and one["light"] == "act" for one in document["findings"])
        await asyncio.sleep(FROZEN_SECONDS - (asyncio.get_running_loop().time() - frozen_at))
        stage.disk.unfreeze()
        stage.pod.press("sos_button", pressed=False)
        await recorded_again(stage)
        await people.come_in()  # what is less dear may wait a minute for something to go with
        rows = await office_has_all(stage, folder / "export")
        kinds = Counter(row["kind"] for row in rows)
        assert kinds["AlarmRaised"] == 1
        assert kinds["RecordingResumed"] == 1
        assert kinds["EventsLost"] == 0
        assert len({row["journal"] for row in rows}) == 1
        assert alarm_copies(stage) == []


async def recorded_again(stage: Stage, seconds: float = READY_SECONDS) -> None:
    """Wait until the station says itself that it records."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + seconds
    while True:
        _, document = await health(stage.pod)
        lights = [one["light"] for one in document["findings"] if one["about"] == "journal"]
        if lights and set(lights) == {"ok"}:
            return
        log = "\n".join(stage.pod.log)
        assert loop.time() < give_up, f"still not recording after {seconds:.0f} s: {document}\n{log}"


def test_the_door_stays_shut_while_nothing_can_be_recorded(tmp_path: Path) -> None:
    asyncio.run(refusing(tmp_path))


async def refusing(folder: Path) -> None:
    async with StageOnDisk(station_file(folder, "refuse"), folder / "s") as stage:
        people = await People.with_passes(stage)
        await people.come_in()
        await asyncio.sleep(1.0)  # a pass says the whole second in which it was issued, and the journal is as young
        (once,) = await asyncio.to_thread(issue, stage, 1, one_time=True)
        stage.disk.freeze()
        people.show()
        await says_that_it_recovers(stage)
        assert not await people.opens()
        screen = stage.pod.screen(DOOR)
        assert screen is not None
        await until("the refusal to go", lambda: screen.seen.mood != "refused" or None)
        assert not await people.opens(once)
        assert screen.seen.mood == "refused"
        assert screen.seen.help_phone == stage.pod.file.station.help_phone
        stage.disk.unfreeze()
        await recorded_again(stage)
        await asyncio.sleep(OUT_OF_VIEW_SECONDS)
        assert await people.opens(once), f"a refusal uses nothing up: {screen.seen.headline.en} {screen.seen.lines}"
        await people.go_in()
        rows = await office_has_all(stage, folder / "export")
        assert sum('"once":true' in row["body"] for row in rows if row["kind"] == "AccessGranted") == 1
        assert not any(row["kind"] == "EventsLost" for row in rows)


def test_the_door_opens_unrecorded_where_the_station_file_says_so(tmp_path: Path) -> None:
    asyncio.run(admitting(tmp_path))


async def admitting(folder: Path) -> None:
    async with StageOnDisk(station_file(folder, "admit"), folder / "s") as stage:
        people = People(stage, iter(()))
        phone = Phone(stage.office.url)
        await asyncio.to_thread(phone.join, await stage.invite("resident"))
        issued = await asyncio.to_thread(phone.fetch_pass, stage.pod.file.station.id)
        await all_devices_up(stage.pod)
        await come_in_by_phone(people, phone, issued)
        stage.disk.freeze()
        stage.pod.show_to_scanner(DOOR, phone.show_pass(issued))
        await says_that_it_recovers(stage)
        await come_in_by_phone(people, phone, issued)
        stage.disk.unfreeze()
        await recorded_again(stage)
        await come_in_by_phone(people, phone, issued)
        rows = await office_has_all(stage, folder / "export")
        granted = [row for row in rows if row["kind"] == "AccessGranted"]
        assert len(granted) >= 3, "who came in meanwhile is recorded afterwards"
        assert not any(row["kind"] == "EventsLost" for row in rows)


async def come_in_by_phone(people: People, phone: Phone, issued: tuple[bytes, bytes]) -> None:
    for _ in range(10):
        people.stage.pod.show_to_scanner(DOOR, phone.show_pass(issued))
        with suppress(AssertionError):
            await until("the lock", lambda: people.lock.released or None, 2.0)
            break
    await people.go_in()


async def says_that_it_recovers(stage: Stage) -> None:
    screen = stage.pod.screen(DOOR)
    assert screen is not None
    await until("the screen to say so", lambda: words.CANNOT_RECORD in screen.seen.lines or None)


def test_a_full_card(tmp_path: Path) -> None:
    asyncio.run(full(tmp_path))


async def full(folder: Path) -> None:
    async with StageOnDisk(station_file(folder, "refuse"), folder / "s") as stage:
        people = await People.with_passes(stage)
        await all_devices_up(stage.pod)
        await people.come_in()
        stage.disk.fill()
        for _ in range(3):
            await people.opens()
        assert await siren_after(stage) <= SIREN_SECONDS
        await until("the station to notice", lambda: noticed(stage))
        stage.pod.press("sos_button", pressed=False)
        stage.disk.make_room()
        await recorded_again(stage, 90.0)
        rows = await office_has_all(stage, folder / "export")
        kinds = Counter(row["kind"] for row in rows)
        assert kinds["AlarmRaised"] == 1
        assert kinds["EventsLost"] == 0
        assert (await exported_rows(stage, folder / "export"))[-1]["seq"] == rows[-1]["seq"]
        await people.come_in()


def noticed(stage: Stage) -> bool | None:
    return "AlarmRaised" in alarm_copies(stage) or any(row[2] == "AlarmRaised" for row in office_rows(stage)) or None
