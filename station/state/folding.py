"""`fold`: the one model of a station; the office folds with it too.

Every `fold_*` module names the kinds that it folds in `FOLDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from drivers.contract import Priority, Row
from station import events as e
from station.state import (
    fold_alarms,
    fold_doors,
    fold_holdings,
    fold_loans,
    fold_lockers,
    fold_passes,
    fold_people,
    fold_power,
    fold_records,
    fold_stock,
)
from station.state.recorded import Recorded

Fold = Callable[[Recorded, Any, Row], Recorded]

MODULES: tuple[ModuleType, ...] = (
    fold_records,
    fold_passes,
    fold_doors,
    fold_alarms,
    fold_holdings,
    fold_lockers,
    fold_power,
    fold_loans,
    fold_stock,
    fold_people,
)
_FOLDS: Mapping[type[e.Event], Fold] = {kind: one for module in MODULES for kind, one in module.FOLDS.items()}


def fold(recorded: Recorded, event: e.Event, row: Row) -> Recorded:
    """The recorded state after `event`, which stands in `row` (its boot and times matter, its body does not)."""
    one = _FOLDS.get(type(event))
    return recorded if one is None or event.priority > Priority.ORDER else one(recorded, event, row)
