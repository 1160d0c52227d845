"""The golden vectors are what the code writes and reads today, and what docs/formats.md shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from station.trust import messages, nonces
from station.trust.documents import read_document
from station.trust.holders import holder_id
from station.trust.keys import Purpose
from station.trust.messages import verify_message, verify_station_message
from station.trust.orders import Order
from station.trust.passes import ShownPass, bytes_to_sign
from station.trust.ring import read_revocations, read_ring
from tests.station.trust import vectors
from tests.station.trust.layout import base45_decode, base45_encode
from tests.station.trust.specimens import take_order, take_pass

STORED: dict[str, Any] = json.loads(vectors.FILE.read_text(encoding="utf-8"))
ROOTS = (bytes.fromhex(STORED["keys"]["root a"]["public"]), bytes.fromhex(STORED["keys"]["root b"]["public"]))
RING = read_ring(bytes.fromhex(STORED["ring"]["hex"]), ROOTS)


def test_the_code_still_writes_the_stored_vectors() -> None:
    assert vectors.as_json(vectors.make()) == vectors.FILE.read_text(encoding="utf-8")


def test_the_document_shows_the_stored_vectors() -> None:
    text = vectors.DOCS.read_text(encoding="utf-8")
    assert vectors.with_tables(text, STORED) == text, "run: python -m tests.station.trust.vectors"


def test_the_ring_says_what_it_should() -> None:
    assert RING.version == 7
    assert [vectors.fields_of(key) for key in RING.keys] == STORED["ring"]["keys"]


@pytest.mark.parametrize("row", STORED["passes"], ids=lambda row: row["name"])
def test_a_pass_says_what_it_should(row: dict[str, Any]) -> None:
    shown = take_pass(row["text"].encode())
    assert isinstance(shown, ShownPass)
    assert vectors.fields_of(shown.pass_) == row["fields"]
    assert shown.step_s == (STORED["wall_s"] if row["text"].startswith("SG2:") else None)


@pytest.mark.parametrize("row", STORED["orders"], ids=lambda row: row["name"])
def test_an_order_says_what_it_should(row: dict[str, Any]) -> None:
    order = take_order(row["text"].encode())
    assert isinstance(order, Order)
    assert vectors.fields_of(order) == row["fields"]


@pytest.mark.parametrize("row", [*STORED["passes"], *STORED["orders"]], ids=lambda row: row["name"])
def test_the_sizes_are_those_of_the_text(row: dict[str, Any]) -> None:
    assert base45_decode(row["text"][4:]).hex() == row["hex"]
    assert (row["bytes"], row["characters"]) == (len(row["hex"]) // 2, len(row["text"]))
    assert row["qr_version"] == vectors.qr_version(row["text"])


@pytest.mark.parametrize(
    ("scheme", "largest_version"),
    [("SG1:", 10), ("SG2:", 12), ("SO1:", 10)],
)
def test_codes_stay_small_enough_for_the_scanner(scheme: str, largest_version: int) -> None:
    rows = [row for row in (*STORED["passes"], *STORED["orders"]) if row["text"].startswith(scheme)]
    assert max(row["qr_version"] for row in rows) == largest_version


def test_documents_say_what_they_should() -> None:
    for row in STORED["documents"]:
        document = read_document(
            bytes.fromhex(row["hex"]),
            RING,
            name=row["fields"]["name"],
            station=STORED["station"],
            groups=tuple(STORED["groups"]),
            now_s=STORED["wall_s"],
        )
        assert vectors.fields_of(document) == row["fields"]


def test_the_revocations_say_what_they_should() -> None:
    row = STORED["revocations"]
    revoked = read_revocations(bytes.fromhex(row["hex"]), RING, now_s=STORED["wall_s"])
    assert (revoked.version, revoked.issued_at_s) == (row["version"], row["issued_at_s"])
    assert sorted(one.hex() for one in revoked.ids) == row["ids"]


def test_messages_are_verified() -> None:
    for row in STORED["messages"]:
        kid, signature = bytes.fromhex(row["kid"]), bytes.fromhex(row["signature"])
        station, name, payload = row["station"], row["name"], row["payload"].encode()
        if row["purpose"] == messages.STATION_PURPOSE:
            public = bytes.fromhex(STORED["keys"]["station"]["public"])
            verify_station_message(public, kid=kid, signature=signature, station=station, name=name, payload=payload)
        else:
            verify_message(
                RING,
                kid=kid,
                signature=signature,
                purpose=Purpose(row["purpose"]),
                station=station,
                name=name,
                payload=payload,
                now_s=STORED["wall_s"],
            )


def test_holders_and_nonces() -> None:
    for row in STORED["holders"]:
        assert holder_id(bytes.fromhex(row["office_key"]), row["person"], row["station"]).hex() == row["holder"]
    shown, asked = STORED["nonces"]
    secret = bytes.fromhex(shown["secret"])
    assert nonces.nonce_text(nonces.nonce(secret, shown["screen"], shown["step"])) == shown["text"]
    assert nonces.nonce_text(nonces.asked_nonce(secret, asked["counter"])) == asked["text"]


def test_what_the_phone_signs_is_the_prefix_and_the_step() -> None:
    row = STORED["bound_pass"]
    static, step = bytes.fromhex(row["static"]), row["step_s"].to_bytes(8, "big")
    assert bytes.fromhex(row["prefix"]) + step == bytes_to_sign(static, row["step_s"]) == bytes.fromhex(row["to_sign"])


def test_base45_examples() -> None:
    for row in STORED["base45"]:
        assert base45_encode(bytes.fromhex(row["hex"])) == row["text"]
