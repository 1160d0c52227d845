"""`type = "lockers"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Lockers
from drivers.contract import both, point_of
from drivers.settings import DeviceSettings
from station.rules.site import CellOf, LockerService
from station.services.admitting import admission, admission_faults, milliseconds, warning_faults
from station.services.banks import bank_faults, bank_uses
from station.services.uses import READS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Lockers
LOCKER_WORDS = both("Lockers")


def site(name: str, lockers: Lockers, _devices: Mapping[str, DeviceSettings]) -> LockerService:
    """The lockers as the rules see them."""
    cells = {
        number: CellOf(point_of(board, channel), bank.size, bank.accessible)
        for number, (board, channel, bank) in lockers.numbered().items()
    }
    return LockerService(
        **admission(name, lockers, LOCKER_WORDS),
        cells=cells,
        due_ms=milliseconds(lockers.due_hours * 3600),
        warn_ms=milliseconds(lockers.warn_minutes * 60),
        per_person=lockers.per_person,
    )


def uses(name: str, lockers: Lockers) -> Iterator[Use]:
    """The reader, and every channel of every bank."""
    yield from named(name, lockers, {"reader": READS})
    yield from bank_uses(name, "banks", lockers.banks)


def essential(_name: str, lockers: Lockers, _file: StationFile) -> Iterator[str]:
    """The boards."""
    for bank in lockers.banks:
        yield bank.board


def faults(loaded: Loaded, name: str, lockers: Lockers, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Numbers that come twice, ranges the wrong way round, warnings before the beginning."""
    yield from admission_faults(loaded, name, lockers)
    yield from bank_faults(loaded, name, "banks", lockers.banks)
    what, due = f"a cell of {lockers.due_hours} h", lockers.due_hours * 60
    yield from warning_faults(loaded, name, "warn_minutes", warn=lockers.warn_minutes, due=due, what=what)
