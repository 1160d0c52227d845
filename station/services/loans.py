"""`type = "loans"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Loans
from drivers.contract import Quantity, Words, both, point_of
from drivers.settings import DeviceSettings
from station.rules.openings import PULSE_MS
from station.rules.site import CellOf, LoanService
from station.services.admitting import SECONDS_A_DAY, admission, admission_faults, milliseconds, warning_faults
from station.services.banks import bank_faults, bank_uses
from station.services.uses import HEARS_TAGS, OPENS, OPENS_CELLS, READS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Loans
USUAL_WORDS = {
    "umbrella": both("Umbrella"),
    "raincoat": both("Raincoat"),
    "power-bank": both("Power bank"),
}


def site(name: str, loans: Loans, _devices: Mapping[str, DeviceSettings]) -> LoanService:
    """The loans as the rules see them."""
    usual_words = USUAL_WORDS.get(loans.what, Words(loans.what, loans.what))
    return LoanService(
        **admission(name, loans, usual_words),
        what=loans.what,
        cells={number: _slot(loans, board, channel) for number, (board, channel, _) in loans.numbered().items()},
        box=loans.box,
        pulse_ms=milliseconds(loans.pulse_seconds) if loans.box else PULSE_MS,
        due_ms=milliseconds(loans.due_hours * 3600),
        warn_ms=milliseconds(loans.warn_minutes * 60),
        per_person=loans.per_person,
        lost_ms=milliseconds(loans.lost_days * SECONDS_A_DAY),
        take_ms=milliseconds(loans.take_seconds),
        return_ms=milliseconds(loans.return_seconds),
    )


def _slot(loans: Loans, board: str, channel: int) -> CellOf:
    point = point_of(board, channel)
    return CellOf(loans.box, contact=point, felt_by=Quantity.IN_PLACE) if loans.box else CellOf(point)


def uses(name: str, loans: Loans) -> Iterator[Use]:
    """The reader, and every slot; or the box, and every thing in it."""
    yield from named(name, loans, {"reader": READS})
    yield from bank_uses(name, "slots", loans.slots, HEARS_TAGS if loans.box else OPENS_CELLS)
    if loans.box:
        yield Use(name, ("services", name, "box"), loans.box, OPENS, alone=True)


def essential(_name: str, loans: Loans, _file: StationFile) -> Iterator[str]:
    """The boards, or the reader and the lock of the box."""
    if loans.box:
        yield loans.box
    for bank in loans.slots:
        yield bank.board


def faults(loaded: Loaded, name: str, loans: Loans, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """A thing without words, numbers that come twice, warnings before the beginning."""
    yield from admission_faults(loaded, name, loans)
    yield from bank_faults(loaded, name, "slots", loans.slots)
    if loans.name is None and loans.what not in USUAL_WORDS:
        words = f"nobody knows what people call a {loans.what}"
        mend = f"add name = {{ zh = ..., en = ... }}, or what = {', '.join(sorted(USUAL_WORDS))}"
        yield loaded.places.error(("services", name, "what"), words, mend)
    what, due = f"a thing of {loans.due_hours} h", loans.due_hours * 60
    yield from warning_faults(loaded, name, "warn_minutes", warn=loans.warn_minutes, due=due, what=what)
