"""What comes back to the desk: nonces that it asked for, replies to its orders, and hellos that want documents."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError

from central import points
from central import tables as t
from central.ingest import Received
from central.reading import document_versions, documents_for, public_key
from central.store import Store, Transaction
from central.views import Change
from station.trust.messages import verify_station_message
from station.trust.refusal import Refused
from sync import contract
from sync.contract import Hello, NonceGiven, Publication, Reply, publication

DESK_TOPICS = tuple(contract.address("+", topic.name) for topic in (contract.NONCE, contract.REPLY, contract.HELLO))
MAX_ASKED = 256
REFUSED = "refused"
FINAL = ("done", REFUSED, "unknown")

_log = logging.getLogger(__name__)


class Desk:
    """Takes what stations answer. `receive_all` is called from the connection's thread, the rest from any."""

    def __init__(self, store: Store, changed: Callable[[Change], None]) -> None:
        self._store = store
        self._changed = changed
        self._news = threading.Condition()
        self._asked: OrderedDict[str, tuple[str, str | None]] = OrderedDict()  # ask id -> station, nonce

    def expect(self, ask_id: str, station: str) -> None:
        """A question was sent to `station`; only its answer counts."""
        with self._news:
            self._asked[ask_id] = station, None
            while len(self._asked) > MAX_ASKED:
                self._asked.popitem(last=False)

    def wait_nonce(self, ask_id: str, timeout_seconds: float) -> str | None:
        """The nonce that answers a question, once; None after `timeout_seconds`."""
        with self._news:
            self._news.wait_for(lambda: self._asked.get(ask_id, ("", None))[1] is not None, timeout_seconds)
            return self._asked.pop(ask_id, ("", None))[1]

    def wait_news(self, done: Callable[[], bool], timeout_seconds: float) -> bool:
        """Wait until `done`, which is asked again after every reply."""
        with self._news:
            return self._news.wait_for(done, timeout_seconds)

    def receive_all(self, messages: Sequence[Received]) -> list[Publication]:
        """Take what stations answer; documents for those that hold older ones."""
        answers: list[Publication] = []
        changes: list[Change] = []
        with self._store.write() as store:
            for message in messages:
                station, value = self._verified(store, message)
                match value:
                    case NonceGiven():
                        self._nonce(station, value)
                    case Reply():
                        changes += self._reply(store, station, value, message.received_ms)
                    case Hello():
                        answers += _documents(store, station, value)
                    case _:
                        pass
        with self._news:
            self._news.notify_all()
        for change in changes:
            self._changed(change)
        return answers

    def _verified(self, store: Transaction, message: Received) -> tuple[str, BaseModel | None]:
        found = contract.find(message.topic)
        if found is None or (model := found[2].model) is None or len(message.payload) > found[2].max_bytes:
            return "", None
        station, name, _ = found
        public = public_key(store.connection, station)
        if public is None:
            return "", None
        try:
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
            _log.warning("%s %s: %s", station, name, refused)
            store.fault(station, name, refused.reason, message.received_ms)
        except ValidationError as fault:
            _log.warning("%s %s: %s", station, name, fault.errors()[0]["msg"])
        return "", None

    def _nonce(self, station: str, given: NonceGiven) -> None:
        with self._news:
            if self._asked.get(given.ask_id) == (station, None):
                self._asked[given.ask_id] = station, given.nonce

    def _reply(self, store: Transaction, station: str, reply: Reply, now_ms: int) -> list[Change]:
        place = sa.and_(t.orders.c.order_id == reply.order_id, t.orders.c.station == station)
        waiting = sa.or_(t.orders.c.result.is_(None), t.orders.c.result.not_in(FINAL))
        values = {
            "result": reply.result,
            "reason": reply.reason,
            "words_zh": reply.words.zh,
            "words_en": reply.words.en,
            "replied_ms": now_ms,
        }
        changed = store.connection.execute(sa.update(t.orders).where(place, waiting).values(values)).rowcount
        if changed and reply.result == REFUSED:
            points.release(store.connection, [(station, reply.order_id)])
        return [Change(station, "reply", reply.order_id)] if changed else []


def _documents(store: Transaction, station: str, hello: Hello) -> list[Publication]:
    """The documents of which a station holds an older version, or none."""
    known = {name: version for name, version, _ in document_versions(store.connection, station)}
    if all(hello.documents.get(name, 0) >= version for name, version in known.items()):
        return []
    return [
        publication(station, contract.DOCUMENT, data, name=f"down/document/{name}")
        for name, data in documents_for(store.connection, station)
        if hello.documents.get(name, 0) < known[name]
    ]
