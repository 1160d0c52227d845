"""`type = "stock"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault, Path
from config.models import StationFile
from config.services import Stock
from config.services.stock import StockItem
from drivers.contract import both
from drivers.settings import DeviceSettings
from station.rules.site import BOX, CellOf, Item, StockService
from station.services.admitting import admission, admission_faults, milliseconds, words_of
from station.services.uses import FEELS, OPENS_CELLS, READS, UNLOCKS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Stock
STOCK_WORDS = both("Supplies")


def _locks(name: str, stock: Stock) -> Iterator[tuple[str, Path, Stock | StockItem]]:
    yield BOX, ("services", name), stock
    for thing, item in stock.items.items():
        yield thing, ("services", name, "items", thing), item


def site(name: str, stock: Stock, _devices: Mapping[str, DeviceSettings]) -> StockService:
    """The stock as the rules see it."""
    return StockService(
        **admission(name, stock, STOCK_WORDS),
        items={
            thing: Item(words_of(item.name), low=item.low, points=item.points, per_day=item.per_day)
            for thing, item in stock.items.items()
        },
        cells={cell: CellOf(table.lock, contact=table.contact) for cell, _, table in _locks(name, stock) if table.lock},
        offline_points=stock.offline_points,
        pulse_ms=milliseconds(stock.pulse_seconds),
    )


def uses(name: str, stock: Stock) -> Iterator[Use]:
    """The reader, and every lock with its contact."""
    yield from named(name, stock, {"reader": READS})
    for _, path, table in _locks(name, stock):
        same = table.lock == table.contact
        if table.lock:
            yield Use(name, (*path, "lock"), table.lock, OPENS_CELLS if same else UNLOCKS, alone=True)
        if table.contact and not same:
            yield Use(name, (*path, "contact"), table.contact, FEELS, alone=True)


def essential(name: str, stock: Stock, _file: StationFile) -> Iterator[str]:
    """The locks."""
    for _, _, table in _locks(name, stock):
        if table.lock:
            yield table.lock


def faults(loaded: Loaded, name: str, stock: Stock, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Contacts without a lock, locks without a contact, points that nothing asks for."""
    yield from admission_faults(loaded, name, stock)
    places = loaded.places
    for cell, path, table in _locks(name, stock):
        if table.contact and not table.lock:
            words = "nothing opens what this contact watches: every opening would be an alarm"
            yield places.error((*path, "contact"), words, "add lock = ...")
        elif table.lock and not table.contact:
            words = f"without a contact nobody learns whether the {cell if cell == BOX else 'compartment'} was opened"
            yield places.warning(path, words, "add contact = ... (on a lock board the same channel)")
    if BOX in stock.items:
        words = f"{BOX} is what the whole box is called"
        yield places.error(("services", name, "items", BOX), words, "another short name")
    costs = any(item.points for item in stock.items.values())
    if stock.offline_points and not costs:
        words = "nothing here costs points"
        yield places.warning(("services", name, "offline_points"), words, "give an item points = ..., or leave it out")
