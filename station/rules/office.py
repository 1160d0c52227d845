"""The office's word: hellos, acknowledgements, documents and asks. Verified here before anything is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from drivers.contract import (
    ClockTrust,
    Committed,
    Drain,
    Greet,
    JournalDiverged,
    KeepDocument,
    KeepFloors,
    LinkUp,
    MessageReceived,
    MoveCursor,
    SetAside,
    SetClock,
    Signal,
)
from station import events as e
from station.rules import refusals
from station.rules.turn import Turn
from station.state import UNDATED_MS, Greeting, Recovered, State
from station.trust.documents import read_document
from station.trust.messages import strict_json, verify_message
from station.trust.nonces import asked_nonce
from station.trust.refusal import Reason, Refused
from station.trust.ring import REVOKED, Purpose, read_revocations, read_ring

RING = "ring"
GREET_EVERY_MS = 600_000
GREET_AGAIN_MS = 20_000
GREET_SOON_MS = 2_000
CLOCK_ROUND_TRIP_MS = 5_000
CONFIRM_EVERY_MS = 3_600_000
MAX_PENDING_DOCUMENTS = 8
_JSON = {"hello": Purpose.HELLO, "stored": Purpose.STORED, "ask": Purpose.OPERATE}


def react(turn: Turn, signal: Signal) -> None:
    """Everything that concerns the office but orders."""
    match signal:
        case Recovered():
            _load(turn, signal)
        case LinkUp():
            turn.remember(greeting=None, greet_at_ms=turn.now.steady_ms)
        case Committed(extents):
            turn.ask_at_once(Drain(turn.site.link, extents))
        case JournalDiverged(_, detail):
            turn.ask_at_once(SetAside(turn.site.journal, detail))
        case MessageReceived(name="hello"):
            _hello(turn, signal)
        case MessageReceived(name="stored"):
            _stored(turn, signal)
        case MessageReceived(name=name) if name.startswith("document/"):
            _document(turn, name.removeprefix("document/"), signal.payload)
        case _:
            pass
    due_ms = deadline(turn.state)
    if due_ms is not None and due_ms <= turn.now.steady_ms:
        _greet(turn)
    _date_amnesia(turn)


def _due(state: State) -> int:
    volatile = state.volatile
    waiting_ms = volatile.greeting.sent_ms + GREET_AGAIN_MS if volatile.greeting else volatile.greet_at_ms
    return waiting_ms if waiting_ms is not None else 0


def deadline(state: State) -> int | None:
    """When the next hello is due (steady)."""
    return _due(state) if state.observed.link_up and state.volatile.secret else None


def _date_amnesia(turn: Turn) -> None:
    """A journal that began while the time was not known gets its date as soon as it is."""
    if turn.state.recorded.amnesia_at_ms == UNDATED_MS and turn.now.trust is ClockTrust.SYNCED:
        turn.record(e.AmnesiaDated(turn.now.wall_ms))
        _keep_floors(turn)


def _keep_floors(turn: Turn) -> None:
    floors = {name: held.version for name, held in turn.state.recorded.documents.items()}
    turn.observe(floors=floors)
    turn.ask(KeepFloors(turn.site.vault, floors, turn.state.recorded.amnesia_at_ms))


def _now_s(turn: Turn) -> int | None:
    return None if turn.now.trust is ClockTrust.FLOOR else turn.now.wall_ms // 1000


def _greet(turn: Turn) -> None:
    volatile, recorded = turn.state.volatile, turn.state.recorded
    nonce = asked_nonce(volatile.secret, (1 << 32) + volatile.greetings).hex()
    turn.remember(
        greeting=Greeting(nonce, turn.now.steady_ms),
        greetings=volatile.greetings + 1,
        greet_at_ms=turn.now.steady_ms + GREET_EVERY_MS,
    )
    documents = {name: held.version for name, held in recorded.documents.items()}
    turn.ask_at_once(Greet(turn.site.link, nonce, turn.now.boot, turn.state.observed.extents, documents))


def _forged(turn: Turn, name: str, refused: Refused) -> None:
    """Once as a safety event, then counted."""
    source = f"office {name}"
    if (source, refused.reason) not in turn.state.volatile.refusals:
        turn.record(e.MessageForged(name, refused.reason))
    refusals.refuse(turn, source, refused.reason)


def _verified(turn: Turn, signal: MessageReceived) -> Mapping[str, Any] | None:
    """The JSON object of a signed message; None when it is not to be believed."""
    ring = turn.state.observed.ring
    if ring is None:
        return None
    try:
        if signal.retained:
            raise Refused(Reason.RETAINED, "this message must never lie about in the broker")
        verify_message(
            ring,
            kid=signal.kid,
            signature=signal.signature,
            purpose=_JSON[signal.name],
            station=turn.site.station,
            name=f"down/{signal.name}",
            payload=signal.payload,
            now_s=_now_s(turn),
        )
        value = strict_json(signal.payload)
        if not isinstance(value, dict):
            raise Refused(Reason.WRONG_TYPE, "the message is not a JSON object")
    except Refused as refused:
        _forged(turn, signal.name, refused)
        return None
    return value


def ask_id(turn: Turn, signal: MessageReceived) -> str | None:
    """The id of a verified ask; None otherwise."""
    message = _verified(turn, signal)
    value = message.get("ask_id") if message is not None else None
    return value if isinstance(value, str) else None


# ---------------------------------------------------------------- hello and acknowledgements


def _hello(turn: Turn, signal: MessageReceived) -> None:
    message = _verified(turn, signal)
    greeting = turn.state.volatile.greeting
    if message is None or greeting is None or message.get("nonce") != greeting.nonce:
        return
    try:
        office_ms = int(message["office_ms"])
        known = {str(item["journal"]): item for item in message["journals"]}
        stored = {journal: (int(item["stored_seq"]), bytes.fromhex(item["head"])) for journal, item in known.items()}
        documents = {
            str(name): (int(item["version"]), str(item["sha256"])) for name, item in message["documents"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        _forged(turn, "hello", Refused(Reason.WRONG_TYPE, f"the hello does not fit: {fault}"))
        return
    round_trip_ms = turn.now.steady_ms - greeting.sent_ms
    turn.remember(greeting=None)
    floor_only = round_trip_ms > CLOCK_ROUND_TRIP_MS
    wall_ms = office_ms if floor_only else office_ms + round_trip_ms // 2
    turn.ask_at_once(SetClock(turn.site.clock, wall_ms, floor_only))
    _set_cursors(turn, stored)
    _confirm(turn, documents, office_ms)


def _set_cursors(turn: Turn, stored: Mapping[str, tuple[int, bytes]]) -> None:
    """The only message that may lower a cursor: the office may have been restored from a backup."""
    for extent in turn.state.observed.extents:
        seq, head = stored.get(extent.journal, (0, b""))
        if seq > extent.tail_seq:
            detail = f"the office has {seq} rows of journal {extent.journal}, this station has {extent.tail_seq}"
            turn.ask_at_once(SetAside(turn.site.journal, detail))
        else:
            turn.ask_at_once(MoveCursor(turn.site.journal, extent.journal, seq, head))


def _confirm(turn: Turn, documents: Mapping[str, tuple[int, str]], office_ms: int) -> None:
    held = {name: (one.version, one.sha256) for name, one in turn.state.recorded.documents.items()}
    if any(held.get(name) != known for name, known in documents.items()) or RING not in documents:
        return
    turn.remember(confirmed=True)
    if turn.state.observed.floors is None:
        _keep_floors(turn)
    if office_ms - turn.state.recorded.confirmed_at_ms >= CONFIRM_EVERY_MS:
        turn.record(e.DocumentsConfirmed(office_ms))


def _stored(turn: Turn, signal: MessageReceived) -> None:
    message = _verified(turn, signal)
    if message is None:
        return
    try:
        journal, seq, head = str(message["journal"]), int(message["seq"]), bytes.fromhex(message["head"])
    except (KeyError, TypeError, ValueError) as fault:
        _forged(turn, "stored", Refused(Reason.WRONG_TYPE, f"the acknowledgement does not fit: {fault}"))
        return
    for extent in turn.state.observed.extents:
        if extent.journal == journal and extent.cursor_seq < seq <= extent.tail_seq:
            turn.ask_at_once(MoveCursor(turn.site.journal, journal, seq, head))


# ---------------------------------------------------------------- documents


def _load(turn: Turn, signal: Recovered) -> None:
    """What the vault kept is verified again, ring first."""
    if signal.begun is not None:
        turn.ask(KeepFloors(turn.site.vault, dict(signal.floors or {}), signal.begun.amnesia_at_ms))
    for name in sorted(signal.documents, key=lambda name: name != RING):
        try:
            _take(turn, name, signal.documents[name])
        except Refused as refused:
            _forged(turn, f"document/{name}", refused)


def _document(turn: Turn, name: str, payload: bytes) -> None:
    held = turn.state.recorded.documents.get(name)
    if not payload or (held is not None and held.sha256 == hashlib.sha256(payload).hexdigest() and _in_use(turn, name)):
        return
    pending = turn.state.volatile.pending
    try:
        version = _take(turn, name, payload)
    except Refused as refused:
        if refused.reason is Reason.NO_RING and len(pending) < MAX_PENDING_DOCUMENTS:
            turn.remember(pending={**pending, name: payload})
        else:
            _forged(turn, f"document/{name}", refused)
        return
    turn.ask(KeepDocument(turn.site.vault, name, version, payload))
    turn.remember(greeting=None, greet_at_ms=turn.now.steady_ms + GREET_SOON_MS)
    if name == RING and pending:
        turn.remember(pending={})
        for other, waiting in pending.items():
            _document(turn, other, waiting)


def _in_use(turn: Turn, name: str) -> bool:
    observed = turn.state.observed
    return {RING: observed.ring, REVOKED: observed.revocations}.get(name, True) is not None


def _take(turn: Turn, name: str, payload: bytes) -> int:
    """Verify a document, use it, record it when it is new; its version. Raises `Refused`."""
    held = turn.state.recorded.documents.get(name)
    floor = max(held.version if held else 0, (turn.state.observed.floors or {}).get(name, 0))
    if name == RING:
        if turn.site.roots is None:
            raise Refused(Reason.NO_RING, "this station was never enrolled: no root keys are pinned")
        ring = read_ring(payload, turn.site.roots, version_floor=floor)
        turn.observe(ring=ring)
        version = ring.version
    else:
        known = turn.state.observed.ring
        if known is None:
            raise Refused(Reason.NO_RING, "a document came before the ring that verifies it")
        now_s = _now_s(turn)
        if name == REVOKED:
            revocations = read_revocations(payload, known, now_s=now_s, version_floor=floor)
            turn.observe(revocations=revocations)
            version = revocations.version
        else:
            version = read_document(
                payload,
                known,
                name=name,
                station=turn.site.station,
                groups=turn.site.groups,
                now_s=now_s,
                version_floor=floor,
            ).version
    sha256 = hashlib.sha256(payload).hexdigest()
    if held is None or (held.version, held.sha256) != (version, sha256):
        turn.record(e.DocumentTaken(name, version, sha256))
    return version
