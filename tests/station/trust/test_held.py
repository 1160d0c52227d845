"""The body of the document `holdings`: strict, bounded, and the same bytes at both ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.trust.fields import NAME
from station.trust.held import MAX_BODY_BYTES, MAX_HOLDINGS, Holdings, read_holdings, write_holdings
from station.trust.holders import Role
from station.trust.refusal import Reason, Refused

JOURNAL = "22" * 16
ONE = {"service": "lockers", "thing": "7", "holder": "61" * 16, "role": "resident", "due_at_ms": 1, "recipient": ""}

names = st.from_regex(NAME, fullmatch=True)
hexes = st.binary(min_size=16, max_size=16).map(bytes.hex)
held = st.tuples(
    names,
    names,
    hexes,
    st.sampled_from([role.value for role in Role]),
    st.none() | st.integers(0, 2**40),
    st.just("") | hexes,
)


def body(**changes: Any) -> bytes:
    return json.dumps({"journal": JOURNAL, "holdings": [], **changes}).encode()


def test_it_is_written_to_the_byte() -> None:
    written = write_holdings(Holdings(JOURNAL, (("lockers", "7", "61" * 16, "resident", 1_795_086_400_000, ""),)))
    assert written == (
        b'{"holdings":[{"due_at_ms":1795086400000,"holder":"61616161616161616161616161616161","recipient":"",'
        b'"role":"resident","service":"lockers","thing":"7"}],"journal":"22222222222222222222222222222222"}'
    )


@given(hexes, st.lists(held, max_size=20, unique_by=lambda one: one[:2]))
def test_what_is_written_is_read(journal: str, listed: list[Any]) -> None:
    holdings = Holdings(journal, tuple(listed))
    assert read_holdings(write_holdings(holdings)) == holdings


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (b"", Reason.BAD_JSON),
        (b"[]", Reason.WRONG_TYPE),
        (body(holdings={}), Reason.WRONG_TYPE),
        (body(holdings=[1]), Reason.WRONG_TYPE),
        (body(more=1), Reason.UNKNOWN_FIELD),
        (b'{"holdings":[]}', Reason.MISSING_FIELD),
        (b'{"journal":"%s","journal":"%s","holdings":[]}' % (b"22" * 16, b"22" * 16), Reason.BAD_JSON),
        (body(journal="22"), Reason.WRONG_TYPE),
        (body(journal="AB" * 16), Reason.WRONG_TYPE),
        (body(holdings=[{**ONE, "more": 1}]), Reason.UNKNOWN_FIELD),
        (body(holdings=[{key: ONE[key] for key in ONE if key != "role"}]), Reason.MISSING_FIELD),
        (body(holdings=[ONE, ONE]), Reason.WRONG_TYPE),
        (body(holdings=[{**ONE, "thing": str(number)} for number in range(MAX_HOLDINGS + 1)]), Reason.TOO_LONG),
        (body(holdings=["x" * MAX_BODY_BYTES]), Reason.TOO_LONG),
        (body(holdings=[[[[]]]]), Reason.BAD_JSON),
        *(
            (body(holdings=[{**ONE, key: value}]), Reason.WRONG_TYPE)
            for key, value in (
                ("service", "Lockers"),
                ("service", 1),
                ("thing", ""),
                ("thing", "a/b"),
                ("holder", ""),
                ("holder", "61"),
                ("role", "king"),
                ("role", None),
                ("due_at_ms", -1),
                ("due_at_ms", 1.0),
                ("due_at_ms", True),
                ("due_at_ms", "1"),
                ("due_at_ms", 2**60),
                ("recipient", None),
                ("recipient", "61"),
            )
        ),
    ],
)
def test_anything_else_is_refused(wrong: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        read_holdings(wrong)
    assert refused.value.reason is reason


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_holdings(data)
    except Refused:
        pass
    else:
        pytest.fail("no such bytes")


def test_a_full_one_is_taken() -> None:
    listed = tuple(("s" * 32, f"{number:032}", "61" * 16, "volunteer", 2**40, "62" * 16) for number in range(600))
    assert len(read_holdings(write_holdings(Holdings(JOURNAL, listed))).held) == 600
