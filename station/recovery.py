"""The journal and the vault as the loop sees them: opened, recovered from, and opened again after a fault.

A commit that fails closes the journal; the runner opens it again after a pause, and the first thing that comes from it
is `Recovered`. That is the same path as at boot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from drivers.contract import (
    Append,
    ClockTrust,
    Command,
    CommitFailed,
    Hole,
    MoveCursor,
    Now,
    Quantity,
    Row,
    SetAside,
    Signal,
    WireLost,
)
from station.events import JournalBegun, read_event
from station.journal import Journal
from station.state import UNDATED_MS, Recorded, Recovered, fold
from station.vault import Vault, read_vault

SECRET_BYTES = 32


class Recording:
    """The driver `journal`: a `Journal` that recovers first and fails by closing."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Append, MoveCursor, SetAside})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(
        self,
        journal: Journal,
        vault: Vault,
        secret: Callable[[int], bytes],
        *,
        in_process: bool,
        dated: bool,
        at_ms: int,
    ) -> None:
        self.journal = journal
        self._vault = vault
        self._secret = secret
        self._in_process = in_process
        self._dated = dated
        self._at_ms = at_ms
        self._told = False

    def execute(self, command: Command) -> Iterable[Signal]:
        """Do one command of the journal. Raises `WireLost` when it fails."""
        signals = self._sound(self.journal.execute(command))
        if isinstance(command, SetAside):
            self._in_process = True
            return (self._recovered(),)
        return signals

    def poll(self) -> Iterable[Signal]:
        """First what was recovered, then the journal's own slow work."""
        if not self._told:
            self._told = True
            return (self._recovered(),)
        return self._sound(self.journal.poll())

    def _sound(self, signals: Iterable[Signal]) -> list[Signal]:
        found = list(signals)
        for signal in found:
            if isinstance(signal, CommitFailed):
                raise WireLost(signal.detail)
        return found

    def _recovered(self) -> Recovered:
        begun = self.journal.begun
        if begun is not None:
            begun = replace(begun, amnesia_at_ms=self._amnesia_of(begun))
        items = self.journal.recover()
        recorded = replay(items)
        if self._vault.amnesia_at_ms is not None:
            known_ms = max(self._vault.amnesia_at_ms, recorded.amnesia_at_ms or 0)
            recorded = replace(recorded, amnesia_at_ms=known_ms)
        return Recovered(
            recorded,
            self.journal.extents(),
            self._secret(SECRET_BYTES),
            self._vault.documents,
            self._vault.floors,
            begun,
            self._in_process,
            replayed=len(items),
        )

    def _amnesia_of(self, begun: JournalBegun) -> int:
        """Nobody knows what was done before a new journal, which may be on a replaced card."""
        if not self._dated:
            return UNDATED_MS
        return max(begun.amnesia_at_ms or 0, self._at_ms)

    def rest_ms(self) -> int | None:
        """What the journal says."""
        return self.journal.rest_ms()

    def close(self) -> None:
        """Give the files back."""
        self.journal.close()


def replay(items: Iterable[Row | Hole]) -> Recorded:
    """The recorded state that these rows lead to: the newest snapshot and what came after it."""
    recorded = Recorded()
    for item in items:
        if not isinstance(item, Row):
            continue  # what a hole held is gone; a snapshot stands behind every hole that mattered
        event = read_event(item.kind, item.body)
        if event is not None:
            recorded = fold(recorded, event, item)
    return recorded


def open_recording(
    folder: Path, now: Now, *, new_id: Callable[[], str], secret: Callable[[int], bytes], in_process: bool
) -> Recording:
    """Open the journal and the vault in a state folder.

    Args:
        folder: the station's state directory.
        now: this moment; a new journal begins with its date.
        new_id: gives a random id (32 hex digits) for a new journal.
        secret: gives so many random bytes.
        in_process: the controller has had it open before.

    Raises:
        WireLost: the card does not let it.
    """
    vault = read_vault(folder)
    journal = Journal.open(folder, new_id=new_id, at_ms=now.wall_ms, expected=bool(vault.floors))
    dated = now.trust is not ClockTrust.FLOOR
    return Recording(journal, vault, secret, in_process=in_process, dated=dated, at_ms=now.wall_ms)
