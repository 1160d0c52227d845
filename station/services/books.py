"""`type = "books"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Books
from drivers.contract import both
from drivers.settings import DeviceSettings
from station.rules.site import BookService
from station.services.admitting import SECONDS_A_DAY, admission, admission_faults, milliseconds, warning_faults
from station.services.uses import READS, TELLS_A_LIBRARY, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Books
BOOK_WORDS = both("Books")


def site(name: str, books: Books, _devices: Mapping[str, DeviceSettings]) -> BookService:
    """The shelf as the rules see it."""
    return BookService(
        **admission(name, books, BOOK_WORDS),
        due_ms=milliseconds(books.due_days * SECONDS_A_DAY),
        warn_ms=milliseconds(books.warn_days * SECONDS_A_DAY),
        per_person=books.per_person,
        lost_ms=milliseconds(books.lost_days * SECONDS_A_DAY),
        library=books.library,
        leave_one=books.leave_one,
        visit_ms=milliseconds(books.visit_seconds),
    )


def uses(name: str, books: Books) -> Iterator[Use]:
    """The reader, and the library."""
    return named(name, books, {"reader": READS, "library": TELLS_A_LIBRARY})


def essential(_name: str, books: Books, _file: StationFile) -> Iterator[str]:
    """The reader: nothing else sees a book."""
    if books.reader:
        yield books.reader


def faults(loaded: Loaded, name: str, books: Books, devices: Mapping[str, Known]) -> Iterator[Fault]:
    """A shelf that sees no book, warnings before the beginning."""
    places = loaded.places
    yield from admission_faults(loaded, name, books)
    known = devices.get(books.reader)
    if not books.reader:
        yield places.error(("services", name, "reader"), "nothing reads the barcodes of its books", "add reader = ...")
    elif known is not None and getattr(known.settings, "only_qr", False):
        words = f"{books.reader} reads QR codes only, and no barcode of a book"
        yield places.error(("services", name, "reader"), words, f"only_qr = false in [devices.{books.reader}]")
    what, due = f"a book of {books.due_days} days", books.due_days
    yield from warning_faults(loaded, name, "warn_days", warn=books.warn_days, due=due, what=what)
