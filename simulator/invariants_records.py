"""What must hold of the records: nothing lost, nothing doubled, the same at both ends, and no secret in them."""

from __future__ import annotations

import base64
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import select

from central import tables as t
from central.folding import read_state
from central.store import row_of
from drivers.contract import Hole, Priority, Row
from simulator.invariants import alarm_spans
from simulator.world_ledger import Kept, Ledger
from simulator.world_office import WorldOffice
from simulator.world_station import Pi
from station.events import read_event
from station.journal import Journal
from station.rules.site import Site
from station.state import Recorded, Recovered, fold

SIREN_WITHIN_MS = 1_000
STEADY_PRESS_MS = 300
STARTED_MS = 5_000
RECORDED_WITHIN_MS = 3_000
SETTLED_MS = 8_000
TROUBLED_MS = 600_000
"""So near to a misfortune a missing record proves nothing."""


def folded(rows: Iterable[Row]) -> Recorded:
    """The recorded state after these rows, one after the other from the journal's first."""
    recorded = Recorded()
    for row in rows:
        event = read_event(row.kind, row.body) if row.priority <= Priority.ORDER else None
        if event is not None:
            recorded = fold(recorded, event, row)
    return recorded


def recovery_faults(ledger: Ledger, signal: Recovered) -> Iterator[str]:
    """What a recovery found is exactly what the rows on the card say."""
    opened = next(extent for extent in signal.extents if not extent.closed)
    kept = ledger.journals.get(opened.journal, [])
    if not kept:
        return  # the journal has just begun; its state comes from the one before
    expected = folded(one.row for one in kept)
    if replace(signal.recorded, amnesia_at_ms=None) != replace(expected, amnesia_at_ms=None):
        yield f"recovery found another state than {len(kept)} rows say: {_difference(signal.recorded, expected)}"


def record_faults(ledger: Ledger, pi: Pi, office: WorldOffice) -> Iterator[str]:
    """After quiet time with the network up: the station's journal, its state, and the office agree."""
    recording = pi.recording()
    if recording is None:
        yield "the journal is not open at the end of the quiet time"
        return
    state = pi.loop.state
    rolled = {one.journal for one in ledger.rolled_back} | ledger.hurt
    for extent in recording.journal.extents():
        kept = ledger.journals.get(extent.journal, [])
        yield from _journal_faults(recording.journal, extent.journal, kept, whole=extent.journal not in rolled)
        if extent.journal not in rolled and extent.cursor_seq != extent.tail_seq:
            behind = extent.tail_seq - extent.cursor_seq
            yield f"journal {extent.journal} still has {behind} rows that the office has not acknowledged"
    opened = recording.journal.extents()[-1].journal
    expected = folded(one.row for one in ledger.journals.get(opened, []))
    if replace(state.recorded, amnesia_at_ms=None) != replace(expected, amnesia_at_ms=None):
        yield f"the station's state is not the fold of its journal: {_difference(state.recorded, expected)}"
    yield from _office_faults(ledger, office, opened, expected, rolled)


def _difference(one: Recorded, other: Recorded) -> str:
    names = [name for name in Recorded.__slots__ if getattr(one, name) != getattr(other, name)]
    return "; ".join(f"{name}: {getattr(one, name)} and {getattr(other, name)}"[:600] for name in names)


def _journal_faults(source: Journal, journal: str, kept: list[Kept], *, whole: bool) -> Iterator[str]:
    """What can be read on is what was written, byte for byte."""
    seq = 0
    rows: list[Row] = []
    while items := source.read_on(journal, seq, 500):
        rows += [item for item in items if isinstance(item, Row)]
        last = items[-1]
        seq = last.last_seq if isinstance(last, Hole) else last.seq
    written = {one.row.seq: one.row for one in kept}
    wrong = [row.seq for row in rows if written.get(row.seq) != row]
    if wrong:
        yield f"journal {journal}: row {wrong[0]} is not what was written"
    if whole and seq != len(kept):
        yield f"journal {journal} can be read up to row {seq} of {len(kept)}"


def _office_faults(
    ledger: Ledger, office: WorldOffice, opened: str, expected: Recorded, rolled: set[str]
) -> Iterator[str]:
    with office.store.read() as connection:
        query = select(t.events, t.journals.c.journal).join(t.journals, t.journals.c.id == t.events.c.journal_id)
        query = query.where(t.journals.c.station == office.station).order_by(t.events.c.journal_id, t.events.c.seq)
        stored: dict[str, list[Row]] = {}
        for found in connection.execute(query):
            stored.setdefault(found.journal, []).append(row_of(found))
        holes = connection.execute(select(t.holes)).all()
        text = connection.execute(select(t.states.c.state).where(t.states.c.station == office.station)).scalar()
    for journal in (*ledger.journals, *(one for one in stored if one not in ledger.journals)):
        rows, kept = stored.get(journal, []), ledger.journals.get(journal, [])
        ever = {(one.row.seq, one.row.chain): one.row for one in (*kept, *ledger.rolled_back) if one.journal == journal}
        if any(ever.get((row.seq, row.chain)) != row for row in rows):
            yield f"the office has a row of journal {journal} that was never written"
        if journal not in rolled and not holes and rows != [one.row for one in kept]:
            yield f"the office has {len(rows)} rows of journal {journal}, the station wrote {len(kept)}, or others"
    if text is None:
        yield "the office has folded nothing"
    elif read_state(str(text)) != expected and opened not in rolled:
        yield f"the office's fold is another: {_difference(read_state(str(text)), expected)}"


# ---------------------------------------------------------------- secrets


def leak_faults(ledger: Ledger) -> Iterator[str]:
    """Secrets, nonces and codes are in no row, no message of the station and no log."""
    nonces = {**dict.fromkeys(ledger.seen, "a nonce of a screen")}
    words: dict[str, str] = {secret.hex(): "a boot secret" for secret in ledger.secrets}
    for nonce, what in nonces.items():
        words[nonce.hex()] = what
        words[base64.b32encode(nonce).decode()] = what
    for token in sorted(ledger.tokens):
        if token in words:
            yield f"{words[token]} left the controller in a row, a message or the log"


# ---------------------------------------------------------------- alarms


def alarm_faults(ledger: Ledger, site: Site) -> Iterator[str]:
    """Whoever presses SOS is heard: the siren within a second, a row, and so the office."""
    for at_ms, name, on in ledger.alarms:
        service = site.alarms[name]
        back_ms = min(
            (back for back, other, up in ledger.alarms if other == name and not up and back > at_ms), default=2**62
        )
        if not on or back_ms - at_ms < STEADY_PRESS_MS or not _powered(ledger, at_ms, at_ms + SIREN_WITHIN_MS):
            continue
        if service.siren and not _siren_on(ledger, at_ms + SIREN_WITHIN_MS):
            yield f"the alarm {name} was pressed at {at_ms} ms and no siren sounded within a second"
        # While the card takes nothing the alarm is only in memory, and a power cut then takes it.
        written = _powered(ledger, at_ms, at_ms + SETTLED_MS) and not ledger.unrecorded_near(at_ms, SETTLED_MS)
        if written and not _raised(ledger, name, at_ms):
            yield f"the alarm {name} was pressed at {at_ms} ms and never recorded"
    yield from _false_alarms(ledger, site)


def _false_alarms(ledger: Ledger, site: Site) -> Iterator[str]:
    """Only somebody's hand raises an alarm that has a button: such an alarm releases the door."""
    for one in ledger.everything():
        name = json.loads(one.row.body)["service"] if one.row.kind == "AlarmRaised" else ""
        moves = [(at_ms, on) for at_ms, other, on in ledger.alarms if other == name and at_ms <= one.decided_ms]
        recent = any(one.decided_ms - at_ms <= RECORDED_WITHIN_MS for at_ms, _ in moves)
        if name in site.alarms and not recent and not (moves and moves[-1][1]):
            yield f"row {one.row.seq} raises the alarm {name} at {one.decided_ms} ms, and nobody had pressed it"


def opening_faults(ledger: Ledger, site: Site, door: str) -> Iterator[str]:
    """Every opening of the door is recorded, if only when the card works again."""
    opened = [one for one in ledger.everything() if one.row.kind in ("DoorOpened", "DoorForced")]
    opened = [one for one in opened if json.loads(one.row.body)["service"] == door]
    written = sorted(one.written_ms for one in ledger.everything())
    for move in ledger.moves:
        if not move.opened or not site.doors[door].contact or not _powered(ledger, move.at_ms, move.at_ms):
            continue
        place = bisect_left(written, move.at_ms + SETTLED_MS)
        if place == len(written) or not _powered(ledger, move.at_ms, written[place]):
            continue
        if not any(0 <= one.decided_ms - move.at_ms <= RECORDED_WITHIN_MS for one in opened):
            yield f"the door was opened ({move.cause}) at {move.at_ms} ms and nothing says so"


def burglary_faults(ledger: Ledger, site: Site, door: str) -> Iterator[str]:
    """A door that is broken open while nobody is in and nobody was let in is recorded as forced."""
    service = site.doors[door]
    alarms = list(alarm_spans(ledger, site, service, ledger.agenda.now_ms))
    for place, move in enumerate(ledger.moves):
        if move.cause != "forced" or not _powered(ledger, move.at_ms - STARTED_MS, move.at_ms + SETTLED_MS):
            continue
        around = [
            other for other in ledger.moves[:place] if move.at_ms - other.at_ms < 2 * service.empty_after_ms + 60_000
        ]
        near = [edge for edge in ledger.strike if abs(edge.at_ms - move.at_ms) < service.unlock_ms + SETTLED_MS]
        alarm = any(since_ms <= move.at_ms <= until_ms for since_ms, until_ms in alarms)
        troubled = any(abs(at_ms - move.at_ms) < TROUBLED_MS for at_ms, _ in ledger.troubles)
        if around or near or alarm or troubled or ledger.inside_at(move.at_ms) or not service.contact:
            continue
        rows = [one for one in ledger.everything() if one.row.kind == "DoorForced"]
        if not any(0 <= one.decided_ms - move.at_ms <= RECORDED_WITHIN_MS for one in rows):
            yield f"the door was broken open at {move.at_ms} ms and nothing says so"


def _powered(ledger: Ledger, since_ms: int, until_ms: int) -> bool:
    """Whether the controller ran all the time, and had run for a while."""
    boot = next((one for one in reversed(ledger.boots) if one.began_ms <= since_ms), None)
    if boot is None or since_ms - boot.began_ms < STARTED_MS:
        return False
    return not any(boot.began_ms <= cut_ms <= until_ms for cut_ms in ledger.cuts)


def _siren_on(ledger: Ledger, at_ms: int) -> bool:
    state = False
    for since_ms, on in ledger.siren:
        if since_ms > at_ms:
            break
        state = on
    return state


def _raised(ledger: Ledger, name: str, at_ms: int) -> bool:
    """Whether the alarm was recorded then, or stood already."""
    up = False
    for one in ledger.everything():
        if one.row.kind not in ("AlarmRaised", "AlarmCleared") or json.loads(one.row.body)["service"] != name:
            continue
        if one.decided_ms > at_ms:
            return up or (one.row.kind == "AlarmRaised" and one.decided_ms - at_ms <= RECORDED_WITHIN_MS)
        up = one.row.kind == "AlarmRaised"
    return up
