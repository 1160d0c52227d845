"""What must hold in every world, whatever happened in it. Each broken promise is one line of clear text.

The checks compare the ledger (what really happened) with the journal (what the controller says): they are written from
the design and share no code with the rules.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulator.invariants_visits import visit_faults
from simulator.stretches import Stretch, stretches
from simulator.world_house import House
from simulator.world_ledger import Kept, Ledger, StrikeEdge
from simulator.world_time import is_open
from station.rules.site import DoorService, Site
from station.trust.claims import Pass, Uses
from station.trust.orders import Order

AT_ONCE_MS = 300
"""Between the loop's word and the lock."""
PRESENTED_MS = 6_000
"""Between a code in view (or a message on the wire) and the decision."""
NONCE_MS, ASKED_MS = 90_000, 30_000
ORDERS_PER_NONCE = 32
SKEW_S, STEP_SKEW_S, SHORT_LIVED_S = 60, 30, 7 * 86_400
SLACK_MS = 1_500


def door_faults(ledger: Ledger, house: House, site: Site, now_ms: int) -> Iterator[str]:
    """Everything about the lock, the grants and the visits of the door that people come for."""
    door = site.doors[house.door_name]
    alarms = list(alarm_spans(ledger, site, door, now_ms))
    yield from strike_faults(ledger, door, alarms)
    yield from release_faults(ledger, door, alarms, now_ms)
    yield from grant_faults(ledger, site, door)
    yield from visit_faults(ledger, door)
    late = [who for who, out_ms in ledger.inside.items() if now_ms > out_ms]
    if late:
        yield f"{', '.join(late)} could not get out"


# ---------------------------------------------------------------- the lock


def strike_faults(ledger: Ledger, door: DoorService, alarms: list[tuple[int, int]]) -> Iterator[str]:
    """No opening without a right that was on the card before the lock moved."""
    grants = [one for one in ledger.everything() if one.row.kind == "AccessGranted"]
    holds = [one for one in ledger.everything() if one.row.kind == "HoldOpenBegan"]
    used: set[int] = set()
    for edge in ledger.strike:
        if not edge.released or not edge.powered:
            continue
        reason = _right_of(ledger, door, edge, grants, used)
        alarm = any(since_ms <= edge.at_ms <= until_ms for since_ms, until_ms in alarms)
        if reason is None and not _told_at(holds, edge.at_ms) and not alarm:
            yield f"the lock was released at {edge.at_ms} ms without a recorded right, alarm or hold"


def _right_of(ledger: Ledger, door: DoorService, edge: StrikeEdge, grants: list[Kept], used: set[int]) -> Kept | None:
    for place, one in enumerate(grants):
        if place in used or one.told_ms is None or not 0 <= edge.at_ms - one.told_ms <= AT_ONCE_MS:
            continue
        until_ms = ledger.true_ms(one.row.boot, json.loads(one.row.body)["until_steady_ms"])
        if until_ms is not None and edge.at_ms <= until_ms + AT_ONCE_MS:
            used.add(place)
            return one
    for place, one in enumerate(grants):
        # Admitted while the journal could not be written: the row follows when it can.
        unrecorded = door.admits_unrecorded and 0 <= edge.at_ms - one.decided_ms <= AT_ONCE_MS
        if place not in used and unrecorded and not json.loads(one.row.body)["once"]:
            used.add(place)
            return one
    if door.admits_unrecorded and _unrecorded_at(ledger, edge.at_ms) and _presented(ledger, edge.at_ms):
        return Kept(grants[0].row, "", 0, 0, "") if grants else None
    return None


def _told_at(rows: list[Kept], at_ms: int) -> bool:
    return any(one.told_ms is not None and 0 <= at_ms - one.told_ms <= AT_ONCE_MS for one in rows)


def alarm_spans(ledger: Ledger, site: Site, door: DoorService, now_ms: int) -> Iterator[tuple[int, int]]:
    """From when to when an alarm may hold this door open: while its button is pressed, and until it is cleared."""
    for name, alarm in site.alarms.items():
        if door.name not in alarm.releases and alarm.button != door.fire:
            continue
        raised = [one.decided_ms for one in ledger.everything() if _tells(one, "AlarmRaised", name)]
        cleared = sorted(one.decided_ms for one in ledger.everything() if _tells(one, "AlarmCleared", name))
        moves = [(at_ms, on) for at_ms, other, on in ledger.alarms if other == name]
        presses = [(at_ms, _turned_back(moves[place:], now_ms)) for place, (at_ms, on) in enumerate(moves) if on]
        for since_ms, back_ms in [*presses, *((at_ms, at_ms) for at_ms in raised)]:
            quiet_ms = next((one for one in cleared if one >= since_ms), now_ms)
            yield since_ms, max(back_ms, quiet_ms) + SLACK_MS


def _tells(one: Kept, kind: str, name: str) -> bool:
    return one.row.kind == kind and bool(json.loads(one.row.body)["service"] == name)


def _turned_back(moves: list[tuple[int, bool]], now_ms: int) -> int:
    return next((at_ms for at_ms, on in moves if not on), now_ms)


def _unrecorded_at(ledger: Ledger, at_ms: int) -> bool:
    state = False
    for since_ms, unrecorded in ledger.unrecorded:
        if since_ms > at_ms:
            break
        state = unrecorded
    return state


def _presented(ledger: Ledger, at_ms: int) -> bool:
    """Whether a code that the office signed was shown or delivered just before, and is not for one visit."""
    for place in (ledger.shown, ledger.delivered):
        for code_id, times in place.items():
            once = code_id in ledger.passes and ledger.passes[code_id].uses is Uses.ONE
            if not once and any(0 <= at_ms - shown_ms <= PRESENTED_MS for shown_ms in times):
                return True
    return False


def release_faults(ledger: Ledger, door: DoorService, alarms: list[tuple[int, int]], now_ms: int) -> Iterator[str]:
    """A lock that was released is locked again when the last right to it has ended."""
    rights = [
        (one.decided_ms, ledger.true_ms(one.row.boot, json.loads(one.row.body)["until_steady_ms"]) or 0)
        for one in ledger.everything()
        if one.row.kind in ("AccessGranted", "HoldOpenBegan")
    ]
    for since_ms, until_ms in _released_spans(ledger, now_ms):
        if not door.holds_open:
            continue  # the coil's own cap bounds it
        ends = [until for began_ms, until in rights if began_ms <= until_ms and until >= since_ms - SLACK_MS]
        ends += [end_ms for began_ms, end_ms in alarms if began_ms <= until_ms]
        if _unrecorded_at(ledger, since_ms):
            ends.append(since_ms + door.unlock_ms)
        latest_ms = max(ends, default=since_ms)
        if until_ms > latest_ms + SLACK_MS:
            yield f"the lock stayed released from {since_ms} to {until_ms} ms, {until_ms - latest_ms} ms too long"


def _released_spans(ledger: Ledger, now_ms: int) -> Iterator[Stretch]:
    """From when to when a powered lock let people in."""
    moves = ((edge.at_ms, edge.released) for edge in ledger.strike if edge.powered or not edge.released)
    for since_ms, until_ms in stretches(moves, now_ms):
        yield since_ms, min([until_ms, *(cut_ms for cut_ms in ledger.cuts if cut_ms >= since_ms)])


# ---------------------------------------------------------------- grants


def grant_faults(ledger: Ledger, site: Site, door: DoorService) -> Iterator[str]:
    """Every grant matches something that the office itself signed, shown here, in time, and not used up."""
    used_orders: set[str] = set()
    uses = Counter[bytes]()
    steps: dict[str, int] = {}
    for one in ledger.everything():
        if one.row.kind != "AccessGranted":
            continue
        body: dict[str, Any] = json.loads(one.row.body)
        about = f"row {one.row.seq} grants by {body['way']} at {one.decided_ms} ms"
        if body["service"] != door.name:
            yield f"{about}: another door than the one that people come for"
        if body["role"] not in door.roles:
            yield f"{about}: the role {body['role']} may not come in"
        if body["role"] != "keeper" and not _in_hours(site, door, one):
            yield f"{about}: the door is closed at this hour"
        if body["order"]:
            order = ledger.orders.get(body["order"])
            if order is None:
                yield f"{about}: an order that the office never signed"
                continue
            if body["order"] in used_orders:
                yield f"{about}: the order {body['order']} was used before"
            used_orders.add(body["order"])
            uses[order.nonce] += 1
            yield from (f"{about}: {why}" for why in _order_faults(ledger, one, order, body, uses[order.nonce]))
        else:
            found = ledger.passes.get(body["pass_id"])
            if found is None:
                yield f"{about}: a pass that the office never signed"
                continue
            yield from (f"{about}: {why}" for why in _pass_faults(ledger, door, one, found, body))
            if body["step_s"]:
                if body["step_s"] <= steps.get(body["pass_id"], 0):
                    yield f"{about}: the second {body['step_s']} was shown before"
                steps[body["pass_id"]] = body["step_s"]


def _in_hours(site: Site, door: DoorService, one: Kept) -> bool:
    """By the station's own clock; hours bind nobody while it does not know the time."""
    return one.trust == "floor" or is_open(door, site, one.row.at_ms)


def _order_faults(ledger: Ledger, one: Kept, order: Order, body: dict[str, Any], uses: int) -> Iterator[str]:
    if order.station != ledger.station or order.service != body["service"] or order.action != "open":
        yield f"the order is for {order.action} of {order.service} at {order.station}"
    if order.holder.hex() != body["holder"] or order.role.value != body["role"]:
        yield "the order names somebody else"
    place = ledger.delivered if body["way"] == "order_by_link" else ledger.shown
    if not any(0 <= one.decided_ms - at_ms <= PRESENTED_MS for at_ms in place.get(body["order"], ())):
        yield "nobody presented this order then"
    seen, asked_ms = ledger.seen.get(order.nonce), ledger.asked.get(order.nonce)
    if asked_ms is not None:
        if one.decided_ms - asked_ms > ASKED_MS + SLACK_MS:
            yield f"the nonce was given to the office {one.decided_ms - asked_ms} ms before"
        if uses > 1:
            yield "a nonce that was given for one order served twice"
    elif seen is None:
        yield "its nonce was never on a screen"
    else:
        if one.decided_ms - seen.last_ms > NONCE_MS + SLACK_MS:
            yield f"its nonce left the screen {one.decided_ms - seen.last_ms} ms before"
        if uses > ORDERS_PER_NONCE:
            yield f"{uses} orders named one picture"
    if any(seen is not None and seen.last_ms < began_ms <= one.decided_ms for began_ms in ledger.recoveries):
        yield "its picture is older than the last recovery"


def _pass_faults(ledger: Ledger, door: DoorService, one: Kept, found: Pass, body: dict[str, Any]) -> Iterator[str]:
    wall_s = one.row.at_ms // 1000
    if found.audience != ledger.station or body["service"] not in found.services:
        yield f"the pass is for {', '.join(found.services)} at {found.audience}"
    if found.holder.hex() != body["holder"] or found.role.value != body["role"]:
        yield "the pass names somebody else"
    if (found.uses is Uses.ONE) != body["once"]:
        yield "the pass was taken for another number of uses"
    if body["way"] not in door.ways or (body["way"] == "pass_bound") != (found.holder_key is not None):
        yield f"the door does not take it as {body['way']}"
    if one.trust == "floor" and (found.holder_key or found.exp_s - found.nbf_s <= SHORT_LIVED_S):
        yield "the time was not known, and it is short-lived or bound"
    if wall_s >= found.exp_s + SKEW_S or (one.trust != "floor" and wall_s < found.nbf_s - SKEW_S):
        yield f"the pass holds from {found.nbf_s} to {found.exp_s}, the station's clock said {wall_s}"
    if body["step_s"] and abs(body["step_s"] - wall_s) > STEP_SKEW_S:
        yield f"the phone had signed for {body['step_s']}, the station's clock said {wall_s}"
    if not any(0 <= one.decided_ms - at_ms <= PRESENTED_MS for at_ms in ledger.shown.get(body["pass_id"], ())):
        yield "nobody presented this pass then"
    lost_ms = max((at_ms for at_ms in ledger.vaults_lost if at_ms <= one.decided_ms), default=None)
    if lost_ms is not None and not any(lost_ms <= at_ms <= one.decided_ms for at_ms in ledger.hellos):
        yield "the lowest versions of the documents were lost, and no hello had confirmed them"
    version = ledger.withdrawn.get(body["pass_id"])
    if version is not None and _list_held(ledger, one) >= version:
        yield f"the pass was withdrawn by list {version}, which the station had"


def _list_held(ledger: Ledger, one: Kept) -> int:
    """The version of the list of withdrawn passes that was on the card before this row."""
    held = 0
    for kept in ledger.journals.get(one.journal, []):
        if kept.row.seq >= one.row.seq:
            break
        if kept.row.kind == "DocumentTaken":
            body = json.loads(kept.row.body)
            held = body["version"] if body["name"] == "revoked" else held
    return held
