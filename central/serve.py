"""A running office: the ingest, the desk and the pages, in one process or on two hosts."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from central.broker import Connection, door_of
from central.changes import Changes
from central.config import Folder
from central.desk import DESK_TOPICS, Desk
from central.enrol import publish_first_documents, read_office_ring
from central.ingest import Ingest
from central.issue import Issuer
from central.keys import (
    DESK,
    DOCUMENTS,
    HOLDERS_FILE,
    INGEST,
    WEB_SECRET_FILE,
    KeyFault,
    Signer,
    read_desk_secret,
    read_signer,
)
from central.office import Office
from central.store import Store, open_store
from station.trust.keys import Ring
from sync import contract

INGEST_TOPICS = tuple(
    contract.address("+", topic.name)
    for topic in (contract.STATUS, contract.HELLO, contract.EVENTS, contract.ALARM, contract.HEALTH)
)
WATCH_SECONDS = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunningOffice:
    """An office that is connected. `connections` are those to the broker, `pages_secret` signs cookies."""

    office: Office
    store: Store
    connections: tuple[Connection, ...]

    def hangs(self) -> bool:
        """True when a connection's thread has ended or is stuck: the process should be started again."""
        return any(connection.hangs() for connection in self.connections)


@contextlib.contextmanager
def open_office(folder: Folder, *, ingest: bool = True, identity: str = "office_desk") -> Iterator[RunningOffice]:
    """An office for as long as the block runs; its connections come up in the background.

    `ingest` takes in what stations tell; without it only orders and documents go out, as `identity`.
    """
    ring = read_office_ring(folder)
    with contextlib.ExitStack() as cleanup:
        store = open_store(folder.database_url)
        cleanup.callback(store.close)
        documents = _documents_signer(folder, ring)
        if documents is not None:
            publish_first_documents(folder, store, time.time_ns() // 1_000_000)
        changes = Changes()
        issuer = Issuer(read_signer(folder.keys, [DESK], ring), read_desk_secret(folder.keys, HOLDERS_FILE))
        desk = Desk(store, changes.tell)
        connections = [Connection(door_of(folder, identity), DESK_TOPICS, desk.receive_all)]
        office = Office(store, issuer, documents, desk, connections[0].publish, changes)
        if ingest:
            connections.append(ingest_connection(folder, store, ring, changes))
        for connection in connections:
            cleanup.callback(connection.stop)
            connection.start()
        yield RunningOffice(office, store, tuple(connections))


def ingest_connection(folder: Folder, store: Store, ring: Ring, changes: Changes) -> Connection:
    """The connection that takes in what stations tell. It reads the keys `stored` and `hello` and no others."""
    taken = Ingest(store, read_signer(folder.keys, [INGEST], ring), changes.tell)
    return Connection(door_of(folder, "office_ingest"), INGEST_TOPICS, taken.receive_all)


@contextlib.contextmanager
def open_ingest(folder: Folder) -> Iterator[Connection]:
    """Only the ingest, for a host that holds no key that opens a door."""
    ring = read_office_ring(folder)
    with contextlib.closing(open_store(folder.database_url)) as store:
        connection = ingest_connection(folder, store, ring, Changes())
        connection.start()
        try:
            yield connection
        finally:
            connection.stop()


def pages_secret(folder: Folder) -> bytes:
    """What signs the cookies of the pages."""
    return read_desk_secret(folder.keys, WEB_SECRET_FILE)


def _documents_signer(folder: Folder, ring: Ring) -> Signer | None:
    """The key for documents may be elsewhere: then this office cannot withdraw passes."""
    try:
        return read_signer(folder.keys, [DOCUMENTS], ring)
    except KeyFault as fault:
        _log.warning("%s", fault)
        return None


def watch(hangs: Callable[[], bool], stopping: threading.Event) -> bool:
    """Wait until `stopping` is set; False as soon as something hangs."""
    while not stopping.wait(WATCH_SECONDS):
        if hangs():
            _log.error("a connection to the broker hangs: ending, so that systemd starts the office again")
            return False
    return True
