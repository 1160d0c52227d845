"""Refusals: junk is counted, not recorded. The first at a reader for a reason is an event, then one count a minute."""

from __future__ import annotations

from dataclasses import replace

from station import events as e
from station.rules.turn import Turn
from station.state import Refusals, State, with_item
from station.trust.refusal import Reason

MINUTE_MS = 60_000
QUIET_MS = 600_000
FLOOD_A_MINUTE = 20
MAX_SOURCES = 64


def refuse(turn: Turn, source: str, reason: Reason, *, service: str = "", count: int = 1) -> None:
    """Record or count one refusal at `source`, and see whether they flood it."""
    now_ms = turn.now.steady_ms
    table = turn.state.volatile.refusals
    known = table.get((source, reason))
    if known is None:
        if len(table) >= MAX_SOURCES:
            return
        turn.record(e.AccessRefused(service, source, reason))
        known = Refusals(count - 1, now_ms)
    else:
        known = replace(known, count=known.count + count)
    turn.remember(refusals=with_item(turn.state.volatile.refusals, (source, reason), known))
    _flooded(turn, source, count)


def _flooded(turn: Turn, source: str, count: int) -> None:
    now_ms = turn.now.steady_ms
    seen = turn.state.volatile.flood.get(source)
    if seen is None or (now_ms - seen.since_ms >= MINUTE_MS and seen.count < FLOOD_A_MINUTE):
        seen = Refusals(0, now_ms)
    before, after = seen.count, seen.count + count
    if before < FLOOD_A_MINUTE <= after:
        turn.record(e.CodesFlooded(source, after))
    turn.remember(flood=with_item(turn.state.volatile.flood, source, replace(seen, count=after)))


def tick(turn: Turn) -> None:
    """Write the counts of the last minute; forget what has been quiet for ten."""
    now_ms = turn.now.steady_ms
    kept: dict[tuple[str, str], Refusals] = {}
    for (source, reason), seen in turn.state.volatile.refusals.items():
        if now_ms - seen.since_ms < MINUTE_MS:
            kept[source, reason] = seen
        elif seen.count:
            turn.record(e.RefusalsCounted(source, reason, seen.count))
            kept[source, reason] = Refusals(0, now_ms)
        elif now_ms - seen.since_ms < QUIET_MS:
            kept[source, reason] = seen
    flood = {s: seen for s, seen in turn.state.volatile.flood.items() if now_ms - seen.since_ms < QUIET_MS}
    if kept != turn.state.volatile.refusals or flood != turn.state.volatile.flood:
        turn.remember(refusals=kept, flood=flood)


def deadline(state: State) -> int | None:
    """When the next count is due (steady)."""
    due = [seen.since_ms + (MINUTE_MS if seen.count else QUIET_MS) for seen in state.volatile.refusals.values()]
    due += [seen.since_ms + QUIET_MS for seen in state.volatile.flood.values()]
    return min(due, default=None)
