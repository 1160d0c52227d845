"""Signed documents from the command line: settings for one station or all, and who holds what at a station."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from central import reading
from central import tables as t
from central.changes import OfficeFault
from central.enrol import RING, document_version, keep_document
from central.held import tell_again
from central.issue import EVERYONE, settings_document
from central.serve import RunningOffice
from station.trust.held import HOLDINGS
from station.trust.ring import REVOKED


def list_documents(running: RunningOffice) -> Iterator[str]:
    """One line for each document that counts."""
    with running.store.read() as connection:
        for row in connection.execute(sa.select(t.documents).order_by(t.documents.c.name, t.documents.c.audience)):
            yield f"{row.name} {row.version} for {row.audience}, {len(row.data)} bytes, sha256 {row.sha256[:16]}"


def set_document(running: RunningOffice, name: str, body: Path, station: str, now_ms: int) -> int:
    """Sign a JSON file as the next version of a document; that version. Raises `OfficeFault`."""
    if name in (RING, REVOKED):
        raise OfficeFault(f"{name} is made by `central document ring` or `central revoke`")
    if name == HOLDINGS:
        raise OfficeFault(f"{name} is made by `central document holdings STATION`")
    if running.documents is None:
        raise OfficeFault("the key for documents is not on this machine")
    try:
        value = json.loads(body.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise OfficeFault(f"{body} is no JSON file: {fault}") from fault
    audience = station or EVERYONE
    with running.store.write() as transaction:
        version = document_version(transaction, audience, name) + 1
        data = settings_document(running.documents, name, version, audience, value, now_ms // 1000)
        keep_document(transaction, audience, name, version, data, now_ms)
    return version


def set_holdings(running: RunningOffice, station: str, now_ms: int) -> int:
    """Sign again who holds what at a station; the document's version. Raises `OfficeFault`."""
    running.office.station(station)
    if running.documents is None:
        raise OfficeFault("the key for documents is not on this machine")
    return tell_again(running.store, running.documents, station, now_ms)[0]


def send_all(running: RunningOffice) -> int:
    """Send every station the documents that count for it; how many were sent."""
    with running.store.read() as connection:
        wanted = {station: reading.documents_for(connection, station) for station in reading.station_ids(connection)}
    sent = sum(
        running.office.send_document(name, data, station)
        for station, documents in wanted.items()
        for name, data in documents
    )
    running.wait_until_sent()
    return sent
