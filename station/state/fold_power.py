"""Runs of appliances, and what was cut to protect."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import Cut, Recorded, Run, thing_key
from station.state.tables import with_item


def _cut(recorded: Recorded, event: e.PowerCut, row: Row) -> Recorded:
    cut = Cut(event.service, event.thing, event.cause, row.at_ms)
    return replace(recorded, cuts=with_item(recorded.cuts, thing_key(event.service, event.thing), cut))


def _began(recorded: Recorded, event: e.RunBegan, row: Row) -> Recorded:
    run = Run(event.holder, row.boot, row.steady_ms, event.until_steady_ms, event.order, event.meter_wh)
    return replace(recorded, runs=with_item(recorded.runs, event.service, run))


def _ended(recorded: Recorded, event: e.RunEnded, row: Row) -> Recorded:
    run = recorded.runs.get(event.service)
    if run is None:
        return recorded
    ended = replace(run, running=False, boot=row.boot, ended_ms=row.steady_ms)
    return replace(recorded, runs=with_item(recorded.runs, event.service, ended))


FOLDS = {
    e.PowerCut: _cut,
    e.RunBegan: _began,
    e.RunEnded: _ended,
}
