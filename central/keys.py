"""The office's private keys, one folder for each place that may hold them.

    keys/ingest/     stored, hello                 the host that talks to every station
    keys/desk/       order, operate, pass, 2 more  the host that opens doors
    keys/documents/  document, release             who publishes settings and revocations
    keys/offline/    the two roots, the CA         in a drawer, not on a network

Every purpose has its current key and the next one; the public halves stand in the ring, which only a root signs. Files
are PKCS #8 PEM (`openssl pkey -in FILE -text`), mode 0600; a key that others may read is refused.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from station.trust.keys import Algorithm, Key, Purpose, Ring, SigningKey, key_id
from station.trust.messages import sign_message

INGEST, DESK, DOCUMENTS, OFFLINE = "ingest", "desk", "documents", "offline"
FOLDERS: dict[str, tuple[Purpose, ...]] = {
    INGEST: (Purpose.STORED, Purpose.HELLO),
    DESK: (Purpose.ORDER, Purpose.OPERATE, Purpose.PASS),
    DOCUMENTS: (Purpose.DOCUMENT, Purpose.RELEASE),
}
ROOTS = ("root-1.pem", "root-2.pem")
HOLDERS_FILE, WEB_SECRET_FILE = "holders.secret", "web.secret"
"""Behind holder ids; behind the cookies of the pages."""
SECRET_BYTES = 32

KEY_LIFE_SECONDS = 800 * 86_400
"""A key is used for the first half of its life; the second is for what it signed, and for stations cut off long."""
NEXT_KEY_AFTER_SECONDS = KEY_LIFE_SECONDS // 2
EARLY_SECONDS = 86_400
"""A key counts from a day before: a station's clock may be behind."""
OTHERS_MAY = 0o077


class KeyFault(RuntimeError):
    """A key is missing, unreadable or open to others; the message says what to do."""


def write_secret(file: Path, data: bytes) -> None:
    """Write a file that only its owner can read. Raises FileExistsError: keys are never overwritten."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        output.write(data)


def read_secret(file: Path) -> bytes:
    """The bytes of a private file. Raises `KeyFault`."""
    try:
        mode = file.stat().st_mode
        data = file.read_bytes()
    except OSError as fault:
        raise KeyFault(f"{file} cannot be read ({fault.strerror}); `central init` makes the keys") from fault
    if mode & OTHERS_MAY:
        raise KeyFault(f"{file} can be read by others: chmod 600 {file}, and think about who may have copied it")
    return data


def write_key(file: Path, seed: bytes) -> None:
    """Write an Ed25519 private key as PEM."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    write_secret(file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def read_key(file: Path) -> SigningKey:
    """An Ed25519 private key from PEM. Raises `KeyFault`."""
    try:
        private = load_pem_private_key(read_secret(file), password=None)
    except (ValueError, TypeError) as fault:
        raise KeyFault(f"{file} is no private key in PEM: {fault}") from fault
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFault(f"{file} is no Ed25519 key")
    seed = private.private_bytes_raw()
    return SigningKey(key_id(private.public_key().public_bytes_raw()), seed)


def make_keys(folder: Path, now_s: int) -> list[Key]:
    """Write the current and the next key of every purpose below `folder`; their public halves for the ring."""
    public: list[Key] = []
    for place, purposes in FOLDERS.items():
        for purpose in purposes:
            for begins_s in (now_s - EARLY_SECONDS, now_s + NEXT_KEY_AFTER_SECONDS):
                seed = secrets.token_bytes(32)
                key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
                kid = key_id(key)
                write_key(folder / place / f"{purpose.value}-{kid.hex()}.pem", seed)
                public.append(Key(kid, Algorithm.EDDSA, purpose, key, begins_s, begins_s + KEY_LIFE_SECONDS))
    return public


@dataclass(frozen=True, slots=True)
class Signer:
    """The private keys of some purposes, and the ring that says when each is used."""

    keys: tuple[SigningKey, ...]
    ring: Ring

    def key(self, purpose: Purpose, now_s: int) -> SigningKey:
        """The key that signs for `purpose` now: the newest one in force. Raises `KeyFault`."""
        held = {key.kid: key for key in self.keys}
        usable = [
            key
            for key in self.ring.keys
            if key.purpose is purpose and key.kid in held and key.not_before_s <= now_s < key.not_after_s
        ]
        if not usable:
            raise KeyFault(f"no key for {purpose.value} is in force here: make a new ring with `central document ring`")
        return held[max(usable, key=lambda key: key.not_before_s).kid]

    def message(self, purpose: Purpose, station: str, name: str, payload: bytes, now_s: int) -> tuple[bytes, bytes]:
        """Key id and signature of a message to a station; `name` is the topic below `stations/<id>/`."""
        key = self.key(purpose, now_s)
        return key.kid, sign_message(key, purpose=purpose.value, station=station, name=name, payload=payload)


def read_signer(folder: Path, places: Iterable[str], ring: Ring) -> Signer:
    """The keys of some of the folders below `folder`, each with a ring entry of a purpose that belongs there.

    Raises `KeyFault`.
    """
    keys: list[SigningKey] = []
    for place in places:
        files = sorted((folder / place).glob("*.pem"))
        if not files:
            raise KeyFault(f"there are no keys in {folder / place}; `central init` makes them")
        for file in files:
            key = read_key(file)
            entry = next((entry for entry in ring.keys if entry.kid == key.kid), None)
            if entry is None or entry.public != key.public():
                continue  # withdrawn from the ring
            if entry.purpose not in FOLDERS[place]:
                raise KeyFault(f"{file} is a key for {entry.purpose.value}: it does not belong in {folder / place}")
            keys.append(key)
    return Signer(tuple(keys), ring)


def read_roots(folder: Path) -> tuple[SigningKey, SigningKey]:
    """The two root keys. Raises `KeyFault`."""
    first, second = (read_key(folder / OFFLINE / name) for name in ROOTS)
    return first, second


def read_desk_secret(folder: Path, name: str) -> bytes:
    """One of the desk's two secrets, 32 bytes. Raises `KeyFault`."""
    file = folder / DESK / name
    try:
        secret = bytes.fromhex(read_secret(file).decode())
    except ValueError as fault:
        raise KeyFault(f"{file} does not hold {SECRET_BYTES} bytes in hex") from fault
    if len(secret) != SECRET_BYTES:
        raise KeyFault(f"{file} does not hold {SECRET_BYTES} bytes in hex")
    return secret
