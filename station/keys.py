"""What the office gave this station at enrolment: its own key, the office's root keys, its certificate."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from pathlib import Path

from station.trust.keys import SigningKey, signing_key

KEYS_FOLDER = "keys"
STATION_KEY, ROOTS = "station.ed25519", "roots"
CA, CERTIFICATE, PRIVATE = "ca.pem", "client.pem", "client.key"
ROOT_BYTES = 32
PEM_BEGIN, PEM_END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
ED25519_DER = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, 7)."""


class KeysFault(Exception):
    """The keys folder cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class StationKeys:
    """`key` signs what goes up; `roots` are the two public root keys (32 bytes each)."""

    key: SigningKey
    roots: tuple[bytes, bytes]
    ca_file: Path | None
    certificate_file: Path | None
    private_file: Path | None


def read_keys(state_folder: Path) -> StationKeys | None:
    """The keys in `<state>/keys`; None for a station that was never enrolled. Raises `KeysFault`."""
    folder = state_folder / KEYS_FOLDER
    try:
        if not folder.exists():
            return None
        seed = _seed((folder / STATION_KEY).read_text(encoding="ascii"))
        roots = tuple(bytes.fromhex(line) for line in (folder / ROOTS).read_text(encoding="ascii").split())
        if [len(root) for root in roots] != [ROOT_BYTES, ROOT_BYTES]:
            raise ValueError(f"{ROOTS} holds other than two keys of {ROOT_BYTES} bytes")
    except (OSError, ValueError) as fault:
        raise KeysFault(f"{folder}: {fault}; copy the folder that `central station add` made once more") from fault
    tls = [folder / name for name in (CA, CERTIFICATE, PRIVATE)]
    ca_file, certificate_file, private_file = tls if all(file.exists() for file in tls) else (None, None, None)
    return StationKeys(signing_key(seed), (roots[0], roots[1]), ca_file, certificate_file, private_file)


def _seed(pem: str) -> bytes:
    """The 32 bytes of an Ed25519 key in PEM. Read by hand: the library's reader of all keys takes 0.7 MB for good."""
    first, *lines, last = pem.split("\n") if not pem.endswith("\n") else pem[:-1].split("\n")
    if (first, last) != (PEM_BEGIN, PEM_END):
        raise ValueError(f"{STATION_KEY} is no private key in PEM")
    try:
        der = binascii.a2b_base64("".join(lines), strict_mode=True)
    except binascii.Error as fault:
        raise ValueError(f"{STATION_KEY} is damaged: {fault}") from fault
    if not der.startswith(ED25519_DER) or len(der) != len(ED25519_DER) + ROOT_BYTES:
        raise ValueError(f"{STATION_KEY} is no Ed25519 key")
    return der[len(ED25519_DER) :]
