from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.contract import Priority, Row
from station.trust import documents, messages
from station.trust.cbor import MAX_CODE_BYTES
from station.trust.keys import Purpose
from station.trust.nonces import nonce_text
from sync import contract
from sync.contract import TOPICS, Events, HoleSent, Now, RowSent, Stored
from tests.sync.rows import JOURNAL

POINTS = ("strike", "cells", "cells/7", "cells-7", "cells_7", "a" * 32 + "/999")


def test_limits_and_purposes_are_those_of_the_signatures() -> None:
    assert contract.MAX_DOCUMENT_BYTES == documents.MAX_DOCUMENT_BYTES
    assert contract.MAX_DOWN_BYTES == messages.MAX_JSON_BYTES
    assert contract.MAX_ORDER_BYTES == MAX_CODE_BYTES
    assert contract.STATION_PURPOSE == messages.STATION_PURPOSE
    for topic in TOPICS:
        purposes = {contract.STATION_PURPOSE, ""} if topic.up else {*Purpose, ""}
        assert topic.purpose in purposes, topic.name


def test_nothing_that_opens_is_kept_by_a_broker() -> None:
    for topic in (contract.ORDER, contract.ASK, contract.NONCE, contract.REPLY):
        assert not topic.retained
        assert topic.qos == 1
        assert topic.expiry_seconds == 30


def test_only_hints_and_documents_and_health_are_retained() -> None:
    retained = {topic.name for topic in TOPICS if topic.retained}
    assert retained == {"up/status", "up/now/+", "up/health", "down/document/+"}
    unsigned = {topic.name for topic in TOPICS if not topic.purpose}
    assert unsigned == {"up/status", "up/now/+", "down/order", "down/document/+"}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_found_by_its_address(topic: contract.Topic) -> None:
    name = topic.name.replace("+", "radar")
    assert contract.find(contract.address("pod-1", name)) == ("pod-1", name, topic)


@pytest.mark.parametrize("point", POINTS)
def test_the_levels_of_every_point_have_a_topic(point: str) -> None:
    name = contract.hint_name(point)
    assert contract.find(contract.address("pod-1", name)) == ("pod-1", name, contract.NOW)


def test_no_two_points_share_a_topic() -> None:
    names = [contract.hint_name(point) for point in POINTS]
    assert len(set(names)) == len(POINTS)


@pytest.mark.parametrize(
    "address",
    [
        "stations/pod-1/up/now/cells.0",
        "stations/pod-1/up/now/cells.",
        "stations/pod-1/up/now/cells.7.7",
        "stations/pod-1/down/document/ring.7",
        "stations/pod-1/up/hello/",
        "stations/pod-1/up",
        "stations/pod-1/up/",
        "stations/pod-1/up/now",
        "stations/pod-1/up/now/",
        "stations/pod-1/up/now/a/b",
        "stations/pod-1/up/now/A",
        "stations/Pod/up/hello",
        "stations/po/up/hello",
        "stations/pod_1/up/hello",
        "stations/pod-1\n/up/hello",
        "stations/pod-1/x/up/hello",
        "station/pod-1/up/hello",
        "/stations/pod-1/up/hello",
        "stations//up/hello",
        "",
    ],
)
def test_every_other_address_is_nobodys(address: str) -> None:
    assert contract.find(address) is None


@given(st.text())
def test_any_text_is_an_address_or_not(text: str) -> None:
    found = contract.find(text)
    assert found is None or contract.address(found[0], found[1]) == text


@given(
    st.builds(
        Row,
        st.integers(1, 2**53 - 1),
        st.integers(-(2**52), 2**52),
        st.sampled_from(["0" * 16, "boot"]),
        st.integers(0, 2**52),
        st.sampled_from(Priority),
        st.just("DoorOpened"),
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400),
    )
)
def test_a_body_travels_byte_for_byte(row: Row) -> None:
    again = RowSent.model_validate_json(RowSent.of(row).model_dump_json())
    assert again.row() == row
    assert again.body.encode() == row.body.encode()


@pytest.mark.parametrize(
    "change",
    [
        {"seq": "1"},
        {"seq": 0},
        {"seq": 1.0},
        {"seq": True},
        {"priority": 5},
        {"kind": ""},
        {"kind": "a b"},
        {"extra": 1},
        {"body": None},
    ],
    ids=str,
)
def test_a_row_of_another_shape_is_refused(change: dict[str, object]) -> None:
    good = {"seq": 1, "at_ms": 1, "boot": "b", "steady_ms": 1, "priority": 1, "kind": "K", "body": "{}"}
    assert RowSent.model_validate(good).seq == 1
    with pytest.raises(ValidationError):
        RowSent.model_validate({**good, **change})


def test_rows_and_holes_are_told_apart_by_their_fields() -> None:
    row = '{"seq":1,"at_ms":1,"boot":"b","steady_ms":1,"priority":1,"kind":"K","body":"{}"}'
    hole = f'{{"first_seq":2,"last_seq":9,"counts":{{"K":8}},"chain":"{"0" * 32}"}}'
    text = f'{{"journal":"{JOURNAL}","first_seq":1,"items":[{row},{hole}],"head":"{"0" * 32}"}}'
    items = Events.model_validate_json(text).items
    assert isinstance(items[0], RowSent)
    assert isinstance(items[1], HoleSent)


def test_a_nonce_of_the_station_fits_its_field() -> None:
    given = contract.NonceGiven(ask_id=JOURNAL, nonce=nonce_text(bytes(range(10))))
    assert given.nonce == "AAAQEAYEAUDAOCAJ"


def test_levels_are_named_by_quantity() -> None:
    assert Now.model_validate_json('{"closed":true,"distance_cm":12}').root
    for wrong in ('{"opened":true}', "{}", '{"closed":null}', "[]"):
        with pytest.raises(ValidationError):
            Now.model_validate_json(wrong)


def test_no_order_fits_in_a_list_of_alarms_that_is_too_long() -> None:
    with pytest.raises(ValidationError):
        Stored(journal=JOURNAL, seq=0, head="0" * 32, alarms_seen=list(range(1, 66)))


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ((("kid", "00ff"),), b"\x00\xff"),
        ((), b""),
        ((("kid", "00"), ("kid", "01")), b""),
        ((("kid", "zz"),), b""),
        ((("KID", "00"),), b""),
    ],
)
def test_a_property_that_is_missing_double_or_no_hex_is_none(
    properties: tuple[tuple[str, str], ...], expected: bytes
) -> None:
    assert contract.property_bytes(properties, "kid") == expected
