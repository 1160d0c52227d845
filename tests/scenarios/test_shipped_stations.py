"""Each station file that ships drives a station: on simulated wires, as its own process, and alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from config.services import Alarm, Stock
from config.tables import Admitting
from simulator.pod import Pod
from tests.scenarios.running import SHIPPED, all_devices_up, health


@pytest.mark.parametrize("name", ["reading-pod", "courier-rest", "micro-station"])
def test_a_shipped_station_starts_is_well_and_ends_in_order(tmp_path: Path, name: str) -> None:
    asyncio.run(start_and_stop(SHIPPED / f"{name}.toml", tmp_path))


async def start_and_stop(file: Path, folder: Path) -> None:
    pod = Pod(file, folder / "pod", office=None)
    (folder / "pod").mkdir()
    try:
        await pod.open()
        await pod.start()
        document = await all_devices_up(pod)
        assert document["station"] == pod.file.station.id
        shelves = {name: one for name, one in pod.file.services.items() if isinstance(one, Stock)}
        unfilled = {f"{name} {item}" for name, one in shelves.items() for item in one.items}
        assert {one["about"] for one in document["findings"] if one["light"] != "ok"} <= {"clock"} | unfilled
        told = {name for name, one in pod.file.services.items() if isinstance(one, Admitting | Alarm)}
        assert set(document["services"]) == told
        assert await pod.stop() == 0
        code, after = await health(pod)
        assert code == 2
        assert "station run" in after["fault"]
        assert {path.name for path in pod.state_folder.iterdir()} <= {"journal.db", "floors.json", "documents"}
    finally:
        await pod.close()
    assert not any("Traceback" in line for line in pod.log), "\n".join(pod.log)
