"""Who is on duty, and which task was done last by whom."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import Recorded, Shift, Ticked, thing_key
from station.state.tables import with_item, without_item


def _on(recorded: Recorded, event: e.VolunteerSignedOn, row: Row) -> Recorded:
    shift = Shift(event.service, event.holder, row.boot, row.steady_ms, row.at_ms, event.dated)
    return replace(recorded, shifts=with_item(recorded.shifts, thing_key(event.service, event.holder), shift))


def _dated(recorded: Recorded, event: e.VolunteerShiftDated, _: Row) -> Recorded:
    key = thing_key(event.service, event.holder)
    shift = recorded.shifts.get(key)
    if shift is None:
        return recorded
    shift = replace(shift, began_at_ms=event.began_at_ms, dated=True)
    return replace(recorded, shifts=with_item(recorded.shifts, key, shift))


def _off(recorded: Recorded, event: e.VolunteerSignedOff, _: Row) -> Recorded:
    return replace(recorded, shifts=without_item(recorded.shifts, thing_key(event.service, event.holder)))


def _done(recorded: Recorded, event: e.TaskDone, row: Row) -> Recorded:
    ticked = Ticked(event.by, row.at_ms)
    return replace(recorded, tasks=with_item(recorded.tasks, thing_key(event.service, event.task), ticked))


FOLDS = {
    e.VolunteerSignedOn: _on,
    e.VolunteerShiftDated: _dated,
    e.VolunteerSignedOff: _off,
    e.TaskDone: _done,
}
