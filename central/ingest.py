"""What stations tell, taken exactly once: verify, commit, and only then the office's word.

Holds the keys `stored` and `hello` and no others: nothing here can open a door.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ValidationError

from central import points
from central.folding import Folds
from central.history import Continued, continue_journal
from central.keys import Signer
from central.reading import document_versions, public_key
from central.store import HoleRecord, JournalRecord, Store, Transaction
from central.views import Change
from drivers.contract import Row
from station.trust.keys import Purpose
from station.trust.messages import verify_station_message
from station.trust.refusal import Reason, Refused
from sync import contract
from sync.contract import (
    Alarm,
    DocumentKnown,
    Events,
    Health,
    Hello,
    HelloAnswer,
    JournalKnown,
    Publication,
    Status,
    Stored,
    publication,
)

KEY_MEMORY_MS = 10_000
"""How long a station's public key is believed before the database is asked again: it may have been removed."""
MAX_CAME_CHARACTERS = 4_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """A message from the broker; `received_ms` is the office's clock."""

    topic: str
    payload: bytes
    properties: tuple[tuple[str, str], ...]
    received_ms: int


@dataclass(slots=True)
class _Group:
    """What one commit leads to."""

    store: Transaction
    now_ms: int
    journals: dict[tuple[str, str], JournalRecord] = field(default_factory=dict)
    rows: list[tuple[int, Row]] = field(default_factory=list)
    holes: list[tuple[int, HoleRecord]] = field(default_factory=list)
    advanced: dict[tuple[str, str], None] = field(default_factory=dict)
    grown: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    word_due: dict[tuple[str, str], None] = field(default_factory=dict)
    answers: list[Publication] = field(default_factory=list)
    changes: dict[Change, None] = field(default_factory=dict)

    def journal(self, station: str, journal: str) -> JournalRecord:
        key = (station, journal)
        if key not in self.journals:
            self.journals |= self.store.journals([key])
        return self.journals[key]

    def add(self, journal: JournalRecord, went_on: Continued) -> None:
        key = (journal.station, journal.journal)
        self.rows += [(journal.id, row) for row in went_on.rows]
        self.holes += [(journal.id, hole) for hole in went_on.holes]
        self.journals[key] = replace(journal, stored_seq=went_on.stored_seq, head=went_on.head)
        self.advanced[key] = None
        if went_on.rows:
            self.grown.setdefault(key, []).extend(went_on.rows)

    def flush(self) -> None:
        journals = [self.journals[key] for key in self.advanced]
        self.store.append(self.rows, self.holes, journals, self.now_ms)
        self.rows, self.holes, self.advanced = [], [], {}


class Ingest:
    """Takes messages, many at once where many wait, and says what to publish once they are on the disk."""

    def __init__(self, store: Store, signer: Signer, changed: Callable[[Change], None] | None = None) -> None:
        self._store = store
        self._signer = signer
        self._changed = changed or (lambda _change: None)
        self._folds = Folds()
        self._keys: dict[str, tuple[int, bytes | None]] = {}  # station -> asked when, public key

    def receive(
        self, topic: str, payload: bytes, properties: tuple[tuple[str, str], ...], received_ms: int
    ) -> list[Publication]:
        """Take one message; what to publish. Raises what the database raises: then nothing was taken."""
        return self.receive_all([Received(topic, payload, properties, received_ms)])

    def receive_all(self, messages: Iterable[Received]) -> list[Publication]:
        """Take messages in their order with one commit for all."""
        messages = list(messages)
        if not messages:
            return []
        with self._store.write() as store:
            group = _Group(store, messages[-1].received_ms)
            # All journals at once and sorted: two workers that lock the same ones must not wait for each other.
            taken = [verified for message in messages if (verified := self._verified(group, message))]
            group.journals = store.journals(_journals_of(taken))
            for station, value in taken:
                self._take(group, station, value)
            group.flush()
            group.store.seen(group.seen, group.now_ms)
            grown = ((station, row) for (station, _), rows in group.grown.items() for row in rows)
            points.count(store.connection, ((station, row.kind, row.body) for station, row in grown))
            for key, rows in group.grown.items():
                self._folds.go_on(store, group.journals[key], rows)
            self._say_stored(group)
        for change in group.changes:
            self._changed(change)
        return group.answers

    # ---------------------------------------------------------------- one message

    def _verified(self, group: _Group, message: Received) -> tuple[str, BaseModel] | None:
        found = contract.find(message.topic)
        if found is None or (model := found[2].model) is None or not found[2].up:
            return None
        station, name, topic = found
        public = self._public_key(group, station)
        if public is None:
            group.store.fault("", "", "unknown_station", group.now_ms)
            return None
        try:
            if len(message.payload) > topic.max_bytes:
                raise Refused(Reason.TOO_LONG, f"longer than {topic.max_bytes} bytes")
            if topic.purpose:
                verify_station_message(
                    public,
                    kid=contract.property_bytes(message.properties, contract.PROPERTY_KEY_ID),
                    signature=contract.property_bytes(message.properties, contract.PROPERTY_SIGNATURE),
                    station=station,
                    name=name,
                    payload=message.payload,
                )
            return station, model.model_validate_json(message.payload)
        except Refused as refused:
            self._fault(group, station, name, refused.reason, refused.detail)
        except ValidationError as fault:
            self._fault(group, station, name, Reason.BAD_JSON, str(fault.errors()[0]["msg"]))
        return None

    def _public_key(self, group: _Group, station: str) -> bytes | None:
        asked_ms, key = self._keys.get(station, (None, None))
        if asked_ms is None or not asked_ms <= group.now_ms < asked_ms + KEY_MEMORY_MS:
            key = public_key(group.store.connection, station)
            if key is not None:
                self._keys[station] = (group.now_ms, key)
            else:
                self._keys.pop(station, None)
        return key

    def _fault(self, group: _Group, station: str, name: str, reason: str, detail: str) -> None:
        _log.warning("%s %s: %s (%s)", station, name, reason, detail)
        group.store.fault(station, name, reason, group.now_ms)

    def _take(self, group: _Group, station: str, value: BaseModel) -> None:
        match value:
            case Events():
                self._events(group, station, value)
            case Hello():
                self._hello(group, station, value)
            case Alarm():
                self._alarm(group, station, value)
            case Health():
                self._health(group, station, value)
            case Status():
                self._status(group, station, value)
            case _:
                return
        if not isinstance(value, Status):
            group.seen.add(station)

    # ---------------------------------------------------------------- rows

    def _events(self, group: _Group, station: str, batch: Events) -> None:
        key = (station, batch.journal)
        journal = group.journal(*key)
        group.word_due[key] = None
        overlap = {}
        if batch.first_seq <= journal.stored_seq:
            group.flush()
            overlap = group.store.rows(journal.id, batch.first_seq, journal.stored_seq)
        went_on = continue_journal(journal.stored_seq, journal.head, batch, overlap)
        if went_on.conflict:
            self._conflict(group, station, journal, went_on)
        elif went_on.stored_seq > journal.stored_seq:
            group.add(journal, went_on)
            group.changes[Change(station, "events")] = None

    def _conflict(self, group: _Group, station: str, journal: JournalRecord, went_on: Continued) -> None:
        came = went_on.came
        sha256 = hashlib.sha256(came.encode()).hexdigest()
        seq, what = went_on.conflict_seq, went_on.conflict
        if group.store.conflict(journal.id, seq, what, came[:MAX_CAME_CHARACTERS], sha256, group.now_ms):
            _log.error("%s journal %s row %d: %s; nothing was overwritten", station, journal.journal, seq, what)
            group.changes[Change(station, "conflict")] = None

    def _alarm(self, group: _Group, station: str, alarm: Alarm) -> None:
        key = (station, alarm.journal)
        journal = group.journal(*key)
        group.word_due[key] = None
        if alarm.row.seq > journal.stored_seq and group.store.alarm(journal.id, alarm.row.row(), group.now_ms):
            group.changes[Change(station, "alarm")] = None

    def _say_stored(self, group: _Group) -> None:
        records = [group.journals[key] for key in group.word_due]
        seen = group.store.alarms_seen([record.id for record in records], contract.MAX_ALARMS_SEEN)
        for record in records:
            word = Stored(
                journal=record.journal,
                seq=record.stored_seq,
                head=record.head.hex(),
                alarms_seen=seen[record.id],
            )
            self._answer(group, record.station, contract.STORED, Purpose.STORED, word)

    # ---------------------------------------------------------------- hello and hints

    def _hello(self, group: _Group, station: str, hello: Hello) -> None:
        known: list[JournalKnown] = []
        for told in hello.journals:
            journal = group.journal(station, told.journal)
            group.store.told(journal.id, max(told.tail_seq, journal.tail_seq), closed=told.closed or journal.closed)
            known.append(JournalKnown(journal=told.journal, stored_seq=journal.stored_seq, head=journal.head.hex()))
        self._adopt_journal(group, station, hello)
        documents = {
            name: DocumentKnown(version=version, sha256=sha256)
            for name, version, sha256 in document_versions(group.store.connection, station)
        }
        answer = HelloAnswer(nonce=hello.nonce, office_ms=group.now_ms, journals=known, documents=documents)
        self._answer(group, station, contract.HELLO_ANSWER, Purpose.HELLO, answer)

    def _adopt_journal(self, group: _Group, station: str, hello: Hello) -> None:
        """Note which journal is being written. A hello from before, sent again by somebody, must not turn it back."""
        told_open = [told for told in hello.journals if not told.closed]
        if len(told_open) != 1:
            return
        newest = group.journal(station, told_open[0].journal)
        known_id = group.store.hints(station).get("open_journal")
        closed = {group.journal(station, told.journal).id for told in hello.journals if told.closed}
        if newest.closed or (known_id is not None and newest.id < known_id and known_id not in closed):
            return
        if newest.id != known_id:
            group.store.hint(station, open_journal=newest.id)
            group.changes[Change(station, "events")] = None
        if newest.stored_seq and self._folds.must_begin(group.store, newest):
            group.flush()
            self._folds.rebuild(group.store, newest)

    def _health(self, group: _Group, station: str, health: Health) -> None:
        before = group.store.hints(station)
        newer = (health.tail_seq, health.counter) > (before.get("health_tail") or 0, before.get("health_counter") or 0)
        if before.get("health_journal") == health.journal and not newer:
            return  # told before: a retained copy, or one that somebody sent again
        group.store.hint(
            station,
            health=health.model_dump_json(include={"document"}),
            health_ms=group.now_ms,
            health_journal=health.journal,
            health_tail=health.tail_seq,
            health_counter=health.counter,
        )
        group.changes[Change(station, "health")] = None

    def _status(self, group: _Group, station: str, status: Status) -> None:
        group.store.hint(station, online=status.online)
        group.changes[Change(station, "status")] = None
        open_id = group.store.hints(station).get("open_journal")
        if status.online and open_id is not None:
            # A sign of life for a station that waits for this office to come back.
            journal = group.store.journal_name(open_id)
            group.journal(station, journal)
            group.word_due[station, journal] = None

    def _answer(self, group: _Group, station: str, topic: contract.Topic, purpose: Purpose, value: BaseModel) -> None:
        payload = value.model_dump_json().encode()
        signed = self._signer.message(purpose, station, topic.name, payload, group.now_ms // 1000)
        group.answers.append(publication(station, topic, payload, signed=signed))


def _journals_of(taken: Iterable[tuple[str, BaseModel]]) -> list[tuple[str, str]]:
    keys: list[tuple[str, str]] = []
    for station, value in taken:
        if isinstance(value, Events | Alarm):
            keys.append((station, value.journal))
        elif isinstance(value, Hello):
            keys += [(station, told.journal) for told in value.journals]
    return keys
