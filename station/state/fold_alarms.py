"""Alarms that stand."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import Alarm, Recorded
from station.state.tables import with_item, without_item


def _raised(recorded: Recorded, event: e.AlarmRaised, row: Row) -> Recorded:
    alarm = Alarm(event.what, event.source, row.boot, row.steady_ms, row.at_ms)
    return replace(recorded, alarms=with_item(recorded.alarms, event.service, alarm))


def _went_on(recorded: Recorded, event: e.AlarmHeard | e.AlarmEscalated, _: Row) -> Recorded:
    alarm = recorded.alarms.get(event.service)
    if alarm is None:
        return recorded
    went_on = replace(alarm, heard_by=event.by) if isinstance(event, e.AlarmHeard) else replace(alarm, escalated=True)
    return replace(recorded, alarms=with_item(recorded.alarms, event.service, went_on))


def _cleared(recorded: Recorded, event: e.AlarmCleared, _: Row) -> Recorded:
    return replace(recorded, alarms=without_item(recorded.alarms, event.service))


FOLDS = {
    e.AlarmRaised: _raised,
    e.AlarmHeard: _went_on,
    e.AlarmEscalated: _went_on,
    e.AlarmCleared: _cleared,
}
