"""The keys of a station, as the office writes them and as a bad copy leaves them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from station.keys import ROOTS, STATION_KEY, KeysFault, read_keys

SEED = bytes(range(32))


def pem_of(seed: bytes) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def enrolled(state: Path, pem: bytes) -> Path:
    folder = state / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STATION_KEY).write_bytes(pem)
    (folder / ROOTS).write_text(f"{'11' * 32}\n{'22' * 32}\n")
    return state


@given(st.binary(min_size=32, max_size=32))
def test_what_the_library_writes_is_read(tmp_path_factory: pytest.TempPathFactory, seed: bytes) -> None:
    keys = read_keys(enrolled(tmp_path_factory.mktemp("state"), pem_of(seed)))
    assert keys is not None
    assert keys.key.seed == seed
    assert keys.roots == (b"\x11" * 32, b"\x22" * 32)


def test_a_station_that_was_never_enrolled_has_none(tmp_path: Path) -> None:
    assert read_keys(tmp_path) is None


OTHER = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
GOOD = pem_of(SEED)
BODY = GOOD.splitlines()[1]


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"\n",
        b"junk",
        b"\xff\xfe",
        SEED,
        OTHER,
        GOOD.replace(BODY, b""),
        GOOD.replace(BODY, BODY[:-4]),
        GOOD.replace(BODY, BODY[:-1]),
        GOOD.replace(BODY, BODY + b"AAAA"),
        GOOD.replace(BODY, b"!" + BODY[1:]),
        GOOD.replace(BODY, b"AAAA" + BODY[4:]),
        GOOD.replace(b"PRIVATE", b"PUBLIC"),
        GOOD.splitlines()[0],
        GOOD + GOOD,
    ],
)
def test_a_damaged_key_is_said_with_its_place_and_what_to_do(tmp_path: Path, pem: bytes) -> None:
    with pytest.raises(KeysFault, match=r"keys: .*central station add"):
        read_keys(enrolled(tmp_path, pem))


@pytest.mark.parametrize("roots", ["", "11" * 32, "11" * 31 + "\n" + "22" * 32, "xyz", f"{'11' * 32}\n" * 3])
def test_root_keys_that_are_not_two_are_refused(tmp_path: Path, roots: str) -> None:
    (enrolled(tmp_path, GOOD) / "keys" / ROOTS).write_text(roots)
    with pytest.raises(KeysFault, match="central station add"):
        read_keys(tmp_path)
