"""Who holds what."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Row
from station import events as e
from station.state.recorded import NOBODY, Holding, Recorded, thing_key
from station.state.tables import with_item, without_item


def _taken(recorded: Recorded, event: e.ThingTaken, row: Row) -> Recorded:
    holding = Holding(
        service=event.service,
        thing=event.thing,
        holder=event.holder,
        role=event.role,
        boot=row.boot,
        began_ms=row.steady_ms,
        began_at_ms=row.at_ms,
        due_at_ms=event.due_at_ms,
        recipient=event.recipient,
        order=event.order,
        meter_wh=event.meter_wh,
        slot=event.slot,
        dated=event.dated,
    )
    key = thing_key(event.service, event.thing)
    return replace(recorded, holdings=with_item(recorded.holdings, key, holding))


def _ended(recorded: Recorded, event: e.ThingGivenBack | e.ThingLost, _: Row) -> Recorded:
    key = thing_key(event.service, event.thing)
    return replace(recorded, holdings=without_item(recorded.holdings, key))


Change = e.ThingDueMoved | e.ThingDueSoon | e.ThingOverdue | e.ThingOffered | e.CodeChosen | e.CodeFailed


def _changed(recorded: Recorded, event: Change, row: Row) -> Recorded:
    key = thing_key(event.service, event.thing)
    holding = recorded.holdings.get(key)
    if holding is None:
        return recorded
    match event:
        case e.ThingDueMoved():
            holding = _moved(holding, event.due_at_ms, row.boot)
        case e.ThingDueSoon():
            holding = replace(holding, warned=True)
        case e.ThingOverdue():
            holding = replace(holding, warned=True, overdue=True)
        case e.CodeChosen():
            holding = replace(holding, salt=event.salt, code_sha256=event.sha256, code_failures=0)
        case e.CodeFailed():
            holding = replace(holding, code_failures=holding.code_failures + 1)
        case e.ThingOffered():
            holding = replace(holding, recipient=event.recipient)
    return replace(recorded, holdings=with_item(recorded.holdings, key, holding))


def _moved(holding: Holding, due_at_ms: int, boot: str) -> Holding:
    """In its own boot the beginning moves along: how long the thing was given for stays the same."""
    if holding.boot != boot or holding.due_at_ms is None:
        return replace(holding, due_at_ms=due_at_ms, warned=False, dated=True)
    began_at_ms = holding.began_at_ms + due_at_ms - holding.due_at_ms
    return replace(holding, due_at_ms=due_at_ms, began_at_ms=began_at_ms, dated=True)


def _told(recorded: Recorded, event: e.HoldingsTold, row: Row) -> Recorded:
    """What the office knew, beside what the journal still holds; what they do not agree on is nobody's."""
    holdings = dict(recorded.holdings)
    for service, thing, holder, role, due_at_ms, recipient in event.holdings:
        key = thing_key(service, thing)
        known = holdings.get(key)
        if known is None:
            holdings[key] = Holding(
                service, thing, holder, role, "", row.steady_ms, row.at_ms, due_at_ms, recipient=recipient
            )
        elif known.holder != holder:
            holdings[key] = replace(known, holder=NOBODY, recipient="", salt="", code_sha256="")
    return replace(recorded, holdings=holdings, holdings_known=True)


def _released(recorded: Recorded, event: e.RoomReleased, _: Row) -> Recorded:
    held = {key: replace(one, released=True) for key, one in recorded.holdings.items() if one.service == event.service}
    return replace(recorded, holdings={**recorded.holdings, **held}) if held else recorded


FOLDS = {
    e.RoomReleased: _released,
    e.ThingTaken: _taken,
    e.ThingGivenBack: _ended,
    e.ThingLost: _ended,
    e.ThingDueMoved: _changed,
    e.ThingDueSoon: _changed,
    e.ThingOverdue: _changed,
    e.ThingOffered: _changed,
    e.CodeChosen: _changed,
    e.CodeFailed: _changed,
    e.HoldingsTold: _told,
}
