"""What the office gave this station at enrolment: its own key, the office's root keys, its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from station.trust.keys import SigningKey, signing_key

KEYS_FOLDER = "keys"
STATION_KEY, ROOTS = "station.ed25519", "roots"
CA, CERTIFICATE, PRIVATE = "ca.pem", "client.pem", "client.key"
ROOT_BYTES = 32


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
        private = load_pem_private_key((folder / STATION_KEY).read_bytes(), password=None)
        roots = tuple(bytes.fromhex(line) for line in (folder / ROOTS).read_text(encoding="ascii").split())
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise KeysFault(f"{folder}: {fault}; copy the folder that `central station add` made once more") from fault
    if not isinstance(private, Ed25519PrivateKey) or [len(root) for root in roots] != [ROOT_BYTES, ROOT_BYTES]:
        raise KeysFault(
            f"{folder}: not the keys of a station; copy the folder that `central station add` made once more"
        )
    tls = [folder / name for name in (CA, CERTIFICATE, PRIVATE)]
    ca_file, certificate_file, private_file = tls if all(file.exists() for file in tls) else (None, None, None)
    return StationKeys(
        signing_key(private.private_bytes_raw()), (roots[0], roots[1]), ca_file, certificate_file, private_file
    )
