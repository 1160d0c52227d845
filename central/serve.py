"""A running office: the ingest, the desk and the pages, in one process or on two hosts."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from central.broker import Connection
from central.broker_address import broker_address
from central.changes import Changes
from central.config import Folder
from central.desk import DESK_TOPICS, Desk
from central.enrol import publish_first_documents, read_office_ring
from central.follow import Follower
from central.held import Teller
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
from sync.contract import Publication

INGEST_TOPICS = tuple(
    contract.address("+", topic.name)
    for topic in (contract.STATUS, contract.HELLO, contract.EVENTS, contract.ALARM, contract.HEALTH)
)
WATCH_SECONDS = 1.0
SEND_SECONDS = 5.0
INGEST_NAME, DESK_NAME, TOOL_NAME = "office_ingest", "office_desk", "office_tool"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunningOffice:
    """An office and its connections to the broker. `documents` is None where the key for documents is not at hand."""

    office: Office
    store: Store
    documents: Signer | None
    connections: tuple[Connection, ...]
    changes: Changes

    def hangs(self) -> bool:
        """True when a connection's thread has ended or is stuck: the process should be started again."""
        return any(connection.hangs() for connection in self.connections)

    def wait_until_sent(self) -> bool:
        """True once the broker has taken over all that was sent."""
        return all(connection.wait_until_sent(SEND_SECONDS) for connection in self.connections)


@contextlib.contextmanager
def open_office(folder: Folder, *, ingest: bool = True, identity: str | None = DESK_NAME) -> Iterator[RunningOffice]:
    """An office for as long as the block runs; its connections come up in the background.

    `ingest` takes in what stations tell. Orders and documents go out as `identity`, a name in the broker's access
    list; None: there is no connection for them. Raises `KeyFault`, `StoreFault`, `ConfigFault`.
    """
    ring = read_office_ring(folder)
    with contextlib.ExitStack() as cleanup:
        store = open_store(folder.database_url)
        cleanup.callback(store.close)
        documents = _documents_signer(folder, ring)
        if documents is not None:
            publish_first_documents(folder, store, documents, time.time_ns() // 1_000_000)
        changes = Changes()
        issuer = Issuer(read_signer(folder.keys, [DESK], ring), read_desk_secret(folder.keys, HOLDERS_FILE))
        desk = Desk(store, changes.tell)
        connections: list[Connection] = []
        if identity is not None:
            connections.append(Connection(broker_address(folder, identity), DESK_TOPICS, desk.receive_all))
        publish = connections[0].publish if connections else _to_nobody
        rate = folder.config.points_per_hour
        office = Office(store, issuer, documents, desk, publish, changes, points_per_hour=rate)
        if ingest:
            connections.append(_ingest_connection(folder, store, ring, changes))
        if documents is not None and identity == DESK_NAME:
            teller = Teller(store, documents, office.send_document, lambda: time.time_ns() // 1_000_000)
            cleanup.callback(changes.subscribe(teller.changed))
            teller.look()
        for connection in connections:
            cleanup.callback(connection.stop)
            connection.start()
        yield RunningOffice(office, store, documents, tuple(connections), changes)


@contextlib.contextmanager
def open_tool(folder: Folder) -> Iterator[RunningOffice]:
    """An office for one command, beside the one that serves; waits a moment for the broker."""
    with open_office(folder, ingest=False, identity=TOOL_NAME) as running:
        if not running.connections[0].wait_until_up(SEND_SECONDS):
            _log.warning("no connection to the broker: %s", running.connections[0].fault)
        yield running


@contextlib.contextmanager
def open_ingest(folder: Folder) -> Iterator[Connection]:
    """Only the ingest, for a host that holds no key that opens a door."""
    ring = read_office_ring(folder)
    with contextlib.closing(open_store(folder.database_url)) as store:
        connection = _ingest_connection(folder, store, ring, Changes())
        connection.start()
        try:
            yield connection
        finally:
            connection.stop()


def serve(folder: Folder, part: str) -> bool:
    """Serve until a signal comes; False when something hung. `part`: all, ingest or desk (orders and pages)."""
    with _until_signal() as stopping:
        if part == "ingest":
            with open_ingest(folder) as connection:
                return watch(connection.hangs, stopping)
        with open_office(folder, ingest=part == "all") as running:
            return _serve_pages(folder, running, stopping, follow=part == "desk")


def _serve_pages(folder: Folder, running: RunningOffice, stopping: threading.Event, *, follow: bool) -> bool:
    """The pages; `follow` looks into the database for what another process has taken in."""
    from central.web import make_app, make_server  # noqa: PLC0415 - the ingest has no web server

    config = folder.config
    app = make_app(running.office, pages_secret(folder), public_url=config.public_url, help_phone=config.help_phone)
    pages = config.pages
    server = make_server(app, pages.host, pages.port, certificate=pages.certificate, key=pages.key)
    well: list[bool] = []

    def look() -> None:
        followed = Follower(running.store) if follow else None
        well.append(watch(running.hangs, stopping, lambda: _tell(running.changes, followed)))
        server.should_exit = True

    watcher = threading.Thread(target=look, name="watch", daemon=True)
    watcher.start()
    _log.info("the pages are at http://%s:%d/", pages.host, pages.port)
    try:
        server.run()
    finally:
        stopping.set()
        watcher.join()
    return all(well)


def watch(hangs: Callable[[], bool], stopping: threading.Event, meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Wait until `stopping` is set, doing `meanwhile` every second; False as soon as something hangs."""
    while not stopping.wait(WATCH_SECONDS):
        if hangs():
            _log.error("a connection to the broker hangs: ending, so that systemd starts the office again")
            return False
        meanwhile()
    return True


def _tell(changes: Changes, followed: Follower | None) -> None:
    if followed is None:
        return
    try:
        for change in followed.look():
            changes.tell(change)
    except SQLAlchemyError as fault:
        _log.warning("live pages: the database does not answer (%s)", fault)


@contextlib.contextmanager
def _until_signal() -> Iterator[threading.Event]:
    # From before anything is opened, and also around uvicorn, which raises a signal again once it has ended:
    # without handlers of our own nothing would be closed.
    stopping = threading.Event()
    before = {name: signal.signal(name, lambda *_: stopping.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def pages_secret(folder: Folder) -> bytes:
    """What signs the cookies of the pages."""
    return read_desk_secret(folder.keys, WEB_SECRET_FILE)


def _ingest_connection(folder: Folder, store: Store, ring: Ring, changes: Changes) -> Connection:
    """Reads the keys `stored` and `hello` and no others."""
    taken = Ingest(store, read_signer(folder.keys, [INGEST], ring), changes.tell)
    return Connection(broker_address(folder, INGEST_NAME), INGEST_TOPICS, taken.receive_all)


def _documents_signer(folder: Folder, ring: Ring) -> Signer | None:
    """The key for documents may be elsewhere: then this office cannot withdraw passes."""
    try:
        return read_signer(folder.keys, [DOCUMENTS], ring)
    except KeyFault as fault:
        _log.warning("%s", fault)
        return None


def _to_nobody(_message: Publication) -> bool:
    return False
