"""The key ring and the revocations, from bytes and back. Only one of the two root keys of a station signs a ring."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from station.trust import cbor
from station.trust.claims import PASS_ID_BYTES
from station.trust.cose import read_sign1, verify_sign1, write_sign1
from station.trust.documents import EVERYONE, MAX_VERSION, Document, read_document, write_document
from station.trust.fields import MAX_TIME_SECONDS, Fields
from station.trust.keys import KEY_ID_BYTES, Algorithm, Key, Purpose, Ring, SigningKey, key_id, must_be_a_key
from station.trust.refusal import Reason, Refused

__all__ = [
    "Algorithm",
    "Key",
    "Purpose",
    "Revocations",
    "Ring",
    "SigningKey",
    "key_id",
    "read_revocations",
    "read_ring",
    "write_revocations",
    "write_ring",
]

MAX_KEYS = 64
MAX_RING_BYTES = 8192
MAX_REVOCATIONS = 8192
REVOKED = "revoked"
"""The name of the document that holds the revocations."""

_RING_AAD = b"station/ring"
_VERSION, _KEYS = 1, 2
# A key is an array; `Fields` reads it by place.
_KID, _ALGORITHM, _PURPOSE, _PUBLIC, _NOT_BEFORE, _NOT_AFTER, _MIN_IAT = range(7)


@dataclass(frozen=True, slots=True)
class Revocations:
    """The ids of withdrawn passes, as of list `version`, signed at unix second `issued_at_s`."""

    version: int
    ids: frozenset[bytes]
    issued_at_s: int = 0


def read_ring(data: bytes, roots: tuple[bytes, bytes], *, version_floor: int = 0) -> Ring:
    """Verify a ring against the two root keys (Ed25519, 32 bytes each) pinned at enrolment. Raises `Refused`.

    A version below `version_floor` is refused: it was replaced, and may hold a stolen key.
    """
    message = read_sign1(data, MAX_RING_BYTES)
    ring = _read_fields(message.payload)
    root = next((root for root in roots if key_id(root) == message.kid), None)
    if root is None:
        raise Refused(Reason.UNKNOWN_KEY, f"{message.kid.hex()} is neither of the two root keys")
    verify_sign1(message, _root_key(root), _RING_AAD)
    if ring.version < version_floor:
        raise Refused(Reason.VERSION_TOO_OLD, f"ring {ring.version} was replaced, {version_floor} is the least")
    return ring


def write_ring(ring: Ring, root: SigningKey) -> bytes:
    """The signed bytes of a ring. Raises `Refused` for one that no station would read."""
    keys = sorted(ring.keys, key=lambda key: key.kid)
    payload = cbor.encode({_VERSION: ring.version, _KEYS: [_key_items(key) for key in keys]})
    _read_fields(payload)
    return write_sign1(payload, root, _RING_AAD)


def read_revocations(data: bytes, ring: Ring, *, now_s: int | None, version_floor: int = 0) -> Revocations:
    """Verify a list of revocations, which is the document `revoked` for everyone. Raises `Refused`."""
    document = read_document(
        data, ring, name=REVOKED, station=EVERYONE, groups=(), now_s=now_s, version_floor=version_floor
    )
    return Revocations(document.version, frozenset(_ids(document.body)), document.issued_at_s)


def write_revocations(revocations: Revocations, key: SigningKey) -> bytes:
    """The signed bytes of a list of revocations. Raises `Refused` for one that no station would read."""
    body = b"".join(sorted(revocations.ids))
    _ids(body)
    document = Document(REVOKED, revocations.version, EVERYONE, revocations.issued_at_s, body)
    return write_document(document, key)


def _ids(body: bytes) -> list[bytes]:
    """The ids in a list: 16 bytes each, one after another, in ascending order."""
    if len(body) % PASS_ID_BYTES:
        raise Refused(Reason.WRONG_TYPE, f"a list of revocations is a multiple of {PASS_ID_BYTES} bytes long")
    if len(body) > MAX_REVOCATIONS * PASS_ID_BYTES:
        raise Refused(Reason.TOO_LONG, f"more than {MAX_REVOCATIONS} revocations: raise a key's min_iat instead")
    ids = [body[start : start + PASS_ID_BYTES] for start in range(0, len(body), PASS_ID_BYTES)]
    if any(one >= next_one for one, next_one in pairwise(ids)):
        raise Refused(Reason.NOT_CANONICAL, "revocations stand in ascending order, each once")
    return ids


def _root_key(public: bytes) -> Key:
    return Key(key_id(public), Algorithm.EDDSA, Purpose.DOCUMENT, public, 0, MAX_TIME_SECONDS)


def _key_items(key: Key) -> cbor.Cbor:
    return [
        key.kid,
        key.algorithm.value,
        key.purpose.value,
        key.public,
        key.not_before_s,
        key.not_after_s,
        key.min_iat_s,
    ]


def _read_fields(payload: bytes) -> Ring:
    fields = Fields(cbor.decode(payload, MAX_RING_BYTES), "the ring", needed=frozenset({_VERSION, _KEYS}))
    items = fields.items(_KEYS)
    if len(items) > MAX_KEYS:
        raise Refused(Reason.TOO_LONG, f"a ring of {len(items)} keys, at most {MAX_KEYS} are taken")
    keys = tuple(_read_key(item) for item in items)
    if any(one.kid >= next_one.kid for one, next_one in pairwise(keys)):
        raise Refused(Reason.NOT_CANONICAL, "keys stand in the ascending order of their ids, each once")
    return Ring(fields.number(_VERSION, 1, MAX_VERSION), keys)


def _read_key(item: object) -> Key:
    if not isinstance(item, list):
        raise Refused(Reason.WRONG_TYPE, "a key of the ring is not an array")
    fields = Fields(dict(enumerate(item)), "a key of the ring", needed=frozenset(range(7)))
    algorithm = fields.number(_ALGORITHM, min(Algorithm), max(Algorithm))
    purpose = fields.inner(_PURPOSE)
    public = fields.octets(_PUBLIC)
    if not isinstance(purpose, str) or purpose not in list(Purpose):
        raise Refused(Reason.WRONG_TYPE, "a key of the ring has a purpose that nobody knows")
    must_be_a_key(Algorithm(algorithm), public)
    return Key(
        kid=fields.octets(_KID, KEY_ID_BYTES),
        algorithm=Algorithm(algorithm),
        purpose=Purpose(purpose),
        public=public,
        not_before_s=fields.time_s(_NOT_BEFORE),
        not_after_s=fields.time_s(_NOT_AFTER),
        min_iat_s=fields.time_s(_MIN_IAT),
    )
