"""Hellos and acknowledgements: how far the office has our rows, what time it is, and which documents count."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.contract import (
    ClockTrust,
    Committed,
    Drain,
    Greet,
    JournalDiverged,
    LinkUp,
    MessageReceived,
    MoveCursor,
    SetAside,
    SetClock,
    Signal,
)
from station import events as e
from station.rules.documents import RING, keep_floors
from station.rules.turn import Turn
from station.rules.verify import forged, key_in_force, verified
from station.state import UNDATED_MS, Greeting, State
from station.trust.nonces import asked_nonce
from station.trust.refusal import Reason, Refused

GREET_EVERY_MS = 600_000
GREET_AGAIN_MS = 20_000
GREET_SOON_MS = 2_000
"""An office that knows less than it once did was restored: a hello tells how far to go back."""
SILENT_MS = 60_000
"""An office that has answered no hello for so long does not answer, although the network is there."""
CLOCK_ROUND_TRIP_MS = 5_000
CONFIRM_EVERY_MS = 3_600_000


def react(turn: Turn, signal: Signal) -> None:
    """Greet when it is due; move cursors on the office's word, and nothing else."""
    match signal:
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


def is_silent(state: State, now_ms: int) -> bool:
    """Whether the network is there and the office does not answer."""
    greeting = state.volatile.greeting
    return state.observed.link_up and greeting is not None and now_ms - greeting.since_ms >= SILENT_MS


def _date_amnesia(turn: Turn) -> None:
    """A journal that began while the time was not known gets its date as soon as it is."""
    if turn.state.recorded.amnesia_at_ms == UNDATED_MS and turn.now.trust is ClockTrust.SYNCED:
        turn.record(e.AmnesiaDated(turn.now.wall_ms))
        keep_floors(turn)


def _greet(turn: Turn) -> None:
    volatile, recorded = turn.state.volatile, turn.state.recorded
    nonce = asked_nonce(volatile.secret, (1 << 32) + volatile.greetings).hex()
    unanswered = volatile.greeting
    turn.remember(
        greeting=Greeting(nonce, turn.now.steady_ms, unanswered.since_ms if unanswered else turn.now.steady_ms),
        greetings=volatile.greetings + 1,
        greet_at_ms=turn.now.steady_ms + GREET_EVERY_MS,
    )
    documents = {name: held.version for name, held in recorded.documents.items()}
    turn.ask_at_once(Greet(turn.site.link, nonce, turn.now.boot, turn.state.observed.extents, documents))


# ---------------------------------------------------------------- hello and acknowledgements


def _hello(turn: Turn, signal: MessageReceived) -> None:
    message = verified(turn, signal)
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
        forged(turn, "hello", Refused(Reason.WRONG_TYPE, f"the hello does not fit: {fault}"))
        return
    if not key_in_force(turn, signal, office_ms // 1000):
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
        if seq > extent.tail_seq and not extent.closed:
            detail = f"the office has {seq} rows of journal {extent.journal}, this station has {extent.tail_seq}"
            turn.ask_at_once(SetAside(turn.site.journal, detail))
        else:
            turn.ask_at_once(MoveCursor(turn.site.journal, extent.journal, min(seq, extent.tail_seq), head))


def _confirm(turn: Turn, documents: Mapping[str, tuple[int, str]], office_ms: int) -> None:
    held = {name: (one.version, one.sha256) for name, one in turn.state.recorded.documents.items()}
    if any(held.get(name) != known for name, known in documents.items()) or RING not in documents:
        return
    turn.remember(confirmed=True)
    if turn.state.observed.floors is None:
        keep_floors(turn)
    if office_ms - turn.state.recorded.confirmed_at_ms >= CONFIRM_EVERY_MS:
        turn.record(e.DocumentsConfirmed(office_ms))


def _stored(turn: Turn, signal: MessageReceived) -> None:
    message = verified(turn, signal)
    if message is None:
        return
    try:
        journal, seq, head = str(message["journal"]), int(message["seq"]), bytes.fromhex(message["head"])
    except (KeyError, TypeError, ValueError) as fault:
        forged(turn, "stored", Refused(Reason.WRONG_TYPE, f"the acknowledgement does not fit: {fault}"))
        return
    for extent in turn.state.observed.extents:
        if extent.journal == journal and extent.cursor_seq < seq <= extent.tail_seq:
            turn.ask_at_once(MoveCursor(turn.site.journal, journal, seq, head))
        elif extent.journal == journal and seq < extent.cursor_seq and turn.state.volatile.greeting is None:
            turn.remember(greet_at_ms=min(_due(turn.state), turn.now.steady_ms + GREET_SOON_MS))
