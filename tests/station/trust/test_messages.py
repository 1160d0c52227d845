"""A message is what its key said, for this station and topic, byte for byte; its JSON means one thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.trust.keys import Purpose
from station.trust.messages import (
    MAX_JSON_BYTES,
    MAX_JSON_DEPTH,
    STATION_PURPOSE,
    message_bytes,
    sign_message,
    strict_json,
    verify_message,
    verify_station_message,
)
from station.trust.refusal import Reason, Refused
from tests.station.trust.vectors import MESSAGES, NOW_S, OFFICE, RING, STATION, STATION_KEY, Message

FROM_OFFICE = [message for message in MESSAGES if message.purpose != STATION_PURPOSE]
FROM_STATION = [message for message in MESSAGES if message.purpose == STATION_PURPOSE]


def signature_of(message: Message) -> bytes:
    return sign_message(
        message.key, purpose=message.purpose, station=STATION, name=message.name, payload=message.payload
    )


def refusal_of(message: Message, **changed: object) -> Reason:
    """Why the message is refused with these arguments of its verification changed."""
    arguments: dict[str, Any] = {
        "kid": message.key.kid,
        "signature": signature_of(message),
        "station": STATION,
        "name": message.name,
        "payload": message.payload,
    }
    verify: Callable[..., None] = partial(verify_station_message, STATION_KEY.public())
    if message.purpose != STATION_PURPOSE:
        verify = partial(verify_message, RING, now_s=NOW_S)
        arguments["purpose"] = Purpose(message.purpose)
    with pytest.raises(Refused) as refused:
        verify(**(arguments | changed))
    return refused.value.reason


every = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)


@every
def test_a_missing_property_is_unsigned(message: Message) -> None:
    assert refusal_of(message, kid=b"") is Reason.UNSIGNED
    assert refusal_of(message, signature=b"") is Reason.UNSIGNED
    assert refusal_of(message, kid=b"", signature=b"") is Reason.UNSIGNED


@every
def test_every_flipped_bit_of_the_signature_is_forged(message: Message) -> None:
    signature = signature_of(message)
    for bit in range(8 * len(signature)):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refusal_of(message, signature=bytes(flipped)) is Reason.FORGED


@every
def test_every_flipped_bit_of_the_payload_is_forged(message: Message) -> None:
    for bit in range(8 * len(message.payload)):
        flipped = bytearray(message.payload)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refusal_of(message, payload=bytes(flipped)) is Reason.FORGED


@every
def test_every_truncation_is_forged(message: Message) -> None:
    for length in range(len(message.payload)):
        assert refusal_of(message, payload=message.payload[:length]) is Reason.FORGED
    for length in range(1, 64):
        assert refusal_of(message, signature=signature_of(message)[:length]) is Reason.FORGED
    assert refusal_of(message, payload=message.payload + b" ") is Reason.FORGED


@every
def test_another_topic_or_station_is_forged(message: Message) -> None:
    assert refusal_of(message, name="down/stored") is Reason.FORGED
    assert refusal_of(message, station="fumin-pod-2") is Reason.FORGED
    # The border between two fields counts.
    assert refusal_of(message, station=STATION + message.name[0], name=message.name[1:]) is Reason.FORGED
    assert refusal_of(message, name=message.name + "{", payload=message.payload[1:]) is Reason.FORGED


@every
def test_every_flipped_bit_of_the_key_id_is_an_unknown_key(message: Message) -> None:
    for bit in range(64):
        flipped = bytearray(message.key.kid)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refusal_of(message, kid=bytes(flipped)) is Reason.UNKNOWN_KEY


def test_a_key_of_another_purpose_is_refused() -> None:
    (message,) = FROM_OFFICE
    assert refusal_of(message, purpose=Purpose.STORED) is Reason.WRONG_PURPOSE
    other = OFFICE[Purpose.STORED]
    signature = sign_message(
        other, purpose=message.purpose, station=STATION, name=message.name, payload=message.payload
    )
    assert refusal_of(message, kid=other.kid, signature=signature) is Reason.WRONG_PURPOSE
    # The purpose is under the signature too, so that a key given a second purpose one day says nothing new today.
    signature = sign_message(
        message.key, purpose=Purpose.STORED, station=STATION, name=message.name, payload=message.payload
    )
    assert refusal_of(message, signature=signature) is Reason.FORGED


def test_a_message_by_a_key_out_of_its_window_is_refused() -> None:
    (message,) = FROM_OFFICE
    key = RING.find(message.key.kid)
    assert refusal_of(message, now_s=key.not_before_s - 1) is Reason.KEY_NOT_YET_VALID
    assert refusal_of(message, now_s=key.not_after_s) is Reason.KEY_EXPIRED


def test_one_station_cannot_speak_for_another() -> None:
    (message,) = FROM_STATION
    with pytest.raises(Refused) as refused:
        verify_station_message(
            OFFICE[Purpose.HELLO].public(),
            kid=message.key.kid,
            signature=signature_of(message),
            station=STATION,
            name=message.name,
            payload=message.payload,
        )
    assert refused.value.reason is Reason.UNKNOWN_KEY


def test_what_is_signed_is_documented() -> None:
    signed = message_bytes(purpose="hello", station="abc", name="down/hello", payload=b"{}")
    assert signed == (
        b"\x00\x00\x00\x11station/message/1\x00\x00\x00\x05hello\x00\x00\x00\x03abc\x00\x00\x00\x0adown/hello{}"
    )


# ---------------------------------------------------------------- JSON


def refusal_of_json(payload: bytes) -> Reason:
    with pytest.raises(Refused) as refused:
        strict_json(payload)
    return refused.value.reason


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


@given(json_values, st.booleans())
def test_json_comes_back(value: object, ascii_only: bool) -> None:
    payload = json.dumps(value, ensure_ascii=ascii_only)
    try:
        encoded = payload.encode()
    except UnicodeEncodeError:  # a lone surrogate among the keys
        return
    if r"\ud" in payload:
        return
    assert strict_json(encoded) == value


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"{}{}",
        b"{'a':1}",
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"\\u0061":2}}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e999",
        b"-1e999",
        b"9223372036854775808",
        b"-9223372036854775808",
        b"1" * 5000,
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"{\x00}",
        b'"a\x00"',
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
        b"[" * (MAX_JSON_DEPTH + 1) + b"]" * (MAX_JSON_DEPTH + 1),
        b'{"a":' * (MAX_JSON_DEPTH + 1) + b"1" + b"}" * (MAX_JSON_DEPTH + 1),
        b"[" * MAX_JSON_BYTES,
        b'["' + b"[" * 30,
    ],
)
def test_json_that_could_mean_two_things_or_hurt_is_refused(payload: bytes) -> None:
    assert refusal_of_json(payload) is Reason.BAD_JSON


def test_json_has_a_length_and_a_depth() -> None:
    deepest = b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH
    assert strict_json(deepest)
    longest = b'"' + b"x" * (MAX_JSON_BYTES - 2) + b'"'
    assert strict_json(longest)
    assert refusal_of_json(longest + b" ") is Reason.TOO_LONG
    assert strict_json(b"[1,2]", max_bytes=5) == [1, 2]


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b'["' + b"[" * 30 + b'"]', ["[" * 30]),
        (b'["\\"' + b"[" * 30 + b'"]', ['"' + "[" * 30]),
        (b'["\\\\",' + b"[" * 7 + b"]" * 7 + b"]", ["\\", [[[[[[[]]]]]]]]),
        (b"[" + b"[]," * 40 + b"0]", [[]] * 40 + [0]),
        (b"9223372036854775807", 2**63 - 1),
        (b'"\\ud83d\\ude00"', "😀"),
    ],
)
def test_brackets_within_text_are_no_depth(payload: bytes, value: object) -> None:
    assert strict_json(payload) == value
