"""A new office, and a new station: keys, certificates, and the folder that goes to the station."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa

from central import tables as t
from central.about import About
from central.authority import OFFICE_NAMES, Authority, make_authority
from central.config import CONFIG_FILE, LOOPBACK, ROOTS_FILE, Folder, open_folder
from central.issue import revocations_document
from central.keys import (
    DESK,
    HOLDERS_FILE,
    OFFLINE,
    ROOTS,
    SECRET_BYTES,
    WEB_SECRET_FILE,
    Signer,
    make_keys,
    read_roots,
    write_key,
    write_secret,
)
from central.store import Store, Transaction
from station.trust.documents import EVERYONE
from station.trust.keys import Ring, signing_key
from station.trust.ring import REVOKED, read_ring, write_ring
from sync.contract import STATION

RING = "ring"
RING_FILE = "ring.cose"
SHIPPED_FOLDER, SHIPPED_PORT = "/etc/mosquitto/micro-station", "listener 8883"
SHIPPED_STATE = "/var/lib/mosquitto/"


class EnrolFault(RuntimeError):
    """That station or office cannot be made; the message says what to do."""


# ---------------------------------------------------------------- a new office


def init_office(
    path: Path, hosts: Sequence[str], *, now_s: int, port: int = 8883, tls: bool = True, public_url: str = ""
) -> Folder:
    """Make an office in an empty folder. `hosts`: under which names and addresses stations reach the broker.

    Raises `EnrolFault`.
    """
    if path.exists() and any(path.iterdir()):
        raise EnrolFault(
            f"{path} is not empty: an office is only ever made in an empty folder, keys are never replaced"
        )
    if not tls and any(host not in LOOPBACK for host in hosts):
        raise EnrolFault("without TLS the broker may only be on this machine")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = path / "keys"
    roots = [secrets.token_bytes(32) for _ in ROOTS]
    for name, seed in zip(ROOTS, roots, strict=True):
        write_key(keys / OFFLINE / name, seed)
    ring = Ring(1, tuple(make_keys(keys, now_s)))
    for name in (HOLDERS_FILE, WEB_SECRET_FILE):
        write_secret(keys / DESK / name, secrets.token_bytes(SECRET_BYTES).hex().encode())
    (path / ROOTS_FILE).write_text("".join(signing_key(seed).public().hex() + "\n" for seed in roots))
    (path / RING_FILE).write_bytes(write_ring(ring, signing_key(roots[0])))
    (path / CONFIG_FILE).write_text(_config_text(hosts[0], port, tls=tls, public_url=public_url), encoding="utf-8")
    folder = open_folder(path)
    if tls:
        _make_certificates(folder, hosts)
    _write_broker_files(folder)
    return folder


def _config_text(host: str, port: int, *, tls: bool, public_url: str) -> str:
    return f"""# The office. `central serve {"{this folder}"}` reads it.
# How phones reach the pages; stations show it in their codes (office_url in the station file).
public_url = "{public_url or "http://127.0.0.1:8080"}"
help_phone = ""
# Volunteer points that an hour on duty is worth; 0: no points are earned.
points_per_hour = 0
# An SQLAlchemy URL, such as "postgresql+psycopg://office@/office"; empty: office.db here.
database = ""

[broker]
host = "{host}"
port = {port}
tls = {str(tls).lower()}

[pages]
host = "127.0.0.1"
port = 8080
certificate = ""
key = ""
"""


def _make_certificates(folder: Folder, hosts: Sequence[str]) -> None:
    key_file, certificate_file = folder.keys / OFFLINE / "ca.key", folder.tls / "ca.pem"
    make_authority(key_file, certificate_file)
    authority = Authority(key_file, certificate_file)
    broker = folder.path / "broker"
    broker.mkdir(exist_ok=True)
    authority.sign_server(hosts, broker / "server.key", broker / "server.pem")
    authority.revoke([], broker / "revoked.pem")
    shutil.copyfile(certificate_file, broker / "ca.pem")
    for name in OFFICE_NAMES:
        authority.sign_client(name, folder.tls / f"{name}.key", folder.tls / f"{name}.pem")


def _write_broker_files(folder: Folder) -> None:
    """Mosquitto's files with this office's folder in them."""
    broker = folder.path / "broker"
    broker.mkdir(exist_ok=True)
    shipped = files("config").joinpath("broker")
    if not folder.config.broker.tls:
        text = shipped.joinpath("demo.conf").read_text()
        (broker / "mosquitto.conf").write_text(text.replace("listener 1883", f"listener {folder.config.broker.port}"))
        return
    text = shipped.joinpath("mosquitto.conf").read_text().replace(SHIPPED_FOLDER, str(broker.resolve()))
    text = text.replace(SHIPPED_PORT, f"listener {folder.config.broker.port}")
    (broker / "mosquitto.conf").write_text(text.replace(SHIPPED_STATE, f"{broker.resolve()}/state/"))
    (broker / "state").mkdir(exist_ok=True)
    (broker / "acl").write_text(shipped.joinpath("acl").read_text())
    (broker / "acl").chmod(0o600)


def read_office_ring(folder: Folder) -> Ring:
    """The ring, verified against the office's own roots. Raises `Refused`, `ConfigFault`."""
    return read_ring((folder.path / RING_FILE).read_bytes(), folder.roots())


def publish_first_documents(folder: Folder, store: Store, documents: Signer, now_ms: int) -> None:
    """Put the ring into the database when it is newer than there, and an empty list of withdrawn passes at first."""
    ring = read_office_ring(folder)
    with store.write() as transaction:
        keep_document(transaction, EVERYONE, RING, ring.version, (folder.path / RING_FILE).read_bytes(), now_ms)
        if document_version(transaction, EVERYONE, REVOKED) == 0:
            nothing = revocations_document(documents, 1, frozenset(), now_ms // 1000)
            keep_document(transaction, EVERYONE, REVOKED, 1, nothing, now_ms)


def document_version(transaction: Transaction, audience: str, name: str) -> int:
    """The version of a document that counts, 0 when there is none."""
    query = sa.select(t.documents.c.version).where(t.documents.c.audience == audience, t.documents.c.name == name)
    return int(transaction.connection.execute(query).scalar() or 0)


def keep_document(transaction: Transaction, audience: str, name: str, version: int, data: bytes, now_ms: int) -> None:
    """Keep a signed document, unless a newer one is there."""
    if version <= document_version(transaction, audience, name):
        return
    values = {"version": version, "sha256": hashlib.sha256(data).hexdigest(), "data": data, "issued_ms": now_ms}
    transaction.put(
        t.documents, {"audience": audience, "name": name, **values}, keys=("audience", "name"), replace=True
    )


# ---------------------------------------------------------------- a new station


def add_station(folder: Folder, store: Store, station: str, about: About, now_ms: int) -> Path:
    """Make a station's keys, note it in the database, and write the folder that goes to the station.

    The folder is laid out as the station's state folder: copy it there, then delete it here. Raises `EnrolFault`.
    """
    if not STATION.fullmatch(station):
        raise EnrolFault(f"{station!r} is no station's name: 3 to 32 of a-z, 0-9 and -")
    place = folder.path / "stations" / station
    if place.exists():
        raise EnrolFault(f"{place} is there already: a station's keys are never replaced; remove the station first")
    key = signing_key(secrets.token_bytes(32))
    with store.write() as transaction:
        values = {"public_key": key.public(), "about": about.model_dump_json(), "added_ms": now_ms, "removed_ms": None}
        known = sa.select(t.stations.c.removed_ms).where(t.stations.c.station == station)
        row = transaction.connection.execute(known).one_or_none()
        if row is not None and row.removed_ms is None:
            raise EnrolFault(f"{station} is a station already; `central station remove {station}` first")
        transaction.put(t.stations, {"station": station, **values}, keys=("station",), replace=True)
        _write_bundle(folder, place, key.seed)
    return place


def _write_bundle(folder: Folder, place: Path, seed: bytes) -> None:
    broker = folder.config.broker
    write_key(place / "keys" / "station.ed25519", seed)
    (place / "documents").mkdir()
    shutil.copyfile(folder.path / ROOTS_FILE, place / "keys" / "roots")
    shutil.copyfile(folder.path / RING_FILE, place / "documents" / RING_FILE)
    lines = [
        "# This table belongs into the station file.",
        "[office]",
        f'url = "{folder.config.public_url}"',
        f'broker_host = "{broker.host}"',
        f"broker_port = {broker.port}",
        f"broker_tls = {str(broker.tls).lower()}",
    ]
    if broker.tls:
        shutil.copyfile(folder.tls / "ca.pem", place / "keys" / "ca.pem")
        authority = Authority(folder.keys / OFFLINE / "ca.key", folder.tls / "ca.pem")
        authority.sign_client(place.name, place / "keys" / "client.key", place / "keys" / "client.pem")
        certificates = folder.tls / "stations"
        certificates.mkdir(exist_ok=True)
        shutil.copyfile(place / "keys" / "client.pem", certificates / f"{place.name}.pem")
    (place / "office.toml").write_text("\n".join(lines) + "\n")


def remove_station(folder: Folder, store: Store, station: str, now_ms: int) -> None:
    """Believe a station no longer; the broker refuses its certificate from its next start on. Raises `EnrolFault`."""
    with store.write() as transaction:
        place = t.stations.c.station == station
        statement = sa.update(t.stations).where(place, t.stations.c.removed_ms.is_(None)).values(removed_ms=now_ms)
        if not transaction.connection.execute(statement).rowcount:
            raise EnrolFault(f"{station} is no station of this office")
    certificate = folder.tls / "stations" / f"{station}.pem"
    if certificate.exists():
        removed = certificate.with_suffix(f".{now_ms}.removed")
        certificate.rename(removed)
        authority = Authority(folder.keys / OFFLINE / "ca.key", folder.tls / "ca.pem")
        authority.revoke(_removed(folder), folder.path / "broker" / "revoked.pem")
    shutil.rmtree(folder.path / "stations" / station, ignore_errors=True)


def _removed(folder: Folder) -> Iterable[bytes]:
    return [file.read_bytes() for file in sorted((folder.tls / "stations").glob("*.removed"))]


def renew_ring(folder: Folder, now_s: int, *, without: frozenset[bytes] = frozenset()) -> int:
    """Sign a ring with fresh keys beside those that are still in force (root keys needed); its version.

    `without` are the ids of stolen keys. Raises `EnrolFault` for one that is not in the ring.
    """
    ring = read_office_ring(folder)
    if unknown := without - {key.kid for key in ring.keys}:
        raise EnrolFault(f"no key {next(iter(unknown)).hex()} in ring {ring.version}")
    alive = tuple(key for key in ring.keys if now_s < key.not_after_s and key.kid not in without)
    new = Ring(ring.version + 1, (*alive, *make_keys(folder.keys, now_s)))
    data = write_ring(new, read_roots(folder.keys)[0])
    (folder.path / RING_FILE).write_bytes(data)
    return new.version
