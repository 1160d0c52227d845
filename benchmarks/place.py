"""A reading pod with everything on simulated wires, a real broker and a real office, as the figures are taken on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from central.config import open_folder
from central.serve import open_office
from simulator.stage import Stage
from station.trust.holders import Role

DOOR = "door"
ABSENT = ("PIL",)
"""What the simulator brings along and a station has not (requirements/station.txt), and `qrcode` would load."""
NOISY_PINS = (5, 6, 7, 8, 9, 10, 11, 12, 13, 16)
"""Contacts that nobody needs."""
PASSES = 16
"""A scanner takes the same code for the same presentation for 1.5 s."""


@contextlib.contextmanager
def as_installed(folder: Path) -> Iterator[None]:
    """Programs that are started meanwhile find no more libraries than a station has."""
    folder.mkdir()
    for name in ABSENT:
        (folder / f"{name}.py").write_text(f'raise ImportError("a station has no {name}")\n', encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *([before] if before else [])])
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before


class Place(Stage):
    """A stage whose station finds `records` in its state folder when it starts. `passes` are of as many people."""

    def __init__(self, folder: Path, records: Path, *, noise: bool = False) -> None:
        file = folder / "reading-pod.toml"
        file.write_text(_station_file(NOISY_PINS if noise else ()), encoding="utf-8")
        super().__init__(file, folder / "stage")
        self._records = records
        self.passes: list[str] = []

    async def _start_pod(self) -> None:
        shutil.copytree(self._records, self.pod.state_folder, dirs_exist_ok=True)
        self.passes = await asyncio.to_thread(self._issue)
        await super()._start_pod()

    def _issue(self) -> list[str]:
        with open_office(open_folder(self.office.folder), ingest=False, identity=None) as running:
            office, station = running.office, self.pod.file.station.id
            return [
                office.issue_pass(station, (DOOR,), office.new_person(Role.RESIDENT, "")).text for _ in range(PASSES)
            ]


def _station_file(noisy_pins: tuple[int, ...]) -> str:
    text = files("config").joinpath("stations/reading-pod.toml").read_text(encoding="utf-8")
    contacts = [f'[devices.noisy_{pin}]\ndriver = "gpio-contact"\npin = {pin}\n' for pin in noisy_pins]
    return "\n".join([text, *contacts])
