"""What must hold of one-time passes: one pass, one visit, as the journal tells it and as the door itself saw it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from simulator.world_ledger import Kept, Ledger
from station.rules.site import DoorService

AGAIN_MS, RECOVERED_MS, RENEWALS = 120_000, 60_000, 2
SLACK_MS = 1_500
_VISIT_KINDS = ("AccessGranted", "DoorOpened", "DoorForced", "DoorRelocked", "DoorNotOpened", "DoorClosed")
_AMNESIA_FIELDS = {"JournalBegun": "amnesia_at_ms", "AmnesiaDated": "at_ms"}


def visit_faults(ledger: Ledger, door: DoorService) -> Iterator[str]:
    """A one-time pass serves one visit."""
    waiting: set[str] = set()
    over: set[str] = set()
    first: dict[str, Kept] = {}
    renewals = Counter[tuple[str, str]]()
    amnesia_ms: dict[str, int] = {}
    forgotten = {json.loads(one.row.body).get("pass_id") for one in ledger.rolled_back}
    is_open = False
    for one in ledger.everything():
        body: dict[str, Any] = json.loads(one.row.body) if one.row.kind in _VISIT_KINDS else {}
        if one.row.kind in _AMNESIA_FIELDS:
            amnesia_ms[one.journal] = json.loads(one.row.body)[_AMNESIA_FIELDS[one.row.kind]] or 0
        if body.get("service") != door.name:
            continue
        match one.row.kind:
            case "AccessGranted" if body["once"] and _is_before(ledger, body, amnesia_ms.get(one.journal, 0)):
                yield f"one-time pass {body['pass_id'][:8]} at {one.decided_ms} ms: issued before the journal was lost"
            case "AccessGranted" if body["once"] and body["pass_id"] not in forgotten:
                pass_id = body["pass_id"]
                about = f"one-time pass {pass_id[:8]} at {one.decided_ms} ms"
                if pass_id in over:
                    yield f"{about}: granted again after its visit was over"
                if pass_id in first:
                    renewals[pass_id, body["renewal"]] += 1
                    yield from (f"{about}: {why}" for why in _renewal_faults(ledger, one, first[pass_id], body))
                    if renewals[pass_id, "again"] > RENEWALS or renewals[pass_id, "recovered"] > 1:
                        yield f"{about}: its own grant was renewed too often"
                first.setdefault(pass_id, one)
                (over if is_open else waiting).add(pass_id)
            case "DoorOpened" | "DoorForced":
                is_open = True
                over |= waiting
                waiting = set()
            case "DoorRelocked" | "DoorNotOpened":
                waiting = set()
            case "DoorClosed":
                is_open = False
            case _:
                pass
    yield from _entry_faults(ledger, door, forgotten)


def _is_before(ledger: Ledger, body: dict[str, Any], amnesia_ms: int) -> bool:
    """Whether a pass may have been used before a journal that nobody remembers."""
    found = ledger.passes.get(body["pass_id"])
    return found is not None and found.iat_s * 1000 < amnesia_ms


def _entry_faults(ledger: Ledger, door: DoorService, forgotten: set[Any]) -> Iterator[str]:
    """What the door itself saw: a one-time pass opens it once, but for a power cut in between."""
    grants = [one for one in ledger.everything() if one.row.kind == "AccessGranted"]
    for pass_id, times in ledger.entries.items():
        opened = [at_ms for at_ms in times if _by_this_pass(grants, pass_id, at_ms, door.unlock_ms + SLACK_MS)]
        for before_ms, after_ms in pairwise(opened):
            cut = any(before_ms - SLACK_MS <= at_ms <= after_ms for at_ms in (*ledger.cuts, *ledger.recoveries))
            if not cut and pass_id not in forgotten:
                yield f"one-time pass {pass_id[:8]} opened the door at {before_ms} and at {after_ms} ms"


def _by_this_pass(grants: list[Kept], pass_id: str, at_ms: int, within_ms: int) -> bool:
    """Whether every grant in the time before this opening was for this pass."""
    near = [json.loads(one.row.body)["pass_id"] for one in grants if 0 <= at_ms - one.decided_ms <= within_ms]
    return bool(near) and all(one == pass_id for one in near)


def _renewal_faults(ledger: Ledger, one: Kept, first: Kept, body: dict[str, Any]) -> Iterator[str]:
    if body["renewal"] == "again":
        if one.decided_ms - first.decided_ms > AGAIN_MS or one.row.boot != first.row.boot:
            yield f"renewed {one.decided_ms - first.decided_ms} ms after its first grant"
    elif body["renewal"] == "recovered":
        if not any(0 <= one.decided_ms - at_ms <= RECOVERED_MS for at_ms in ledger.recoveries):
            yield "renewed for a recovery that is long over"
    else:
        yield "granted a second time as if it were the first"
