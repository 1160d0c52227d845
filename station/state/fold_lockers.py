"""The cells of lockers: open or shut, in service or not."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.fold_loans import left
from station.state.fold_passes import had
from station.state.recorded import Cell, Recorded, thing_key
from station.state.tables import with_item

FAILED = "failed"
"""Why a cell is out of order that did not open when asked."""
LEAVING = {"given_back": True, "taken": False, "opened": False, "code": False}
"""Whether an opening by the holder is the last one; nobody else's opening changes that."""


def _moved(recorded: Recorded, event: e.CellOpened | e.CellForced | e.CellShut, _: Row) -> Recorded:
    key = thing_key(event.service, event.cell)
    cell = replace(recorded.cells.get(key, Cell()), open=not isinstance(event, e.CellShut))
    recorded = replace(recorded, cells=with_item(recorded.cells, key, cell))
    if not isinstance(event, e.CellShut):
        recorded = left(recorded, event.service, event.cell)
    if not isinstance(event, e.CellOpened):
        return recorded
    recorded = replace(recorded, visits=had(recorded.visits, key))
    holding = recorded.holdings.get(key)
    if holding is not None:
        failures = 0 if event.cause == "code" else holding.code_failures
        leaving = LEAVING.get(event.cause, holding.leaving)
        holding = replace(holding, leaving=leaving, code_failures=failures)
        recorded = replace(recorded, holdings=with_item(recorded.holdings, key, holding))
    return recorded


def _in_service(recorded: Recorded, service: str, cell: str, why_not: str) -> Recorded:
    key = thing_key(service, cell)
    changed = replace(recorded.cells.get(key, Cell()), out_of_order=why_not)
    return replace(recorded, cells=with_item(recorded.cells, key, changed))


def _failed(recorded: Recorded, event: e.CellFailed, _: Row) -> Recorded:
    return _in_service(recorded, event.service, event.cell, FAILED)


def _retired(recorded: Recorded, event: e.CellRetired, _: Row) -> Recorded:
    return _in_service(recorded, event.service, event.cell, event.reason)


def _restored(recorded: Recorded, event: e.CellRestored, _: Row) -> Recorded:
    return _in_service(recorded, event.service, event.cell, "")


FOLDS = {
    e.CellOpened: _moved,
    e.CellForced: _moved,
    e.CellShut: _moved,
    e.CellFailed: _failed,
    e.CellRetired: _retired,
    e.CellRestored: _restored,
}
