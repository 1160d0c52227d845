"""One-time passes that were used, and the last second that each bound pass was signed for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import Recorded, Visit, thing_key
from station.state.tables import with_item

STEP_MEMORY_SECONDS = 300
VISIT_MEMORY_SECONDS = 86_400


def used(
    recorded: Recorded, event: e.AccessGranted | e.PassUsed, row: Row, *, seen: bool, renewal: str, thing: str = ""
) -> Recorded:
    """The pass of a grant was used; `seen` says that its visit cannot be renewed any more."""
    if event.once:
        visits = _visited(recorded.visits, event, row, seen=seen, renewal=renewal, thing=thing)
        recorded = replace(recorded, visits=visits)
    if event.step_s:
        oldest = event.step_s - STEP_MEMORY_SECONDS
        steps = {pass_id: step for pass_id, step in recorded.steps.items() if step > oldest}
        recorded = replace(recorded, steps=with_item(steps, event.pass_id, event.step_s))
    return recorded


def _visited(
    visits: Mapping[str, Visit],
    event: e.AccessGranted | e.PassUsed,
    row: Row,
    *,
    seen: bool,
    renewal: str,
    thing: str,
) -> dict[str, Visit]:
    visit = visits.get(event.pass_id)
    if visit is None:
        visit = Visit(row.boot, row.steady_ms, event.expires_s, observed=seen, thing=thing)
    elif renewal == "recovered":
        visit = replace(visit, recovered=True, observed=seen, thing=thing)
    else:
        visit = replace(visit, renewals=visit.renewals + 1, observed=seen, thing=thing)
    dead_before_s = row.at_ms // 1000 - VISIT_MEMORY_SECONDS
    alive = {pass_id: old for pass_id, old in visits.items() if old.expires_s > dead_before_s}
    return with_item(alive, event.pass_id, visit)


def _pass_used(recorded: Recorded, event: e.PassUsed, row: Row) -> Recorded:
    thing = thing_key(event.service, event.thing) if event.thing else ""
    return used(recorded, event, row, seen=not thing, renewal=event.renewal, thing=thing)


def had(visits: Mapping[str, Visit], thing: str) -> Mapping[str, Visit]:
    """`thing` was seen to be had: no visit for it can be renewed any more."""
    if all(visit.observed or visit.thing != thing for visit in visits.values()):
        return visits
    return {
        pass_id: replace(visit, observed=True) if visit.thing == thing else visit for pass_id, visit in visits.items()
    }


FOLDS = {e.PassUsed: _pass_used}
