"""Documents of the office: the ring of keys, the list of revocations, and others; verified, used, kept."""

from __future__ import annotations

import hashlib

from drivers.contract import KeepDocument, KeepFloors, MessageReceived, Signal
from station import events as e
from station.rules.turn import Turn
from station.rules.verify import forged, now_s
from station.state import Recovered
from station.trust.documents import Document, read_document
from station.trust.held import HOLDINGS, read_holdings
from station.trust.refusal import Reason, Refused
from station.trust.ring import REVOKED, read_revocations, read_ring

RING = "ring"
CONFIRM_SOON_MS = 2_000
"""A new document is confirmed by a hello soon after."""
MAX_PENDING_DOCUMENTS = 8


def react(turn: Turn, signal: Signal) -> None:
    """What the vault kept, and what comes from below."""
    match signal:
        case Recovered():
            _load(turn, signal)
        case MessageReceived(name=name) if name.startswith("document/"):
            _arrived(turn, name.removeprefix("document/"), signal.payload)
        case _:
            pass


def keep_floors(turn: Turn) -> None:
    """Keep outside the database which versions are the lowest that are still acceptable, and the amnesia."""
    floors = {name: held.version for name, held in turn.state.recorded.documents.items()}
    turn.observe(floors=floors)
    turn.ask(KeepFloors(turn.site.vault, floors, turn.state.recorded.amnesia_at_ms))


def _load(turn: Turn, signal: Recovered) -> None:
    """What the vault kept is verified again, ring first."""
    if signal.begun is not None:
        turn.ask(KeepFloors(turn.site.vault, dict(signal.floors or {}), signal.begun.amnesia_at_ms))
    for name in sorted(signal.documents, key=lambda name: name != RING):
        try:
            _take(turn, name, signal.documents[name])
        except Refused as refused:
            forged(turn, f"document/{name}", refused)


def _arrived(turn: Turn, name: str, payload: bytes) -> None:
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
            forged(turn, f"document/{name}", refused)
        return
    turn.ask(KeepDocument(turn.site.vault, name, version, payload))
    turn.remember(greeting=None, greet_at_ms=turn.now.steady_ms + CONFIRM_SOON_MS)
    if name == RING and pending:
        turn.remember(pending={})
        for other, waiting in pending.items():
            _arrived(turn, other, waiting)


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
        second = now_s(turn)
        if name == REVOKED:
            revocations = read_revocations(payload, known, now_s=second, version_floor=floor)
            turn.observe(revocations=revocations)
            version = revocations.version
        else:
            document = read_document(
                payload,
                known,
                name=name,
                station=turn.site.station,
                groups=turn.site.groups,
                now_s=second,
                version_floor=floor,
            )
            version = document.version
            if name == HOLDINGS:
                _told(turn, document)
    sha256 = hashlib.sha256(payload).hexdigest()
    if held is None or (held.version, held.sha256) != (version, sha256):
        turn.record(e.DocumentTaken(name, version, sha256))
    return version


def _told(turn: Turn, document: Document) -> None:
    """Who holds what, when nobody here knows. A document about an earlier journal says nothing about now."""
    holdings = read_holdings(document.body)
    recorded = turn.state.recorded
    if not recorded.holdings_known and holdings.journal == recorded.journal and document.audience == turn.site.station:
        turn.record(e.HoldingsTold(document.version, holdings.held))
