"""Whatever comes in, every reader answers with a value or with `Refused`, and soon."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.trust import base45, cbor
from station.trust.documents import MAX_DOCUMENT_BYTES
from station.trust.keys import Purpose
from station.trust.messages import MAX_JSON_BYTES, strict_json, verify_message, verify_station_message
from station.trust.orders import Order
from station.trust.passes import ShownPass
from station.trust.refusal import Refused
from station.trust.ring import read_revocations, read_ring
from tests.station.trust.layout import base45_encode, head, map_of
from tests.station.trust.specimens import SPECIMENS, Specimen, take_document, take_order, take_pass
from tests.station.trust.test_base45_and_cbor import plain
from tests.station.trust.vectors import NOW_S, RING, ROOTS, STATION, STATION_KEY

Reader = Callable[[bytes], object]


def _message(data: bytes) -> None:
    verify_message(
        RING,
        kid=data[:8],
        signature=data[8:72],
        purpose=Purpose.HELLO,
        station=STATION,
        name="down/hello",
        payload=data[72:],
        now_s=NOW_S,
    )


def _station_message(data: bytes) -> None:
    verify_station_message(
        STATION_KEY.public(), kid=STATION_KEY.kid, signature=data[:64], station=STATION, name="up", payload=data[64:]
    )


READERS: dict[str, Reader] = {
    "pass": take_pass,
    "order": take_order,
    "settings": take_document("settings"),
    "revocations": lambda data: read_revocations(data, RING, now_s=NOW_S),
    "ring": lambda data: read_ring(data, ROOTS),
    "cbor": cbor.decode,
    "base45": base45.decode,
    "json": strict_json,
    "message": _message,
    "message of a station": _station_message,
}

every_reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)


def must_answer(reader: Reader, data: bytes) -> None:
    """Any exception but `Refused` fails the test by itself."""
    with suppress(Refused):
        reader(data)


@every_reader
@given(data=st.binary(max_size=700))
def test_any_bytes(reader: Reader, data: bytes) -> None:
    must_answer(reader, data)


@every_reader
@given(data=st.binary(max_size=400), scheme=st.sampled_from(["SG1:", "SG2:", "SO1:"]))
def test_any_bytes_behind_a_scheme(reader: Reader, data: bytes, scheme: str) -> None:
    must_answer(reader, (scheme + base45_encode(data)).encode())


wild_cbor = st.recursive(
    st.binary(max_size=3)
    | st.sampled_from([bytes.fromhex(item) for item in ("f6", "f97e00", "5f4100ff", "c11a00000000")]),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: head(4, len(items)) + b"".join(items))
        | st.lists(st.tuples(inner, inner), max_size=4).map(map_of)
        | inner.map(lambda item: head(6, 28) + item)
        | inner.map(lambda item: head(2, len(item)) + item)
    ),
    max_leaves=12,
)


@every_reader
@given(data=wild_cbor)
def test_any_cbor(reader: Reader, data: bytes) -> None:
    must_answer(reader, data)
    for scheme in ("SG1:", "SO1:"):
        must_answer(reader, (scheme + base45_encode(data)).encode())


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.name)
@given(payload=wild_cbor | plain.map(cbor.encode) | st.binary(max_size=60))
def test_any_payload_with_a_good_signature(specimen: Specimen, payload: bytes) -> None:
    """Even the office's own key cannot make a station stumble."""
    with suppress(Refused):
        specimen.read(specimen.signed(payload))


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.name)
@given(data=st.data())
def test_any_value_in_any_field_with_a_good_signature(specimen: Specimen, data: st.DataObject) -> None:
    fields = cbor.decode(specimen.payload, 8192)
    assert isinstance(fields, dict)
    key = data.draw(st.sampled_from(sorted(fields)))
    value = data.draw(plain)
    payload = cbor.encode(fields | {key: value})
    with suppress(Refused):
        read = specimen.read(specimen.signed(payload))
        assert not isinstance(read, ShownPass) or read.pass_.audience in (STATION, "@bao-an")
        assert not isinstance(read, Order) or read.station == STATION


LONGEST_ALLOWED_S = 0.5
"""Processor time for one answer on a busy, slow machine; the readers take a hundredth of it."""

HOSTILE = {
    "arrays within arrays": b"\x81" * 512,
    "maps within maps": b"\xa1\x00" * 256,
    "tags within tags": b"\xc0" * 512,
    "an endless text": b"\x7b" + b"\xff" * 8,
    "a huge decimal": bytes.fromhex("c5821b7fffffffffffffff03"),
    "a huge document": b"\x5a\x00\x02\x00\x00" + bytes(2**17),
    "too much of everything": bytes(MAX_DOCUMENT_BYTES + 1),
    "a megabyte of digits": b"SG1:" + b"9" * 2**20,
    "the longest code": b"SG1:" + b"0" * 508,
    "brackets": b"[" * MAX_JSON_BYTES,
    "quotes": b'"' * MAX_JSON_BYTES,
    "escaped quotes": b'"' + b'\\"' * (MAX_JSON_BYTES // 2 - 1),
    "backslashes": b'"' + b"\\" * (MAX_JSON_BYTES - 1),
    "digits": b"9" * MAX_JSON_BYTES,
    "an exponent": b"1e" + b"9" * (MAX_JSON_BYTES - 2),
    "one million items": head(4, 80_000) + bytes(80_000),
    "many heads": head(4, 40_000) + b"\x80" * 40_000,
}


@every_reader
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_nothing_takes_long(reader: Reader, data: bytes) -> None:
    if reader is base45.decode:
        data = data[: cbor.MAX_CODE_BYTES]  # its callers have counted
    gc.freeze()  # what other tests have left is not gone through at the reader's expense
    try:
        begun = time.thread_time()
        must_answer(reader, data)
        assert time.thread_time() - begun < LONGEST_ALLOWED_S
    finally:
        gc.unfreeze()
