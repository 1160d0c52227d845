"""What must hold of what a station gives besides its door: cells, sockets, loans, stock, alarms.

Read from the twins' own records (which coil was fired when, which relay was on) and held against the rows of the
journal and the office's database. Written from the design, and sharing no code with the rules.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from central import tables as t
from config.services import Loans, Lockers, Stock
from drivers.contract import channel_of, device_of, point_of
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.lock_board import PULSE_MS, LockBoard
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.invariants_holdings import Span, replayed, spans, stock_faults
from simulator.invariants_power import power_faults
from simulator.world_house import OWN_TIME, House
from simulator.world_ledger import Ledger
from simulator.world_office import WorldOffice
from station.trust.orders import Order

SENT_WITHIN_MS = 15_000
"""From the right, as it came or as it was on the card, to the coil: the card, and a bus that is busy."""
PULSE_MAX_MS = 5_000
"""What a station file that says nothing means, as the design has it."""
DRIFT = 1.05
"""A board's own clock, and a tenth of a second that relays round to."""
ROUNDED_MS = 150
OPENS = frozenset({"", "use", "take", "open", "give_back", "open_as_keeper"})
ASKS = frozenset({"ThingTaken", "CellOpenedByKeeper", "StockTaken", "BoxAsked", "PassUsed"})


def service_faults(ledger: Ledger, house: House, office: WorldOffice, now_ms: int) -> Iterator[str]:
    """Every promise of a station with services."""
    replay, held = replayed(ledger), spans(ledger)
    yield from replay.faults
    if not ledger.rolled_back and not ledger.hurt:
        yield from stock_faults(ledger)
    yield from one_use_faults(ledger)
    yield from coil_faults(ledger, house, held)
    yield from cap_faults(house, now_ms)
    yield from power_faults(ledger, house, held, now_ms)
    yield from office_balance_faults(ledger, office, {key: span.holder for key, span in replay.held.items()})
    yield from alarms_at_office_faults(ledger, office)


def one_use_faults(ledger: Ledger) -> Iterator[str]:
    """A one-time pass is used once; again only as its own renewal."""
    forgotten = {json.loads(one.row.body).get("pass_id") for one in ledger.rolled_back}
    used: set[str] = set()
    for kept in ledger.journals.values():
        for one in kept:
            body = json.loads(one.row.body) if one.row.kind == "PassUsed" else {}
            if not body.get("once") or body["pass_id"] in forgotten:
                continue
            if body["pass_id"] in used and not body["renewal"]:
                yield f"row {one.row.seq}: the one-time pass {body['pass_id'][:8]} is used at {body['service']} again"
            used.add(body["pass_id"])


# ---------------------------------------------------------------- coils


@dataclass(frozen=True, slots=True)
class Right:
    """Why one coil may be fired once, not before `at_ms`. The same `id` serves once. No `cell`: any of theirs.

    No `service`: whoever touched the screen knew a code for something that somebody has.
    """

    id: str
    service: str
    cell: str
    holder: str
    at_ms: int
    keeper: bool = False


def coil_faults(ledger: Ledger, house: House, held: list[Span]) -> Iterator[str]:
    """Every coil was fired for somebody who had a right to what is behind it, and once for each right."""
    rights = sorted(_rights(ledger), key=lambda one: one.at_ms)
    used: set[tuple[str, str]] = set()
    for service, cell, point in _cells(house):
        board = house.device(device_of(point))
        if not isinstance(board, LockBoard):
            continue
        for fired in board.fired:
            if fired.channel != channel_of(point):
                continue
            found = next((one for one in rights if _serves(one, service, cell, fired.at_ms, used, held)), None)
            if found is None:
                yield f"{cell} of {service} was opened at {fired.at_ms} ms without a right that was left"
            else:
                used.add((found.id, cell))


def _cells(house: House) -> Iterator[tuple[str, str, str]]:
    """Service, cell and point of everything that a lock board opens."""
    for name, service in house.file.services.items():
        match service:
            case Loans() if service.box:
                pass  # one lock for things that only their tags tell apart
            case Lockers() | Loans():
                yield from ((name, cell, point_of(board, at)) for cell, (board, at, _) in service.numbered().items())
            case Stock():
                yield from ((name, item, one.lock) for item, one in service.items.items() if one.lock)
            case _:
                pass


def _serves(one: Right, service: str, cell: str, at_ms: int, used: set[tuple[str, str]], held: list[Span]) -> bool:
    if one.service not in ("", service) or one.cell not in ("", cell) or (one.id, cell) in used:
        return False
    if not 0 <= at_ms - one.at_ms <= SENT_WITHIN_MS:
        return False
    if one.keeper or one.cell:
        return True
    mine = (span for span in held if span.service == service and cell in (span.thing, span.slot))
    return any(span.is_on(at_ms) and (not one.service or span.belongs_to(one.holder)) for span in mine)


def _rights(ledger: Ledger) -> Iterator[Right]:
    """What is on the card counts from when the loop was told so; an order to open, from when it came."""
    written: set[str] = set()
    for one in ledger.everything():
        if one.row.kind not in ASKS or one.told_ms is None:
            continue
        body: dict[str, Any] = json.loads(one.row.body)
        place = f"{one.journal} {one.row.seq}"
        cell = body.get("slot") or body.get("cell") or body.get("thing") or ""
        if one.row.kind == "PassUsed":
            found = ledger.passes.get(body["pass_id"])
            if found is not None:
                yield Right(place, body["service"], "", found.holder.hex(), one.told_ms)
            continue
        written.add(body.get("order", ""))
        keeper = one.row.kind == "CellOpenedByKeeper"
        yield Right(place, body["service"], cell, body.get("holder", ""), one.told_ms, keeper)
    yield from (Right(f"touched {at_ms}", "", "", "", at_ms) for at_ms in ledger.touched)
    for order_id, order in ledger.orders.items():
        if order.action not in OPENS or order_id in written:
            continue
        for at_ms in [*ledger.delivered.get(order_id, ()), *ledger.shown.get(order_id, ())][:1]:
            yield _by_order(order, at_ms)


def _by_order(order: Order, at_ms: int) -> Right:
    return Right(order.id.hex(), order.service, "", order.holder.hex(), at_ms)


def cap_faults(house: House, now_ms: int) -> Iterator[str]:
    """No coil is under current for longer than its maker allows."""
    for name, device in house.file.devices.items():
        if device.driver in OWN_TIME:
            continue
        twin, settings = house.device(name), device.model_extra or {}
        if isinstance(twin, LockBoard):
            for channel in range(1, twin.channels + 1):
                longest_ms = twin.longest_on_ms(channel)
                if longest_ms > PULSE_MS * DRIFT:
                    yield f"the coil {point_of(name, channel)} was on for {longest_ms} ms, a pulse is {PULSE_MS} ms"
        elif isinstance(twin, GpioLock) and settings.get("fail", "secure") == "secure":
            cap_ms = _cap_ms(house, name)
            if not settings.get("continuous") and twin.coil_on_ms(now_ms) > cap_ms:
                yield f"the coil of {name} was on for {twin.coil_on_ms(now_ms)} ms, its maker allows {cap_ms} ms"
        elif isinstance(twin, WaveshareRelay):
            yield from _relay_faults(house, name, twin, now_ms)


def _cap_ms(house: House, name: str) -> int:
    """How long the maker of what this device drives lets it be under current."""
    return int((house.file.devices[name].model_extra or {}).get("pulse_max_ms", PULSE_MAX_MS))


def _relay_faults(house: House, name: str, board: WaveshareRelay, now_ms: int) -> Iterator[str]:
    cap_ms = _cap_ms(house, name)
    for _service, cell, point in _cells(house):
        if device_of(point) == name:
            longest_ms = board.longest_on_ms(channel_of(point), now_ms)
            if longest_ms > cap_ms * DRIFT + ROUNDED_MS:
                yield f"the coil of {cell} ({point}) was on for {longest_ms} ms, its maker allows {cap_ms} ms"


# ---------------------------------------------------------------- the office


def office_balance_faults(ledger: Ledger, office: WorldOffice, mine: dict[tuple[str, str], str]) -> Iterator[str]:
    """What the office believes to be lent is what the rows say, thing by thing, and so are its counts of stock."""
    if ledger.rolled_back or ledger.hurt:
        return
    with office.store.read() as connection:
        text = connection.execute(select(t.states.c.state).where(t.states.c.station == office.station)).scalar()
        query = select(t.events.c.kind, t.events.c.body).join(t.journals, t.journals.c.id == t.events.c.journal_id)
        query = query.where(t.journals.c.station == office.station).order_by(t.events.c.journal_id, t.events.c.seq)
        rows = [(row.kind, json.loads(row.body)) for row in connection.execute(query)]
    if text is None:
        return  # `record_faults` says so
    state = json.loads(str(text))
    theirs = {(one["service"], one["thing"]): one["holder"] for one in state["holdings"].values()}
    if theirs != mine:
        yield f"the office has {theirs} as lent, the rows say {mine}"
    counts = Counter[str]()
    for kind, body in rows:
        key = f"{body.get('service')}/{body.get('thing')}"
        if kind in ("StockTaken", "StockKept", "StockRefilled"):
            counts[key] += -body["count"] if kind == "StockTaken" else body["count"]
        elif kind == "StockCounted":
            counts[key] = body["count"]
    stock = {key: one["count"] for key, one in state["stock"].items()}
    if stock != {key: count for key, count in counts.items() if key in stock}:
        yield f"the office counts {stock} in stock, its rows say {dict(counts)}"


def alarms_at_office_faults(ledger: Ledger, office: WorldOffice) -> Iterator[str]:
    """Every alarm that was recorded is at the office, ahead of the backlog or in it."""
    with office.store.read() as connection:
        query = select(t.journals.c.journal, t.events.c.seq).join(t.journals, t.journals.c.id == t.events.c.journal_id)
        stored = {(row.journal, row.seq) for row in connection.execute(query.where(t.events.c.kind == "AlarmRaised"))}
    for journal, kept in ledger.journals.items():
        for one in kept:
            if one.row.kind == "AlarmRaised" and journal not in ledger.hurt and (journal, one.row.seq) not in stored:
                yield f"the office never had the alarm of row {one.row.seq} ({one.row.body[:80]})"
