"""What must hold of what the office's own people do from afar: they ask first, and what holds a door open lapses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simulator.invariants import ASKED_MS, PRESENTED_MS, SLACK_MS
from simulator.world_ledger import Kept, Ledger
from station.trust.keys import Purpose
from station.trust.orders import Order

MAX_HOLD_MS = 1_800_000
ALARM_ACTIONS = {"AlarmHeard": "heard", "AlarmCleared": "clear"}
END_BY_THEMSELVES = ("held-", "lost-")
"""Alarms without a button that are over when the door is shut, when the device answers."""


def office_faults(ledger: Ledger) -> Iterator[str]:
    """Every hold, and every answer to an alarm, was ordered by an operator who had asked this station just before."""
    held: set[str] = set()
    for one in ledger.everything():
        if one.row.kind == "HoldOpenBegan":
            body: dict[str, Any] = json.loads(one.row.body)
            about = f"row {one.row.seq} holds the door open at {one.decided_ms} ms"
            order = ledger.orders.get(body["order"])
            if order is None:
                yield f"{about}: an order that the office never signed"
                continue
            if body["order"] in held:
                yield f"{about}: the order {body['order']} was used before"
            held.add(body["order"])
            if not _ordered(ledger, one, order, body["service"], "hold_open"):
                yield f"{about}: no operator had asked and ordered that then"
            held_ms = body["until_steady_ms"] - one.row.steady_ms
            if held_ms > min(MAX_HOLD_MS, (order.duration_s or 0) * 1000):
                yield f"{about}: for {held_ms} ms, ordered were {order.duration_s} s"
        elif one.row.kind in ALARM_ACTIONS:
            body, action = json.loads(one.row.body), ALARM_ACTIONS[one.row.kind]
            if body["by"] == "itself" and body["service"].startswith(END_BY_THEMSELVES):
                continue
            mine = (order for order in ledger.orders.values() if order.holder.hex() == body["by"])
            if not any(_ordered(ledger, one, order, body["service"], action) for order in mine):
                yield f"row {one.row.seq} ({action} {body['service']}): no operator had asked and ordered that then"


def _ordered(ledger: Ledger, one: Kept, order: Order, service: str, action: str) -> bool:
    """Whether an operator's order for this reached the station just before, made from a nonce asked for just before."""
    if (order.station, order.service, order.action) != (ledger.station, service, action):
        return False
    asked_ms = ledger.asked.get(order.nonce)
    if order.purpose is not Purpose.OPERATE or asked_ms is None or one.decided_ms - asked_ms > ASKED_MS + SLACK_MS:
        return False
    times = (*ledger.delivered.get(order.id.hex(), ()), *ledger.shown.get(order.id.hex(), ()))
    return any(0 <= one.decided_ms - at_ms <= PRESENTED_MS for at_ms in times)
