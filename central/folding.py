"""Each station's state, rebuilt from its stored events with the station's own fold (`station/state/`).

A station writes one journal at a time; only that one is folded. A journal that was set aside drains later: its rows are
stored and shown, and change nothing, because the new journal began with a snapshot.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable

from pydantic import TypeAdapter

from central.store import JournalRecord, StateRecord, Transaction
from drivers.contract import Priority, Row
from station.events import JournalBegun, read_event
from station.state import Recorded, fold

MAX_CACHED = 20_000
CHUNK_ROWS = 1_000

_recorded: TypeAdapter[Recorded] = TypeAdapter(Recorded)
SHAPE = hashlib.sha256(json.dumps(_recorded.json_schema(), sort_keys=True).encode()).hexdigest()[:16]
"""Changes whenever the recorded state has other fields."""
_log = logging.getLogger(__name__)


def read_state(text: str) -> Recorded:
    """The recorded state in `states.state`, where it has the shape `SHAPE`."""
    return _recorded.validate_json(text)


class Folds:
    """The states of all stations, kept in memory beside the database. The database is what counts."""

    def __init__(self) -> None:
        self._cache: dict[str, tuple[int, int, Recorded]] = {}  # station -> journal, seq, state

    def go_on(self, store: Transaction, journal: JournalRecord, rows: list[Row]) -> None:
        """Rows of `journal` were stored: fold them if it is the one that its station writes."""
        current = self._current(store, journal.station)
        if current is None:
            self._begin(store, journal)
        elif current[0] == journal.id:
            new = [row for row in rows if row.seq > current[1]]
            self._keep(store, journal, rows[-1].seq, folded(current[2], new))
        elif any(self._follows(store, row, current[0]) for row in rows if row.kind == JournalBegun.__name__):
            self.rebuild(store, journal)

    def must_begin(self, store: Transaction, journal: JournalRecord) -> bool:
        """Whether the kept state is of another journal, or of another version of the program."""
        place = store.state_place(journal.station)
        return place is None or place[0] != journal.id or place[2] != SHAPE

    def _begin(self, store: Transaction, journal: JournalRecord) -> None:
        """Nothing is folded yet: begin with the journal that is being written, if it is not this one."""
        open_id = store.hints(journal.station).get("open_journal")
        if open_id in (None, journal.id):
            self.rebuild(store, journal)
        else:
            name = store.journal_name(int(str(open_id)))
            self.rebuild(store, store.journals([(journal.station, name)])[journal.station, name])

    def rebuild(self, store: Transaction, journal: JournalRecord) -> None:
        """Fold all that is stored of `journal`, from its last snapshot on."""
        recorded, seq = folded_journal(store, journal.id)
        if seq:
            self._keep(store, journal, seq, recorded)

    def _current(self, store: Transaction, station: str) -> tuple[int, int, Recorded] | None:
        place = store.state_place(station)
        if place is None or place[2] != SHAPE:
            return None
        journal_id, seq, _ = place
        cached = self._cache.get(station)
        if cached is None or cached[:2] != (journal_id, seq):
            cached = (journal_id, seq, read_state(store.state_text(station)))
        return cached

    def _follows(self, store: Transaction, row: Row, current_id: int) -> bool:
        try:
            begun = read_event(row.kind, row.body)
        except ValueError:
            return False
        return isinstance(begun, JournalBegun) and store.journal_name(current_id) == begun.parent

    def _keep(self, store: Transaction, journal: JournalRecord, seq: int, recorded: Recorded) -> None:
        text = _recorded.dump_json(recorded).decode()
        store.keep_state(journal.station, StateRecord(journal.id, seq, text, SHAPE))
        if len(self._cache) >= MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[journal.station] = (journal.id, seq, recorded)


def folded_journal(store: Transaction, journal_id: int) -> tuple[Recorded, int]:
    """The fold of all that is stored of a journal, and up to which row; row 0: nothing is."""
    recorded, seq = Recorded(), 0
    first = store.latest_snapshot_seq(journal_id) or 1
    while rows := store.rows_from(journal_id, first, CHUNK_ROWS):
        recorded, seq = folded(recorded, rows), rows[-1].seq
        first = rows[-1].seq + 1
    return recorded, seq


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
