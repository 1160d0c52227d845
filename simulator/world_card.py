"""The memory card under a world's journal: its delays, its failures, and what a power cut leaves on it.

The journal on it is the shipped one with its real SQLite; a full card really refuses to write.
"""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import ClassVar

from drivers.contract import Append, Command, Committed, Driver, Quantity, Signal
from simulator.wires.virtual import DriverClock
from station.recovery import Recording
from station.vault import DOCUMENTS_FOLDER, FLOORS_FILE

DATABASE, LOG = "journal.db", "journal.db-wal"
QUICK_MS = (2, 30)
SLOW_MS = (2_100, 9_000)


class Card:
    """One memory card. `folder` is what is on it."""

    def __init__(self, base: Path, random: Random) -> None:
        self.full = False
        self.slow = False
        self._base = base
        self._random = random
        self._number = 1
        self._log_bytes = (0, 0)
        self.folder = base / "card-1"
        self.folder.mkdir(parents=True)

    def latency_ms(self) -> int:
        """How long a commit takes now."""
        return self._random.randint(*(SLOW_MS if self.slow else QUICK_MS))

    @contextmanager
    def written_to(self) -> Iterator[None]:
        """While a full card is written to nothing fits any more (RLIMIT_FSIZE of this process)."""
        log = self.folder / LOG
        before = log.stat().st_size if log.exists() else 0
        if not self.full:
            yield
        else:
            old = resource.getrlimit(resource.RLIMIT_FSIZE)
            # A part of what is written may still fit.
            resource.setrlimit(resource.RLIMIT_FSIZE, (max(1, before + self._random.randint(-2_000, 800)), old[1]))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, old)
        self._log_bytes = (before, log.stat().st_size if log.exists() else 0)

    def image(self, *, torn: bool = False) -> Path:
        """What a power cut leaves, as a new folder; `torn`: the last commit was only partly on its way."""
        self._number += 1
        copy = self._base / f"card-{self._number}"
        shutil.copytree(self.folder, copy)
        before, after = self._log_bytes
        if torn and after > before:
            with (copy / LOG).open("r+b") as log:
                log.truncate(self._random.randint(before, after - 1))
        return copy

    def use(self, image: Path) -> None:
        """Go on with an image; what was in the reader is thrown away."""
        shutil.rmtree(self.folder)
        self.folder = image

    def damage(self) -> None:
        """Some bits of the journal's files turn over."""
        files = [self.folder / name for name in (DATABASE, LOG) if (self.folder / name).exists()]
        for _ in range(self._random.randint(1, 6) if files else 0):
            path = self._random.choice(files)
            data = bytearray(path.read_bytes())
            if data:
                data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
                path.write_bytes(data)

    def lose_journal(self) -> None:
        """The open journal's file is gone."""
        for name in (DATABASE, LOG):
            (self.folder / name).unlink(missing_ok=True)

    def lose_vault(self) -> None:
        """What was kept beside the journal is gone: the versions, or the documents too."""
        (self.folder / FLOORS_FILE).unlink(missing_ok=True)
        if self._random.random() < 0.5:  # noqa: PLR2004 - a coin
            shutil.rmtree(self.folder / DOCUMENTS_FOLDER, ignore_errors=True)

    def put_new(self) -> None:
        """Replace the card by an empty one."""
        self._number += 1
        empty = self._base / f"card-{self._number}"
        empty.mkdir()
        self.use(empty)

    def keep_copy(self) -> None:
        """Somebody copies the card, to put it back one day."""
        kept = self._base / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.folder, kept)

    def put_copy_back(self) -> bool:
        """Replace the card by its older copy, the vault too; False without one."""
        kept = self._base / "kept"
        if not kept.exists():
            return False
        self._number += 1
        copy = self._base / f"card-{self._number}"
        shutil.copytree(kept, copy)
        self.use(copy)
        return True


class CardRecording:
    """The driver `journal` of a world: the shipped `Recording`, on a card with delays and failures.

    `before` and `after` are called around every commit with its rows; `before` says whether there still is power.
    """

    accepts: ClassVar[frozenset[type[Command]]] = Recording.accepts
    gives: ClassVar[frozenset[Quantity]] = Recording.gives

    def __init__(
        self,
        recording: Recording,
        card: Card,
        clock: DriverClock,
        before: Callable[[Append], bool],
        after: Callable[[Append, str], None],
    ) -> None:
        self.recording = recording
        self._card = card
        self._clock = clock
        self._before = before
        self._after = after

    def execute(self, command: Command) -> Iterable[Signal]:
        """Do one command in the time that the card takes for it."""
        if isinstance(command, Append) and not self._before(command):
            return ()
        self._clock.rest(self._card.latency_ms())
        with self._card.written_to():
            signals = list(self.recording.execute(command))
        if isinstance(command, Append) and any(isinstance(signal, Committed) for signal in signals):
            self._after(command, self.recording.journal.extents()[-1].journal)
        return signals

    def poll(self) -> Iterable[Signal]:
        """The journal's slow work."""
        with self._card.written_to():
            return self.recording.poll()

    def rest_ms(self) -> int | None:
        return self.recording.rest_ms()

    def close(self) -> None:
        self.recording.close()


_: type[Driver] = CardRecording
