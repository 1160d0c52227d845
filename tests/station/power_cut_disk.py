"""A disk in memory that remembers what was synced, and every picture that a power cut could leave of it.

SQLite runs on it through a virtual file system of apsw. What was written since a file's last sync is on its way: at a
power cut any part of it may have arrived, in any order, in whole sectors or not at all.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import apsw

from station.journal_schema import SETTINGS

SECTOR_BYTES = 512
POWERSAFE_OVERWRITE = 0x1000  # as SQLite assumes on Linux: a write does not harm what stands beside it in a sector


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes on their way; None sets the size of the file to `offset`."""

    offset: int
    data: bytes | None


def applied(contents: bytes, writes: Iterable[Write]) -> bytes:
    """A file's contents after these writes."""
    now = bytearray(contents)
    for write in writes:
        if write.data is None:
            del now[write.offset :]
            now.extend(bytes(write.offset - len(now)))
        else:
            now.extend(bytes(max(0, write.offset - len(now))))
            now[write.offset : write.offset + len(write.data)] = write.data
    return bytes(now)


def sectors(write: Write) -> Iterator[Write]:
    """A write as the disk does it: sector by sector."""
    if write.data is None:
        yield write
        return
    begin = 0
    while begin < len(write.data):
        end = begin + SECTOR_BYTES - (write.offset + begin) % SECTOR_BYTES
        yield Write(write.offset + begin, write.data[begin:end])
        begin = end


@dataclass(slots=True)
class File:
    """One file: what is surely on the disk, what programs see, and the writes between the two."""

    synced: bytes = b""
    seen: bytearray = field(default_factory=bytearray)
    on_their_way: list[Write] = field(default_factory=list)

    def write(self, write: Write) -> None:
        """Something was written; programs see it at once."""
        self.seen[:] = applied(bytes(self.seen), [write])
        self.on_their_way.append(write)

    def sync(self) -> None:
        """Everything is on the disk."""
        self.synced = bytes(self.seen)
        self.on_their_way.clear()

    def pictures(self, random: Random, torn: int) -> Iterator[bytes]:
        """What may be found after a power cut: nothing, all, every prefix, and `torn` random choices of sectors."""
        ways = self.on_their_way
        for count in {
            0,
            len(ways),
            *(range(1, len(ways)) if len(ways) <= torn else random.sample(range(len(ways)), torn)),
        }:
            yield applied(self.synced, ways[:count])
        pieces = [piece for write in ways for piece in sectors(write)]
        for _ in range(torn if pieces else 0):
            yield applied(self.synced, (piece for piece in pieces if random.random() < 0.5))
        if pieces:  # the file has grown, and what was written has not arrived
            yield applied(self.synced, [Write(max(len(self.seen), len(self.synced)), None)])


class Disk(apsw.VFS):
    """Files in memory. `moment` is called after every write, sync, change of size and deletion."""

    def __init__(self, files: Mapping[str, bytes], moment: Callable[[], None]) -> None:
        """Begin with these files on the disk."""
        self.files = {name: File(data, bytearray(data)) for name, data in files.items()}
        self.moment = moment
        self.name = f"disk-{id(self):x}"
        super().__init__(self.name, base="")

    def pictures(self, random: Random, torn: int = 2) -> Iterator[dict[str, bytes]]:
        """What a power cut now could leave of all files; equal pictures come once."""
        ways = {name: list(file.pictures(random, torn)) for name, file in self.files.items()}
        seen: set[int] = set()
        for index in range(max(map(len, ways.values()), default=0)):
            picture = {name: each[index] if index < len(each) else random.choice(each) for name, each in ways.items()}
            key = hash(tuple(sorted(picture.items())))
            if key not in seen:
                seen.add(key)
                yield picture

    # What apsw calls.

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802
        """A file, made when it does not exist."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return OpenFile(self, self.files.setdefault(path.removeprefix("/"), File()))

    def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: ARG002, N802
        """A file goes."""
        self.files.pop(name.removeprefix("/"), None)
        self.moment()

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: ARG002, N802
        """Whether a file is there."""
        return name.removeprefix("/") in self.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        """There is one folder."""
        return "/" + name.removeprefix("/")


class OpenFile:
    """A file as apsw uses it; there is one connection, so that locks always succeed."""

    def __init__(self, disk: Disk, file: File) -> None:
        self._disk = disk
        self._file = file

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._file.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._file.write(Write(offset, bytes(data)))
        self._disk.moment()

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._file.write(Write(size, None))
        self._disk.moment()

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802
        self._file.sync()
        self._disk.moment()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._file.seen)

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return POWERSAFE_OVERWRITE

    def xLock(self, level: int) -> None: ...  # noqa: N802
    def xUnlock(self, level: int) -> None: ...  # noqa: N802
    def xClose(self) -> None: ...  # noqa: N802

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, operation: int, pointer: int) -> bool:  # noqa: ARG002, N802
        return False


class DiskConnection:
    """A connection on such a disk, as the journal uses one."""

    def __init__(self, disk: Disk, name: str, settings: Sequence[str] = SETTINGS) -> None:
        """Open a database and make the settings that the journal makes."""
        self._connection = apsw.Connection(name, vfs=disk.name)
        for setting in settings:
            self.execute(setting).fetchall()

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> apsw.Cursor:
        try:
            return self._connection.execute(sql, tuple(parameters))
        except apsw.Error as fault:
            raise sqlite3.OperationalError(str(fault)) from fault

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> apsw.Cursor:
        try:
            return self._connection.executemany(sql, [tuple(each) for each in parameters])
        except apsw.Error as fault:
            raise sqlite3.OperationalError(str(fault)) from fault

    def close(self) -> None:
        self._connection.close()
