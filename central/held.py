"""Who holds what at a station whose journal is new: told in its document `holdings`, from what was stored before.

A station that lost its journal does not know whose things are in its cells, and lends nothing until it is told. Only
where the key for documents is can that be signed: in `central serve` (all, or the desk's part), at the first rows of a
new journal, and by `central document holdings STATION`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from central import tables as t
from central.changes import OfficeFault
from central.enrol import document_version, keep_document
from central.folding import folded_journal
from central.keys import KeyFault, Signer
from central.store import Store, Transaction
from central.views import Change
from drivers.contract import Row
from station.events import JournalBegun, read_event
from station.state import NOBODY, Holding
from station.trust.documents import Document, write_document
from station.trust.held import HOLDINGS, Held, Holdings, write_holdings
from station.trust.holders import HOLDER_BYTES
from station.trust.keys import Purpose
from station.trust.refusal import Refused

REST_MS = 600_000
"""So long the rows that an earlier journal has still to send are waited for: they may say who took what last."""
NO_PERSON = "00" * HOLDER_BYTES
"""Stands for whoever has what journals did not agree on: nobody's id, so that only a keeper opens it."""

Send = Callable[[str, bytes, str], int]
"""Sends a document (name, bytes) to a station; to how many it went at once."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _New:
    """A journal that its station writes, and whose station was not told yet."""

    station: str
    id: int
    journal: str


class Teller:
    """Tells stations as soon as their new journal is known here."""

    def __init__(self, store: Store, signer: Signer, send: Send, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._signer = signer
        self._send = send
        self._now_ms = now_ms

    def changed(self, change: Change) -> None:
        """Something came from a station: for `Changes.subscribe`. A fault is for the log, and tried again next time."""
        if change.what == "events":
            self.look(change.station)

    def look(self, station: str = "") -> int:
        """Tell one station, or all that wait for it; how many. What is signed and not sent goes with the next hello."""
        try:
            told = list(self._tell(station))
            for one, data in told:
                self._send(HOLDINGS, data, one)
        except (SQLAlchemyError, KeyFault) as fault:
            _log.error("who holds what at %s cannot be told: %s", station or "the stations", fault)
            return 0
        return len(told)

    def _tell(self, station: str) -> Iterator[tuple[str, bytes]]:
        with self._store.read() as connection:
            if connection.execute(_new_journals(station).limit(1)).first() is None:
                return
        with self._store.write() as transaction:
            now_ms = self._now_ms()
            for row in transaction.connection.execute(_new_journals(station)).all():
                new = _New(row.station, row.id, row.journal)
                if not _is_all_here(transaction, new, now_ms):
                    continue
                try:
                    yield new.station, _sign(transaction, self._signer, new, now_ms)
                except Refused as refused:
                    _log.error("who holds what at %s cannot be told: %s", new.station, refused)


def tell_again(store: Store, signer: Signer, station: str, now_ms: int) -> tuple[int, bytes]:
    """Sign the next version for a station, whatever it was told before; that version. Raises `OfficeFault`."""
    query = sa.select(t.journals.c.id, t.journals.c.journal).join(t.hints, t.hints.c.open_journal == t.journals.c.id)
    with store.write() as transaction:
        row = transaction.connection.execute(query.where(t.hints.c.station == station)).one_or_none()
        if row is None:
            raise OfficeFault(f"{station} has not said yet which journal it writes: wait for its next hello")
        data = _sign(transaction, signer, _New(station, row.id, row.journal), now_ms)
        return document_version(transaction, station, HOLDINGS), data


def _new_journals(station: str) -> sa.Select[tuple[str, int, str]]:
    told = sa.and_(t.told_holdings.c.station == t.hints.c.station, t.told_holdings.c.journal_id == t.journals.c.id)
    query = (
        sa.select(t.hints.c.station, t.journals.c.id, t.journals.c.journal)
        .join(t.stations, t.stations.c.station == t.hints.c.station)
        .join(t.journals, t.journals.c.id == t.hints.c.open_journal)
        .outerjoin(t.told_holdings, told)
        .where(t.stations.c.removed_ms.is_(None), t.journals.c.stored_seq > 0, t.told_holdings.c.station.is_(None))
    )
    return query.where(t.hints.c.station == station) if station else query


def _is_all_here(transaction: Transaction, new: _New, now_ms: int) -> bool:
    journals = sa.select(t.journals.c.id).where(t.journals.c.station == new.station, t.journals.c.id != new.id)
    waiting = journals.where(t.journals.c.closed, t.journals.c.stored_seq < t.journals.c.tail_seq)
    if transaction.connection.execute(waiting.limit(1)).first() is None:
        return True
    came = sa.select(sa.func.min(t.events.c.stored_ms)).where(t.events.c.journal_id == new.id)
    return now_ms - (transaction.connection.execute(came).scalar() or now_ms) >= REST_MS


def _sign(transaction: Transaction, signer: Signer, new: _New, now_ms: int) -> bytes:
    version = document_version(transaction, new.station, HOLDINGS) + 1
    body = write_holdings(Holdings(new.journal, known_before(transaction, new.station, new.id)))
    document = Document(HOLDINGS, version, new.station, now_ms // 1000, body)
    data = write_document(document, signer.key(Purpose.DOCUMENT, now_ms // 1000))
    keep_document(transaction, new.station, HOLDINGS, version, data, now_ms)
    values = {"station": new.station, "journal_id": new.id, "told_ms": now_ms}
    transaction.put(t.told_holdings, values, keys=("station",), replace=True)
    return data


# ---------------------------------------------------------------- what was known


def known_before(transaction: Transaction, station: str, journal_id: int) -> tuple[Held, ...]:
    """Who held what before this journal began: by the journal before it, and by those before until one knew all."""
    found: dict[str, Holding] = {}
    for before in _earlier(transaction, station, journal_id):
        recorded = folded_journal(transaction, before)[0]
        found = {**recorded.holdings, **found}
        if recorded.holdings_known:
            break
    return tuple(_held(found[key]) for key in sorted(found))


def _earlier(transaction: Transaction, station: str, journal_id: int) -> list[int]:
    """The journals before this one, newest first; the one that it names as its parent before all others."""
    query = sa.select(t.journals.c.id, t.journals.c.journal).where(t.journals.c.station == station)
    rows = [row for row in transaction.connection.execute(query) if row.id != journal_id]
    parent = _parent(transaction.rows_from(journal_id, 1, 1))
    return [row.id for row in sorted(rows, key=lambda row: (row.journal == parent, row.id), reverse=True)]


def _parent(first: list[Row]) -> str:
    try:
        begun = read_event(first[0].kind, first[0].body) if first else None
    except ValueError:
        return ""
    return begun.parent if isinstance(begun, JournalBegun) else ""


def _held(one: Holding) -> Held:
    holder = NO_PERSON if one.holder == NOBODY else one.holder
    return one.service, one.thing, holder, one.role, one.due_at_ms, one.recipient
