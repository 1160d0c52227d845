"""Things that have left their slot, and a shelf that keeps no names."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import Recorded, thing_key
from station.state.tables import with_item, without_item


def left(recorded: Recorded, service: str, slot: str) -> Recorded:
    """A slot or a compartment was seen open: what waited in it is out."""
    waiting = [key for key, one in recorded.holdings.items() if one.service == service and one.slot == slot]
    for key in waiting:
        out = replace(recorded.holdings[key], slot="")
        recorded = replace(recorded, holdings=with_item(recorded.holdings, key, out))
    if thing_key(service, slot) in recorded.unopened:
        recorded = replace(recorded, unopened=without_item(recorded.unopened, thing_key(service, slot)))
    return recorded


def _shelved(recorded: Recorded, event: e.BookLeft | e.BookTaken, _: Row) -> Recorded:
    key = thing_key(event.service, event.isbn)
    copies = recorded.shelf.get(key, 0) + (1 if isinstance(event, e.BookLeft) else -1)
    shelf = with_item(recorded.shelf, key, copies) if copies > 0 else without_item(recorded.shelf, key)
    return replace(recorded, shelf=shelf)


FOLDS = {
    e.BookLeft: _shelved,
    e.BookTaken: _shelved,
}
