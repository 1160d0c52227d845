"""What must hold of everything that has power: a session or a run behind it, and an end that is kept.

What the relays of the boards really did is held against the rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

from config.services import Appliance, Sockets
from drivers.contract import channel_of, device_of
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.invariants_holdings import AT_END_MS, Span
from simulator.stretches import Stretch
from simulator.world_house import House
from simulator.world_ledger import Ledger

PAST_LIMIT_MS = 5_000
WITHOUT_RIGHT_MS = 5_000
STARTS_MS = 20_000
"""After the power came back: recovery, the first look at every board of the bus."""
BACK_MS = 90_000
"""After a board answers again: the longest pause before it is opened, and the look at its relays."""
NO_OVERLAP_MS = 1_000


def power_faults(ledger: Ledger, house: House, held: list[Span], now_ms: int) -> Iterator[str]:
    """Every socket and every appliance of the station."""
    for name, service in house.file.services.items():
        if isinstance(service, Sockets):
            for socket, table in service.sockets.items():
                mine = [one for one in held if (one.service, one.thing) == (name, socket)]
                limit_ms = service.limit_minutes * 60_000
                yield from _load_faults(ledger, house, f"socket {socket}", table.relay, mine, limit_ms, now_ms)
        elif isinstance(service, Appliance):
            runs, limit_ms = list(_runs(ledger, name, now_ms)), service.run_seconds * 1000
            yield from _load_faults(ledger, house, name, service.relay, runs, limit_ms, now_ms)
    yield from _big_load_faults(house, now_ms)


def _load_faults(
    ledger: Ledger, house: House, what: str, relay: str, rights: list[Span], limit_ms: int, now_ms: int
) -> Iterator[str]:
    excused = list(_blind(ledger, device_of(relay), now_ms))
    covered = [(one.began_ms, one.ended_ms) for one in rights]
    for since_ms, until_ms in on_stretches(house, relay, now_ms):
        mine = [one for one in rights if one.began_ms <= until_ms and since_ms <= one.ended_ms + WITHOUT_RIGHT_MS]
        last_ms = max((_allowed_ms(ledger, one, limit_ms) for one in mine), default=None)
        if last_ms is not None and until_ms > last_ms + PAST_LIMIT_MS:
            yield f"{what} was on from {since_ms} to {until_ms} ms, {until_ms - last_ms} ms past its limit"
        for begins_ms, ends_ms in without((since_ms, until_ms), covered + excused):
            if ends_ms - begins_ms > WITHOUT_RIGHT_MS:
                yield f"{what} was on from {begins_ms} to {ends_ms} ms and nobody had it"


def _allowed_ms(ledger: Ledger, one: Span, limit_ms: int) -> int:
    """Until when a session may last. After a power cut a clock that is not known gives a part of it anew."""
    latest_ms = min(one.due_ms, one.began_ms + limit_ms)
    again = [at_ms for at_ms in ledger.recoveries if one.began_ms < at_ms <= one.ended_ms]
    if again and (not one.dated or ledger.clock_was_set or ledger.trust_at(again[-1]) != "synced"):
        return max(latest_ms, again[-1] + limit_ms)
    return latest_ms


def _runs(ledger: Ledger, name: str, now_ms: int) -> Iterator[Span]:
    """The runs of an appliance, as if somebody held it."""
    run: Span | None = None
    for one in ledger.everything():
        if one.row.kind not in ("RunBegan", "RunEnded"):
            continue
        body = json.loads(one.row.body)
        if body["service"] != name:
            continue
        if run is not None:
            run.ended_ms = one.decided_ms
            yield run
            run = None
        if one.row.kind == "RunBegan":
            until_ms = ledger.true_ms(one.row.boot, body["until_steady_ms"]) or 0
            run = Span(name, "", body["holder"], one.decided_ms, until_ms)
    if run is not None:
        run.ended_ms = now_ms
        yield run


def _big_load_faults(house: House, now_ms: int) -> Iterator[str]:
    """Two big loads at once are more than the mains of a station bear."""
    loads = [(name, one) for name, one in house.file.services.items() if isinstance(one, Appliance) and one.big_load]
    for (name, one), (other_name, other) in combinations(loads, 2):
        for since_ms, until_ms in on_stretches(house, one.relay, now_ms):
            for from_ms, to_ms in on_stretches(house, other.relay, now_ms):
                if min(until_ms, to_ms) - max(since_ms, from_ms) > NO_OVERLAP_MS:
                    yield f"{name} and {other_name} were both on at {max(since_ms, from_ms)} ms"


# ---------------------------------------------------------------- stretches of time


def on_stretches(house: House, relay: str, now_ms: int) -> list[Stretch]:
    """When this relay was on."""
    board: WaveshareRelay = house.device(device_of(relay))
    return board.on_stretches(channel_of(relay), now_ms)


def _blind(ledger: Ledger, board: str, now_ms: int) -> Iterator[Stretch]:
    """When the controller could not reach this board, and until it has to have looked at it again."""
    yield from ((from_ms, to_ms + BACK_MS) for from_ms, to_ms in ledger.cut_off_stretches(board, now_ms))
    for cut_ms in ledger.cuts:
        back_ms = next((at_ms for at_ms in ledger.recoveries if at_ms > cut_ms), now_ms)
        yield cut_ms, back_ms + STARTS_MS
    yield from ((at_ms, at_ms + STARTS_MS) for at_ms in ledger.recoveries)


def without(whole: Stretch, holes: list[Stretch]) -> list[Stretch]:
    """What is left of a stretch of time without these."""
    left: list[Stretch] = []
    begins_ms, ends_ms = whole
    for from_ms, to_ms in sorted(holes):
        if from_ms > begins_ms:
            left.append((begins_ms, min(from_ms, ends_ms)))
        begins_ms = max(begins_ms, min(to_ms, AT_END_MS))
        if begins_ms >= ends_ms:
            return left
    return [*left, (begins_ms, ends_ms)]
