"""The vault: what must outlive the journal. Documents of the office, the lowest versions still acceptable, the amnesia.

Small files outside the database, each replaced whole: a power cut leaves the old one or the new one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from drivers.contract import Command, KeepDocument, KeepFloors, Quantity, Signal, WireLost
from station.durable import write_file

DOCUMENTS_FOLDER, FLOORS_FILE = "documents", "floors.json"
MAX_DOCUMENTS = 16
MAX_DOCUMENT_BYTES = 160 * 1024
MAX_FLOORS_BYTES = 16 * 1024
_NAME = re.compile(r"[a-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Vault:
    """What was found. `floors` is None when the file is lost or unreadable: nothing is known of older versions."""

    documents: Mapping[str, bytes]
    floors: Mapping[str, int] | None
    amnesia_at_ms: int | None


def read_vault(folder: Path) -> Vault:
    """Read `<folder>/documents/*.cose` and `<folder>/floors.json`; what cannot be read counts as lost."""
    documents: dict[str, bytes] = {}
    for path in sorted((folder / DOCUMENTS_FOLDER).glob("*.cose"))[:MAX_DOCUMENTS]:
        if _NAME.fullmatch(path.stem) and (data := _bytes(path, MAX_DOCUMENT_BYTES)) is not None:
            documents[path.stem] = data
    floors, amnesia_at_ms = _floors(folder / FLOORS_FILE)
    return Vault(documents, floors, amnesia_at_ms)


def _bytes(path: Path, limit: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError:
        return None
    return data if len(data) <= limit else None


def _floors(path: Path) -> tuple[Mapping[str, int] | None, int | None]:
    data = _bytes(path, MAX_FLOORS_BYTES)
    try:
        found = json.loads(data or b"")
        floors = {str(name): int(version) for name, version in found["floors"].items()}
        amnesia = found["amnesia_at_ms"]
        return floors, None if amnesia is None else int(amnesia)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None, None


class VaultDriver:
    """The driver `vault`. Raises `WireLost` when the card refuses; the runner tries again."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({KeepDocument, KeepFloors})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        found = read_vault(folder)
        self._floors: Mapping[str, int] = found.floors or {}
        self._floors_known = found.floors is not None
        self._amnesia_at_ms = found.amnesia_at_ms

    def execute(self, command: Command) -> Iterable[Signal]:
        """Keep one thing."""
        match command:
            case KeepDocument():
                self._keep_document(command)
            case KeepFloors():
                self._floors, self._floors_known = {**self._floors, **command.floors}, True
                self._amnesia_at_ms = command.amnesia_at_ms
                self._write_floors()
            case _:
                raise TypeError(f"the vault does not know {type(command).__name__}")
        return ()

    def _keep_document(self, command: KeepDocument) -> None:
        if not _NAME.fullmatch(command.name) or len(command.payload) > MAX_DOCUMENT_BYTES:
            raise ValueError(f"no document is called {command.name!r}, or it is longer than {MAX_DOCUMENT_BYTES} bytes")
        self._write(self._folder / DOCUMENTS_FOLDER / f"{command.name}.cose", command.payload)
        if self._floors_known:
            self._floors = {**self._floors, command.name: command.version}
            self._write_floors()

    def _write_floors(self) -> None:
        content = {"floors": dict(self._floors), "amnesia_at_ms": self._amnesia_at_ms}
        self._write(self._folder / FLOORS_FILE, json.dumps(content, indent=1).encode())

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, data)
        except OSError as fault:
            raise WireLost(f"{path} cannot be written: {fault.strerror}. Is the card full or read-only?") from fault

    def poll(self) -> Iterable[Signal]:
        """Nothing happens by itself."""
        return ()

    def rest_ms(self) -> int | None:
        """Until a command comes."""
        return None

    def close(self) -> None:
        """Nothing is held open."""
