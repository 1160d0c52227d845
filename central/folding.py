"""Each station's state, rebuilt from its stored events with the station's own fold (`station/state.py`).

A station writes one journal at a time; only that one is folded. A journal that was set aside drains later: its rows are
stored and shown, and change nothing, because the new journal began with a snapshot.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from central.store import JournalRecord, StateRecord, Transaction
from drivers.contract import Priority, Row
from station.events import JournalBegun, read_event
from station.state import Recorded, fold

MAX_CACHED = 20_000
CHUNK_ROWS = 1_000

_recorded: TypeAdapter[Recorded] = TypeAdapter(Recorded)
_log = logging.getLogger(__name__)


def read_state(text: str) -> Recorded:
    """The recorded state in `states.state`. Raises ValueError when another version wrote it."""
    try:
        return _recorded.validate_json(text)
    except ValidationError as fault:
        raise ValueError(f"a stored state cannot be read: {fault.errors()[0]['msg']}") from fault


class Folds:
    """The states of all stations, kept in memory beside the database. The database is what counts."""

    def __init__(self) -> None:
        self._cache: dict[str, tuple[int, int, Recorded]] = {}  # station -> journal, seq, state

    def go_on(self, store: Transaction, journal: JournalRecord, rows: list[Row]) -> None:
        """Rows of `journal` were stored: fold them if it is the one that its station writes."""
        current = self._current(store, journal.station)
        if current is None:
            self.rebuild(store, journal)
        elif current[0] == journal.id:
            new = [row for row in rows if row.seq > current[1]]
            self._keep(store, journal, rows[-1].seq, folded(current[2], new))
        elif any(self._follows(store, row, current[0]) for row in rows if row.kind == JournalBegun.__name__):
            self.rebuild(store, journal)

    def rebuild(self, store: Transaction, journal: JournalRecord) -> None:
        """Fold all that is stored of `journal`, from its last snapshot on."""
        recorded, seq = Recorded(), 0
        first = store.latest_snapshot_seq(journal.id) or 1
        while rows := store.rows_from(journal.id, first, CHUNK_ROWS):
            recorded, seq = folded(recorded, rows), rows[-1].seq
            first = rows[-1].seq + 1
        if seq:
            self._keep(store, journal, seq, recorded)

    def _current(self, store: Transaction, station: str) -> tuple[int, int, Recorded] | None:
        place = store.state_place(station)
        if place is None:
            return None
        cached = self._cache.get(station)
        if cached is None or cached[:2] != place:
            try:
                cached = (*place, read_state(store.state_text(station)))
            except ValueError as fault:
                _log.warning("%s: %s; it is folded anew", station, fault)
                return None
        return cached

    def _follows(self, store: Transaction, row: Row, current_id: int) -> bool:
        try:
            begun = read_event(row.kind, row.body)
        except ValueError:
            return False
        return isinstance(begun, JournalBegun) and store.journal_name(current_id) == begun.parent

    def _keep(self, store: Transaction, journal: JournalRecord, seq: int, recorded: Recorded) -> None:
        text = _recorded.dump_json(recorded).decode()
        store.keep_state(journal.station, StateRecord(journal.id, seq, text))
        if len(self._cache) >= MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[journal.station] = (journal.id, seq, recorded)


def folded(recorded: Recorded, rows: Iterable[Row]) -> Recorded:
    """`recorded` after `rows`. A row that this version cannot read is left out: it is stored and shown all the same."""
    for row in rows:
        if row.priority > Priority.ORDER:
            continue
        try:
            event = read_event(row.kind, row.body)
            if event is not None:
                recorded = fold(recorded, event, row)
        except Exception:  # noqa: BLE001 - one bad row of one station must not stop the acknowledgements of all
            _log.exception("a row of kind %s cannot be folded", row.kind)
    return recorded
