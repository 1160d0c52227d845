"""What the ingest does not take: signatures and shapes that are not right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from central import tables as t
from central.keys import INGEST, read_signer
from station.trust.keys import Purpose, signing_key
from sync import contract
from sync.contract import HoleSent
from tests.central.house import OTHER, POD, House
from tests.sync.rows import JOURNAL, Ledger


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"signed_for": {"station": OTHER}}, "forged"),
        ({"signed_for": {"name": "up/alarm"}}, "forged"),
        ({"signed_for": {"purpose": "stored"}}, "forged"),
        ({"key": signing_key(bytes(32))}, "unknown_key"),
    ],
    ids=["for another station", "for another topic", "for another purpose", "by another key"],
)
def test_what_the_station_did_not_sign_for_this_is_counted_and_not_taken(
    small_house: House, wrong: dict[str, Any], reason: str
) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    assert small_house.take(small_house.signed(contract.EVENTS, good.payload, **wrong)) == []
    assert small_house.stored(ledger) == []
    assert small_house.faults() == {(POD, "up/events", reason): 1}


def test_without_its_signature_a_message_is_unsigned_and_changed_it_is_forged(small_house: House) -> None:
    good = small_house.batch(Ledger())
    changed = good.payload.replace(b'"seq":1', b'"seq":2')
    assert changed != good.payload
    for message in (
        replace(good, properties=()),
        replace(good, properties=good.properties[:1]),
        replace(good, properties=good.properties * 2),
        replace(good, payload=changed),
    ):
        assert small_house.take(message) == []
    assert small_house.faults() == {(POD, "up/events", "unsigned"): 3, (POD, "up/events", "forged"): 1}


def test_a_station_cannot_speak_for_another(small_house: House) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    moved = replace(good, topic=contract.address(OTHER, "up/events"))
    assert small_house.take(moved) == []
    assert small_house.faults() == {(OTHER, "up/events", "unknown_key"): 1}


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b"\xff", b'{"journal":"x"}', b"[" * 10_000])
def test_signed_nonsense_is_counted(small_house: House, payload: bytes) -> None:
    assert small_house.take(small_house.signed(contract.EVENTS, payload)) == []
    assert small_house.faults() == {(POD, "up/events", "bad_json"): 1}


def test_what_is_too_long_is_not_even_verified(small_house: House) -> None:
    long = small_house.signed(contract.HELLO, b"x" * (contract.HELLO.max_bytes + 1))
    assert small_house.take(long) == []
    assert small_house.faults() == {(POD, "up/hello", "too_long"): 1}


def test_one_bad_message_does_not_spoil_the_others(small_house: House) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    answers = small_house.take(replace(good, properties=()), good, replace(good, topic="nonsense"))
    assert [word.seq for word in small_house.words(answers)] == [1]


def test_unknown_and_removed_stations_are_not_taken(small_house: House) -> None:
    ledger = Ledger()
    good = small_house.batch(ledger)
    assert small_house.take(replace(good, topic=contract.address("pod-9", "up/events"))) == []
    with small_house.store.write() as transaction:
        transaction.connection.execute(sa.update(t.stations).values(removed_ms=1))
    assert small_house.take(good) == []
    assert small_house.faults() == {("", "", "unknown_station"): 2}


def test_a_removed_station_is_believed_for_a_few_seconds_at_most(small_house: House) -> None:
    ledger = Ledger()
    small_house.take(small_house.batch(ledger))
    with small_house.store.write() as transaction:
        transaction.connection.execute(sa.update(t.stations).values(removed_ms=1))
    small_house.now_ms += 10_000
    assert small_house.take(small_house.batch(ledger)) == []


def test_topics_of_the_desk_and_down_topics_are_not_taken(small_house: House) -> None:
    ledger = Ledger()
    for name in ("down/stored", "down/hello", "up/now/radar", "up/x"):
        message = replace(small_house.batch(ledger), topic=contract.address(POD, name))
        assert small_house.take(message) == []
    assert small_house.stored(ledger) == []


def test_the_ingest_holds_no_key_that_opens_a_door(small_house: House) -> None:
    signer = read_signer(small_house.folder.keys, [INGEST], small_house.ring)
    purposes = {small_house.ring.find(key.kid).purpose for key in signer.keys}
    assert purposes == {Purpose.STORED, Purpose.HELLO}


def test_a_hole_over_nothing_is_refused(small_house: House) -> None:
    hole = HoleSent(first_seq=5, last_seq=4, counts={}, chain="0" * 32)
    payload = contract.Events(journal=JOURNAL, first_seq=5, items=[hole], head="0" * 32)
    (word,) = small_house.words(small_house.take(small_house.signed(contract.EVENTS, payload)))
    assert word.seq == 0
    assert small_house.conflicts() == [(5, "out_of_order")]
