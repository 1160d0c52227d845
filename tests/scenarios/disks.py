"""A disk of our own under a station's state folder: it can be frozen and filled, as a worn card and a full one are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from simulator.stage import Stage

IMAGE_BYTES = 24 * 1024 * 1024


class Disk:
    """An ext4 file system in an image on a loop device."""

    def __init__(self, image: Path) -> None:
        self._image = image
        self._frozen = False
        self.place: Path | None = None

    def mount(self, place: Path) -> None:
        """Make it and hang it in."""
        with self._image.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        _run("mkfs.ext4", "-q", "-m", "0", self._image)
        _run("mount", "-o", "loop", self._image, place)
        self.place = place

    def freeze(self) -> None:
        """From now on every write to it hangs."""
        _run("fsfreeze", "--freeze", self._mounted())
        self._frozen = True

    def unfreeze(self) -> None:
        """Writes go on."""
        if self._frozen:
            _run("fsfreeze", "--unfreeze", self._mounted())
            self._frozen = False

    def fill(self) -> None:
        """Not one more byte fits."""
        filler = self._filler()
        try:
            with filler.open("wb", buffering=0) as file:
                for size in (1 << 16, 1 << 12, 512):
                    while True:
                        file.write(bytes(size))
        except OSError:
            return
        raise AssertionError("the disk cannot be filled")

    def make_room(self) -> None:
        """Somebody has tidied up."""
        self._filler().unlink()

    def unmount(self) -> None:
        """May be called twice."""
        if self.place is not None:
            self.unfreeze()
            _run("umount", self.place)
            self.place = None

    def _mounted(self) -> Path:
        assert self.place is not None
        return self.place

    def _filler(self) -> Path:
        return self._mounted() / "filler"


class StageOnDisk(Stage):
    """A stage whose station keeps its state on a disk of its own."""

    def __init__(self, station_file: Path, folder: Path) -> None:
        super().__init__(station_file, folder, broker="mosquitto")
        folder.mkdir(parents=True, exist_ok=True)
        self.disk = Disk(folder / "disk.img")

    async def _start_pod(self) -> None:
        state = self.pod.state_folder
        enrolled = state.rename(state.with_name("enrolled"))
        state.mkdir()
        self.disk.mount(state)
        self._ending.callback(self.disk.unmount)
        self._ending.push_async_callback(self.pod.close)  # before the disk goes
        shutil.copytree(enrolled, state, dirs_exist_ok=True)
        await super()._start_pod()


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)
