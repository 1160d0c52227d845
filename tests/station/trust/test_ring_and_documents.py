"""Only a root signs a ring; documents reach the stations that they are for; nothing goes back to an older version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from station.trust import cbor, cose
from station.trust.documents import EVERYONE, MAX_DOCUMENT_BYTES, Document, read_document, write_document
from station.trust.keys import Algorithm, Key, Purpose, Ring, key_id, signing_key
from station.trust.refusal import Reason, Refused
from station.trust.ring import (
    MAX_KEYS,
    MAX_REVOCATIONS,
    Revocations,
    read_revocations,
    read_ring,
    write_revocations,
    write_ring,
)
from tests.station.trust.vectors import (
    DOCUMENTS,
    GROUP,
    NOW_S,
    OFFICE,
    RING,
    ROOT_A,
    ROOT_B,
    ROOTS,
    STATION,
    seed,
)

KEY = OFFICE[Purpose.DOCUMENT]


def refusal_of_ring(data: bytes, version_floor: int = 0) -> Reason:
    with pytest.raises(Refused) as refused:
        read_ring(data, ROOTS, version_floor=version_floor)
    return refused.value.reason


def refusal_of_writing(ring: Ring) -> Reason:
    with pytest.raises(Refused) as refused:
        write_ring(ring, ROOT_A)
    return refused.value.reason


def some_key(number: int) -> Key:
    public = signing_key(seed(f"key {number}")).public()
    return Key(key_id(public), Algorithm.EDDSA, Purpose.PASS, public, 0, NOW_S)


def test_either_root_signs_a_ring() -> None:
    assert read_ring(write_ring(RING, ROOT_A), ROOTS) == RING
    assert read_ring(write_ring(RING, ROOT_B), ROOTS) == RING


def test_nobody_else_signs_a_ring() -> None:
    assert refusal_of_ring(write_ring(RING, signing_key(seed("stranger")))) is Reason.UNKNOWN_KEY
    assert refusal_of_ring(write_ring(RING, KEY)) is Reason.UNKNOWN_KEY
    with pytest.raises(Refused) as refused:
        read_ring(write_ring(RING, ROOT_A), (ROOT_B.public(), ROOT_B.public()))
    assert refused.value.reason is Reason.UNKNOWN_KEY


def test_an_older_ring_is_refused() -> None:
    data = write_ring(RING, ROOT_A)
    assert read_ring(data, ROOTS, version_floor=RING.version) == RING
    assert refusal_of_ring(data, version_floor=RING.version + 1) is Reason.VERSION_TOO_OLD


def test_a_ring_holds_so_many_keys_and_no_more() -> None:
    full = Ring(1, tuple(some_key(number) for number in range(MAX_KEYS)))
    assert len(read_ring(write_ring(full, ROOT_A), ROOTS).keys) == MAX_KEYS
    assert refusal_of_writing(Ring(1, (*full.keys, some_key(MAX_KEYS)))) is Reason.TOO_LONG


def test_a_key_id_stands_once_in_a_ring() -> None:
    assert refusal_of_writing(Ring(1, (some_key(1), replace(some_key(2), kid=some_key(1).kid)))) is Reason.NOT_CANONICAL


@pytest.mark.parametrize(
    "key",
    [
        replace(some_key(1), kid=b"short"),
        replace(some_key(1), public=bytes(31)),
        replace(some_key(1), public=bytes(33)),
        replace(some_key(1), algorithm=Algorithm.ES256),
        replace(some_key(1), algorithm=Algorithm.ES256, public=b"\x02" + bytes(31) + b"\x01"),
        replace(some_key(1), not_before_s=-1),
        replace(some_key(1), min_iat_s=2**50),
    ],
)
def test_no_ring_is_written_with_a_key_that_is_none(key: Key) -> None:
    assert refusal_of_writing(Ring(1, (key,))) is Reason.WRONG_TYPE


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (7, Reason.WRONG_TYPE),
        ([7], Reason.WRONG_TYPE),
        ([[]], Reason.MISSING_FIELD),
        ([[b"k" * 8, -8, "pass", bytes(32), 0, 1]], Reason.MISSING_FIELD),
        ([[b"k" * 8, -8, "pass", bytes(32), 0, 1, 0, 0]], Reason.UNKNOWN_FIELD),
        ([[b"k" * 8, -8, "open", bytes(32), 0, 1, 0]], Reason.WRONG_TYPE),
        ([[b"k" * 8, -8, 1, bytes(32), 0, 1, 0]], Reason.WRONG_TYPE),
        ([[b"k" * 8, -9, "pass", bytes(32), 0, 1, 0]], Reason.WRONG_TYPE),
        ([[b"k" * 8, True, "pass", bytes(32), 0, 1, 0]], Reason.WRONG_TYPE),
        ([[b"k" * 8, -8, "pass", bytes(32), True, 1, 0]], Reason.WRONG_TYPE),
    ],
)
def test_a_root_cannot_sign_nonsense(keys: cbor.Cbor, reason: Reason) -> None:
    payload = cbor.encode({1: 1, 2: keys})
    assert refusal_of_ring(cose.write_sign1(payload, ROOT_A, b"station/ring")) is reason


def test_a_key_serves_its_purpose_and_window_only() -> None:
    kid = OFFICE[Purpose.HELLO].kid
    assert RING.key(kid, Purpose.HELLO, NOW_S).kid == kid
    with pytest.raises(Refused) as refused:
        RING.key(kid, Purpose.STORED, NOW_S)
    assert refused.value.reason is Reason.WRONG_PURPOSE
    key = RING.find(kid)
    for now_s, reason in (
        (key.not_before_s - 1, Reason.KEY_NOT_YET_VALID),
        (key.not_after_s, Reason.KEY_EXPIRED),
    ):
        with pytest.raises(Refused) as refused:
            RING.key(kid, Purpose.HELLO, now_s)
        assert refused.value.reason is reason
    for time_s in (key.not_before_s, key.not_after_s - 1, None):
        assert RING.key(kid, Purpose.HELLO, time_s) == key


def read(data: bytes, name: str, *, groups: tuple[str, ...] = (GROUP,), version_floor: int = 0) -> Document:
    return read_document(
        data, RING, name=name, station=STATION, groups=groups, now_s=NOW_S, version_floor=version_floor
    )


def refusal_of(document: Document, name: str = "settings", **how: object) -> Reason:
    with pytest.raises(Refused) as refused:
        read(write_document(document, KEY), name, **how)  # type: ignore[arg-type]
    return refused.value.reason


def test_documents_come_back() -> None:
    for document in DOCUMENTS:
        assert read(write_document(document, KEY), document.name) == document
    for_all = replace(DOCUMENTS[0], audience=EVERYONE)
    assert read(write_document(for_all, KEY), "settings", groups=()) == for_all


def test_a_document_for_somebody_else_is_refused() -> None:
    settings, holdings = DOCUMENTS
    assert refusal_of(settings, groups=()) is Reason.WRONG_AUDIENCE
    assert refusal_of(replace(holdings, audience="fumin-pod-2"), "holdings") is Reason.WRONG_AUDIENCE
    assert refusal_of(holdings, "settings") is Reason.WRONG_NAME


def test_an_older_document_is_refused() -> None:
    settings = DOCUMENTS[0]
    assert read(write_document(settings, KEY), "settings", version_floor=settings.version) == settings
    assert refusal_of(settings, version_floor=settings.version + 1) is Reason.VERSION_TOO_OLD


def test_a_document_from_before_the_mass_revocation_is_refused() -> None:
    oldest_s = RING.find(KEY.kid).min_iat_s
    assert read(write_document(replace(DOCUMENTS[0], issued_at_s=oldest_s), KEY), "settings").issued_at_s == oldest_s
    assert refusal_of(replace(DOCUMENTS[0], issued_at_s=oldest_s - 1)) is Reason.ISSUED_BEFORE_MINIMUM


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (replace(DOCUMENTS[0], version=0), Reason.WRONG_TYPE),
        (replace(DOCUMENTS[0], name="Settings"), Reason.WRONG_TYPE),
        (replace(DOCUMENTS[0], audience="*"), Reason.WRONG_TYPE),
        (replace(DOCUMENTS[0], body=bytes(MAX_DOCUMENT_BYTES)), Reason.TOO_LONG),
    ],
)
def test_no_document_is_written_that_no_station_would_read(document: Document, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        write_document(document, KEY)
    assert refused.value.reason is reason


def test_a_document_just_under_the_limit_is_read() -> None:
    overhead = len(write_document(replace(DOCUMENTS[0], body=bytes(2**16)), KEY)) - 2**16
    longest = replace(DOCUMENTS[0], body=bytes(MAX_DOCUMENT_BYTES - overhead))
    assert len(write_document(longest, KEY)) == MAX_DOCUMENT_BYTES
    assert read(write_document(longest, KEY), "settings") == longest
    with pytest.raises(Refused) as refused:
        write_document(replace(longest, body=longest.body + b"x"), KEY)
    assert refused.value.reason is Reason.TOO_LONG


def test_a_full_list_of_revocations_fits() -> None:
    ids = frozenset(number.to_bytes(16, "big") for number in range(MAX_REVOCATIONS))
    revoked = Revocations(1, ids, NOW_S)
    assert read_revocations(write_revocations(revoked, KEY), RING, now_s=NOW_S) == revoked
    with pytest.raises(Refused) as refused:
        write_revocations(Revocations(1, ids | {b"x" * 16}, NOW_S), KEY)
    assert refused.value.reason is Reason.TOO_LONG


def test_an_empty_list_of_revocations_is_one() -> None:
    nothing = Revocations(3, frozenset(), NOW_S)
    assert read_revocations(write_revocations(nothing, KEY), RING, now_s=NOW_S) == nothing


def test_an_older_list_of_revocations_is_refused() -> None:
    data = write_revocations(Revocations(3, frozenset(), NOW_S), KEY)
    assert read_revocations(data, RING, now_s=NOW_S, version_floor=3).version == 3
    with pytest.raises(Refused) as refused:
        read_revocations(data, RING, now_s=NOW_S, version_floor=4)
    assert refused.value.reason is Reason.VERSION_TOO_OLD


@pytest.mark.parametrize(
    ("body", "audience", "name", "reason"),
    [
        (b"x" * 15, EVERYONE, "revoked", Reason.WRONG_TYPE),
        (b"b" * 16 + b"a" * 16, EVERYONE, "revoked", Reason.NOT_CANONICAL),
        (b"a" * 32, EVERYONE, "revoked", Reason.NOT_CANONICAL),
        (b"", STATION, "revoked", Reason.WRONG_AUDIENCE),
        (b"", EVERYONE, "settings", Reason.WRONG_NAME),
    ],
)
def test_another_document_is_no_list_of_revocations(body: bytes, audience: str, name: str, reason: Reason) -> None:
    data = write_document(Document(name, 1, audience, NOW_S, body), KEY)
    with pytest.raises(Refused) as refused:
        read_revocations(data, RING, now_s=NOW_S)
    assert refused.value.reason is reason
